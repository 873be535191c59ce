"""The wire protocol of emulated input (EI): messages and file handles on a socket.

https://libinput.pages.freedesktop.org/libei/doc/protocol/
"""

from __future__ import annotations

import array
import os
import socket
import struct
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from dictation.output import wire
from dictation.output.wire import HANDLES, MOST, padded

HEAD = struct.Struct("=QII")  # the object, the whole message's length, the opcode
SENT_WITHIN = 0.5  # seconds until what is sent has room with the other side
Word = int | str


class EiFault(Exception):
    """The other side has gone, is silent, or says what makes no sense."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is said of an object."""

    about: int
    code: int
    body: bytes = b""

    def words(self, kinds: str) -> tuple[int | str, ...]:
        """The body: for each of `kinds` u (32 bits), t (64 bits) or s (a text, "" for none).

        Raises EiFault where it is another.
        """
        found: list[int | str] = []
        at = 0
        try:
            for kind in kinds:
                ((value),) = struct.unpack_from("=Q" if kind == "t" else "=I", self.body, at)
                at += 8 if kind == "t" else 4
                if kind == "s":
                    found.append(self.body[at : at + max(0, value - 1)].decode(errors="replace"))
                    at += padded(value)
                else:
                    found.append(value)
        except struct.error:
            at = -1
        if at != len(self.body):
            raise EiFault(f"message {self.code} of object {self.about:#x} is malformed")
        return tuple(found)

    def numbers(self, kinds: str) -> tuple[int, ...]:
        """The same, where there is no text in it."""
        return tuple(word for word in self.words(kinds) if isinstance(word, int))


def message(about: int, code: int, kinds: str = "", *words: Word) -> bytes:
    """A message as it goes over the wire; `kinds` as above."""
    body = b"".join(_word(kind, word) for kind, word in zip(kinds, words, strict=True))
    return HEAD.pack(about, HEAD.size + len(body), code) + body


def _word(kind: str, word: Word) -> bytes:
    if isinstance(word, int):
        return struct.pack("=Q" if kind == "t" else "=I", word)
    return wire.packed(word)


class EiWire:
    """A connection: one thread receives, any may send."""

    def __init__(self, socket_: socket.socket) -> None:
        """The socket is this connection's from now on."""
        self._socket = socket_
        self._input = b""
        self._handles: deque[int] = deque()
        # The portal's sockets don't wait; ours does: the one who receives as long as it takes.
        socket_.setblocking(True)
        patience = struct.pack("ll", 0, int(SENT_WITHIN * 1e6))
        socket_.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)

    def send(self, data: bytes) -> None:
        """Sends messages; EiFault where that is not possible."""
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise EiFault(f"nothing can be sent ({error.strerror})") from error

    def messages(self) -> Iterator[Message]:
        """What comes, until the other side ends it; raises EiFault."""
        while self._receive():
            while len(self._input) >= HEAD.size:
                about, size, code = HEAD.unpack_from(self._input)
                if not HEAD.size <= size <= MOST:
                    raise EiFault(f"a message of {size} bytes")
                if len(self._input) < size:
                    break
                body, self._input = self._input[HEAD.size : size], self._input[size:]
                yield Message(about, code, body)

    def handle(self) -> int:
        """The oldest file handle that came, to be closed by the caller; raises EiFault."""
        if not self._handles:
            raise EiFault("a file handle is missing")
        return self._handles.popleft()

    def _receive(self) -> bool:
        """Whether there was more."""
        try:
            data, ancillary, _flags, _sender = self._socket.recvmsg(
                MOST, socket.CMSG_SPACE(4 * HANDLES), socket.MSG_CMSG_CLOEXEC
            )
        except OSError as error:
            raise EiFault(f"the connection broke ({error.strerror})") from error
        for _level, _kind, found in ancillary:
            self._handles.extend(array.array("i", found[: len(found) & ~3]))
        if len(self._handles) > HANDLES:
            raise EiFault("more file handles than messages that need one")
        self._input += data
        return bool(data)

    def end(self) -> None:
        """Has the one who receives return; the rest is done by `close`."""
        with suppress(OSError):  # the other side was faster
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Gives the socket and what is left of the handles back."""
        self._socket.close()
        while self._handles:
            os.close(self._handles.popleft())
