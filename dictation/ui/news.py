"""What the user is told in passing: notifications, with buttons that do something about it.

The dictated text is never in them: others may see the screen, and notification logs keep them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from dictation.engine import Engine
from dictation.errors import DictationError, HotkeyTaken, KeyLocked, NoSpeech, NotDelivered
from dictation.i18n import _
from dictation.lanes import Lane
from dictation.notifications import Notifications
from dictation.takes import Take
from dictation.ui.tray import Tray

APP_ID = "io.github.dictation.Dictation"
PASTE = ("paste", _("Paste"))
COPY = ("copy", _("Copy"))
AGAIN = ("again", _("Try again"))
ANYWAY = ("again", _("Send anyway"))
SLIP = 0.5  # seconds: a shorter take without a word was a slip of the finger


class News:
    """Shows notifications and does what their buttons say."""

    def __init__(
        self,
        engine: Engine,
        tray: Tray,
        post: Callable[[Callable[[], None]], None],
        crash: Callable[[Exception], None],
        use_hotkey: Callable[[str], None],
    ) -> None:
        self._engine, self._tray, self._post = engine, tray, post
        self._take: Take | None = None
        self._use_hotkey, self._free_hotkey = use_hotkey, ""
        self._lane = Lane("notifications", crash)  # the service may be slow to answer
        self._notifications = Notifications(APP_ID, lambda _slot, key: post(lambda: self._do(key)))

    def ended(self, take: Take, error: DictationError | None) -> None:
        """A take is over: told only where something went wrong."""
        if error is None:
            return
        self._take = take
        match error:
            case NoSpeech() if take.seconds < SLIP:
                return
            case NotDelivered():
                actions = [PASTE, COPY]
            case NoSpeech():
                actions = [ANYWAY]
            case KeyLocked():
                actions = [AGAIN]
            case _:
                actions = [AGAIN] if take.status == "failed" and take.seconds else []
        self._show("take", error, actions)

    def told(self, note: str) -> None:
        """Something to know that is no error."""
        self._notify("note", _("Dictation"), note, [])

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

    def watch(self, future: Future[Take]) -> None:
        """Tells of it where what was asked for fails."""

        def done(future: Future[Take]) -> None:
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

    def _do(self, key: str) -> None:
        if key == "hotkey":
            self._use_hotkey(self._free_hotkey)
        if self._take is None:
            return
        match key:
            case "paste":
                self.watch(self._engine.paste(self._take.id))
            case "copy":
                self.watch(self._engine.copy(self._take.id))
            case "again":
                self._engine.resend(self._take.id)


def _words(error: DictationError, *, title: bool = True) -> str:
    return "\n".join(part for part in (title and error.title, error.message, error.hint) if part)
