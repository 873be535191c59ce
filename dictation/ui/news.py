"""What the user is told in passing: notifications, with buttons that do something about it.

The dictated text is never in them: others may see the screen, and notification logs keep them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from dictation.engine import Engine
from dictation.errors import DictationError, HotkeyTaken, NoSpeech, NotDelivered
from dictation.history.retention import LEAST_UNDONE
from dictation.i18n import _
from dictation.lanes import Lane
from dictation.notifications import Notifications
from dictation.portal import APP_ID
from dictation.spending import OverBudget
from dictation.takes import Take
from dictation.ui.tray import Tray

PASTE = ("paste", _("Paste"))
COPY = ("copy", _("Copy"))
AGAIN = ("again", _("Try again"))
ANYWAY = ("again", _("Send anyway"))
OVER = ("over", _("Send anyway"))
HERE = ("here", _("On this computer"))
BUDGET = ("budget", _("Raise the budget…"))
SPENDING = ("budget", _("Spending…"))
RIGHT = ("right", _("It is right"))
UNDO = ("undo", _("Undo"))
TRANSCRIBE = ("transcribe", _("Transcribe"))
TAKE, INTERRUPTED = "take ", "interrupted"  # what a notification is about
SLIP = 0.5  # seconds: a shorter take without a word was a slip of the finger


class News:
    """Shows notifications and does what their buttons say; each take has one of its own."""

    def __init__(
        self,
        engine: Engine,
        tray: Tray,
        post: Callable[[Callable[[], None]], None],
        crash: Callable[[Exception], None],
        *,
        use_hotkey: Callable[[str], None],
        spending: Callable[[], None],
    ) -> None:
        self._engine, self._tray, self._post = engine, tray, post
        self._use_hotkey, self._free_hotkey = use_hotkey, ""
        self._spending = spending
        self._lane = Lane("notifications", crash)  # the service may be slow to answer
        self._notifications = Notifications(
            APP_ID, lambda slot, key: post(lambda: self._do(slot, key))
        )

    def ended(self, take: Take, error: DictationError | None) -> None:
        """A take is over: told only where something went wrong or can be taken back."""
        slot = f"{TAKE}{take.id}"
        if take.status == "cancelled":
            if take.seconds >= LEAST_UNDONE and not take.incognito:
                what = _("{seconds:.0f} seconds are kept until tomorrow.")
                words = what.format(seconds=take.seconds)
                self._notify(slot, _("Cancelled"), words, [UNDO])
            return
        if error is None:
            if take.doubt and take.status == "delivered":
                kept = [] if take.incognito else [AGAIN, RIGHT]
                self._notify(slot, _("The text may be incomplete"), take.doubt, kept)
            return
        match error:
            case NoSpeech() if take.seconds < SLIP:
                return
            case OverBudget():  # its hint tells of commands; here are buttons
                self._notify(slot, error.title, error.message, [OVER, HERE, BUDGET])
                return
            case NotDelivered():
                actions = [PASTE, COPY]
            case NoSpeech():
                actions = [ANYWAY]
            case _:
                again = take.status in ("failed", "waiting") and take.seconds
                actions = [AGAIN] if again else []
        self._show(slot, error, actions)

    def interrupted(self, takes: tuple[Take, ...]) -> None:
        """An earlier run ended in the middle of these."""
        count, seconds = len(takes), sum(take.seconds for take in takes)
        title = (
            _("1 dictation was interrupted: transcribe it?")
            if count == 1
            else _("{count} dictations were interrupted: transcribe them?").format(count=count)
        )
        words = _("{seconds:.0f} seconds were kept. They stay in the history either way.")
        self._notify(INTERRUPTED, title, words.format(seconds=seconds), [TRANSCRIBE])

    def told(self, note: str) -> None:
        """Something to know that is no error."""
        self._notify("note", _("Dictation"), note, [])

    def budget(self, words: str) -> None:
        """The month's budget is coming to its end."""
        self._notify("budget", _("The month's budget is coming to its end"), words, [SPENDING])

    def shortcomings(self, found: list[DictationError]) -> None:
        """What does not work on this desktop, before the first take stumbles over it."""
        first, *more = found
        parts = [_words(first, title=False), *map(_words, more)]
        self._notify("shortcomings", first.title, "\n\n".join(parts), [])

    def trouble(self, error: DictationError) -> None:
        """Something is wrong with the app itself; where it offers a way out, there is a button."""
        actions = []
        if isinstance(error, HotkeyTaken) and error.free:
            self._free_hotkey = error.free
            actions = [("hotkey", _("Use {key}").format(key=error.free))]
        self._show("trouble", error, actions)

    def watch(self, future: Future[Any]) -> None:
        """Tells of it where what was asked for fails."""

        def done(future: Future[Any]) -> None:
            if error := future.exception():
                told = error if isinstance(error, DictationError) else DictationError(repr(error))
                self._post(lambda: self.trouble(told))

        future.add_done_callback(done)

    def close(self) -> None:
        """Takes the connection down."""
        self._lane.put(self._notifications.close)
        self._lane.close(1.0)

    def _show(self, slot: str, error: DictationError, actions: list[tuple[str, str]]) -> None:
        self._notify(slot, error.title, _words(error, title=False), actions)

    def _notify(self, slot: str, title: str, body: str, actions: list[tuple[str, str]]) -> None:
        def show() -> None:
            if not self._notifications.show(title, body, actions, replaces=slot):
                self._post(lambda: self._tray.message(title, body))

        self._lane.put(show)

    def _do(self, slot: str, key: str) -> None:
        id_ = slot.removeprefix(TAKE)
        match key:
            case "hotkey":
                self._use_hotkey(self._free_hotkey)
            case "transcribe":
                self._engine.past.send_interrupted()
            case "paste":
                self.watch(self._engine.paste(id_))
            case "copy":
                self.watch(self._engine.past.copy(id_))
            case "again":
                self._engine.past.resend(id_)
            case "over":
                self._engine.past.resend_anyway(id_)
            case "here":
                self._engine.past.resend_here(id_)
            case "budget":
                self._spending()
            case "right":
                self._engine.past.accept(id_)
            case "undo":
                self._engine.past.resend(id_, gate=True)


def _words(error: DictationError, *, title: bool = True) -> str:
    return "\n".join(part for part in (title and error.title, error.message, error.hint) if part)
