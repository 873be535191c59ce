"""Wayland's wire protocol, as far as a program without windows needs it: messages and file handles.

https://wayland.freedesktop.org/docs/html/ch04.html#sect-Protocol-Wire-Format
"""

from __future__ import annotations

import array
import os
import socket
import struct
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from dictation.errors import MissingPart, NotDelivered
from dictation.i18n import _

DISPLAY, REGISTRY = 1, 2
WITHIN = 1.0  # seconds for the compositor to answer; it does within one
MOST = 2**16  # bytes read at once; a message is no longer
HANDLES = 28  # that come at once at most, as in libwayland


@dataclass(frozen=True, slots=True)
class Event:
    """What the compositor said of an object; its words are taken from the body in order."""

    about: int
    code: int
    body: bytes

    def numbers(self) -> tuple[int, ...]:
        """The body as whole numbers."""
        return struct.unpack(f"={len(self.body) // 4}I", self.body)

    def text(self, at: int = 0) -> tuple[str, int]:
        """A text in the body, and where what follows it begins."""
        (size,) = struct.unpack_from("=I", self.body, at)
        end = at + 4 + padded(size)
        return self.body[at + 4 : at + 3 + size].decode(errors="replace"), end


class Wire:
    """A connection, for one thread at a time; `globals_` is what the compositor offers, by name."""

    def __init__(self, display: str = "") -> None:
        """Raises MissingPart where no compositor answers."""
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.settimeout(WITHIN)
            self._socket.connect(_address(display))
        except OSError as error:
            self._socket.close()
            raise MissingPart(_("The Wayland compositor does not answer.")) from error
        self._next = REGISTRY
        self._input = b""
        self.handles: deque[int] = deque()  # those that came with events, in order
        self.globals_: dict[str, tuple[int, int]] = {}  # number and version
        self.request(DISPLAY, 1, self.new())
        try:
            for event in self.round_trip():
                if (event.about, event.code) == (REGISTRY, 0):
                    name, end = event.text(4)
                    number, version = event.numbers()[0], *struct.unpack_from("=I", event.body, end)
                    self.globals_[name] = number, version
        except NotDelivered as error:
            self.close()
            raise MissingPart(error.message) from error

    def fileno(self) -> int:
        """The connection, to wait on."""
        return self._socket.fileno()

    def new(self) -> int:
        """A number for a new object."""
        number, self._next = self._next, self._next + 1
        return number

    def bind(self, name: str, most: int) -> int:
        """A global object, in its version, but `most` at most; 0 where there is none."""
        if name not in self.globals_:
            return 0
        number, version = self.globals_[name]
        made = self.new()
        self.request(REGISTRY, 0, number, name, min(version, most), made)
        return made

    def request(
        self, about: int, code: int, *words: int | str, handles: Collection[int] = ()
    ) -> None:
        """Says something of an object; numbers and texts are its words. NotDelivered at the end."""
        body = b"".join(_word(word) for word in words)
        head = struct.pack("=II", about, len(body) + 8 << 16 | code)
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", handles))]
        try:
            self._socket.sendmsg([head + body], ancillary if handles else [])
        except OSError as error:
            raise NotDelivered(_("The connection to the compositor has ended.")) from error

    @property
    def waiting(self) -> bool:
        """Whether an event is here already."""
        return len(self._input) >= 8 and len(self._input) >= self._size()

    def events(self) -> Iterator[Event]:
        """What has come; waits for something. NotDelivered where the compositor ends it."""
        while not self.waiting:
            self._receive()
        while self.waiting:
            about, both = struct.unpack_from("=II", self._input)
            body, self._input = self._input[8 : both >> 16], self._input[both >> 16 :]
            event = Event(about, both & 0xFFFF, body)
            if (about, event.code) == (DISPLAY, 0):
                raise NotDelivered(_("The compositor refused: {why}.").format(why=event.text(8)[0]))
            yield event

    def round_trip(self) -> Iterator[Event]:
        """All that comes until the compositor has heeded what was said so far."""
        done = self.new()
        self.request(DISPLAY, 0, done)
        while True:
            for event in self.events():
                if event.about == done:
                    return
                yield event

    def _size(self) -> int:
        size: int = struct.unpack_from("=I", self._input, 4)[0] >> 16
        return size

    def _receive(self) -> None:
        try:
            data, ancillary, _flags, _sender = self._socket.recvmsg(
                MOST, socket.CMSG_SPACE(4 * HANDLES)
            )
        except OSError as error:
            raise NotDelivered(_("The compositor does not answer.")) from error
        if not data:
            raise NotDelivered(_("The connection to the compositor has ended."))
        for _level, _kind, found in ancillary:
            self.handles.extend(array.array("i", found[: len(found) & ~3]))
        self._input += data

    def close(self) -> None:
        """Ends the connection, and with it all that was made on it."""
        self._socket.close()
        while self.handles:
            os.close(self.handles.popleft())


def _word(word: int | str) -> bytes:
    if isinstance(word, int):
        return struct.pack("=I", word)
    return packed(word)


def padded(size: int) -> int:
    """The room that so many bytes take: words are of four."""
    return size + 3 & ~3


def packed(text: str) -> bytes:
    """A text as it goes over the wire."""
    data = text.encode() + b"\0"
    return struct.pack("=I", len(data)) + data.ljust(padded(len(data)), b"\0")


def _address(display: str) -> str:
    name = display or os.environ.get("WAYLAND_DISPLAY", "wayland-0")
    return str(Path(os.environ.get("XDG_RUNTIME_DIR", ""), name))  # a full path stays one
