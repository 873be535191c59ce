"""A compositor's side by the library that desktops have for it, where this machine has it.

Debian from 13 on and Ubuntu from 24.04 on: apt install libeis1. Debian 12 has none.
"""

from __future__ import annotations

import ctypes
import os
import select
import threading
from ctypes import c_bool, c_char_p, c_int, c_size_t, c_uint32, c_void_p
from typing import Any

from tests.eis import KEYMAP

LIBRARY = "libeis.so.1"
KEYBOARD = 4  # of the capabilities
XKB = 1
FUNCTIONS: dict[str, tuple[type | None, tuple[type, ...]]] = {
    "new": (c_void_p, (c_void_p,)),
    "unref": (c_void_p, (c_void_p,)),
    "setup_backend_fd": (c_int, (c_void_p,)),
    "backend_fd_add_client": (c_int, (c_void_p,)),
    "get_fd": (c_int, (c_void_p,)),
    "dispatch": (None, (c_void_p,)),
    "get_event": (c_void_p, (c_void_p,)),
    "event_unref": (c_void_p, (c_void_p,)),
    "event_get_type": (c_int, (c_void_p,)),
    "event_get_client": (c_void_p, (c_void_p,)),
    "event_get_seat": (c_void_p, (c_void_p,)),
    "event_seat_has_capability": (c_bool, (c_void_p, c_int)),
    "event_keyboard_get_key": (c_uint32, (c_void_p,)),
    "event_keyboard_get_key_is_press": (c_bool, (c_void_p,)),
    "client_connect": (None, (c_void_p,)),
    "client_disconnect": (None, (c_void_p,)),
    "client_new_seat": (c_void_p, (c_void_p, c_char_p)),
    "seat_configure_capability": (None, (c_void_p, c_int)),
    "seat_add": (None, (c_void_p,)),
    "seat_unref": (c_void_p, (c_void_p,)),
    "seat_new_device": (c_void_p, (c_void_p,)),
    "device_configure_capability": (None, (c_void_p, c_int)),
    "device_new_keymap": (c_void_p, (c_void_p, c_int, c_int, c_size_t)),
    "keymap_add": (None, (c_void_p,)),
    "keymap_unref": (c_void_p, (c_void_p,)),
    "device_add": (None, (c_void_p,)),
    "device_pause": (None, (c_void_p,)),
    "device_resume": (None, (c_void_p,)),
    "device_remove": (None, (c_void_p,)),
    "device_unref": (c_void_p, (c_void_p,)),
    "device_keyboard_send_xkb_modifiers": (None, (c_void_p, *[c_uint32] * 4)),
}


def is_here() -> bool:
    """Whether this machine has the library."""
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        return False
    return True


class LibEis:
    """One connection, as `tests.eis.Eis` makes them; its own `client`, too."""

    def __init__(self) -> None:
        self.frames: list[dict[int, int]] = []
        self.keymap = KEYMAP
        self._frame: dict[int, int] = {}
        self._library = ctypes.CDLL(LIBRARY)
        for name, (gives, takes) in FUNCTIONS.items():
            function = getattr(self._library, f"eis_{name}")  # which keeps it
            function.restype, function.argtypes = gives, takes
        self._lock = threading.RLock()
        self._eis = self._do("new", None)
        assert self._do("setup_backend_fd", self._eis) == 0
        self._client: Any = None
        self._seat: Any = None
        self._device: Any = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="libeis")
        self._thread.start()

    @property
    def client(self) -> LibEis:
        return self

    def connect(self) -> int:
        """The handle of the connection, the caller's."""
        number: int = self._do("backend_fd_add_client", self._eis)
        return number

    def resume(self, group: int = 0) -> None:
        """Takes keys, in a layout."""
        self._do("device_resume", self._device)
        if group:
            self._do("device_keyboard_send_xkb_modifiers", self._device, 0, 0, 0, group)

    def pause(self) -> None:
        """Takes no keys."""
        self._do("device_pause", self._device)

    def unplug(self) -> None:
        """Takes the keyboard away."""
        self._do("device_remove", self._device)
        self._do("device_unref", self._device)

    def plug(self) -> None:
        """A keyboard, paused as all are at first."""
        text = self.keymap.encode() + b"\0"
        handle = os.memfd_create("keymap")
        os.write(handle, text)
        self._device = self._do("seat_new_device", self._seat)
        self._do("device_configure_capability", self._device, KEYBOARD)
        keymap = self._do("device_new_keymap", self._device, XKB, handle, len(text))
        self._do("keymap_add", keymap)
        self._do("keymap_unref", keymap)
        os.close(handle)
        self._do("device_add", self._device)

    def end(self) -> None:
        """Ends the connection with a word."""
        self._do("client_disconnect", self._client)

    def close(self) -> None:
        """Ends all."""
        self._ending.set()
        self._thread.join(5)
        self._do("unref", self._eis)

    def _do(self, name: str, *arguments: object) -> Any:
        with self._lock:
            return getattr(self._library, f"eis_{name}")(*arguments)

    def _serve(self) -> None:
        poll = select.poll()
        poll.register(self._do("get_fd", self._eis), select.POLLIN)
        while not self._ending.is_set():
            poll.poll(10)
            with self._lock:
                self._do("dispatch", self._eis)
                while event := self._do("get_event", self._eis):
                    self._heard(event)
                    self._do("event_unref", event)

    def _heard(self, event: int) -> None:
        match self._do("event_get_type", event):  # eis_event_type of libeis.h
            case 1:  # somebody has connected
                self._client = self._do("event_get_client", event)
                self._do("client_connect", self._client)
                self._seat = self._do("client_new_seat", self._client, b"default")
                self._do("seat_configure_capability", self._seat, KEYBOARD)
                self._do("seat_add", self._seat)
            case 3 if self._device is None:  # wants a keyboard
                assert self._do("event_seat_has_capability", event, KEYBOARD)
                self.plug()
                self.resume()
            case 700:  # a key
                key = self._do("event_keyboard_get_key", event)
                self._frame[key] = int(self._do("event_keyboard_get_key_is_press", event))
            case 100:  # a frame
                self.frames.append(self._frame)
                self._frame = {}
