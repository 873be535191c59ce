"""Keys read from Linux's input devices, on any desktop: only where the user asks for it.

Whoever may read these can see every key of every program. So the kernel is told to show this one
the hotkeys' own keys alone, unless a modifier by itself is one. Nothing is taken from the programs.
"""

from __future__ import annotations

import os
import selectors
import threading
import time
from collections.abc import Callable, Sequence

from dictation.backends import Verdict
from dictation.bell import Bell
from dictation.desktop import Desktop
from dictation.errors import HotkeyError
from dictation.hotkeys.actions import Action
from dictation.hotkeys.evdev_board import Board
from dictation.hotkeys.evdev_devices import DROPPED, KEYS, SYNCHRONISE, Devices, watch
from dictation.hotkeys.hearer import Hearer
from dictation.hotkeys.kernel_keys import code
from dictation.i18n import _
from dictation.lanes import run

NAME = "evdev"
TELLS_RELEASE = True
PATIENCE = 2.0  # seconds for the thread to end
WRITING = frozenset(map(code, "QWERTY"))  # what has these is a keyboard


def probe(desktop: Desktop) -> Verdict:
    """Opens the keyboards."""
    if desktop.system != "linux":
        return Verdict(False, _("only Linux has such devices"))
    return look(Devices(WRITING))


def look(devices: Devices) -> Verdict:
    """Whether any of the devices can be read; closes them."""
    found = devices.look()
    devices.close()
    if found.opened:
        return Verdict(True)
    if found.denied:
        return Verdict(False, _("this user may not read the keyboards"), fix())
    return Verdict(False, _("there is no keyboard in /dev/input"))


def fix() -> str:
    """How to get the right, and what it means."""
    return _(
        "`sudo usermod -aG input $USER`, then log out and in again. Mind what this means: each of "
        "your programs can then read every key that is typed anywhere, passwords too."
    )


def listen(actions: Sequence[Action], *, desktop: Desktop, hearer: Hearer) -> EvdevListener:
    """Listens on all devices that have keys of these, also those that come later."""
    board = Board(actions, hearer.press, hearer.release)
    return EvdevListener(board, Devices(board.wanted, board.shown), hearer.lost)


class EvdevListener:
    """Reads on a thread of its own; HotkeyError where nothing may be read."""

    def __init__(
        self, board: Board, devices: Devices, on_lost: Callable[[HotkeyError], None]
    ) -> None:
        self._board, self._devices, self._on_lost = board, devices, on_lost
        try:
            self._watching = watch(devices.folder)
        except OSError as error:
            raise HotkeyError(f"{error}.") from error
        found = devices.look()
        if found.denied and not found.opened:
            os.close(self._watching)
            raise HotkeyError(_("This user may not read the keyboards."), hint=fix())
        self._new = found.opened
        self._open = True
        self._bell = Bell()
        self._thread = threading.Thread(target=self._run, name="hotkeys", daemon=True)
        self._thread.start()

    def recording(self, recording: bool) -> None:
        """The cancel key counts exactly meanwhile."""
        self._board.chords.recording = recording
        self._bell.ring()

    def close(self) -> None:
        """Reads no more; a hotkey that is down counts as released."""
        self._open = False
        self._bell.ring()
        if self._thread is not threading.current_thread():
            self._thread.join(PATIENCE)

    def _run(self) -> None:
        faults: list[Exception] = []
        run(self._listen, faults.append)  # a hotkey never goes silent without a word
        self._bell.close()
        os.close(self._watching)
        self._devices.close()
        self._board.chords.let_all_go(time.monotonic())
        for fault in faults:
            self._on_lost(HotkeyError(f"{type(fault).__name__}: {fault}"))

    def _listen(self) -> None:
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._bell, selectors.EVENT_READ)
            waiting.register(self._watching, selectors.EVENT_READ)
            while self._open:
                for device in self._new:
                    waiting.register(device, selectors.EVENT_READ)
                    self._try(waiting, device, self._follow)
                self._new = []
                due = self._board.chords.due
                patience = None if due is None else max(0.0, due - time.monotonic())
                for key, _mask in waiting.select(patience):
                    if key.fileobj is self._bell:
                        self._bell.hear()
                    elif key.fd == self._watching:
                        os.read(self._watching, 4096)  # which one is seen by looking
                        self._new = self._devices.look().opened
                    else:
                        self._try(waiting, key.fd, self._take)
                self._board.chords.look(time.monotonic())

    def _try(
        self, waiting: selectors.BaseSelector, device: int, job: Callable[[int], None]
    ) -> None:
        try:
            job(device)
        except OSError:  # unplugged
            waiting.unregister(device)
            self._devices.drop(device)
            self._board.gone(device, time.monotonic())

    def _follow(self, device: int) -> None:
        self._board.follow(device, self._devices.down(device), time.monotonic())

    def _take(self, device: int) -> None:
        for kind, number, value, at in self._devices.read(device):
            if kind == KEYS and value in (0, 1):  # 2 is a repeat
                self._board.key(device, number, down=value == 1, at=at)
            elif (kind, number) == (SYNCHRONISE, DROPPED):
                self._follow(device)
