"""A compositor that takes emulated input, as its protocol's text says, and forgives nothing.

What a client may not do ends its connection, as libeis does, and is kept in `wrongs`.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

FIRST = 0xFF00000000000000  # of the numbers that are the compositor's
REQUESTS = {
    "ei_handshake": ("u", "", "u", "s", "su"),
    "ei_connection": ("tu", ""),
    "ei_pingpong": ("t",),
    "ei_seat": ("", "t"),
    "ei_device": ("", "uu", "u", "ut"),
    "ei_keyboard": ("", "uu"),
}
POINTER, KEYBOARD = 0x1, 0x40
PROTOCOL = 3  # the reason of an end that is the client's fault
SECOND = 10**6  # of the protocol's clock
HEAD = struct.Struct("=QII")
KEYMAP = """xkb_keymap {
xkb_keycodes "tests" { minimum = 8; maximum = 255; <LCTL> = 37; <AB04> = 55; <AB05> = 56; };
xkb_symbols "tests" {
key <LCTL> { [ Control_L ] };
key <AB04> { symbols[Group1]= [ v, V ], symbols[Group2]= [ k, K ] };
key <AB05> { symbols[Group1]= [ b, B ], symbols[Group2]= [ v, V ] };
}; };
"""


class Wrong(Exception):
    """What the protocol forbids."""


@dataclass
class Board:
    """A device with a keyboard, as the compositor sees it."""

    keyboard: int
    resumed: bool = False
    emulating: bool = False
    refuses: bool = False  # the client knows that it was paused
    down: list[int] = field(default_factory=list)
    frame: dict[int, int] = field(default_factory=dict)  # the keys that moved since the last one


class Client:
    """One connection, on a thread of its own."""

    def __init__(self, eis: Eis) -> None:
        ours, self.theirs = socket.socketpair()
        self._eis, self._socket = eis, ours
        self._lock = threading.RLock()
        self._kinds = {0: "ei_handshake"}
        self._number, self._serial, self._time, self._sequence = FIRST, 100, 0, 0
        self._last = 0  # the client's newest number
        self._said: dict[str, Any] = {}
        self.versions: dict[str, int] = {}
        self.connection = self.seat = self.device = 0
        self.binds = 0  # the capabilities that it wants
        self.said_goodbye = False
        self.boards: dict[int, Board] = {}
        self._pings: dict[int, Callable[[], None]] = {}
        self.closed = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="eis")
        self._thread.start()

    # What the compositor says.

    def send(self, about: int, code: int, kinds: str = "", *words: int | str | None) -> None:
        """An event."""
        self.put(packed(about, code, kinds, *words))

    def put(self, data: bytes, handle: int | None = None) -> None:
        """Bytes, whatever they mean."""
        with suppress(OSError):  # the client was faster
            if handle is None:
                self._socket.sendall(data)
            else:
                socket.send_fds(self._socket, [data], [handle])

    def serial(self) -> int:
        """The next one."""
        self._serial += 3
        return self._serial

    def new(self, kind: str) -> int:
        """An object of the compositor's."""
        self._number += 1
        self._kinds[self._number] = kind
        return self._number

    def ping(self, then: Callable[[], None] = lambda: None) -> None:
        """`then` is done once the client has heard all that came before."""
        with self._lock:
            number = self.new("ei_pingpong")
            self._pings[number] = then
            self.send(self.connection, 3, "tu", number, 1)

    def plug(self) -> None:
        """A keyboard, which is paused as all are at first."""
        with self._lock:
            self.device, keyboard = self.new("ei_device"), self.new("ei_keyboard")
            self.boards[self.device] = Board(keyboard)
            self.send(self.seat, 4, "tu", self.device, 1)
            self.send(self.device, 1, "s", "keyboard")
            self.send(self.device, 2, "u", 1)
            self.send(self.device, 5, "tsu", keyboard, "ei_keyboard", 1)
            text = self._eis.keymap.encode() + b"\0"
            handle = os.memfd_create("keymap")
            os.write(handle, text)
            size = self._eis.keymap_size or len(text)
            self.put(packed(keyboard, 1, "uu", 1, size), handle if self._eis.gives_keymap else None)
            os.close(handle)
            self.send(self.device, 6)

    def unplug(self) -> None:
        """Takes the keyboard away."""
        with self._lock:
            board = self.boards.pop(self.device)
            for number in (board.keyboard, self.device):
                self.send(number, 0, "u", self.serial())
                del self._kinds[number]

    def resume(self, group: int = 0) -> None:
        """Takes keys, in a layout."""
        with self._lock:
            board = self.boards[self.device]
            board.resumed, board.refuses = True, False
            self.send(self.device, 7, "u", self.serial())
            if group:
                self.send(board.keyboard, 3, "uuuuu", self.serial(), 0, 0, 0, group)

    def pause(self) -> None:
        """Takes no keys; those that are down are let go."""
        with self._lock:
            board = self.boards[self.device]
            board.resumed = board.emulating = False
            board.down.clear()
            board.frame.clear()
            self.send(self.device, 8, "u", self.serial())
            self.ping(lambda: setattr(board, "refuses", not board.resumed))

    def end(self, reason: int = 0, why: str | None = None) -> None:
        """Ends the connection with a word."""
        self.send(self.connection, 0, "uus", self.serial(), reason, why)
        self.drop()

    def drop(self) -> None:
        """Ends the connection."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Ends it, and waits; not on its own thread."""
        self.drop()
        self._thread.join(5)

    # What the client says.

    def _serve(self) -> None:
        try:
            if self._eis.greet(self):
                for about, code, body in self._requests():
                    with self._lock:
                        self._heard(about, code, body)
        except Wrong as wrong:
            self._eis.wrongs.append(str(wrong))
            self.end(PROTOCOL, str(wrong))
        finally:
            self._socket.close()
            self.closed.set()

    def _requests(self) -> Iterator[tuple[int, int, bytes]]:
        data = b""
        while True:
            while len(data) >= HEAD.size and len(data) >= (size := HEAD.unpack_from(data)[1]):
                if size < HEAD.size:
                    raise Wrong(f"a message of {size} bytes")
                about, _size, code = HEAD.unpack_from(data)
                yield about, code, data[HEAD.size : size]
                data = data[size:]
            try:
                more = self._socket.recv(2**16)
            except OSError:
                more = b""
            if not more:
                return
            data += more

    def _heard(self, about: int, code: int, body: bytes) -> None:
        kind = self._kinds.get(about, "")
        if not kind and about >= FIRST and about <= self._number:
            return  # it was there a moment ago
        if not kind or code >= len(REQUESTS[kind]):
            raise Wrong(f"request {code} of object {about:#x}, {kind or 'unknown'}")
        words = unpacked(body, REQUESTS[kind][code])
        getattr(self, f"_{kind}")(about, code, *words)

    def _ei_handshake(self, _about: int, code: int, *words: Any) -> None:
        name = "version", "finish", "type", "name", f"interface {words[0] if words else ''}"
        if name[code] in self._said:
            raise Wrong(f"{name[code]} of the handshake twice")
        if (not self._said) != (code == 0):
            raise Wrong("the version comes first")
        self._said[name[code]] = words
        if code == 0 and words != (1,):
            raise Wrong(f"version {words} of the handshake")
        if code == 4:
            if words[0] == "ei_handshake" or words[1] < 1:
                raise Wrong(f"interface {words}")
            self.versions[words[0]] = words[1]
        if code == 1:
            self._finish()

    def _finish(self) -> None:
        if not {"ei_connection", "ei_callback", "ei_pingpong"} <= set(self.versions):
            raise Wrong(f"too few interfaces: {self.versions}")
        if self._said.get("type") != (2,):
            raise Wrong(f"not a sender: {self._said}")
        del self._kinds[0]
        for name in self.versions:
            self.send(0, 1, "su", name, 1)
        self.connection = self.new("ei_connection")
        self.send(0, 2, "utu", self.serial(), self.connection, 1)
        self.ping(lambda: self._eis.welcome(self))

    def _ei_connection(self, _about: int, code: int, number: int = 0, version: int = 1) -> None:
        if code == 1:
            self.said_goodbye = True
            self.drop()
            return
        if not self._last < number < FIRST or version > self.versions["ei_callback"]:
            raise Wrong(f"a callback {number} of version {version}")
        self._last = number
        if self._eis.answers:
            self.send(number, 0, "t", 0)

    def _ei_pingpong(self, about: int, _code: int, _data: int) -> None:
        del self._kinds[about]
        self._pings.pop(about)()

    def _ei_seat(self, _about: int, code: int, mask: int = 0) -> None:
        if code == 1:
            if mask & ~self._eis.offers:
                raise Wrong(f"capabilities {mask:#x}, of {self._eis.offers:#x}")
            self.binds = mask
            if mask & KEYBOARD and not self.boards:
                self._eis.bound(self)

    def _ei_device(self, about: int, code: int, serial: int = 0, number: int = 0) -> None:
        board = self.boards[about]
        if code == 0:
            self.unplug()
            return
        if not 100 < serial <= self._serial:
            raise Wrong(f"serial {serial}, of {self._serial}")
        if not self._takes(board):
            return
        if code == 1:
            if board.emulating or number <= self._sequence:
                raise Wrong(f"start {number} after {self._sequence}")
            self._sequence, board.emulating = number, True
        elif not board.emulating:
            raise Wrong("not emulating")
        elif code == 2:
            if board.frame or board.down:
                raise Wrong(f"stopped with {board.frame} and {board.down}")
            board.emulating = False
        else:
            self._frame(board, number)

    def _frame(self, board: Board, at: int) -> None:
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        if not max(self._time, now - 5 * SECOND) <= at <= now:
            raise Wrong(f"a frame at {at}, after {self._time} and at {now}")
        if not board.frame:
            raise Wrong("a frame without a key")
        self._time = at
        for key, state in board.frame.items():
            (board.down.append if state else board.down.remove)(key)
        moved, board.frame = board.frame, {}
        self._eis.moved(self, moved, tuple(board.down))

    def _ei_keyboard(self, about: int, code: int, key: int = 0, state: int = 0) -> None:
        board = next(each for each in self.boards.values() if each.keyboard == about)
        if code == 0 or not self._takes(board):
            return
        if not board.emulating or key in board.frame or state not in (0, 1):
            raise Wrong(f"key {key}, {state}")
        if (key in board.down) == bool(state):
            raise Wrong(f"key {key} is {'down' if state else 'up'} already")
        board.frame[key] = state

    def _takes(self, board: Board) -> bool:
        if board.refuses:
            raise Wrong("keys while they are paused")
        return board.resumed


class Eis:
    """Makes connections; `moved` is called at each frame, with the keys and all that is down."""

    def __init__(self) -> None:
        self.clients: list[Client] = []
        self.wrongs: list[str] = []
        self.frames: list[dict[int, int]] = []  # by key 1 where it went down, else 0
        self.keymap, self.keymap_size, self.gives_keymap = KEYMAP, 0, True
        self.offers = POINTER | KEYBOARD
        self.group = 0
        self.answers = True  # whether what was asked for is answered
        self.resumes = True
        self.on_keys: Callable[[tuple[int, ...]], None] = lambda _down: None
        # What a client hears first; where it is False, nothing more.
        self.greet: Callable[[Client], bool] = hello

    def connect(self) -> int:
        """The handle of a new connection, the caller's."""
        client = Client(self)
        self.clients.append(client)
        return client.theirs.detach()

    @property
    def client(self) -> Client:
        """The newest."""
        return self.clients[-1]

    def chords(self) -> list[tuple[int, ...]]:
        """All that was pressed together, in order; every key came back up."""
        found, down = list[tuple[int, ...]](), list[int]()
        for frame in self.frames:
            for key, state in frame.items():
                (down.append if state else down.remove)(key)
            if 1 in frame.values():
                found.append(tuple(down))
        assert not down
        return [
            each for each, then in zip(found, [*found[1:], ()], strict=True) if each != then[:-1]
        ]

    def close(self) -> None:
        """Ends all; nothing wrong was done."""
        for client in self.clients:
            client.close()
        assert self.wrongs == []

    # On a client's thread.

    def welcome(self, client: Client) -> None:
        """Its handshake is over."""
        client.seat = client.new("ei_seat")
        client.send(client.connection, 1, "tu", client.seat, 1)
        client.send(client.seat, 1, "s", "default")
        for name, mask in (("ei_pointer", POINTER), ("ei_keyboard", KEYBOARD)):
            if mask & self.offers and name in client.versions:
                client.send(client.seat, 2, "ts", mask, name)
        client.send(client.seat, 3)

    def bound(self, client: Client) -> None:
        """It wants a keyboard."""
        client.plug()
        if self.resumes:
            client.resume(self.group)

    def moved(self, _client: Client, frame: dict[int, int], down: tuple[int, ...]) -> None:
        """Keys moved."""
        self.frames.append(frame)
        self.on_keys(down)


def hello(client: Client) -> bool:
    """As it should begin."""
    client.send(0, 0, "u", 1)
    return True


def packed(about: int, code: int, kinds: str = "", *words: int | str | None) -> bytes:
    """A message: u 32 bits, t 64, s a text."""
    body = b""
    for kind, word in zip(kinds, words, strict=True):
        if kind == "s":
            data = b"" if word is None else str(word).encode() + b"\0"
            body += struct.pack("=I", len(data)) + data + b"\0" * (-len(data) % 4)
        else:
            body += struct.pack("=I" if kind == "u" else "=Q", word)
    return HEAD.pack(about, HEAD.size + len(body), code) + body


def unpacked(body: bytes, kinds: str) -> list[int | str]:
    """A request's words."""
    found: list[int | str] = []
    try:
        for kind in kinds:
            size = 8 if kind == "t" else 4
            (word,) = struct.unpack_from("=Q" if kind == "t" else "=I", body)
            body = body[size:]
            if kind == "s":
                text, rest = body[:word], body[word : word + -word % 4]
                if not text.endswith(b"\0") or b"\0" in text[:-1] or rest.strip(b"\0"):
                    raise Wrong(f"the text {text!r}")
                body = body[word + -word % 4 :]
                found.append(text[:-1].decode())
            else:
                found.append(word)
    except struct.error as error:
        raise Wrong(f"too short: {error}") from error
    if body:
        raise Wrong(f"too long by {len(body)}")
    return found
