"""The microphone's lane: one take after the other is recorded there, and laid down as it comes.

Called on the main thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from dictation.archive import PATIENCE, Archive
from dictation.audio import RATE, Audio, Recording
from dictation.capture import Capture, Hooks, Limits
from dictation.errors import MicrophoneStalled
from dictation.i18n import _, number
from dictation.lanes import Crash, Lane, later, spawn
from dictation.live import Live
from dictation.parts import Face, Parts
from dictation.pieces.growing import Growing
from dictation.recordings import Reader
from dictation.sounds import HEARD, Kind
from dictation.speech import Track
from dictation.values import Watch

IN_MEMORY = 300  # seconds of a take; of a longer one only the LATEST are
LATEST = 60
READY = 20.0  # seconds after which a connection that nobody used is replaced
OPENING = 10.0  # seconds for a microphone to open: a headset's radio link takes the longest


class Recorder:
    """Opens microphones; `post` brings a call to the main thread."""

    def __init__(
        self,
        parts: Parts,
        archive: Archive,
        face: Face,
        post: Callable[[Callable[[], None]], None],
        crash: Crash,
    ) -> None:
        self._parts, self._archive, self._face = parts, archive, face
        self._post, self._crash = post, crash
        self._lane = Lane("microphone", crash)

    def record(
        self, live: Live, watch: Watch, captured: Callable[[Recording], None], failed: Crash
    ) -> None:
        """Records until the take's capture is stopped, or ends by itself.

        `captured` is called on the main thread, `failed` on the lane. `watch` hears of what is
        sent meanwhile.
        """
        settings, id_ = live.settings, live.take.id
        path = self._parts.places.recordings / f"{id_}.wav"
        live.take = replace(live.take, audio=str(path))
        growing = live.growing = Growing(Audio())
        journal = self._archive.begin(live.take, self._stored(growing, path))
        capture = live.capture = Capture(
            lambda: self._parts.find_microphone(settings.microphone),
            Limits(longest=settings.max_minutes * 60),
            self._hooks(
                live,
                journal.append,
                growing.heard,
                lambda name: self._opened(live, growing, watch, name),
            ),
            self._parts.track,
            audio=growing.audio,
            tones=HEARD if settings.sounds else (),
        )

        def record() -> None:
            try:
                recording = capture.run()
            except BaseException:
                growing.give_up()
                raise
            finally:
                journal.close()
                live.closed = True
            gate = settings.speech_gate == "auto"
            growing.end(recording.track().end if gate else recording.stop, recording.track())
            self._archive.complete(live.take, journal, recording)

            def ended() -> None:
                if live.take.status == "recording":  # not of one that was cancelled
                    self._play(live, "end")
                captured(recording)

            self._post(ended)

        lane = self._lane
        lane.put(record, failed)
        # Only now, with the microphone's opening under way, anything else. What need not be now
        # waits until it is open: it would take turns with the opening.
        live.opening = later(OPENING, lambda: self._post(lambda: self.check_opened(live, failed)))
        live.lane = lane
        live.target = self._parts.delivery.target()

    def _opened(self, live: Live, growing: Growing, watch: Watch, microphone: str) -> None:
        """The microphone is open: what the take will need is made ready; main thread."""
        self._face.listening(microphone)
        if live.take.status != "recording":  # cancelled meanwhile
            return
        live.experience = self._archive.ask(lambda history: history.experience())
        live.ahead = self._parts.ahead(growing, live.settings, watch, live.known)
        self._keep_ready(live)
        if live.ahead:
            spawn("ahead", partial(live.ahead.run, self._crash), self._crash)

    def check_opened(self, live: Live, failed: Crash) -> None:
        """A device that hangs must not hold up the takes after this one."""
        if live.closed or "microphone_open" in live.marks:
            return
        if live.capture:
            live.capture.stop()  # should it ever open
        if self._lane is live.lane:
            self._lane.close(0)
            self._lane = Lane("microphone", self._crash)
        what = _("The microphone did not open within {seconds} s.").format(seconds=number(OPENING))
        failed(MicrophoneStalled(what))

    def when_kept(self, done: Callable[[], None]) -> None:
        """Calls `done`, on any thread, once all that was said so far is on disk."""
        self._lane.put(lambda: self._archive.then(done, PATIENCE))

    def close(self, seconds: float) -> None:
        """Lets what is being recorded come to its end, for so long at most."""
        self._lane.close(seconds)

    def _stored(self, growing: Growing, path: Path) -> Callable[[int], None]:
        """What hears how much is on disk: of a long take most need not be in memory as well."""
        kept: list[Reader] = []

        def stored(samples: int) -> None:
            growing.stored(samples)
            if samples > IN_MEMORY * RATE:
                if not kept:
                    kept.append(Reader(path))
                growing.audio.let_go(samples - LATEST * RATE, kept[0])

        return stored

    def _keep_ready(self, live: Live) -> None:
        """Has a young connection at any moment at which the take may end."""
        if live.closed:
            return
        if not (live.ahead and live.ahead.asking):
            spawn("prepare", partial(self._parts.prepare, live.settings), self._crash)
        live.timers = [later(READY, lambda: self._post(lambda: self._keep_ready(live)))]

    def _play(self, live: Live, kind: Kind) -> None:
        if live.settings.sounds:
            self._parts.play(kind)

    def _hooks(
        self,
        live: Live,
        journal: Callable[[bytes], None],
        heard: Callable[[Track], None],
        ready: Callable[[str], None],
    ) -> Hooks:
        face, post = self._face, self._post

        def opened(microphone: str) -> None:
            live.mark("microphone_open")
            post(lambda: ready(microphone))

        def quiet() -> None:
            face.told(
                _("Nobody has spoken for a minute: in another the recording stops by itself.")
            )

        return Hooks(
            opened=opened,
            journal=journal,
            heard=heard,
            begun=lambda: self._play(live, "begin"),
            quiet=lambda: post(quiet),
            hands_free=lambda: not live.held,
            changed=lambda name: post(lambda: face.listening(name)),
            told=lambda trouble: post(lambda: face.told(trouble)),
        )
