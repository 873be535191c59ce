"""Takes that are over: pasted or copied again, sent again, brought back, and tidied up.

Everything here runs on the main thread but what is put onto lanes.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import TypeVar

from dictation.archive import PATIENCE, Archive
from dictation.errors import DictationError, NotDelivered, StorageError, UsageError
from dictation.history import History
from dictation.housekeeping import EVERY, Housekeeping
from dictation.i18n import _
from dictation.lanes import Lane, fulfil, spawn
from dictation.outbox import Outbox, Timer
from dictation.parts import Face, OnceMore, Parts
from dictation.settings import Settings
from dictation.takes import Take
from dictation.truth import Experience
from dictation.values import Receipt, Target

GONE = DictationError(_("Its recording is not there any more."), hint="")
BUSY = 0.2  # seconds until a take that is just being closed is asked for once more
SETTLED = 5.0  # seconds after the start, which has better to do than to sweep
T = TypeVar("T")
Post = Callable[[Callable[[], None]], None]
AT_REST = 10.0  # seconds after a take in which the user may begin another


class Past:
    """The takes of the history, and what users and the network make of them.

    `again(take, gate, settings)` sends a take's recording once more, with `gate` only where someone
    speaks; `busy(id)` tells whether a take is under way.
    """

    def __init__(
        self,
        parts: Parts,
        face: Face,
        out: Lane,
        *,
        settings: Callable[[], Settings],
        post: Post,
        after: Callable[[float, Callable[[], None]], Timer],
        again: Callable[[Take, bool, Settings], None],
        busy: Callable[[str], bool],
    ) -> None:
        self._parts, self._face, self._out, self._settings = parts, face, out, settings
        self._post, self._after, self._again, self._busy = post, after, again, busy
        self._probing = False
        self.interrupted: tuple[Take, ...] = ()  # found at the start, with something to transcribe
        self._last: Take | None = None  # the newest text, also where the disk has none
        self.outbox = Outbox(self._send_waiting, after)
        self.archive = Archive(
            parts.places,
            tell=self._trouble,
            counted=lambda ids: post(lambda: self._counted(tuple(ids))),
            found=lambda takes: post(lambda: self._found(takes)),
            crash=self._trouble,
        )
        self._housekeeping = Housekeeping(parts.places, settings, self._trouble)
        after(SETTLED, self._tidy)

    def resend(self, id_: str, *, gate: bool = False, chosen: Settings | None = None) -> None:
        """Sends an old take's recording again, with `gate` only where someone speaks.

        `chosen` are settings for this time alone.
        """

        if self._busy(id_):
            self._after(BUSY, lambda: self.resend(id_, gate=gate, chosen=chosen))
            return

        def again(take: Take | None) -> None:
            if take is None:
                return  # it is being sent already
            if take.audio is None:
                self._face.trouble(GONE)
            else:
                self._again(take, gate, chosen or self._settings())

        self._told(self.archive.ask(lambda history: history.claim(id_)), again)

    def resend_anyway(self, id_: str) -> None:
        """Sends it again, whatever is left of the month's budget."""
        self.resend(id_, chosen=replace(self._settings(), monthly_budget_usd=0.0))

    def resend_here(self, id_: str) -> None:
        """Has the recogniser of this computer transcribe it."""
        here = replace(self._settings(), provider="offline", model="", fallback=())
        self.resend(id_, chosen=here)

    def send_interrupted(self) -> None:
        """Sends what an earlier run left unfinished, one after the other."""
        found, self.interrupted = self.interrupted, ()
        for take in found:
            self.archive.keep(replace(take, status="waiting"))
        self.archive.then(lambda: self._post(self.outbox.now))

    def paste(self, id_: str, target: Target | None) -> Future[Take]:
        """Delivers a take's text, the newest one's by default, where the focus is now."""
        settings = self._settings()
        if settings.output in ("display", "none"):
            settings = replace(settings, output="clipboard")
        return self._deliver(id_, settings, target)

    def copy(self, id_: str = "") -> Future[Take]:
        """Puts a take's text, the newest one's by default, on the clipboard."""
        return self._deliver(id_, replace(self._settings(), output="clipboard"), None)

    def undo(self) -> Future[None]:
        """Takes the last insert back out of its window."""
        done: Future[None] = Future()
        self._out.put(lambda: fulfil(done, self._parts.delivery.undo))
        return done

    def look_away(self) -> Future[bool]:
        """Before a window of ours takes the focus: whether the last insert may be put right."""
        done: Future[bool] = Future()
        self._out.put(lambda: fulfil(done, self._parts.delivery.look_away))
        return done

    def put_right(self, text: str) -> Future[Receipt]:
        """Puts the text in the place of the last insert."""
        settings = self._settings()
        done: Future[Receipt] = Future()
        self._out.put(lambda: fulfil(done, lambda: self._parts.delivery.put_right(text, settings)))
        return done

    def experience(self, asked: Future[Experience]) -> Experience:
        """What the history knows of how the user speaks; nothing where the disk hangs."""
        try:
            return asked.result(PATIENCE)
        except (StorageError, TimeoutError):  # told by the disk's lane
            return Experience()

    def probe(self, id_: str, once_more: OnceMore, *, rests: Callable[[], bool]) -> None:
        """Sends a take's sound again in a while, to learn how; what it costs belongs to the take.

        Only where the user `rests` then, and has begun no other: else that one will do.
        """

        def ask() -> None:
            if answer := once_more():
                self.archive.ask(lambda h: h.change(h.get(id_).sent_again(answer)))

        def rested() -> None:
            self._probing = False
            if rests():
                spawn("probe", ask, self._trouble)

        if not self._probing:  # one that waits is enough: it holds the sound
            self._probing = True
            self._after(AT_REST, rested)

    def accept(self, id_: str) -> None:
        """The user says that a doubted text is right."""
        self._told(self.archive.ask(lambda h: h.accept(h.get(id_))), lambda _done: None)

    def settle(self, take: Take, error: DictationError | None) -> None:
        """A take has ended just now."""
        if take.text and take.status in ("delivered", "kept"):
            self._last = take
        self.put(take)
        if take.status == "waiting" and error is None:
            self.outbox.put_off(take.id)  # the user gave up this try
        else:
            self.outbox.ended(take.id, error)

    def put(self, take: Take) -> None:
        """An ended take's row; incognito none, once it was delivered or taken back."""
        if take.incognito and take.status in ("delivered", "cancelled"):
            self.archive.forget(take)
            return
        self.archive.keep(take)
        self.tidy(take)

    def tidy(self, take: Take) -> None:
        """What becomes of an ended take's recording."""
        self.archive.then(partial(self._housekeeping.ended, take.id))

    def close(self, seconds: float) -> None:
        """Lets what is being written finish, for so long at most."""
        self.outbox.close()
        self.archive.close(seconds)
        self._housekeeping.close(seconds)

    def _deliver(self, id_: str, settings: Settings, target: Target | None) -> Future[Take]:
        last = self._last if self._last and id_ in ("", self._last.id) else None

        def ask(history: History) -> Take | None:
            if last and (last.incognito or not history.on_disk):
                return last
            return history.get(id_) if id_ else history.last_text()

        asked = self.archive.ask(ask)
        done: Future[Take] = Future()

        def deliver() -> Take:
            take = asked.result()
            if take is None or not take.text:
                raise NotDelivered(_("There is no text yet."), hint=_("Dictate one first."))
            receipt = self._parts.delivery.deliver(take.text, settings, target)
            if take.status == "kept" and settings.output != "clipboard":
                take = replace(take, status="delivered", delivery=receipt.as_json(), error=None)
                self._post(partial(self._delivered, take))
            return take

        self._out.put(lambda: fulfil(done, deliver))
        return done

    def _delivered(self, take: Take) -> None:
        if self._last and self._last.id == take.id:
            self._last = take
        if take.incognito:
            self.archive.forget(take)
        else:
            self.archive.keep_known(take)
            self.tidy(take)

    def _send_waiting(self, id_: str) -> None:
        def again(take: Take | None) -> None:
            if take and take.audio:
                self._again(take, True, self._settings())
                return
            if take:
                self.archive.keep(replace(take, status="failed", error=GONE.as_json()))
            self.outbox.drop(id_)

        def failed(error: Exception) -> None:
            if isinstance(error, UsageError):
                self.outbox.drop(id_)  # it was deleted
            else:
                self.outbox.put_off(id_)
                self._face.trouble(error)

        claimed = self.archive.ask(lambda history: history.claim(id_, "waiting"))
        self._told(claimed, again, failed)

    def _found(self, takes: list[Take]) -> None:
        self.interrupted = tuple(take for take in takes if take.audio and not take.text)
        if self._settings().send_interrupted:
            self.send_interrupted()
        elif self.interrupted:
            self._face.found(self.interrupted)

    def _counted(self, waiting: tuple[str, ...]) -> None:
        if waiting != self.outbox.waiting:
            self.outbox.holds(waiting)
            self._face.counted(self.outbox.count)

    def _tidy(self) -> None:
        self._housekeeping.sweep()
        self._after(EVERY, self._tidy)

    def _told(
        self,
        future: Future[T],
        then: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Goes on, on the main thread, with what the future brings; an error is shown."""

        def done(future: Future[T]) -> None:
            error = future.exception()
            if error is None:
                self._post(lambda: then(future.result()))
            elif isinstance(error, Exception):
                told = failed or self._face.trouble
                self._post(partial(told, error))

        future.add_done_callback(done)

    def _trouble(self, error: Exception) -> None:
        self._post(lambda: self._face.trouble(error))
