"""What the user is told in passing: notifications, with buttons that do something about it.

The dictated text is never in them: others may see the screen, and notification logs keep them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from dictation.engine import Engine
from dictation.errors import DictationError, NoSpeech
from dictation.history.retention import LEAST_UNDONE
from dictation.i18n import _, plural
from dictation.lanes import Lane
from dictation.notifications import Notifications
from dictation.program import APP_ID
from dictation.remedies import BUDGET, Case, Remedy
from dictation.spending import OverBudget
from dictation.takes import Take
from dictation.ui.tray import Tray

AGAIN = ("again", _("Try again"))
SPENDING = ("budget", _("Spending…"))
RIGHT = ("right", _("It is right"))
WEEKLY, NEVER = ("weekly", _("Once a week")), ("never", _("Never"))
PAGE = ("page", _("Show the page"))
UNDO = ("undo", _("Undo"))
TRANSCRIBE = ("transcribe", _("Transcribe"))
SHOW = ("default", _("Show"))  # what a click on the notification itself does
MOST_BUTTONS = 3  # GNOME shows no more
REMEMBERED = 50  # errors whose notifications may still be clicked
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
        show: Callable[[Case], None],
        mend: Callable[[Remedy], None],
    ) -> None:
        """`show` opens an error's window, `mend` does what one of its buttons says."""
        self._engine, self._tray, self._post = engine, tray, post
        self._crash, self._open, self._mend = crash, show, mend
        self._cases: dict[str, Case] = {}  # by slot, the oldest first
        self._choose: Callable[[str], None] = lambda _choice: None
        self._page = ""
        self._lane = Lane("notifications", crash)  # the service may be slow to answer
        self._notifications = Notifications(
            APP_ID, lambda slot, key: post(lambda: self._do(slot, key))
        )

    def ended(self, take: Take, error: DictationError | None) -> None:
        """A take is over: told only where something went wrong or can be taken back."""
        slot = f"{TAKE}{take.id}"
        if take.status == "cancelled":
            if take.seconds >= LEAST_UNDONE and not take.incognito:
                seconds = round(take.seconds)
                what = plural(
                    "{count} second is kept until tomorrow.",
                    "{count} seconds are kept until tomorrow.",
                    seconds,
                )
                words = what.format(count=seconds)
                self._notify(slot, _("Cancelled"), words, [UNDO])
            return
        if error is None:
            if take.doubt and take.status == "delivered":
                kept = [] if take.incognito else [AGAIN, RIGHT]
                self._notify(slot, _("The text may be incomplete"), take.doubt, kept)
            return
        if isinstance(error, NoSpeech) and take.seconds < SLIP:
            return
        # Its hint tells of commands, and here are buttons.
        body = error.message if isinstance(error, OverBudget) else ""
        self._show(slot, Case(error, take), body)

    def interrupted(self, takes: tuple[Take, ...]) -> None:
        """An earlier run ended in the middle of these."""
        count, seconds = len(takes), round(sum(take.seconds for take in takes))
        title = plural(
            "{count} dictation was interrupted: transcribe it?",
            "{count} dictations were interrupted: transcribe them?",
            count,
        ).format(count=count)
        words = plural(
            "{count} second was kept. It stays in the history either way.",
            "{count} seconds were kept. They stay in the history either way.",
            seconds,
        ).format(count=seconds)
        self._notify(INTERRUPTED, title, words, [TRANSCRIBE])

    def told(self, note: str) -> None:
        """Something to know that is no error."""
        self._notify("note", _("Dictation"), note, [])

    def budget(self, words: str) -> None:
        """The month's budget is coming to its end."""
        self._notify("budget", _("The month's budget is coming to its end"), words, [SPENDING])

    def ask_about_updates(self, server: str, choose: Callable[[str], None]) -> None:
        """Whether looking for newer versions is wanted; `choose` is told a value of the setting."""
        self._choose = choose
        words = _(
            "Once a week it asks {server}, which learns this computer's address and the program's "
            "version. Nothing is installed."
        )
        title = _("Shall Dictation look for newer versions?")
        self._notify("updates", title, words.format(server=server), [WEEKLY, NEVER])

    def newer(self, version: str, page: str) -> None:
        """There is a newer version, and a page that tells of it."""
        self._page = page
        title = _("Dictation {version} is there").format(version=version)
        words = _("What is new and how to get it is told on a page of the web.")
        self._notify("newer", title, words, [PAGE])

    def shortcomings(self, found: list[DictationError]) -> None:
        """What does not work on this desktop, before the first take stumbles over it."""
        first, *more = found
        parts = [_words(first, title=False), *map(_words, more)]
        self._show("shortcomings", Case(first), "\n\n".join(parts))

    def trouble(self, error: DictationError) -> None:
        """Something is wrong with the app itself."""
        self._show("trouble", Case(error))

    def watch(self, future: Future[Any]) -> None:
        """Tells of it where what was asked for fails."""

        def done(future: Future[Any]) -> None:
            error = future.exception()
            if isinstance(error, DictationError):
                self._post(lambda: self.trouble(error))
            elif isinstance(error, Exception):
                self._crash(error)

        future.add_done_callback(done)

    def close(self) -> None:
        """Takes the connection down."""
        self._lane.put(self._notifications.close)
        self._lane.close(1.0)

    def _show(self, slot: str, case: Case, body: str = "") -> None:
        self._cases.pop(slot, None)
        self._cases[slot] = case
        if len(self._cases) > REMEMBERED:
            del self._cases[next(iter(self._cases))]
        actions = [(remedy.deed, remedy.words) for remedy in case.remedies[:MOST_BUTTONS]]
        body = body or _words(case.error, title=False)
        self._notify(slot, case.error.title, body, [SHOW, *actions])

    def _notify(self, slot: str, title: str, body: str, actions: list[tuple[str, str]]) -> None:
        def show() -> None:
            if not self._notifications.show(title, body, actions, replaces=slot):
                self._post(lambda: self._tray.message(title, body))

        self._lane.put(show)

    def _do(self, slot: str, key: str) -> None:
        id_, case = slot.removeprefix(TAKE), self._cases.get(slot)
        if case and key == SHOW[0]:
            self._open(case)
            return
        for remedy in case.remedies if case else ():
            if remedy.deed == key:
                self._mend(remedy)
                return
        match key:
            case "transcribe":
                self._engine.past.send_interrupted()
            case "again":
                self._engine.past.resend(id_)
            case "budget":
                self._mend(BUDGET)
            case "right":
                self._engine.past.accept(id_)
            case "weekly" | "never":
                self._choose(key)
            case "page":
                self._mend(Remedy("browse", "", self._page))
            case "undo":
                self._engine.past.resend(id_, gate=True)


def _words(error: DictationError, *, title: bool = True) -> str:
    return "\n".join(part for part in (title and error.title, error.message, error.hint) if part)
