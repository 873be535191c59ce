"""Step two: the microphone, and whether it hears."""

from __future__ import annotations

import threading

from PySide6.QtWidgets import QComboBox, QFormLayout, QProgressBar, QVBoxLayout, QWidget

from dictation.errors import DictationError, SettingsError
from dictation.i18n import _
from dictation.meter import Hooks, Meter
from dictation.microphones import Device
from dictation.session import State
from dictation.ui.errands import Errands
from dictation.ui.labels import set_by
from dictation.ui.pieces import Trouble, Words, button, in_row, label
from dictation.ui.setup import Setup

HEARD = 45  # of 100: -33 dB, which speech reaches and a quiet room does not


class MicrophonePage(QWidget):
    """The devices to choose from, and a live level while the page is shown; nothing is kept."""

    title = _("Does the microphone hear you?")

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self._setup = setup
        self._errands = Errands(self, setup.crash)
        self._meter: Meter | None = None
        self._turn = threading.Lock()  # one meter at a time has a microphone open
        self._shown = self._recording = False
        self.devices = QComboBox()
        self.devices.activated.connect(self._choose)
        self.again_button = button(_("Look &again"))
        self.again_button.clicked.connect(self._start)
        self.level = QProgressBar()
        self.level.setRange(0, 100)
        self.level.setTextVisible(False)
        self.level.setAccessibleName(_("Level of the microphone"))
        self.status, self.trouble = Words(), Trouble("microphone")
        form = QFormLayout()
        form.addRow(label(_("&Microphone:"), self.devices), self.devices)
        form.addRow(_("Level:"), self.level)
        layout = QVBoxLayout(self)
        layout.addWidget(Words(_("Say something: the bar moves. Nothing is kept or sent.")))
        layout.addLayout(form)
        layout.addWidget(self.status)
        layout.addWidget(self.trouble)
        layout.addLayout(in_row(self.again_button))
        layout.addStretch()

    def enter(self) -> None:
        """The page is shown."""
        self._shown = True
        self._start()

    def leave(self) -> None:
        """The page is not shown any more: the microphone is closed."""
        self._shown = False
        self._stop()

    def focus(self) -> None:
        """The keyboard goes to the devices."""
        self.devices.setFocus()

    def changed(self, state: State) -> None:
        """A dictation has the microphone for itself."""
        recording = state.recording is not None
        if self._shown and recording != self._recording:
            if recording:
                self._stop()
            else:
                self._start()
        self._recording = recording

    def _start(self) -> None:
        self._stop()
        self.trouble.tell(None)
        self.status.say(_("Opening the microphone…"))
        # Where there are none to offer, the meter fails as well, and tells why.
        self._errands.run("devices", self._setup.devices, self._offer, lambda _error: None)
        wanted = self._setup.settings().microphone
        meter = self._meter = Meter(
            lambda: self._setup.find_microphone(wanted),
            Hooks(
                opened=lambda name: self._errands.post(lambda: self._opened(meter, name)),
                level=lambda level: self._errands.post(lambda: self._heard(meter, level)),
            ),
        )

        def run() -> None:
            with self._turn:
                meter.run()

        self._errands.run("level", run, lambda _none: None, lambda error: self._ended(meter, error))

    def _stop(self) -> None:
        if self._meter:
            self._meter.stop()
        self._meter = None
        self.level.setValue(0)
        self.status.say("")

    def _opened(self, meter: Meter, name: str) -> None:
        if meter is self._meter:
            self._name, self._loud = name, False
            self.status.say(_("In use: {name}.").format(name=name))

    def _heard(self, meter: Meter, level: float) -> None:
        if meter is not self._meter:
            return
        self.level.setValue(round(level * 100))
        if not self._loud and level * 100 >= HEARD:
            self._loud = True
            self.status.say(_("In use: {name}. It hears you.").format(name=self._name))

    def _ended(self, meter: Meter, error: DictationError) -> None:
        if meter is self._meter:
            self._stop()
            self.trouble.tell(error)

    def _offer(self, devices: list[Device]) -> None:
        wanted = self._setup.settings().microphone
        self.devices.clear()
        self.devices.addItem(_("The system's default"), ())
        for device in devices:
            self.devices.addItem(device.name, (device.name,))
        if wanted and self.devices.findData(wanted) < 0:
            self.devices.addItem(", ".join(wanted), wanted)
        self.devices.setCurrentIndex(max(0, self.devices.findData(wanted)))
        by = set_by("microphone", self._setup.flags, self._setup.environment)
        self.devices.setEnabled(not by)
        self.devices.setAccessibleDescription(_("Set by {name}.").format(name=by) if by else "")

    def _choose(self) -> None:
        try:
            self._setup.change({"microphone": self.devices.currentData()})
        except SettingsError as error:
            self.trouble.tell(error)
            return
        self._start()
