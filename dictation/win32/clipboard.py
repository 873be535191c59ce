"""Windows' clipboard, owned by a window of its own, which is asked for what is only promised."""

from __future__ import annotations

import ctypes
import queue
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from ctypes import wintypes
from typing import TypeVar

from dictation.errors import NotDelivered
from dictation.i18n import _
from dictation.lanes import fulfil
from dictation.win32.calls import declared
from dictation.win32.rights import process_of
from dictation.win32.window import Window

T = TypeVar("T")
_RENDER, _RENDER_ALL = 0x0305, 0x0306  # WM_RENDERFORMAT, WM_RENDERALLFORMATS
_MOVEABLE = 0x0002
_TRIES, _PAUSE = 50, 0.01  # seconds: other programs hold the clipboard for moments
_LONG = 3600.0
PATIENCE = 5.0  # seconds for the clipboard's thread to answer


class RealClipboard:
    """What a delivery wants of it: `output.windows.Clipboard`. On any thread."""

    def __init__(self) -> None:
        """MissingPart elsewhere."""
        handle, number, pointer = wintypes.HANDLE, wintypes.UINT, ctypes.c_void_p
        self._open = declared("user32", "OpenClipboard", wintypes.BOOL, wintypes.HWND)
        self._close = declared("user32", "CloseClipboard", wintypes.BOOL)
        self._empty = declared("user32", "EmptyClipboard", wintypes.BOOL)
        self._owner = declared("user32", "GetClipboardOwner", wintypes.HWND)
        self._opener = declared("user32", "GetOpenClipboardWindow", wintypes.HWND)
        self._next = declared("user32", "EnumClipboardFormats", number, number)
        self._get = declared("user32", "GetClipboardData", handle, number)
        self._set = declared("user32", "SetClipboardData", handle, number, handle)
        self._allocate = declared("kernel32", "GlobalAlloc", handle, number, ctypes.c_size_t)
        self._lock = declared("kernel32", "GlobalLock", pointer, handle)
        self._unlock = declared("kernel32", "GlobalUnlock", wintypes.BOOL, handle)
        self._size = declared("kernel32", "GlobalSize", ctypes.c_size_t, handle)
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._promised: Mapping[int, bytes] = {}
        self._asked: Callable[[int], None] = lambda _process: None
        started: Future[Window] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(started,), name="win32-clipboard", daemon=True
        )
        self._thread.start()
        self._window = started.result(PATIENCE)

    def number_of(self, name: str) -> int:
        """The number of a format with a name."""
        ask = declared("user32", "RegisterClipboardFormatW", wintypes.UINT, wintypes.LPCWSTR)
        return int(ask(name))

    def put(
        self,
        formats: Mapping[int, bytes],
        promised: Mapping[int, bytes],
        asked: Callable[[int], None],
    ) -> None:
        """Replaces all; `asked` hears the process that has a promised format handed out."""
        self._do(lambda: self._put(formats, promised, asked))

    def content(self, wanted: Callable[[int, str], bool]) -> dict[int, bytes]:
        """What is there of the formats, by number and name, whose data is plain memory."""
        return self._do(lambda: self._content(wanted))

    def is_ours(self) -> bool:
        """Whether nobody has replaced what was put there.

        The sequence number would change with the handing out of a promise, too.
        """
        return bool(self._owner() == self._window.handle)

    def close(self) -> None:
        """What is promised still is handed out, for Windows asks for it."""
        self._jobs.put(None)
        self._window.wake()
        self._thread.join(PATIENCE)

    def _do(self, job: Callable[[], T]) -> T:
        future: Future[T] = Future()
        self._jobs.put(lambda: fulfil(future, job))
        self._window.wake()
        try:
            return future.result(PATIENCE)
        except TimeoutError as error:  # a program that promised its own data is slow to give it
            raise NotDelivered(_("The clipboard does not answer.")) from error

    def _run(self, started: Future[Window]) -> None:
        fulfil(started, lambda: Window(self._told))
        if started.exception():
            return
        window = started.result()
        while True:
            window.wait(_LONG)
            while not self._jobs.empty():
                job = self._jobs.get()
                if job is None:
                    window.close()
                    return
                job()

    def _told(self, message: int, first: int, _second: int) -> int | None:
        if message == _RENDER and first in self._promised:
            reader = self._opener()  # whoever has it open waits for the answer
            self._hand_over(first, self._promised[first])
            self._asked(process_of(reader) if reader else 0)
            return 0
        if message == _RENDER_ALL and self._open(self._window.handle):
            try:
                if self.is_ours():
                    for number, data in self._promised.items():
                        self._hand_over(number, data)
            finally:
                self._close()
            return 0
        return None

    def _put(
        self,
        formats: Mapping[int, bytes],
        promised: Mapping[int, bytes],
        asked: Callable[[int], None],
    ) -> None:
        self._hold()
        try:
            self._empty()
            self._promised, self._asked = promised, asked
            for number, data in formats.items():
                self._hand_over(number, data)
            for number in promised:
                self._set(number, None)
        finally:
            self._close()

    def _content(self, wanted: Callable[[int, str], bool]) -> dict[int, bytes]:
        self._hold()
        try:
            found, number = {}, 0
            while number := self._next(number):
                if wanted(number, self._name(number)) and (handle := self._get(number)):
                    found[number] = self._read(handle)
            return found
        finally:
            self._close()

    def _hold(self) -> None:
        pause = threading.Event()
        for _try in range(_TRIES):
            if self._open(self._window.handle):
                return
            pause.wait(_PAUSE)
        raise NotDelivered(_("Another program keeps the clipboard open."))

    def _name(self, number: int) -> str:
        ask = declared(
            *("user32", "GetClipboardFormatNameW", ctypes.c_int),
            *(wintypes.UINT, wintypes.LPWSTR, ctypes.c_int),
        )
        name = ctypes.create_unicode_buffer(256)
        return name.value if ask(number, name, 256) else ""

    def _read(self, handle: int) -> bytes:
        where = self._lock(handle)
        if not where:
            return b""
        try:
            return ctypes.string_at(where, self._size(handle))
        finally:
            self._unlock(handle)

    def _hand_over(self, number: int, data: bytes) -> None:
        handle = self._allocate(_MOVEABLE, max(1, len(data)))
        where = self._lock(handle)
        ctypes.memmove(where, data, len(data))
        self._unlock(handle)
        self._set(number, handle)  # from now on Windows' own
