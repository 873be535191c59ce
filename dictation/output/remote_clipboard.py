"""The clipboard as a desktop's remote control reaches it: CLIPBOARD alone, and not who reads it.

GNOME's own (org.gnome.Mutter.RemoteDesktop) and the portal's speak alike.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from dictation.bus import BusFault, Signal
from dictation.errors import WayClosed
from dictation.i18n import _
from dictation.output.pasting import in_its_place
from dictation.output.receipt import NEWS_AFTER
from dictation.output.selections import QUIET_WITHIN, SETTLED_WITHIN

HINT = "x-kde-passwordManagerHint"  # clipboard histories leave alone what has it
TEXTS = ("text/plain;charset=utf-8", "UTF8_STRING", "text/plain")
KEPT = (*TEXTS, "image/png", "image/jpeg", "image/bmp")  # what GNOME keeps a copy of
NOTHING = "application/x-nothing"  # GNOME brings its copy back to a clipboard without an owner
COPIED_WITHIN = 0.2  # seconds for GNOME to read a text, which it does at once; 1 to 9 ms were seen
READ_WITHIN, STALL = 1.5, 0.5  # seconds for all kinds; without progress
TAKEN_WITHIN = 0.2  # seconds for the desktop to say that the clipboard is ours
WRITTEN_WITHIN = 1.0  # seconds for GNOME to take its copy
LIMIT = 64 * 2**20  # bytes kept of what was there before

Content = Mapping[str, bytes]  # by kind


class Carrier(Protocol):
    """A session of a remote control; every call raises BusFault."""

    KINDS: str  # the option that names what the clipboard has

    def call(self, member: str, signature: str, body: tuple[Any, ...]) -> tuple[Any, ...]: ...
    def ask(
        self,
        member: str,
        signature: str,
        body: tuple[Any, ...],
        on_answer: Callable[[tuple[Any, ...] | None], None],
    ) -> None: ...
    def of_ours(self, signal: Signal) -> tuple[Any, ...] | None:
        """What a signal says of this session; None where it is of another."""
        ...


class RemoteClipboard:
    """The clipboard of a session; from any thread but the bus's."""

    def __init__(self, *, lasts: bool, done: Callable[[], None] = lambda: None) -> None:
        """`lasts` is whether the session outlives a paste, else `done` may end it.

        Then the desktop goes on with a copy of what is held, as one kind: a text or a picture.
        """
        self._lasts, self._done = lasts, done
        self._carrier: Carrier | None = None
        self._news = threading.Condition()
        self._content: Content = {}
        self._before: Content | None = None
        self._reads: list[float] = []
        self._writing = 0
        self._kinds: list[str] = []
        self._taken = self._is_ours = False
        self._settling: threading.Thread | None = None
        self._untold: Content | None = None  # given back, but nobody was told so yet
        self._later = threading.Timer(NEWS_AFTER, self.tell)
        self._telling = threading.Lock()

    def attach(self, carrier: Carrier) -> None:
        """From now on it is this session's; its signals go to `heard`."""
        self._carrier = carrier

    def publish(self, text: str, *, hidden: bool, keep_old: bool) -> None:
        """As of `Watched`; WayClosed where the clipboard can't be had."""
        self.wait_settled()
        with self._telling:
            self._before = self._held() if keep_old else None
            self._untold = None
            self._later.cancel()
        hint = {HINT: b"secret"} if hidden else {}
        try:
            self._put(dict.fromkeys(TEXTS, text.encode()) | hint)
        except BusFault as fault:
            raise WayClosed(_("The desktop let no text on its clipboard.")) from fault
        self.read_after(0.0, time.monotonic() + COPIED_WITHIN)

    def read_after(self, after: float, deadline: float) -> float | None:
        """As of `Watched`."""
        with self._news:
            while True:
                if found := [at for at in self._reads if at > after]:
                    return found[0]
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                self._news.wait(left)

    def give_back(self, quiet: float = 0.0) -> None:
        """As of `Watched`."""
        job = partial(self._give_back, quiet)
        self._settling = threading.Thread(target=job, name="clipboard", daemon=True)
        self._settling.start()

    def wait_settled(self) -> None:
        """Waits until the text before is read to its end and the old content given back."""
        if self._settling:
            self._settling.join(SETTLED_WITHIN)

    def tell(self) -> None:
        """Tells other programs of what was given back, if they were not yet."""
        with self._telling, suppress(BusFault):  # nobody is left to be told
            untold, self._untold = self._untold, None
            if untold is not None and self._is_ours:
                self._put(untold or {NOTHING: b""})

    def _give_back(self, quiet: float) -> None:
        self._wait_quiet(quiet)
        with suppress(BusFault):  # nobody is left to be told
            self._wait_written()
            if self._before is not None and self._is_ours and not self._replaced(self._before):
                self._put(self._before or {NOTHING: b""})
                if self._before and not self._lasts:
                    self.read_after(0.0, time.monotonic() + COPIED_WITHIN)
                    self._wait_written()
                    threading.Event().wait(COPIED_WITHIN)  # what is written is not yet a copy
        self._done()

    def _replaced(self, old: Content) -> bool:
        """Whether the old text, or none, took the place of ours in what is offered already.

        Other programs are told NEWS_AFTER. What is no text has to be offered anew, and so has what
        a session offers that ends.
        """
        replaced = in_its_place(old, self._content, TEXTS) if self._lasts else None
        if replaced is None:
            return False
        with self._news:
            self._content = replaced
        self._untold = old
        self._later = threading.Timer(NEWS_AFTER, self.tell)
        self._later.daemon = True
        self._later.start()
        return True

    def _wait_quiet(self, seconds: float) -> None:
        start = last = time.monotonic()
        while last < start + QUIET_WITHIN:
            read = self.read_after(last, last + seconds)
            if read is None:
                return
            last = read

    def _wait_written(self) -> None:
        """Waits until those who read have got all of it."""
        with self._news:
            self._news.wait_for(lambda: not self._writing, WRITTEN_WITHIN)

    def _put(self, content: Content) -> None:
        """Offers a content; from then on GNOME's own reading is the first."""
        assert self._carrier
        with self._news:
            self._content, self._taken = content, False
            self._reads.clear()
        kinds = {self._carrier.KINDS: ("as", list(content))}
        self._carrier.call("SetSelection", "a{sv}", (kinds,))
        with self._news:
            self._news.wait_for(lambda: self._taken, TAKEN_WITHIN)

    def _held(self) -> Content:
        """What is there now; empty for nothing."""
        if self._is_ours and self._untold is not None:
            return self._untold
        if self._is_ours:
            return {kind: data for kind, data in self._content.items() if kind != NOTHING}
        kinds, until = self._kinds, time.monotonic() + READ_WITHIN
        if not self._lasts:
            kinds = [kind for kind in KEPT if kind in kinds][:1]
        found: dict[str, bytes] = {}
        for kind in kinds:
            if time.monotonic() < until and sum(map(len, found.values())) < LIMIT:
                data = self._read(kind, until)
                if data:
                    found[kind if self._lasts or kind not in TEXTS else TEXTS[0]] = data
        return found

    def _read(self, kind: str, until: float) -> bytes:
        assert self._carrier
        try:
            (descriptor,) = self._carrier.call("SelectionRead", "s", (kind,))
        except BusFault:
            return b""
        parts, size = list[bytes](), 0
        with descriptor:
            number = descriptor.fileno()
            while size <= LIMIT:
                patience = min(STALL, until - time.monotonic())
                if not select.select([number], [], [], max(0.0, patience))[0]:
                    return b""
                part = os.read(number, 2**16)
                if not part:
                    return b"".join(parts)
                parts.append(part)
                size += len(part)
        return b""

    # All below runs on the bus's thread, but for `_write`.

    def heard(self, signal: Signal) -> None:
        """A signal of the clipboard, of whichever session."""
        body = self._carrier.of_ours(signal) if self._carrier else None
        match signal.member, body:
            case "SelectionOwnerChanged", (told,):
                options = {name.replace("-", "_"): value for name, (_kind, value) in told.items()}
                self._owned(options.get("mime_types", ()), options.get("session_is_owner", False))
            case "SelectionTransfer", (kind, serial):
                self._asked(kind, serial)

    def _owned(self, kinds: Any, is_ours: bool) -> None:
        with self._news:
            self._is_ours = is_ours
            # GNOME wraps its list once more.
            self._kinds = list(kinds[0] if kinds and not isinstance(kinds[0], str) else kinds)
            if is_ours and not self._taken:
                self._taken = True
                self._reads.clear()
            self._news.notify_all()

    def _asked(self, kind: str, serial: int) -> None:
        with self._news:
            data = self._content.get(kind, b"")
            self._writing += 1
            if kind != HINT:
                self._reads.append(time.monotonic())
            self._news.notify_all()
        assert self._carrier
        with suppress(BusFault):  # the bus went, and who reads with it
            job = partial(self._opened, serial, data)
            self._carrier.ask("SelectionWrite", "u", (serial,), job)

    def _opened(self, serial: int, data: bytes, answer: tuple[Any, ...] | None) -> None:
        job = partial(self._write, serial, data, answer[0] if answer else None)
        threading.Thread(target=job, name="clipboard-write", daemon=True).start()

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
        assert self._carrier
        with suppress(BusFault):
            self._carrier.call("SelectionWriteDone", "ub", (serial, done))
        with self._news:
            self._writing -= 1
            self._news.notify_all()
