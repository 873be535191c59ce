"""The app's windows: each is made when it is first wanted, and told what happens from then on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

from PySide6.QtGui import QGuiApplication

from dictation import microphones
from dictation.desktop import Desktop
from dictation.engine import Engine
from dictation.errors import DictationError
from dictation.keys import Keys
from dictation.output import Delivery
from dictation.session import State
from dictation.takes import Take
from dictation.ui.window import Window
from dictation.wiring import Wiring

if TYPE_CHECKING:
    from dictation.ui.setup import Setup

W = TypeVar("W", bound=Window)


@dataclass(frozen=True, slots=True)
class House:
    """What windows may look at and do; on the main thread, but for `crash`."""

    desktop: Desktop
    flags: Mapping[str, str]
    engine: Engine
    wiring: Wiring
    delivery: Delivery
    keys: Keys
    apply: Callable[[], None]  # takes the settings file up
    crash: Callable[[Exception], None]  # any thread


class Windows:
    """Opens them by name; what a window imports is imported with it."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._made: dict[type[Window], Window] = {}

    def settings(self) -> None:
        """The settings."""
        from dictation.ui.settings_window import SettingsWindow

        def make() -> SettingsWindow:
            offers = {"microphone": lambda: [device.name for device in microphones.devices()]}
            return SettingsWindow(self._setup(), offers=offers)

        self._one(SettingsWindow, make).bring_up()

    def first_start(self, step: int = 0) -> None:
        """Key, microphone, first dictation."""
        from dictation.ui.first_start import FirstStart

        self._one(FirstStart, lambda: FirstStart(self._setup())).open(step)

    def text(self, text: str) -> None:
        """A text to look at."""
        from dictation.ui.text_window import TextWindow

        def copy(text: str) -> None:
            QGuiApplication.clipboard().setText(text)

        self._one(TextWindow, lambda: TextWindow(copy)).display(text)

    def changed(self, state: State) -> None:
        """The state is another one."""
        for window in self._all:
            window.changed(state)

    def ended(self, take: Take, error: DictationError | None) -> None:
        """A dictation is over."""
        for window in self._all:
            window.ended(take, error)

    def applied(self) -> None:
        """Other settings are in force, or what they rest on is different now."""
        for window in self._all:
            window.applied()

    def hotkey_failed(self, error: DictationError) -> None:
        """The hotkey could not be taken, or does not work any more."""
        for window in self._all:
            window.hotkey_failed(error)

    def hide(self) -> None:
        """Takes all of them away."""
        for window in self._all:
            window.hide()

    def _setup(self) -> Setup:
        from dictation.ui.setup import Setup

        house = self._house
        return Setup(
            wiring=house.wiring,
            desktop=house.desktop,
            settings=lambda: house.engine.settings,
            apply=house.apply,
            toggle=house.engine.toggle,
            shortcoming=house.delivery.shortcoming,
            asks=house.delivery.asks,
            allow=house.delivery.allow,
            trials=house.keys,
            crash=house.crash,
            flags=house.flags,
        )

    @property
    def _all(self) -> tuple[Window, ...]:
        return tuple(self._made.values())

    def _one(self, kind: type[W], make: Callable[[], W]) -> W:
        if kind not in self._made:
            self._made[kind] = make()
        return cast("W", self._made[kind])
