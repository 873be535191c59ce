"""What the app tells unasked, and once: what does not work here, no tray, a newer version."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QTimer

from dictation import autostart, first_run, settings, updates
from dictation.desktop import Desktop
from dictation.engine import Engine
from dictation.errors import DictationError
from dictation.i18n import _
from dictation.keys import Keys
from dictation.lanes import spawn
from dictation.output import Delivery
from dictation.settings import Settings
from dictation.ui.floats import Floats
from dictation.ui.news import News
from dictation.ui.tray import Tray
from dictation.wiring import Wiring

log = logging.getLogger(__name__)

TRAY_WITHIN = 5_000  # ms: a session that is just starting may bring its tray after us
UPDATES_AFTER, UPDATES_EVERY = 60_000, 6 * 3600_000  # ms


@dataclass(frozen=True, slots=True)
class Parts:
    """What notices are made of, and told by."""

    desktop: Desktop
    engine: Engine
    wiring: Wiring
    delivery: Delivery
    keys: Keys
    floats: Floats
    tray: Tray
    news: News
    post: Callable[[Callable[[], None]], None]
    apply: Callable[[], None]  # takes the settings file up
    crash: Callable[[Exception], None]
    show_history: Callable[[], None]  # where there is no tray; not where no window is wanted


class Notices:
    """On the main thread; what takes time is done on threads of its own."""

    def __init__(self, parts: Parts, address: str = updates.ADDRESS) -> None:
        self._parts, self._address = parts, address
        self._places = parts.wiring.places
        self._reminder = updates.Reminder(self._places)
        QTimer.singleShot(TRAY_WITHIN, self._tell_tray)
        QTimer.singleShot(UPDATES_AFTER, self.look_for_updates)
        self._timer = QTimer()
        self._timer.timeout.connect(self.look_for_updates)
        self._timer.start(UPDATES_EVERY)

    def shortcomings(self, chosen: Settings) -> None:
        """Once: on another desktop, or with other settings, it is news again."""
        parts = self._parts
        unheard = parts.keys.unheard

        def look() -> None:
            parts.delivery.target()  # connects, so that the first key press need not
            parts.floats.look()
            parts.post(parts.floats.applied)
            wanted = parts.engine.settings.autostart  # by now: another change may have been faster
            started = autostart.follow(wanted, autostart.entry_of(parts.desktop.system))
            output = parts.delivery.shortcoming(chosen), parts.delivery.notice(chosen)
            told = (unheard, *output, started)
            found = [error for error in told if error]
            words = "\n".join(f"{error.title} {error.message} {error.hint}" for error in found)
            if first_run.is_news(self._places, words):
                parts.post(lambda: parts.news.shortcomings(found))

        spawn("shortcomings", look, parts.crash)

    def look_for_updates(self) -> None:
        """Looks, or asks whether to, as far as it is time for that."""
        wanted = self._parts.engine.settings.update_check
        if wanted == "ask" and self._reminder.may_ask():
            self._parts.news.ask_about_updates(updates.SERVER, self._choose)
        elif wanted == "weekly" and self._reminder.is_due():
            spawn("updates", self._look, self._parts.crash)

    def _look(self) -> None:
        parts = self._parts
        try:
            found = updates.newest(parts.wiring.http(parts.engine.settings), self._address)
        except DictationError as error:  # in a week again; who wants to know why asks for it
            log.info("no look at newer versions: %s", error.title)
            return
        if self._reminder.is_news(found):
            parts.post(lambda: parts.news.newer(found.version, found.page))

    def _choose(self, choice: str) -> None:
        settings.save(self._places.settings, **{updates.SETTING: choice})
        self._parts.apply()
        self.look_for_updates()

    def _tell_tray(self) -> None:
        if self._parts.tray.has_place():
            return
        words = _(
            "This desktop shows no tray icon. Run `dictation` once more for its window, and "
            "`dictation quit` to end it."
        )
        if first_run.is_news(self._places, words, "tray"):
            self._parts.news.told(words)
        self._parts.show_history()
