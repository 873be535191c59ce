"""A button that tries keys out: it waits for what is pressed and says what came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPushButton

from dictation.errors import DictationError
from dictation.i18n import _
from dictation.keys import Offer
from dictation.ui.pieces import easily_hit

TRY_FOR = 15_000  # ms that a key is waited for
RELEASE_WITHIN = 5_000  # ms from its press
End = Callable[[], None]


class Trials(Protocol):
    """What the app lends for trying keys out; main thread."""

    def served_by(self, backend: str) -> Mapping[str, str]:
        """By setting, who hears its keys here, in words, with this `hotkey_backend`; any thread."""
        ...

    def lines(self, backend: str) -> tuple[str, ...]:
        """Where the desktop has to bind them: what to do, then the lines for it; any thread."""
        ...

    def offer(self) -> Offer | None:
        """What the desktop can be made to do for the keys; any thread."""
        ...

    def to_press(self, keys: str) -> str:
        """What to press to try these keys, as a sentence: the desktop may have others for them."""
        ...

    def listen(
        self,
        keys: str,
        heard: Callable[[str], None],
        trouble: Callable[[DictationError], None],
    ) -> End:
        """Listens for these keys alone: `press` and `release` are heard; the end gives the usual
        ones back. Raises DictationError."""
        ...


class Trial(QPushButton):
    """`read` gives the keys to try; `tell` hears how it goes, and "" when it is given up."""

    def __init__(
        self, text: str, trials: Trials, read: Callable[[], str], tell: Callable[[str], None]
    ) -> None:
        super().__init__(text)
        self.setAutoDefault(False)
        easily_hit(self)
        self._text, self._trials, self._read, self._tell = text, trials, read, tell
        self._end: End | None = None
        self._came: list[str] = []
        self.clicked.connect(self._begin)
        self.late = QTimer(self)
        self.late.setSingleShot(True)
        self.late.timeout.connect(self._give_up)

    @property
    def trying(self) -> bool:
        """Whether keys are being waited for."""
        return self._end is not None

    def stop(self, words: str = "") -> None:
        """Ends it: the usual keys work again."""
        self.late.stop()
        if self._end:
            end, self._end = self._end, None
            end()
        self.setText(self._text)
        self._tell(words)

    def _begin(self) -> None:
        if self._end:
            self.stop()
            return
        try:
            keys = self._read()
            self._end = self._trials.listen(keys, self._heard, self._failed)
        except DictationError as error:
            self._failed(error)
            return
        self._came = []
        self.setText(_("Stop trying"))
        self._tell(self._trials.to_press(keys))
        self.late.start(TRY_FOR)

    def _heard(self, what: str) -> None:
        if not self._end:
            return
        self._came.append(what)
        if {"press", "release"} <= set(self._came):
            self.stop(_("Pressed and released: it works, and so does holding it."))
        elif what == "press":
            self._tell(_("Pressed. Now release it."))
            self.late.start(RELEASE_WITHIN)

    def _give_up(self) -> None:
        words = _("Nothing came within 15 seconds.")
        if "press" in self._came:
            words = _(
                "It works, but no release came, so holding can't talk: press to start, and once "
                "more to stop."
            )
        elif self._came:
            words = _("Only the release came: what binds the press is missing.")
        self.stop(words)

    def _failed(self, error: DictationError) -> None:
        self.stop(f"{error.message} {error.hint}".strip())
