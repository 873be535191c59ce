"""How the session's effects are carried out: threads, microphone, network, output, disk.

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

from dictation import crash, session
from dictation.archive import PATIENCE as PATIENCE_OF_DISK
from dictation.audio import RATE, Audio, Recording
from dictation.errors import Cancelled, DictationError, NoSpeech, NotDelivered
from dictation.i18n import _, number
from dictation.lanes import Crash, Lane, later, run, spawn
from dictation.live import Live
from dictation.output.insert import PATIENCE
from dictation.parts import Face, Parts
from dictation.past import Past
from dictation.recorder import Recorder
from dictation.settings import Settings
from dictation.speech import LEAST, WINDOW
from dictation.takes import Take, begin
from dictation.values import Receipt, Target, Transcript, Watch

CLOSING = 3.0  # seconds that quitting waits for each lane


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
        self._parts, self._face, self._post = parts, face, post
        self._live: dict[str, Live] = {}
        self._newest = ""  # the last take that began
        self._closing: dict[str, Live] = {}  # cancelled, but not yet all on disk
        self._out = Lane("output", self._trouble)
        self.past = Past(
            parts,
            face,
            self._out,
            settings=lambda: self.settings,
            post=post,
            after=self._after,
            again=self._again,
            busy=lambda id_: id_ in self._live or id_ in self._closing,
        )
        self._archive = self.past.archive
        self._recorder = Recorder(parts, self._archive, face, post, self._trouble)

    def handle(self, event: session.Event | Callable[[], None]) -> None:
        """One event, or one call; main."""
        if callable(event):
            event()
            return
        before = self.state
        self.state, effects = session.step(self.state, event)
        for effect in effects:  # what one of them raises holds up no other
            run(partial(self._carry_out, effect), self._failing(effect.id))
        if self.state != before:
            self._face.changed(self.state)

    def start(
        self, chosen: Settings | None = None, *, held: bool = False, pressed: float | None = None
    ) -> str:
        """Starts a take, or goes on with the one that records; its id. Main.

        `chosen` is a profile's; `pressed` the key's time.monotonic(), from which timings count.
        """
        if self.state.recording:
            return self.state.recording
        at = time.monotonic() if pressed is None else pressed
        chosen = chosen or self.settings
        live = Live(replace(begin(), incognito=not chosen.history), chosen, at, held=held)
        self._live[live.take.id] = live
        self._newest = live.take.id
        self.handle(session.Start(live.take.id, here=pressed is not None))
        return live.take.id

    def stop(self) -> str | None:
        """Ends the recording; the take meant, if any. Main."""
        newest = self.state.newest
        self.handle(session.Stop())
        return newest

    def toggle(self, chosen: Settings | None = None) -> str | None:
        """Starts, or stops; main."""
        return self.stop() if self.state.recording else self.start(chosen)

    def cancel(self) -> str | None:
        """Gives up the recording, else the newest take on its way; main."""
        newest = self.state.newest
        self.handle(session.Cancel())
        return newest

    @property
    def recording_seconds(self) -> float:
        """How long the take that records is by now; main."""
        audio = self._recorded
        return audio.seconds if audio else 0.0

    @property
    def level(self) -> float:
        """How loud the take that records is just now, 0 to 1; main."""
        audio = self._recorded
        return audio.loudness() if audio else 0.0

    @property
    def newest(self) -> Live | None:
        """The take that a Stop or a Cancel means; main."""
        return self._live.get(self.state.newest or "")

    @property
    def target(self) -> Target | None:
        """Where the cursor was when that take began, as far as known; main."""
        return self.newest.target if self.newest else None

    @property
    def outbox(self) -> int:
        """How many takes wait for the network or a key; main."""
        return self.past.outbox.count

    def released(self) -> None:
        """The hotkey is up and the take goes on: from now on silence may stop it. Main."""
        if live := self._live.get(self.state.recording or ""):
            live.held = False

    def wait_for(self, id_: str) -> Future[Take]:
        """The take's record once it has ended; main."""
        future: Future[Take] = Future()
        self._live[id_].waiters.append(future)
        return future

    def leave_alone(self) -> None:
        """The screen locks or the computer sleeps: recording ends, nothing is pasted. Main."""
        self.handle(session.Away())

    def come_back(self) -> None:
        """The user is there again: what is said from now on is pasted. Main."""
        self.handle(session.Back())

    def when_kept(self, done: Callable[[], None]) -> None:
        """Calls `done`, on any thread, once all that was said so far is on disk; main."""
        self._recorder.when_kept(done)

    def paste(self, id_: str = "") -> Future[Take]:
        """Delivers a take's text, the newest one's by default, where the focus is now; main."""
        return self.past.paste(id_, self._parts.delivery.target())

    def quit(self) -> None:
        """Ends everything and loses nothing: what is on its way stays, to be sent again. Main."""
        for live in self._live.values():
            if live.growing:
                live.growing.give_up()  # nobody would be there for the answer, which costs
            if live.capture:
                live.capture.stop()
        self._recorder.close(CLOSING)
        self._out.close(CLOSING)
        for live in (*self._live.values(), *self._closing.values()):
            live.held_back = live.wanted
            live.wanted = False  # a delivery that hangs must not happen after all
            live.leave()
            self.past.put(live.take)
        self.past.close(CLOSING)
        self._parts.delivery.close()

    @property
    def _recorded(self) -> Audio | None:
        """The sound of the take that records."""
        live = self._live.get(self.state.recording or "")
        return live.capture.audio if live and live.capture else None

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
            case session.Withdraw(id=id_, keep=keep):
                live = self._live[id_]
                live.held_back = live.held_back or (keep and live.wanted)
                live.wanted = False
            case session.Settle(id=id_, end=end, error=error):
                self._settle(self._live.pop(id_), end, error)

    def _open_microphone(self, live: Live) -> None:
        self._recorder.record(
            live,
            self._watch(live),
            lambda recording: self._captured(live, recording),
            self._failing(live.take.id),
        )

    def _close_microphone(self, live: Live, *, keep: bool) -> None:
        live.mark("stopped")
        if live.capture:
            live.capture.stop()
        if keep:
            self._stopped(live)
        elif live.growing:
            live.growing.give_up()  # what is being sent of it ends unfinished

    def _stopped(self, live: Live) -> None:
        """The take is recorded: from now on it can be late, and what the user types counts."""
        if live.since:
            return
        live.since = self._parts.delivery.stopped(live.settings)
        # Without a window to go to, a text never comes too late for it.
        if live.settings.output in ("paste", "type"):
            overdue = session.Overdue(live.take.id)
            live.timers.append(self._after(session.OVERDUE, lambda: self.handle(overdue)))

    def _captured(self, live: Live, recording: Recording) -> None:
        live.captured(recording)
        if self._closing.pop(live.take.id, None):  # cancelled: now it is known how long it is
            live.take = replace(live.take, seconds=recording.seconds)
            if live.take.incognito:
                self._archive.forget(live.take)
            else:
                self._archive.lengthen(live.take)
                self.past.tidy(live.take)
            return
        if self._live.get(live.take.id) is not live:
            return
        self._stopped(live)
        if live.take.notes:
            self._face.told(" ".join(live.take.notes))
        seconds, gate = recording.seconds, live.settings.speech_gate == "auto"
        if (gate and not recording.track().spoken) or seconds < LEAST * WINDOW / RATE:
            what = _("No one spoke in {seconds} s.").format(seconds=number(seconds, 1))
            self.handle(session.Failed(live.take.id, live.fault or NoSpeech(what)))
            return
        live.speech = replace(recording, stop=recording.track().end) if gate else recording
        self.handle(session.Captured(live.take.id))

    def _send(self, live: Live) -> None:
        live.advance("transcribing")
        id_, speech, settings = live.take.id, live.speech, live.settings
        path, gate = Path(live.take.audio or ""), live.gate and settings.speech_gate == "auto"
        watch = self._watch(live)
        ahead, growing = live.ahead, live.growing
        asked = live.experience or self._archive.ask(lambda history: history.experience())

        def transcribe() -> None:
            experience = self.past.experience(asked)
            sound = speech or self._parts.open_recording(path)
            if speech is None:
                if gate and not self._parts.speaks(sound):
                    what = _("No one spoke in {seconds} s.").format(
                        seconds=number(sound.seconds, 1)
                    )
                    raise NoSpeech(what)
                experience = experience.of(live.take.speech)
            transcript = self._parts.transcribe(sound, settings, watch, experience, ahead)
            self._post(lambda: self._transcribed(id_, transcript))
            if ahead and (once_more := self._parts.probe(sound, transcript, settings)):
                self._post(lambda: self._probe(id_, once_more))

        # A take is on disk before it is on the network: the disk's lane starts the sending.
        if live.origin is None:  # else its row says already that it is under way
            self._archive.keep(live.take)

        def send() -> None:
            if growing and speech:  # all is on disk, or there is no more patience with it
                growing.stored(round(speech.seconds * RATE))
            spawn("transcribe", transcribe, self._failing(id_))

        self._archive.then(send, PATIENCE_OF_DISK)

    def _transcribed(self, id_: str, transcript: Transcript) -> None:
        if (live := self._live.get(id_)) is None:
            return
        live.heard(transcript)
        if transcript.note:
            self._face.told(transcript.note)
        self.handle(session.Transcribed(id_))

    def _probe(self, id_: str, once_more: Callable[[], Transcript | None]) -> None:
        self.past.probe(id_, once_more, rests=lambda: self._newest == id_)

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
                receipt = live.receipt = self._parts.delivery.deliver(
                    text,
                    settings,
                    target,
                    lambda: live.wanted,
                    max(PATIENCE, left),
                    since=live.since,
                )
            except NotDelivered as error:
                if live.wanted:
                    raise
                if live.held_back:
                    what = _("It was held back: it came too late, or the screen was locked.")
                    raise NotDelivered(what) from error
                raise Cancelled(error.message) from error
            if receipt.note:
                self._post(lambda: self._face.told(receipt.note))
            self._post(session.Delivered(id_))

        self._out.put(deliver, self._failing(id_))
        if not live.take.incognito:  # beside it, not before it: the text need not wait for the disk
            self._archive.keep(live.take)

    def _settle(self, live: Live, end: session.End, error: DictationError | None) -> None:
        recording = live.capture is not None and not live.recorded
        error = live.settle(end, error)
        if end == "cancelled" and recording and not live.closed:
            self._closing[live.take.id] = live
            self._archive.keep(live.take)  # what becomes of it is seen when all of it is there
        else:
            self.past.settle(live.take, error)
        # Who waited may look into the history at once: the row is there before the answer.
        for waiter in live.waiters:
            self._archive.then(partial(waiter.set_result, live.take))
        self._face.ended(live.take, None if live.told_of(error) else error)

    def _again(self, take: Take, gate: bool, chosen: Settings) -> None:
        if take.id not in self._live:
            # A draft is no text of its own: should the app end now, it must not pass for one.
            fresh = replace(take, text="", raw_text="") if take.wordless else take
            live = Live(fresh, chosen, time.monotonic(), gate=gate, origin=take)
            self._live[take.id] = live
            self.handle(session.Resend(take.id))

    def _watch(self, live: Live) -> Watch:
        """Hears of the take's text on its way, on any thread."""
        id_ = live.take.id

        def so_far(text: str) -> None:
            if self.state.newest == id_:
                self._face.partial(text)

        return Watch(
            mark=live.mark,
            partial=lambda text: self._post(lambda: so_far(text)),
            cancelled=lambda: id_ not in self._live,
        )

    # Any thread.

    def _failing(self, id_: str) -> Crash:
        """Ends the take that a job was for when the job fails, expected or not."""

        def failed(error: Exception) -> None:
            if self._closing.pop(id_, None):
                return  # cancelled, and nothing more comes of it
            if not isinstance(error, DictationError):
                self._trouble(error)
                error = crash.fault(error)
            self._post(session.Failed(id_, error))

        return failed

    def _after(self, seconds: float, call: Callable[[], None]) -> threading.Timer:
        return later(seconds, lambda: self._post(call))

    def _trouble(self, error: Exception) -> None:
        self._post(lambda: self._face.trouble(error))
