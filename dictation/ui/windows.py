"""The app's windows: each is made when it is first wanted, and told what happens from then on."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from dictation import languages, microphones, settings, state
from dictation.crash import Faults, ProgramFault
from dictation.desktop import Desktop
from dictation.engine import Engine
from dictation.errors import DictationError, SettingsError
from dictation.i18n import _
from dictation.keys import Keys
from dictation.output import Delivery
from dictation.remedies import Case
from dictation.session import State
from dictation.settings import Value
from dictation.takes import Take
from dictation.ui.deeds import Deeds
from dictation.ui.labels import set_by
from dictation.ui.window import Window
from dictation.wiring import Wiring

if TYPE_CHECKING:
    from dictation.doctor import Finding
    from dictation.ui.fault_window import FaultWindow
    from dictation.ui.focus_ring import FocusRings
    from dictation.ui.setup import Setup

W = TypeVar("W", bound=Window)
Hear = Callable[[str, str, Callable[[], bool]], Take]
DECLINED = "declined_terms"  # not to be suggested again, in what the program keeps in mind


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
    told: Callable[[str], None]  # something to know that is no error
    crash: Callable[[Exception], None]  # any thread
    tell: Callable[[DictationError], None]  # of the app itself
    watch: Callable[[Future[Any]], None]  # tells of it where what was asked for fails
    use_hotkey: Callable[[str], None]
    faults: Faults
    restart: Callable[[], None]


class Windows:
    """Opens them by name; what a window imports is imported with it."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.menu: QMenu | None = None  # the tray's, for who has no tray
        self._made: dict[type[Window], Window] = {}
        self._rings: FocusRings | None = None
        self._has_faults = self._restarts = False
        self.deeds = Deeds(self, house)

    def named(self, name: str) -> None:
        """The window of a link, one of `links.WINDOWS`."""
        open_: Callable[[], None] = getattr(self, name)
        open_()

    def settings(self, name: str = "") -> None:
        """The settings, at the one of that name if there is one."""
        from dictation.ui.settings_window import SettingsWindow

        def make() -> SettingsWindow:
            offers = {"microphone": lambda: [device.name for device in microphones.devices()]}
            doors = {
                "model": (_("Choose…"), self.models),
                languages.SETTING: (_("Restart now"), self._restart),
            }
            return SettingsWindow(self._setup(), offers=offers, doors=doors)

        self._one(SettingsWindow, make).open_at(name)

    def _restart(self) -> None:
        """Has the program started anew, as soon as no take is on its way."""
        self._restarts = True
        self.changed(self._house.engine.state)

    def models(self) -> None:
        """The models that there are, and which is taken."""
        from dictation.ui.models_window import Catalogue, ModelsWindow

        house, wiring = self._house, self._house.wiring

        def use(model: str) -> None:
            if beaten := set_by("model", house.flags, os.environ):
                what = _("The model is set by {name}, so it can't be changed here.")
                raise SettingsError(what.format(name=beaten), hint="")
            settings.save(wiring.places.settings, model=model or None)
            house.apply()

        def make() -> ModelsWindow:
            return ModelsWindow(
                Catalogue(
                    kept=lambda: wiring.kept_models(house.engine.settings),
                    read=lambda: wiring.models(house.engine.settings, refresh=True),
                    use=use,
                    crash=house.crash,
                )
            )

        self._one(ModelsWindow, make).bring_up()

    def history(self) -> None:
        """The takes of before."""
        from dictation.output.focus import elsewhere
        from dictation.ui.history_window import Doors, HistoryWindow

        house, engine = self._house, self._house.engine
        hear, models = self._hearing()

        def nothing() -> str:
            if not engine.settings.history:
                return _("Dictations are not kept: “History” is off in the settings.")
            told = (
                _("There is nothing yet.\n\nPress {key}, speak, and press it again.")
                if engine.settings.hotkey
                else _("There is nothing yet.\n\nStart a dictation from the tray's menu.")
            )
            return told.format(key=engine.settings.hotkey)

        def make() -> HistoryWindow:
            return HistoryWindow(
                Doors(
                    archive=engine.past.archive,
                    hear=hear,
                    models=models,
                    paste=engine.paste,
                    elsewhere=lambda: elsewhere(house.delivery.target, own=os.getpid()),
                    nothing=nothing,
                    menu=self.menu,
                    crash=house.crash,
                )
            )

        self._one(HistoryWindow, make).bring_up()

    def fix(self) -> None:
        """The last dictation, to be put right."""
        from dictation.ui.fix_window import FixWindow, Repair

        house, past = self._house, self._house.engine.past
        hear, models = self._hearing()
        places = house.wiring.places

        def learn(term: str) -> None:
            kept = house.engine.settings.keyterms
            settings.save(places.settings, keyterms=(*kept, term))
            house.apply()

        def declined() -> list[str]:
            return [term for term in state.read(places).get(DECLINED, ()) if isinstance(term, str)]

        def make() -> FixWindow:
            return FixWindow(
                Repair(
                    archive=past.archive,
                    hear=hear,
                    models=models,
                    look_away=past.look_away,
                    put_right=past.put_right,
                    copy=QGuiApplication.clipboard().setText,
                    known=lambda: (*house.engine.settings.keyterms, *declined()),
                    learn=learn,
                    decline=lambda term: state.note(places, **{DECLINED: [*declined(), term]}),
                    told=house.told,
                    crash=house.crash,
                )
            )

        self._one(FixWindow, make).open()

    def first_start(self, step: int = 0) -> None:
        """Key, microphone, first dictation."""
        from dictation.ui.first_start import FirstStart

        self._one(FirstStart, lambda: FirstStart(self._setup())).open(step)

    def spending(self) -> None:
        """What dictating costs, and the month's budget."""
        from dictation.ui.spending_window import SpendingWindow, accounts_of, budget_of

        def make() -> SpendingWindow:
            house = self._house
            budget = budget_of(house.engine, house.wiring, house.apply, house.flags)
            return SpendingWindow(lambda: accounts_of(house.engine), budget, house.crash)

        self._one(SpendingWindow, make).bring_up()

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

    def trouble(self, case: Case) -> None:
        """An error, and what can be done about it."""
        from dictation.ui.trouble_window import TroubleWindow

        if isinstance(case.error, ProgramFault) and case.take is None:
            self.faults()
        else:
            self._one(TroubleWindow, TroubleWindow).open(case)

    def faults(self) -> None:
        """What went wrong in the program itself, wanted by the user."""
        self._faults().bring_up()

    def fault(self, *, new: bool) -> None:
        """One more fault; a new kind of it comes up by itself, without taking the focus."""
        if new or self._has_faults:  # should it be what fails, it is not made over and over
            self._faults().tell(comes=new)
            self._has_faults = True

    def _faults(self) -> FaultWindow:
        from dictation.ui.fault_window import FaultWindow

        house = self._house
        return self._one(FaultWindow, lambda: FaultWindow(house.faults, house.desktop))

    def doctor(self) -> None:
        """Every part, and how to mend it."""
        from dictation import doctor
        from dictation.ui.doctor_window import DoctorWindow, Examination

        def make() -> DoctorWindow:
            house = self._house

            def examine(*, probe: bool) -> Generator[Finding, None, None]:
                settings = house.engine.settings
                return doctor.examine(house.wiring, settings, house.desktop, probe=probe)

            return DoctorWindow(Examination(examine, house.keys.offer), house.crash)

        self._one(DoctorWindow, make).open()

    def changed(self, now: State) -> None:
        """The state is another one."""
        for window in self._all:
            window.changed(now)
        if self._restarts and now.name == "idle":
            self._house.restart()

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

    def _hearing(self) -> tuple[Hear, Callable[[], list[str]]]:
        """What sends a take's recording once more, and the models that there are for it."""
        from dictation.rehearing import Rehearing, by_model
        from dictation.transcription import provider_of

        engine, wiring = self._house.engine, self._house.wiring
        rehearing = Rehearing(engine.past.archive, wiring.transcribe)

        def hear(id_: str, model: str, given_up: Callable[[], bool]) -> Take:
            chosen = engine.settings
            if model:
                chosen = by_model(chosen, model, provider_of(chosen, wiring.keys))
            return rehearing.hear(id_, chosen, given_up)

        def models() -> list[str]:
            return [row.id for row in wiring.models(engine.settings, refresh=False).models]

        return hear, models

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
        if self._rings is None:
            from dictation.ui.focus_ring import FocusRings

            self._rings = FocusRings()
        if kind not in self._made:
            self._made[kind] = make()
            self._made[kind].mends = self.deeds.do
        return cast("W", self._made[kind])
