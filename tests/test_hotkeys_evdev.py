"""Keys read from input devices: pipes that send what the kernel sends, and come and go."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from dictation.desktop import Desktop
from dictation.errors import HotkeyError
from dictation.hotkeys import actions, choose, evdev
from dictation.hotkeys.binding import KEYS
from dictation.hotkeys.evdev import EvdevListener
from dictation.hotkeys.evdev_board import Board
from dictation.hotkeys.evdev_devices import EVENT, TYPISTS, Devices, Linux, watch
from dictation.hotkeys.kernel_keys import code, kernel_name
from dictation.settings import Settings
from tests.desktop import until

pytestmark = pytest.mark.only_on("linux")

HEADER = Path("/usr/include/linux/input-event-codes.h")
KEYBOARD = frozenset(map(code, (key for key in KEYS if not key.startswith("Mouse"))))
MOUSE = frozenset({0x110, 0x111, code("Mouse4"), code("Mouse5")})
PEDAL = frozenset({code("F13")})


class Machine:
    """A folder of devices, and what asks the kernel about them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._store = folder / "input", folder / "store"
        self.folder.mkdir()
        self._store.mkdir()
        self.denied: set[str] = set()
        self.pressed: dict[str, frozenset[int]] = {}
        self.all: list[Device] = []

    def plug(self, codes: frozenset[int] = KEYBOARD, name: str = "A keyboard") -> Device:
        device = Device(self, f"event{len(self.all)}", codes, name)
        self.all.append(device)
        os.mkfifo(self._store / device.file)
        device.writes = os.open(self._store / device.file, os.O_RDWR)  # before it can be read
        os.link(self._store / device.file, self.folder / device.file)
        return device

    def _of(self, device: int) -> Device:
        file = Path(f"/proc/self/fd/{device}").readlink().name
        return next(its for its in self.all if its.file == file)

    # The kernel's part.

    def open(self, path: Path) -> int:
        if path.name in self.denied:
            raise PermissionError
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def name(self, device: int) -> str:
        return self._of(device).name

    def codes(self, device: int) -> frozenset[int]:
        return self._of(device).codes

    def down(self, device: int) -> frozenset[int]:
        return self.pressed.get(self._of(device).file, frozenset())

    def prepare(self, device: int, shown: Collection[int] | None) -> None:
        self._of(device).shown = shown
        self._of(device).opened.set()


class Device:
    """One that keys are pressed on."""

    def __init__(self, machine: Machine, file: str, codes: frozenset[int], name: str) -> None:
        self._machine, self.file, self.codes, self.name = machine, file, codes, name
        self.writes = -1
        self.opened = threading.Event()
        self.shown: Collection[int] | None = ()

    def send(self, kind: int, number: int, value: int) -> None:
        now = time.monotonic()
        seconds = int(now)
        event = EVENT.pack(seconds, int((now - seconds) * 1e6), kind, number, value)
        os.write(self.writes, event + EVENT.pack(seconds, 0, 0, 0, 0))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.send(1, code(key), 1)

    def release(self, *keys: str) -> None:
        for key in keys:
            self.send(1, code(key), 0)

    def tap(self, key: str) -> None:
        self.press(key)
        self.release(key)

    def unplug(self) -> None:
        (self._machine.folder / self.file).unlink(missing_ok=True)
        if self.writes >= 0:
            os.close(self.writes)
        self.writes = -1


class Desk:
    """Listeners on a machine, and what they have told."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.heard: list[str] = []
        self.lost: list[HotkeyError] = []
        self._listeners: list[EvdevListener] = []

    def listen(self, **settings: str) -> EvdevListener:
        board = Board(
            actions(Settings(**{"hotkey": "Ctrl+Alt+Space"} | settings)),  # type: ignore[arg-type]
            lambda name, at: self._tell(f"+{name}", at),
            lambda name, at: self._tell(f"-{name}", at),
        )
        devices = Devices(board.wanted, board.shown, self.machine.folder, self.machine)
        listener = EvdevListener(board, devices, self.lost.append)
        self._listeners.append(listener)
        return listener

    def _tell(self, what: str, at: float) -> None:
        assert abs(time.monotonic() - at) < 5
        self.heard.append(what)

    def expect(self, *heard: str) -> None:
        until(" ".join(heard), lambda: len(self.heard) >= len(heard))
        assert self.heard == list(heard)
        self.heard.clear()

    def close(self) -> None:
        for listener in self._listeners:
            listener.close()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    for device in made.all:
        device.unplug()


@pytest.fixture
def desk(machine: Machine) -> Iterator[Desk]:
    made = Desk(machine)
    yield made
    made.close()
    assert not made.lost


def test_a_press_and_its_release_are_told_and_repeats_are_not(machine: Machine, desk: Desk) -> None:
    keyboard = machine.plug()
    desk.listen()
    keyboard.press("LeftCtrl", "LeftAlt", "Space")
    desk.expect("+talk")
    keyboard.send(1, code("Space"), 2)
    keyboard.release("LeftCtrl", "LeftAlt")  # whichever goes first
    keyboard.release("Space")
    desk.expect("-talk")
    keyboard.press("Space", "RightCtrl")  # other modifiers are another key
    keyboard.release("Space", "RightCtrl")
    keyboard.press("RightCtrl", "RightAlt", "Space")  # either side
    desk.expect("+talk")


def test_the_modifier_may_be_on_another_keyboard(machine: Machine, desk: Desk) -> None:
    one, other = machine.plug(), machine.plug()
    desk.listen()
    one.press("LeftCtrl", "LeftAlt")
    until("they are down", lambda: other.opened.is_set())
    threading.Event().wait(0.05)
    other.press("Space")
    desk.expect("+talk")
    one.press("Space")  # down already
    one.release("Space")  # and down still
    other.release("Space")
    desk.expect("-talk")


@pytest.mark.parametrize(
    ("key", "codes"), [("Mouse4", MOUSE), ("F13", PEDAL), ("F24", KEYBOARD), ("Pause", KEYBOARD)]
)
def test_mice_pedals_and_keys_that_few_have_talk(
    machine: Machine, desk: Desk, key: str, codes: frozenset[int]
) -> None:
    device = machine.plug(codes)
    desk.listen(hotkey=key)
    device.tap(key)
    desk.expect("+talk", "-talk")


def test_a_modifier_alone_talks_and_in_a_shortcut_does_not(machine: Machine, desk: Desk) -> None:
    keyboard, mouse = machine.plug(), machine.plug(MOUSE)
    desk.listen(hotkey="RightCtrl", paste_last_hotkey="F8")
    keyboard.press("RightCtrl")
    keyboard.tap("C")
    keyboard.release("RightCtrl")
    keyboard.tap("LeftCtrl")
    keyboard.tap("F8")
    desk.expect("+paste-last", "-paste-last")
    keyboard.press("RightCtrl")
    desk.expect("+talk")  # after a moment
    keyboard.release("RightCtrl")
    desk.expect("-talk")
    keyboard.press("RightCtrl")
    threading.Event().wait(0.05)
    mouse.send(1, 0x110, 1)  # a click with Ctrl
    threading.Event().wait(0.3)
    keyboard.release("RightCtrl")
    keyboard.tap("F8")
    desk.expect("+paste-last", "-paste-last")


def test_only_the_hotkeys_own_keys_are_shown_where_that_is_enough(
    machine: Machine, desk: Desk
) -> None:
    keyboard, mouse = machine.plug(), machine.plug(MOUSE)
    desk.listen(hotkey="Ctrl+F9", cancel_hotkey="")
    assert keyboard.shown is not None
    assert code("F9") in keyboard.shown
    assert not set(map(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")) & set(keyboard.shown)
    assert not mouse.opened.is_set()
    desk.listen(hotkey="RightCtrl")
    assert keyboard.shown is None
    assert mouse.opened.is_set()


def test_the_cancel_key_counts_exactly_while_a_take_records(machine: Machine, desk: Desk) -> None:
    keyboard = machine.plug()
    listener = desk.listen(hotkey="F9")
    keyboard.tap("Escape")
    keyboard.tap("F9")
    desk.expect("+talk", "-talk")
    listener.recording(True)
    keyboard.tap("Escape")
    desk.expect("+cancel")
    listener.recording(False)
    keyboard.tap("Escape")
    keyboard.tap("F9")
    desk.expect("+talk", "-talk")


def test_keyboards_may_come_and_go_and_one_that_goes_lets_go(machine: Machine, desk: Desk) -> None:
    desk.listen(hotkey="F9")
    first = machine.plug()
    assert first.opened.wait(5)
    first.press("F9")
    desk.expect("+talk")
    second = machine.plug()
    assert second.opened.wait(5)
    first.unplug()
    desk.expect("-talk")
    second.tap("F9")
    desk.expect("+talk", "-talk")


def test_one_that_may_not_be_read_yet_is_read_once_it_may(machine: Machine, desk: Desk) -> None:
    machine.plug()
    desk.listen(hotkey="F9")
    machine.denied = {"event1"}
    late = machine.plug()
    assert not late.opened.wait(0.2)
    machine.denied = set()
    (machine.folder / late.file).chmod(0o640)  # as udev does it
    assert late.opened.wait(5)
    late.tap("F9")
    desk.expect("+talk", "-talk")


def test_what_types_for_others_is_not_heard(machine: Machine, desk: Desk) -> None:
    typists = [machine.plug(name=name) for name in TYPISTS]
    keyboard = machine.plug(name="keyd virtual keyboard")  # it has the user's own keys
    desk.listen(hotkey="F9")
    for typist in typists:
        assert not typist.opened.is_set()
        typist.tap("F9")
    keyboard.tap("F9")
    desk.expect("+talk", "-talk")


def test_lost_events_are_made_up_for(machine: Machine, desk: Desk) -> None:
    keyboard = machine.plug()
    desk.listen(hotkey="Ctrl+F9")
    keyboard.press("LeftCtrl", "F9")
    desk.expect("+talk")
    machine.pressed[keyboard.file] = frozenset({code("LeftCtrl")})
    keyboard.send(0, 3, 0)  # SYN_DROPPED
    desk.expect("-talk")
    keyboard.press("F9")  # Ctrl is down still
    desk.expect("+talk")


def test_keys_that_are_down_at_the_start_are_known(machine: Machine, desk: Desk) -> None:
    keyboard = machine.plug()
    machine.pressed[keyboard.file] = frozenset(
        map(code, ("LeftCtrl", "LeftAlt", "Space", "A"))  # of A nothing more is told
    )
    desk.listen()
    keyboard.release("Space")
    keyboard.press("Space")
    desk.expect("+talk")


def test_closing_lets_go_and_opens_nothing_more(machine: Machine, desk: Desk) -> None:
    keyboard = machine.plug()
    before = len(list(Path("/proc/self/fd").iterdir()))
    listener = desk.listen(hotkey="F9")
    keyboard.press("F9")
    desk.expect("+talk")
    listener.close()
    listener.close()
    listener.recording(True)
    assert desk.heard == ["-talk"]
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_who_may_read_no_keyboard_is_told_what_the_right_means(machine: Machine) -> None:
    desk = Desk(machine)
    machine.plug()
    machine.denied = {"event0"}
    with pytest.raises(HotkeyError, match="may not read") as caught:
        desk.listen()
    assert "usermod -aG input" in caught.value.hint
    assert "passwords" in caught.value.hint
    verdict = evdev.look(Devices(evdev.WRITING, (), machine.folder, machine))
    assert not verdict.works
    assert "passwords" in verdict.fix


def test_a_keyboard_that_may_be_read_is_enough(machine: Machine) -> None:
    machine.plug(MOUSE)
    assert not evdev.look(Devices(evdev.WRITING, (), machine.folder, machine)).works
    machine.plug()
    machine.denied = {"event0"}
    assert evdev.look(Devices(evdev.WRITING, (), machine.folder, machine)).works


def test_no_one_gets_it_unasked(desk: Desk) -> None:
    assert choose(Desktop("linux", "wayland", "sway")).NAME != evdev.NAME


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="can't be watched"):
        watch(tmp_path / "none")


def test_the_kernel_is_asked_with_its_own_numbers(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    device = Linux().open(tmp_path / "file")
    try:
        with pytest.raises(OSError, match="ioctl"):
            Linux().codes(device)
    finally:
        os.close(device)


def test_every_key_has_the_number_that_the_kernel_has_for_its_name() -> None:
    if not HEADER.exists():
        pytest.skip("missing here: apt install linux-libc-dev")
    words = [line.split() for line in HEADER.read_text().splitlines()]
    numbers = {its[1]: its[2] for its in words if len(its) > 2 and its[0] == "#define"}
    for key in KEYS:
        assert int(numbers[kernel_name(key)], 0) == code(key), key
