"""How commands speak to the running app: one JSON document each way over a local socket.

Only the standard library, and little of it: `dictation toggle` is in the path of a key press, and
the socket is there before the icon. What Windows needs to frame messages takes 10 ms to import.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from dictation.errors import DictationError, NotDelivered, NotRunning, StorageError
from dictation.i18n import _
from dictation.paths import Places, is_ours, private, private_file

if TYPE_CHECKING:
    from types import TracebackType

Message = dict[str, Any]
Answer = Callable[[Message, Callable[[Message], None]], Message]

SOON = 2.0  # seconds for an app that is there to take a connection
BACKLOG = 32  # commands at once that may wait while the app starts
# macOS, where Python does not name them: SOL_LOCAL, LOCAL_PEERCRED, the size of its `xucred`.
MACOS_PEER = (0, 1, 76)


def address(places: Places) -> str:
    """The socket's path, or the pipe's name on Windows."""
    if os.name == "nt":
        import hashlib

        name = hashlib.sha256(str(places.run).encode()).hexdigest()[:16]
        return rf"\\.\pipe\dictation-{name}"
    return str(places.run / "control")


def ask(places: Places, message: Message) -> Message:
    """The app's answer. Raises NotRunning, or the error that the app answers with."""
    for answer in converse(places, message):
        return answer
    raise NotRunning(
        _("The app ended before it answered."),
        hint=_("Nothing is lost: `dictation history list` shows what was said."),
    )


def converse(places: Places, message: Message) -> Iterator[Message]:
    """The app's answers, until it has no more or has ended."""
    try:
        connection = _connected(places)
    except (FileNotFoundError, ConnectionRefusedError):
        raise NotRunning(_("There is no app to speak to.")) from None
    with connection, contextlib.suppress(EOFError, ConnectionResetError, BrokenPipeError):
        if not _is_same_user(connection):
            raise NotRunning(_("What answers there belongs to another user."))
        connection.send_bytes(json.dumps(message).encode())
        while True:
            answer = json.loads(connection.recv_bytes())
            if error := answer.get("error"):
                raise told(error)
            yield answer


def running(places: Places) -> bool:
    """Whether an app is there to speak to; it is not asked anything."""
    try:
        if os.name == "nt":
            _connected(places).close()
            return True
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(SOON)
            connection.connect(address(places))
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    except OSError:
        return True  # it is there, and has no time, or is not for us
    return True


def process(places: Places) -> int | None:
    """The app's process, where one is there and the system tells which it is (Linux)."""
    try:
        with socket.socket(socket.AF_UNIX) as end:
            end.connect(address(places))
            peer = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    except OSError:
        return None
    number: int = struct.unpack_from("=i", peer)[0]
    return number


def told(record: Message) -> DictationError:
    """The error that a take's record or an answer holds."""
    error = DictationError(record["message"], title=record["title"], hint=record["hint"])
    error.code = record["code"]
    return error


def outcome(take: Message) -> tuple[str, DictationError | None]:
    """What the one who waited for a take gets of its record: its text, and what went wrong."""
    # What the basic recogniser heard in another's place is a draft, and no result.
    draft = take["status"] in ("waiting", "failed") and take["provider"] == "offline"
    text = "" if draft else take["text"]
    if take["status"] == "cancelled":
        hint = _("Its recording is kept: `dictation history retry {id}`.").format(id=take["id"])
        message = _("The take was cancelled.")
        return text, DictationError(message, title=_("Cancelled"), hint=hint)
    # A microphone that failed in mid-take leaves an error in the record of a delivered text.
    as_set = take["status"] == "delivered" or (  # `output = none` keeps it
        take["status"] == "kept" and take["error"] and take["error"]["code"] != NotDelivered.code
    )
    return text, told(take["error"]) if take["error"] and not as_set else None


class Connection(Protocol):
    """Carries whole messages."""

    def send_bytes(self, buf: bytes, /) -> None: ...
    def recv_bytes(self) -> bytes: ...
    def fileno(self) -> int: ...
    def close(self) -> None: ...
    def __enter__(self) -> Connection: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


class _CallerGone(Exception):
    """Nobody is left to tell."""


class Server:
    """Answers commands, each connection on a thread of its own; one instance per places.

    Raises BlockingIOError where an instance runs already. Callers wait until `serve`. Other users
    get no answer: on Windows a pipe's usual rights let them (but administrators) write nothing to
    it, elsewhere the folder keeps them out, and the system tells who is at the other end.
    """

    def __init__(self, places: Places) -> None:
        self._closed = threading.Event()
        if not is_ours(private(places.run)):  # whoever has the folder could answer in our place
            raise StorageError(
                _("{folder} belongs to another user, or is a link.").format(folder=places.run),
                hint=_("Remove it, or name another folder in DICTATION_HOME."),
            )
        self._lock = _lock(places.run / "lock")
        if os.name != "nt":
            Path(address(places)).unlink(missing_ok=True)  # left by a crash: the lock is ours
        try:
            self._listener = _listener(places)
        except PermissionError as error:  # Windows: the pipe exists, so another instance has it
            raise BlockingIOError from error
        if os.name != "nt":
            Path(address(places)).chmod(0o600)

    def serve(self, answer: Answer) -> None:
        """From now on answers; `answer` gets the message and a way to send more before its own."""
        self._answer = answer
        threading.Thread(target=self._accept, name="control", daemon=True).start()

    def close(self) -> None:
        """Takes no more commands."""
        self._closed.set()
        self._listener.close()
        os.close(self._lock)

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except OSError:
                if self._closed.wait(0.1):
                    return
                continue  # too many open files, say: that passes
            threading.Thread(
                target=self._serve, args=(connection,), name="control-client", daemon=True
            ).start()

    def _serve(self, connection: Connection) -> None:
        def send(message: Message) -> None:
            try:
                connection.send_bytes(json.dumps(message).encode())
            except OSError as error:
                raise _CallerGone from error

        with connection, contextlib.suppress(_CallerGone):
            try:
                if not _is_same_user(connection):
                    return
                message = json.loads(connection.recv_bytes())
            except (EOFError, OSError, ValueError):
                return  # nobody has asked for anything
            try:
                send(self._answer(message, send))
            except DictationError as error:
                send({"error": error.as_json()})
            except _CallerGone:
                raise
            except Exception as error:  # the caller must not wait for ever; then it is ours
                fault = DictationError(f"{type(error).__name__}: {error}")
                send({"error": fault.as_json()})
                raise


class _Listener(Protocol):
    """Lets callers in."""

    def accept(self) -> Connection:
        """The next caller; blocks. OSError where there can be none."""
        ...

    def close(self) -> None:
        """Lets nobody in any more."""
        ...


class _Socket:
    """A socket in a folder, which is gone once it is closed."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.bind(path)
            self._socket.listen(BACKLOG)
        except OSError:
            self._socket.close()
            raise

    def accept(self) -> Connection:
        """The next caller; blocks. OSError where there can be none."""
        return _Framed(self._socket.accept()[0])

    def close(self) -> None:
        """Lets nobody in any more."""
        self._socket.close()
        Path(self._path).unlink(missing_ok=True)


def _listener(places: Places) -> _Listener:
    if os.name != "nt":
        return _Socket(address(places))
    from multiprocessing.connection import Listener

    return Listener(address(places), backlog=BACKLOG)


def _connected(places: Places) -> Connection:
    """A connection to the app; FileNotFoundError or ConnectionRefusedError where there is none."""
    if os.name == "nt":
        from multiprocessing.connection import Client

        return Client(address(places))
    end = socket.socket(socket.AF_UNIX)
    try:
        end.connect(address(places))
    except OSError:
        end.close()
        raise
    return _Framed(end)


class _Framed:
    """Messages over a socket: the length of each in four bytes, then the message."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def __enter__(self) -> _Framed:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def send_bytes(self, message: bytes) -> None:
        """Sends all of it; OSError where nobody is left to take it."""
        self._end.sendall(struct.pack("!i", len(message)) + message)

    def recv_bytes(self) -> bytes:
        """The next message; EOFError after the last."""
        (length,) = struct.unpack("!i", self._exactly(4))
        return self._exactly(length)

    def fileno(self) -> int:
        """The socket's number."""
        return self._end.fileno()

    def close(self) -> None:
        """Ends the connection."""
        self._end.close()

    def _exactly(self, count: int) -> bytes:
        got = bytearray()
        while len(got) < count:
            part = self._end.recv(min(count - len(got), 1 << 16))
            if not part:
                raise EOFError
            got += part
        return bytes(got)


def _is_same_user(connection: Connection) -> bool:
    """Whether the process at the other end is this user's, as the system says; OSError if gone."""
    if os.name == "nt":
        return True
    with socket.socket(fileno=os.dup(connection.fileno())) as end:
        if hasattr(socket, "SO_PEERCRED"):  # Linux: process, user, group
            told = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        else:  # macOS: the structure's version, user, groups
            told = end.getsockopt(*MACOS_PEER)
    user: int = struct.unpack_from("=iI", told)[1]
    return user == os.geteuid()


def _lock(path: Path) -> int:
    """Holds the file's lock as long as the process lives; BlockingIOError where it is held."""
    handle = os.open(private_file(path), os.O_RDWR)
    if os.name == "nt":
        return handle  # the pipe's own name is the lock there
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise BlockingIOError from None
    return handle
