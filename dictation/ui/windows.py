"""The app's windows: each is made when it is first wanted, and told what happens from then on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

from PySide6.QtGui import QGuiApplication

from dictation import microphones, settings
from dictation.desktop import Desktop
from dictation.engine import Engine
from dictation.errors import DictationError
from dictation.keys import Keys
from dictation.output import Delivery
from dictation.session import State
from dictation.settings import Value
from dictation.takes import Take
from dictation.ui.window import Window
from dictation.wiring import Wiring

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
        from dictation.ui.settings_dialog import SettingsDialog

        def make() -> SettingsDialog:
            house = self._house
            return SettingsDialog(
                house.wiring.places.settings,
                house.apply,
                key=lambda: self.first_start(0),
                offers={"microphone": lambda: [device.name for device in microphones.devices()]},
                trials=house.keys,
                crash=house.crash,
                flags=house.flags,
                untried=house.desktop.untried,
            )

        self._one(SettingsDialog, make).bring_up()

    def first_start(self, step: int = 0) -> None:
        """Key, microphone, first dictation."""
        from dictation.ui.first_start import FirstStart
        from dictation.ui.setup import Setup

        def make() -> FirstStart:
            house = self._house
            return FirstStart(
                Setup(
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
            )

        self._one(FirstStart, make).open(step)

    def calibrate(self) -> None:
        """Which service hears this voice best."""
        from dictation.ui.calibrate_lent import Lent
        from dictation.ui.calibrate_window import CalibrateWindow

        house = self._house

        def change(changes: Mapping[str, Value | None]) -> None:
            settings.save(house.wiring.places.settings, **changes)
            house.apply()

        def make() -> CalibrateWindow:
            return CalibrateWindow(
                Lent(
                    wiring=house.wiring,
                    settings=lambda: house.engine.settings,
                    change=change,
                    last=lambda: house.engine.past.archive.ask(lambda h: h.last_text()),
                    crash=house.crash,
                    flags=house.flags,
                )
            )

        self._one(CalibrateWindow, make).bring_up()

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

    @property
    def _all(self) -> tuple[Window, ...]:
        return tuple(self._made.values())

    def _one(self, kind: type[W], make: Callable[[], W]) -> W:
        if kind not in self._made:
            self._made[kind] = make()
        return cast("W", self._made[kind])
