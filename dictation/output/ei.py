"""A keyboard on a compositor that takes emulated input (EI): the sender's side, as libei has it.

The compositor (EIS) makes a seat, which we bind for a keyboard, and a device that has it; keys are
taken while that is resumed. Objects of ours count from 1, the compositor's from far up.
https://libinput.pages.freedesktop.org/libei/interfaces/
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from socket import socket

from dictation.output import keymap
from dictation.output.ei_wire import EiFault, EiWire, Message, message

NAME = "Dictation"
HANDSHAKE = 0  # the one object that is there from the start
SENDER = 2
KEYBOARD = "ei_keyboard"
# Those that we know, all in their first version.
INTERFACES = "ei_connection", "ei_callback", "ei_pingpong", "ei_seat", "ei_device", KEYBOARD
XKB = 1
KEYMAP_MOST = 2**20  # bytes; four layouts of Europe's take 80,000
WITHIN = 0.5  # seconds for an answer; 0.4 to 18 ms were seen
RESUMED_WITHIN = 0.2  # seconds
ON_PURPOSE = 0  # the reason of an end that is no fault


@dataclass
class Device:
    """What takes keys, where it has a `keyboard`, an object's number, and is resumed."""

    keyboard: int = 0
    resumed: bool = False
    group: int = 0  # the layout in force
    layouts: list[keymap.Layout] = field(default_factory=list)


class Ended(Exception):
    """The compositor ended the connection on purpose."""


class Keyboard:
    """Open until `close`, or until the compositor ends it; a thread answers meanwhile."""

    def __init__(self, socket_: socket) -> None:
        """The socket is this keyboard's from now on. Raises EiFault where none comes of it."""
        self._wire = EiWire(socket_)
        self.fault: EiFault | None = None  # what ended it, but for the compositor's will and ours
        self._news = threading.Condition()
        self._kinds: dict[int, str] = {HANDSHAKE: "ei_handshake"}  # of the objects, by number
        self._masks: dict[int, dict[str, int]] = {}  # of the seats' capabilities
        self._devices: dict[int, Device] = {}
        self._connection = self._number = self._serial = self._sequence = 0
        self._ended = False
        self._thread = threading.Thread(target=self._receive, name="ei", daemon=True)
        self._thread.start()
        try:
            self._await(lambda: self._taking() is not None, "no keyboard came")
        except EiFault:
            self.close()
            raise

    @property
    def is_open(self) -> bool:
        """Whether neither side has ended it."""
        return not self._ended

    def ready(self) -> bool:
        """Whether keys are taken, now or soon: not while the compositor pauses them.

        EiFault where it has gone or does not answer.
        """
        with self._news:
            self._number += 1
            done = self._number
            self._kinds[done] = "ei_callback"
        with suppress(EiFault):  # then the other thread learns why
            self._wire.send(message(self._connection, 0, "tu", done, 1))
        self._await(lambda: done not in self._kinds, "the compositor does not answer")
        with self._news:  # a new layout comes with a new device
            return self._news.wait_for(lambda: self._taking() is not None, RESUMED_WITHIN)

    def place(self, symbol: int, name: str, usual: int) -> int:
        """The code of the key that gives a keysym, of a number and name; else its `usual` code."""
        with self._news:
            device = self._taking()
            found = self._devices[device] if device is not None else Device()
        return keymap.place(found.layouts, found.group, symbol, name, usual)

    def chord(self, codes: Sequence[int]) -> None:
        """Presses keys (linux/input-event-codes.h), the last one while the others are held.

        EiFault where none was pressed.
        """
        with self._news:
            about = self._taking()
            if about is None:
                raise EiFault("keys are not taken now")
            keyboard, serial = self._devices[about].keyboard, self._serial
            self._sequence += 1
            moves = [(code, 1) for code in codes] + [(code, 0) for code in reversed(codes)]
            parts = [message(about, 1, "uu", serial, self._sequence)]  # begin
            for move in moves:
                now = time.monotonic_ns() // 1000  # in microseconds
                parts.append(message(keyboard, 1, "uu", *move))
                parts.append(message(about, 3, "ut", serial, now))  # a frame of its own
            parts.append(message(about, 2, "u", serial))  # end
        self._wire.send(b"".join(parts))  # at once, so that no key stays down

    def close(self) -> None:
        """Says so and gives all back; not on the connection's own thread."""
        with self._news:  # before the goodbye, which the compositor may answer at once
            ended, self._ended = self._ended, True
        if self._connection and not ended:
            with suppress(EiFault):  # it was faster
                self._wire.send(message(self._connection, 1))
        self._wire.end()
        self._thread.join()

    def _taking(self) -> int | None:
        """The device that takes keys."""
        taking = (at for at, each in self._devices.items() if each.keyboard and each.resumed)
        return next(taking, None)

    def _await(self, probe: Callable[[], bool], otherwise: str) -> None:
        with self._news:
            came = self._news.wait_for(lambda: self._ended or probe(), WITHIN)
            if self._ended:
                raise self.fault or EiFault("the compositor ended it")
        if not came:
            raise EiFault(otherwise)

    # On the connection's thread.

    def _receive(self) -> None:
        fault: EiFault | None = None
        try:
            for each in self._wire.messages():
                with self._news:
                    self._heard(each)
                    self._news.notify_all()
            fault = EiFault("the compositor has gone")
        except Ended:
            pass
        except EiFault as error:
            fault = error
        with self._news:
            self.fault = None if self._ended else fault
            self._ended = True
            self._devices.clear()
            self._news.notify_all()
        self._wire.close()

    def _heard(self, told: Message) -> None:
        """What is said of objects that we gave up, or do not know, is nothing to us."""
        match self._kinds.get(told.about), told.code:
            case "ei_handshake", 0:
                self._introduce(*told.numbers("u"))
            case "ei_handshake", 2:
                del self._kinds[HANDSHAKE]
                self._serial, self._connection, _version = told.numbers("utu")
                self._kinds[self._connection] = "ei_connection"
            case "ei_connection", code:
                self._heard_of_connection(code, told)
            case "ei_callback", 0:
                del self._kinds[told.about]
            case "ei_seat", code:
                self._heard_of_seat(code, told)
            case "ei_device", code:
                self._heard_of_device(self._devices[told.about], code, told)
            case "ei_keyboard", code:
                devices = self._devices.values()
                device = next((each for each in devices if each.keyboard == told.about), Device())
                self._heard_of_keyboard(device, code, told)

    def _introduce(self, version: int) -> None:
        if version < 1:
            raise EiFault("a handshake of no version")
        parts = [
            message(HANDSHAKE, 0, "u", 1),
            message(HANDSHAKE, 2, "u", SENDER),
            message(HANDSHAKE, 3, "s", NAME),
            *(message(HANDSHAKE, 4, "su", name, 1) for name in INTERFACES),
            message(HANDSHAKE, 1),
        ]
        self._wire.send(b"".join(parts))

    def _heard_of_connection(self, code: int, told: Message) -> None:
        match code:
            case 0:
                _serial, reason, why = told.words("uus")
                if reason == ON_PURPOSE:
                    raise Ended
                raise EiFault(f"the compositor ended it: {why or reason}")
            case 1:
                self._new("ei_seat", told)
            case 3:
                asked, _version = told.numbers("tu")
                self._wire.send(message(asked, 0, "t", 0))

    def _heard_of_seat(self, code: int, told: Message) -> None:
        masks = self._masks.setdefault(told.about, {})
        match code:
            case 0:
                self._gone(told)
                del self._masks[told.about]
            case 2:
                mask, name = told.words("ts")
                masks[str(name)] = int(mask)
            case 3 if KEYBOARD in masks:
                self._wire.send(message(told.about, 1, "t", masks[KEYBOARD]))
            case 4:
                self._devices[self._new("ei_device", told)] = Device()

    def _heard_of_device(self, device: Device, code: int, told: Message) -> None:
        match code:
            case 0:
                self._gone(told)
                del self._devices[told.about]
            case 5:
                number, name, _version = told.words("tsu")
                if name == KEYBOARD:
                    device.keyboard = int(number)
                    self._kinds[device.keyboard] = KEYBOARD
            case 7 | 8:
                (self._serial,) = told.numbers("u")
                device.resumed, device.group = code == 7, 0

    def _heard_of_keyboard(self, device: Device, code: int, told: Message) -> None:
        match code:
            case 0:
                self._gone(told)
                device.keyboard = 0
            case 1:
                kind, size = told.numbers("uu")
                text = _read(self._wire.handle(), size)
                if kind == XKB:
                    device.layouts = keymap.layouts(text)
            case 3:
                self._serial, _depressed, _locked, _latched, device.group = told.numbers("uuuuu")

    def _new(self, kind: str, told: Message) -> int:
        """The number of an object that the compositor made."""
        number, _version = told.numbers("tu")
        self._kinds[number] = kind
        return number

    def _gone(self, told: Message) -> None:
        (self._serial,) = told.numbers("u")
        del self._kinds[told.about]


def _read(handle: int, size: int) -> str:
    """The keymap's text, from the file's begin; closes the handle."""
    try:
        if size > KEYMAP_MOST:
            raise EiFault(f"a keymap of {size} bytes")
        return os.pread(handle, size, 0).rstrip(b"\0").decode(errors="replace")
    except OSError as error:
        raise EiFault(f"the keymap can't be read ({error.strerror})") from error
    finally:
        os.close(handle)
