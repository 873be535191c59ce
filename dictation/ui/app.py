"""The app: the engine with a face on it. Everything that users see hangs together here."""

from __future__ import annotations

import logging
import os
from concurrent.futures import Future
from typing import Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSystemTrayIcon

from dictation import crash, first_run, microphones, profiles, session, settings, xserver
from dictation import desktop as desktops
from dictation.bus_service import BusService
from dictation.control import Server
from dictation.day import Day
from dictation.engine import Engine
from dictation.errors import DictationError
from dictation.hotkeys import x11
from dictation.i18n import _
from dictation.keys import Keys
from dictation.lanes import run as run_job
from dictation.lanes import spawn
from dictation.output import Delivery
from dictation.paths import Places
from dictation.players import Players
from dictation.remedies import Case
from dictation.service import Service
from dictation.settings import Settings
from dictation.sounds import Sounds
from dictation.takes import Take
from dictation.ui import aloud
from dictation.ui.bridge import Bridge, Posted
from dictation.ui.clipboard import QtClipboard
from dictation.ui.colours import Colours
from dictation.ui.floats import Floats
from dictation.ui.labels import set_by
from dictation.ui.news import News
from dictation.ui.notices import Notices
from dictation.ui.notices import Parts as NoticeParts
from dictation.ui.offers import Offers
from dictation.ui.tray import Actions, Tray
from dictation.ui.windows import House, Windows
from dictation.wiring import Wiring

log = logging.getLogger(__name__)


class App:
    """The running program: a Face for the engine, and what commands may ask of the windows."""

    def __init__(
        self,
        places: Places,
        flags: dict[str, str],
        server: Server,
        shown: QSystemTrayIcon,
        *,
        minimized: bool,
    ) -> None:
        """`minimized`: no window comes up by itself."""
        self._places, self._flags, self._minimized = places, flags, minimized
        self._server = server
        self.starts_again_in: dict[str, str] = {}  # this environment; not where there is none
        self._case: Case | None = None  # the trouble in force
        self._faults = crash.Faults()
        self._desktop = desktops.detect()
        chosen, problems = settings.load(places.settings, flags=flags)
        self._profiles, more = profiles.load(places.settings, chosen, flags=flags)
        self._bridge = Bridge(self._handle)
        self._colours = Colours()
        self._wiring = Wiring(places)
        clipboards = [QtClipboard(self._bridge.post)]
        self._delivery = Delivery(self._desktop, clipboards, x11.symbols)
        self._sounds = Sounds(self._desktop, self._crashed)
        if chosen.sounds:
            self._sounds.choose(chosen.sound_volume, chosen.sound_files)
        self._players = Players(self._crashed)
        parts = self._wiring.engine(self._delivery, self._sounds.play)
        self.engine = Engine(parts, chosen, self, self._bridge.post)
        self.service = Service(self.engine, self, self._bridge.post)
        self._keys = Keys(
            self.engine,
            self._desktop,
            self._bridge.post,
            self._hotkey_failed,
            bound=self.service.bound,
            paste_last=lambda: self._watch(self.engine.paste()),
            undo=lambda: self._watch(self.engine.past.undo()),
            fix=lambda: self.windows.fix(),  # noqa: PLW0108 - it is not there yet
            changed=lambda: self.windows.applied(),  # noqa: PLW0108 - nor now
        )
        self.windows = Windows(
            House(
                desktop=self._desktop,
                flags=flags,
                engine=self.engine,
                wiring=self._wiring,
                delivery=self._delivery,
                keys=self._keys,
                apply=self.reload,
                told=self.told,
                crash=self._crashed,
                tell=self._tell,
                watch=self._watch,
                use_hotkey=self._use_hotkey,
                faults=self._faults,
                restart=lambda: self.quit(again=True),
            )
        )
        self._offers = Offers(
            self.engine,
            self._wiring,
            flags=flags,
            post=self._bridge.post,
            apply=self.reload,
            tell=self._tell,
            crash=self._crashed,
        )
        self._tray = Tray(
            shown,
            Actions(
                toggle=self.engine.toggle,
                cancel=self.engine.cancel,
                profile=lambda name: self.engine.start(self.profile(name)),
                copy=lambda id_: self._watch(self.engine.past.copy(id_)),
                paste=lambda id_: self._watch(self.engine.paste(id_)),
                fix=self.windows.fix,
                model=self._offers.use_model,
                use_microphone=self._offers.use_microphone,
                look_for_microphones=self._offers.look_for_microphones,
                models=self.windows.models,
                send_waiting=self._send_waiting,
                send_interrupted=self.engine.past.send_interrupted,
                history=self.windows.history,
                settings=self.windows.settings,
                spending=self.windows.spending,
                key=lambda: self.windows.first_start(0),
                microphone=lambda: self.windows.first_start(1),
                trouble=self._show_case,
                doctor=self.windows.doctor,
                calibrate=self.windows.calibrate,
                quit=self.quit,
            ),
        )
        self._offers.show_in(self._tray, lambda: self._floats.changed(self.engine.state))
        self.windows.menu = self._tray.menu
        self._news = News(
            self.engine,
            self._tray,
            self._bridge.post,
            self._crashed,
            show=self.windows.trouble,
            mend=self.windows.deeds.do,
        )
        self._wiring.purse.tell(lambda words: self._bridge.post(lambda: self._news.budget(words)))
        self._wiring.purse.attach(self.engine.past.archive.ask)
        self._wiring.standby.tell(lambda name: self._bridge.post(lambda: self._kept(name)))
        self._wiring.standby.keep(chosen.keep_microphone_open, chosen.microphone)
        self._floats = Floats(self.engine, self._desktop, places, self._offers.destination)
        self._notices = Notices(
            NoticeParts(
                desktop=self._desktop,
                engine=self.engine,
                wiring=self._wiring,
                delivery=self._delivery,
                keys=self._keys,
                floats=self._floats,
                tray=self._tray,
                news=self._news,
                post=self._bridge.post,
                apply=self.reload,
                crash=self._crashed,
                show_history=self._show_without_tray,
            )
        )
        self._keys.apply(chosen, self._profiles)  # before any thread that would slow it down
        self._offers.applied(chosen, self._profiles)
        self._notices.shortcomings(chosen)
        for problem in (*problems, *more):
            self._tell(problem)
        self._day = Day(self.engine, self._keys, self._wiring, self._bridge.post)
        self._day.start(self._desktop, self._crashed)
        self._server.serve(self.service.answer)  # last: whoever gets an answer finds us ready
        linux = self._desktop.system == "linux"
        self._on_bus = BusService(self.service, self._crashed) if linux else None
        spawn("warm", microphones.warm, self._crashed)  # so that the first key press need not

    def _handle(self, event: Posted) -> None:
        run_job(lambda: self.engine.handle(event), self.trouble)

    # The engine's face.

    def changed(self, state: session.State) -> None:
        """The state is another one."""
        if state.recording:
            self._case = self._without_take()
        aloud.microphone("a dictation's", is_open=state.recording is not None)
        self._keys.recording(state.recording is not None)
        self._players.recording(state.recording if self.engine.settings.pause_media else None)
        self._show_trouble()
        self.windows.changed(state)
        self._floats.changed(state)
        self.service.changed()

    def ended(self, take: Take, error: DictationError | None) -> None:
        """A take is over."""
        log.info("take %s: %s%s", take.id, take.status, f", {error.title}" if error else "")
        self._case = Case(error, take) if error else self._without_take()
        self._show_trouble()
        self._play_end(take, error)
        self._news.ended(take, error)
        self._offers.look_for_texts()
        self.windows.ended(take, error)
        self.service.changed()

    def found(self, interrupted: tuple[Take, ...]) -> None:
        """An earlier run ended in the middle of these takes."""
        self._news.interrupted(interrupted)
        self._show_trouble()

    def counted(self, waiting: int) -> None:
        """So many takes wait for the network or a key."""
        self._show_trouble()
        self.service.changed()

    def listening(self, microphone: str) -> None:
        """This microphone is open."""
        self._tray.tell_microphone(microphone)

    def told(self, note: str) -> None:
        """Something to know that is no error."""
        self._news.told(note)

    def display(self, text: str) -> None:
        """A text to look at."""
        self.windows.text(text)

    def partial(self, text: str) -> None:
        """The text so far of the take on its way."""
        self.service.partial(text)
        self._floats.partial(text)

    def trouble(self, error: Exception) -> None:
        """Something is wrong with the app itself; of what should not happen the log has more."""
        if not isinstance(error, DictationError):
            log.error("unexpected error", exc_info=error)
            new = self._faults.note(error)  # first: should the window fail, it is not tried again
            self._case = Case(crash.fault(error))
            self._show_trouble()
            self.windows.fault(new=new)
        else:
            self._tell(error)

    def died(self, noted: str) -> None:
        """The run before this one died, and noted where it was."""
        self._faults.note_death(noted)
        self._tell(crash.ProgramFault(_("Dictation ended in mid-work the last time.")))

    # What commands and the menu ask for.

    def show(self, window: str) -> None:
        """Something was started a second time: bring a window up, that of a link or our first."""
        if window:
            self.windows.named(window)
        elif self.is_first():
            self.windows.first_start()
        else:
            self.windows.history()

    def is_first(self) -> bool:
        """Whether nobody has decided yet who transcribes."""
        decided = set_by("provider", self._flags, os.environ)
        return not decided and not first_run.seen(self._places)

    def reload(self) -> None:
        """The settings file is another one."""
        path, flags = self._places.settings, self._flags
        chosen, problems = settings.load(path, flags=flags)
        self._profiles, more = profiles.load(path, chosen, flags=flags)
        self.apply(chosen)
        self.windows.applied()
        for problem in (*problems, *more):
            self._tell(problem)

    def profile(self, name: str) -> Settings:
        """The settings of a profile, in force where the name is empty; SettingsError for none."""
        return profiles.find(self._profiles, name) if name else self.engine.settings

    def keys_go(self) -> str:
        """How a desktop's portal has the keys of pastes go, in words; any thread."""
        return self._delivery.keys_go

    def apply(self, chosen: Settings) -> None:
        """These settings are in force for the next take."""
        self.engine.settings = chosen
        self._delivery.applied()
        self._sounds.choose(chosen.sound_volume, chosen.sound_files)
        self._case = None  # what they don't mend is told again
        self._show_trouble()
        self._wiring.standby.keep(chosen.keep_microphone_open, chosen.microphone)
        self._offers.applied(chosen, self._profiles)
        self._keys.apply(chosen, self._profiles)
        self._notices.shortcomings(chosen)
        self.engine.past.outbox.now()  # a key may be there that was not before

    def quit(self, *, again: bool = False) -> None:
        """Leaves; what is on its way stays. Whether it is started `again` then."""
        self.starts_again_in = os.environ | self._wiring.given_keys if again else {}
        QGuiApplication.quit()

    def close(self) -> None:
        """After the event loop: gives everything back."""
        self.windows.hide()
        self._floats.hide()
        self._day.close()
        self._keys.close()
        self._tray.hide()
        self.engine.quit()
        self._players.close()
        self._wiring.standby.close()
        self._news.close()
        if self._on_bus:
            self._on_bus.close()
        self._server.close()  # last: another instance may start once everything is on disk

    def trouble_from_qt(self, error: BaseException) -> None:
        """What a window's own code raised."""
        self._crashed(error if isinstance(error, Exception) else RuntimeError(repr(error)))

    def _show_without_tray(self) -> None:
        if not self._minimized and not self.is_first():
            self.windows.history()

    def _crashed(self, error: Exception) -> None:
        self._bridge.post(lambda: self.trouble(error))

    def _kept(self, microphone: str) -> None:
        self._tray.show_kept(microphone)
        self._show_trouble()

    def _play_end(self, take: Take, error: DictationError | None) -> None:
        if not self.engine.settings.sounds or self.engine.state.recording:
            return  # the next take's microphone might hear it
        if error or take.status == "cancelled":
            self._sounds.play("trouble")
        elif take.text:
            self._sounds.play("done")

    def _send_waiting(self) -> None:
        self.engine.past.outbox.now()
        if self._wiring.purse.is_over(self.engine.settings.monthly_budget_usd):
            self.windows.spending()  # it asks what is to become of them

    def _use_hotkey(self, hotkey: str) -> None:
        settings.save(self._places.settings, hotkey=hotkey)
        self.reload()

    def _hotkey_failed(self, error: DictationError) -> None:
        self._tell(error)
        self.windows.hotkey_failed(error)

    def _watch(self, future: Future[Any]) -> None:
        self._news.watch(future)

    def _tell(self, error: DictationError) -> None:
        self._case = Case(error)
        self._show_trouble()
        self._news.trouble(error)

    def _without_take(self) -> Case | None:
        return Case(self._keys.failure) if self._keys.failure else None

    def _show_case(self) -> None:
        if self._case:
            self.windows.trouble(self._case)

    def _show_trouble(self) -> None:
        past = self.engine.past
        self._tray.show_unsent(past.outbox.count, len(past.interrupted))
        self._tray.show(self.engine.state, self._case.error.title if self._case else "")


def warm() -> None:
    """Imports what the app needs at once beside this module; any thread."""
    if desktops.detect().session == "x11":
        xserver.warm()
