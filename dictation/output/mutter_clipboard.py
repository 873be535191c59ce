"""The clipboard as GNOME's remote control reaches it: CLIPBOARD alone, and who reads is not told.

Once its session ends GNOME keeps a copy of what was held, as one kind: a text or a picture.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from dictation.bus import Bus, BusFault, Signal
from dictation.output.mutter import CONTROL, Session

SIGNALS = f"type='signal',interface='{CONTROL.service}.Session'"
HINT = "x-kde-passwordManagerHint"  # clipboard histories leave alone what has it
TEXTS = ("text/plain;charset=utf-8", "UTF8_STRING", "text/plain")
KEPT = (*TEXTS, "image/png", "image/jpeg", "image/bmp")  # what GNOME keeps a copy of
NOTHING = "application/x-nothing"  # GNOME brings its copy back to a clipboard without an owner
READ_WITHIN = 0.5  # seconds without progress from who holds the clipboard
TAKEN_WITHIN = 0.2  # seconds for GNOME to say that the clipboard is ours
WRITTEN_WITHIN = 1.0  # seconds for GNOME to take its copy
LIMIT = 64 * 2**20  # bytes kept of what was there before


class MutterClipboard:
    """A session with the clipboard; from any thread but the bus's."""

    def __init__(self) -> None:
        """Begins the session; raises BusFault, MissingPart."""
        self._news = threading.Condition()
        self._content: Mapping[str, bytes] = {}
        self._reads: list[float] = []
        self._writing = 0
        self._kinds: list[str] = []
        self._path = ""
        self._taken = self.is_ours = False
        self._bus = Bus("SESSION", self._heard, name="mutter", rules=(SIGNALS,), descriptors=True)
        try:
            self.session = Session(self._bus)
            self._path = self.session.remote.path
            self.session.begin()
            self._bus.call(self.session.remote, "EnableClipboard", "a{sv}", ({},))
        except BusFault:
            self.close()
            raise

    def held(self) -> Mapping[str, bytes]:
        """What someone else holds, as one kind that can be put back; empty for nothing."""
        kind = next((kind for kind in KEPT if kind in self._kinds), "")
        data = self._read(kind) if kind else b""
        return {TEXTS[0] if kind in TEXTS else kind: data} if data else {}

    def put_text(self, text: str) -> None:
        """Offers a text, hidden from clipboard histories; raises BusFault."""
        self.put(dict.fromkeys(TEXTS, text.encode()) | {HINT: b"secret"})

    def put(self, content: Mapping[str, bytes]) -> None:
        """Offers a content, by kind; from then on GNOME's own reading is the first.

        Raises BusFault.
        """
        with self._news:
            self._content, self._taken = content, False
        kinds = {"mime-types": ("as", list(content))}
        self._bus.call(self.session.remote, "SetSelection", "a{sv}", (kinds,))
        with self._news:
            self._news.wait_for(lambda: self._taken, TAKEN_WITHIN)

    def wait_read(self, after: float, deadline: float) -> float | None:
        """When the content was first read after a moment, None at the deadline; monotonic."""
        with self._news:
            while True:
                if found := [at for at in self._reads if at >= after]:
                    return found[0]
                left = deadline - time.monotonic()
                if left <= 0 or self._bus.lost.is_set():
                    return None
                self._news.wait(left)

    def wait_quiet(self, seconds: float, at_most: float) -> None:
        """Waits until nothing has been read for so long."""
        start = last = time.monotonic()
        while last < start + at_most:
            read = self.wait_read(last, last + seconds)
            if read is None:
                return
            last = read + 1e-6

    def wait_written(self) -> None:
        """Waits until those who read have got all of it."""
        with self._news:
            self._news.wait_for(lambda: not self._writing, WRITTEN_WITHIN)

    def close(self) -> None:
        """Ends the session; what it held GNOME has a copy of."""
        self._bus.close()

    def _read(self, kind: str) -> bytes:
        try:
            (descriptor,) = self._bus.call(self.session.remote, "SelectionRead", "s", (kind,))
        except BusFault:
            return b""
        parts, size = list[bytes](), 0
        with descriptor:
            number = descriptor.fileno()
            while select.select([number], [], [], READ_WITHIN)[0] and size <= LIMIT:
                part = os.read(number, 2**16)
                if not part:
                    return b"".join(parts)
                parts.append(part)
                size += len(part)
        return b""

    # All below runs on the bus's thread, but for `_write`.

    def _heard(self, signal: Signal) -> None:
        if signal.path != self._path:
            return  # another program's session
        match signal.member, signal.body:
            case "SelectionOwnerChanged", (options,):
                kind, kinds = options.get("mime-types", ("as", []))
                with self._news:
                    self.is_ours = options.get("session-is-owner", ("b", False))[1]
                    self._kinds = list(kinds[0] if kind == "(as)" else kinds)
                    if self.is_ours:
                        self._taken = True
                        self._reads.clear()
                        self._news.notify_all()
            case "SelectionTransfer", (kind, serial):
                with self._news:
                    data = self._content.get(kind, b"")
                    self._writing += 1
                    if kind != HINT:
                        self._reads.append(time.monotonic())
                    self._news.notify_all()
                with suppress(BusFault):  # the bus went, and who reads with it
                    self._bus.ask(
                        self.session.remote,
                        "SelectionWrite",
                        "u",
                        (serial,),
                        partial(self._opened, serial, data),
                    )

    def _opened(self, serial: int, data: bytes, answer: tuple[Any, ...] | None) -> None:
        job = partial(self._write, serial, data, answer[0] if answer else None)
        threading.Thread(target=job, name="mutter-write", daemon=True).start()

    def _write(self, serial: int, data: bytes, descriptor: Any) -> None:
        done = False
        try:
            if descriptor is not None:
                os.set_blocking(descriptor.fileno(), True)
                with descriptor.to_file("wb") as pipe:
                    pipe.write(data)
                done = True
        except OSError:
            pass  # the reader was content with less
        with suppress(BusFault):
            self._bus.call(self.session.remote, "SelectionWriteDone", "ub", (serial, done))
        with self._news:
            self._writing -= 1
            self._news.notify_all()
