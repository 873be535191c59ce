"""How the session's effects are carried out: threads, microphone, network, windows, disk.

`handle` and everything marked "main" run on the main thread alone. Nothing here decides what
happens next: an `if` that depends on the state belongs in `session.step`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path

from dictation import session
from dictation.audio import Recording
from dictation.capture import Capture, Hooks, Limits
from dictation.errors import DictationError, NoSpeech, NotDelivered
from dictation.history import History
from dictation.i18n import _
from dictation.lanes import Lane, fulfil, spawn
from dictation.live import Live
from dictation.parts import Face, Parts
from dictation.recordings import WavWriter
from dictation.settings import Settings
from dictation.takes import Take, begin
from dictation.values import Receipt, Target, Transcript, Watch

PATIENCE = 0.75  # seconds that held keys are waited for before a text is pasted


class Engine:
    """Carries out takes. `post` brings an event, or a call, to the main thread's `handle`."""

    def __init__(
        self,
        parts: Parts,
        settings: Settings,
        face: Face,
        post: Callable[[session.Event | Callable[[], None]], None],
    ) -> None:
        self.settings = settings
        self.state = session.State()
        self.outbox = 0  # takes that wait for a key or the network
        self._parts, self._face, self._post = parts, face, post
        self._live: dict[str, Live] = {}
        self._mic = Lane("microphone", self._crash)
        self._out = Lane("output", self._crash)
        self._disk = Lane("disk", self._crash)
        self._history: History  # the disk lane's own
        self._disk.put(self._open_history)

    # Main thread: what users and programs ask for.

    def handle(self, event: session.Event | Callable[[], None]) -> None:
        """One event, or one call; main."""
        if callable(event):
            event()
            return
        before = self.state
        self.state, effects = session.step(self.state, event)
        for effect in effects:
            self._carry_out(effect)
        if self.state != before:
            self._face.changed(self.state)

    def start(self, *, held: bool = False) -> str:
        """Starts a take, or goes on with the one that records; its id. Main."""
        if self.state.recording:
            return self.state.recording
        live = Live(begin(), self.settings, held=held)
        self._live[live.take.id] = live
        self.handle(session.Start(live.take.id))
        return live.take.id

    def stop(self) -> str | None:
        """Ends the recording; the take meant, if any. Main."""
        newest = self.state.newest
        self.handle(session.Stop())
        return newest

    def toggle(self) -> str | None:
        """Starts, or stops; main."""
        return self.stop() if self.state.recording else self.start()

    @property
    def recording_seconds(self) -> float:
        """How long the take that records is by now; main."""
        live = self._live.get(self.state.recording or "")
        return live.capture.audio.seconds if live and live.capture else 0.0

    def released(self) -> None:
        """The hotkey is up and the take goes on: from now on silence may stop it. Main."""
        if live := self._live.get(self.state.recording or ""):
            live.held = False

    def cancel(self) -> str | None:
        """Gives up the recording, else the newest take on its way; main."""
        newest = self.state.newest
        self.handle(session.Cancel())
        return newest

    def wait_for(self, id_: str) -> Future[Take]:
        """The take's record once it has ended; main."""
        future: Future[Take] = Future()
        self._live[id_].waiters.append(future)
        return future

    def resend(self, take: Take) -> None:
        """Sends an old take's recording again, whatever it holds; main."""
        if take.id not in self._live and take.audio:
            live = Live(take, replace(self.settings, speech_gate="off"))
            live.speech = self._parts.open_recording(Path(take.audio))
            self._live[take.id] = live
            self.handle(session.Resend(take.id))

    def paste_last(self) -> Future[Take]:
        """Delivers the newest text once more, to the window that has the focus now; main."""
        settings = self.settings
        if settings.output in ("display", "none"):
            settings = replace(settings, output="clipboard")
        return self._again(settings, self._parts.delivery.target())

    def copy_last(self) -> Future[Take]:
        """Puts the newest text on the clipboard; main."""
        return self._again(replace(self.settings, output="clipboard"), None)

    def _again(self, settings: Settings, target: Target | None) -> Future[Take]:
        done: Future[Take] = Future()

        def deliver() -> Take:
            take = self.last_text().result()
            if take is None:
                raise NotDelivered(_("There is no text yet."), hint=_("Dictate one first."))
            receipt = self._parts.delivery.deliver(take.text, settings, target)
            take = replace(take, status="delivered", delivery=receipt.as_json(), error=None)
            self._disk.put(lambda: self._history.put(take))
            return take

        self._out.put(lambda: fulfil(done, deliver))
        return done

    def last_text(self) -> Future[Take | None]:
        """The newest take with a text; any thread."""
        return self._disk.ask(self._last_text)

    def newest(self, count: int) -> Future[list[Take]]:
        """The newest takes; any thread."""
        return self._disk.ask(lambda: self._history.newest(count))

    def quit(self) -> None:
        """Ends everything and loses nothing: what is on its way stays, to be sent again. Main."""
        if self.state.recording:
            live = self._live[self.state.recording]
            if live.capture:
                live.capture.stop()
            self._mic.close(3.0)
        for live in self._live.values():
            live.advance("waiting")
            self._keep(live.take)
        self._disk.close(3.0)
        self._parts.delivery.close()

    # Effects.

    def _carry_out(self, effect: session.Effect) -> None:
        match effect:
            case session.OpenMicrophone(id=id_):
                self._open_microphone(self._live[id_])
            case session.CloseMicrophone(id=id_, keep=keep):
                self._close_microphone(self._live[id_], keep=keep)
            case session.Send(id=id_):
                self._send(self._live[id_])
            case session.Deliver(id=id_):
                self._deliver(self._live[id_])
            case session.Settle(id=id_, end=end, error=error):
                self._settle(self._live.pop(id_), end, error)

    def _open_microphone(self, live: Live) -> None:
        settings, id_ = live.settings, live.take.id
        journal: list[WavWriter] = []

        def append(pcm: bytes) -> None:
            # A full disk must not stop the take: it goes on in memory, and is told of.
            if journal:
                try:
                    journal[0].append(pcm)
                except OSError as error:
                    journal.clear()
                    self._crash(error)

        def begin_on_disk() -> None:
            path = self._history.recording(id_)
            self._history.put(replace(live.take, audio=str(path)))
            journal.append(WavWriter(path))

        def opened(microphone: str) -> None:
            live.mark("microphone_open")
            self._post(lambda: self._face.listening(microphone))

        def quiet() -> None:
            self._face.told(
                _("Nobody has spoken for a minute: in another the recording stops by itself.")
            )

        capture = Capture(
            lambda: self._parts.find_microphone(settings.microphone),
            Limits(longest=settings.max_minutes * 60),
            Hooks(
                opened=opened,
                journal=lambda pcm: self._disk.put(lambda: append(pcm)),
                quiet=lambda: self._post(quiet),
                hands_free=lambda: not live.held,
            ),
            self._parts.track,
        )
        live.capture = capture

        def record() -> None:
            try:
                recording = capture.run()
            except DictationError as error:
                failure = error
                self._post(lambda: self._not_captured(live, failure))
                return
            self._disk.put(lambda: journal[0].close() if journal else None)
            self._post(lambda: self._captured(live, recording))

        self._mic.put(record)
        # Only now, with the microphone's opening under way, anything else.
        live.target = self._parts.delivery.target()
        live.take = replace(live.take, audio=str(self._parts.places.recordings / f"{id_}.wav"))
        self._disk.put(begin_on_disk)
        spawn("prepare", partial(self._parts.prepare, settings), self._crash)

    def _close_microphone(self, live: Live, *, keep: bool) -> None:
        live.mark("stopped")
        if live.capture:
            live.capture.stop()
        if keep:
            self._time(live)

    def _time(self, live: Live) -> None:
        overdue = session.Overdue(live.take.id)
        live.timer = threading.Timer(session.OVERDUE, self._post, [overdue])
        live.timer.daemon = True
        live.timer.start()

    def _captured(self, live: Live, recording: Recording) -> None:
        if live.take.id not in self._live:  # cancelled: its row says so already
            return
        if "stopped" not in live.marks:
            live.mark("stopped")
            self._time(live)
        if recording.audio.first_sample_at is not None:
            live.marks["first_sample"] = recording.audio.first_sample_at
        live.fault = live.capture.fault if live.capture else None
        track = recording.track()
        if live.settings.speech_gate == "auto":
            recording = replace(recording, stop=track.end)
        live.speech = recording
        if live.settings.speech_gate == "auto" and not track.spoken:
            what = _("No one spoke in {seconds:.1f} s.").format(seconds=recording.audio.seconds)
            self.handle(session.Failed(live.take.id, live.fault or NoSpeech(what)))
            return
        self.handle(session.Captured(live.take.id))

    def _not_captured(self, live: Live, error: DictationError) -> None:
        self.handle(session.Failed(live.take.id, error))

    def _send(self, live: Live) -> None:
        live.advance("transcribing")
        id_, speech, settings = live.take.id, live.speech, live.settings
        assert speech is not None
        watch = Watch(mark=live.mark, cancelled=lambda: id_ not in self._live)

        def transcribe() -> None:
            try:
                transcript = self._parts.transcribe(speech, settings, watch)
            except DictationError as error:
                self._post(session.Failed(id_, error))
                return
            self._post(lambda: self._transcribed(id_, transcript))

        # A take is on disk before it is on the network: the disk lane starts the sending.
        self._keep(live.take)
        self._disk.put(lambda: spawn("transcribe", transcribe, self._crash))

    def _transcribed(self, id_: str, transcript: Transcript) -> None:
        if (live := self._live.get(id_)) is None:
            return
        live.mark("text_ready")
        live.heard(transcript)
        if transcript.note:
            self._face.told(transcript.note)
        self.handle(session.Transcribed(id_))

    def _deliver(self, live: Live) -> None:
        live.advance("delivering")
        id_, text, settings, target = live.take.id, live.take.text, live.settings, live.target
        if settings.output == "display":
            self._face.display(text)
            live.receipt = Receipt("display", True)
        if settings.output in ("display", "none"):
            self._post(session.Delivered(id_))
            return

        # Whoever talks into the next take may hold its hotkey, which takes all keys: then this
        # text waits for the release as long as it may before it is late.
        stopped = live.marks.get("stopped", time.monotonic())
        left = stopped + session.OVERDUE - time.monotonic() if self.state.recording else 0.0

        def deliver() -> None:
            try:
                receipt = self._parts.delivery.deliver(
                    text, settings, target, lambda: id_ in self._live, max(PATIENCE, left)
                )
            except DictationError as error:
                self._post(session.Failed(id_, error))
                return
            live.receipt = receipt
            if receipt.note:
                self._post(lambda: self._face.told(receipt.note))
            self._post(session.Delivered(id_))

        self._out.put(deliver)

    def _settle(self, live: Live, end: session.End, error: DictationError | None) -> None:
        error = live.settle(end, error)
        self._keep(live.take)
        # Who waited may look into the history at once: the row is there before the answer.
        for waiter in live.waiters:
            self._disk.put(partial(waiter.set_result, live.take))
        self._face.ended(live.take, error)

    # Disk lane.

    def _last_text(self) -> Take | None:
        return self._history.last_text()

    def _open_history(self) -> None:
        places = self._parts.places
        self._history = History(places.history, places.recordings)
        self._history.interrupt()
        self._count_outbox()

    def _keep(self, take: Take) -> None:
        def put() -> None:
            self._history.put(take)
            self._count_outbox()

        self._disk.put(put)

    def _count_outbox(self) -> None:
        self.outbox = len(self._history.with_status("waiting"))

    def _crash(self, error: Exception) -> None:
        self._post(lambda: self._face.crashed(error))
