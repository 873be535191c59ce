"""CLIPBOARD and PRIMARY on Wayland by the data-control protocol: ours, and who has read them.

wlroots' compositors (Sway, Hyprland, River …), KDE and others have it; GNOME has not. The
compositor asks us for the text whenever a program pastes it: that is the receipt.
https://wayland.app/protocols/ext-data-control-v1
"""

from __future__ import annotations

import os
import queue
import select
import socket
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from contextlib import suppress
from typing import Any, TypeVar

from dictation.errors import NotDelivered
from dictation.i18n import _
from dictation.lanes import fulfil
from dictation.output.pasting import in_its_place
from dictation.output.receipt import NEWS_AFTER
from dictation.output.virtual_keyboard import VirtualKeyboard
from dictation.output.wire import Event, Wire

MANAGERS = ("ext_data_control_manager_v1", "zwlr_data_control_manager_v1")
# What a manager, a device, an offer and a source can be asked, and what they tell.
CREATE_SOURCE, GET_DEVICE = 0, 1
SET_SELECTION, SET_PRIMARY = 0, 2
RECEIVE, DESTROY_OFFER = 0, 1
OFFER, DESTROY_SOURCE = 0, 1
NEW_OFFER, SELECTION, PRIMARY_SELECTION = 0, 1, 3
SEND, CANCELLED = 0, 1

ANSWER_WITHIN = 10.0  # seconds: far above what reading hanging owners takes
READ_WITHIN, STALL = 1.5, 0.5  # seconds for all formats of a selection; without progress
LIMIT = 64 * 2**20  # bytes kept of a selection
QUIET_WITHIN = 1.0  # seconds for a program that reads on and on
SETTLED_WITHIN = 2.0  # seconds to wait for the one before; it settles by itself much sooner
TEXTS = ("text/plain;charset=utf-8", "UTF8_STRING", "text/plain", "STRING", "TEXT")
HINT = "x-kde-passwordManagerHint"

T = TypeVar("T")
Content = Mapping[str, bytes]  # by kind; empty where nobody has the selection


class WaylandSelections:
    """Both selections, served by a thread of its own; methods may be called from any other."""

    def __init__(self, display: str = "") -> None:
        """Raises MissingPart without a compositor, NotDelivered where it has no such protocol."""
        self._wire = Wire(display)
        self._offers: dict[int, list[str]] = {}  # what others offer, by object
        self._theirs: dict[int, int] = {}  # by SET_…: the offer that it holds, 0 for none
        self._sources: dict[int, tuple[int, Content]] = {}  # ours: where it is, what it holds
        self._text: set[int] = set()  # the sources of the published text
        self._before: dict[int, Content] = {}  # to be given back
        self._due: float | None = None  # when
        self._quiet = self._due_at_most = 0.0
        self._untold: dict[int, Content] = {}  # by source: given back, but nobody was told so yet
        self._news_due: float | None = None
        self._reads: list[float] = []
        self._news = threading.Condition()
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._ended = False
        try:
            self._bind()
        except Exception:
            self._wire.close()
            raise
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="selections", daemon=True)
        self._thread.start()

    def publish(self, text: str, *, hidden: bool = False, keep_old: bool = False) -> None:
        """Makes the text the content of both; `keep_old` remembers what they held.

        Whoever is still reading the text before it is waited for.
        """
        with self._news:
            self._news.wait_for(lambda: self._due is None or self._ended, SETTLED_WITHIN)
        self._ask(lambda: self._publish(text, hidden=hidden, keep_old=keep_old))

    def read_after(self, after: float, deadline: float) -> float | None:
        """When the text was first read after a moment (time.monotonic()); None at the deadline."""
        with self._news:
            while True:
                found = next((at for at in self._reads if at > after), None)
                if found is not None:
                    return found
                left = deadline - time.monotonic()
                if left <= 0 or self._ended:
                    return None
                self._news.wait(left)

    def press(self, chord: str) -> float:
        """Presses keys by a keyboard of ours; when. NotDelivered where there can be none."""
        return self._ask(lambda: self._keyboard.press(chord))

    @property
    def has_keys(self) -> bool:
        """Whether the compositor lets programs have a keyboard; GNOME and KDE don't."""
        return self._keyboard.works

    def content(self, name: str) -> Content:
        """What `clipboard` or `primary` holds, by kind."""
        where = SET_PRIMARY if name == "primary" else SET_SELECTION

        def look() -> Content:
            self._catch_up()
            return self._content(where)

        return self._ask(look)

    def give_back(self, quiet: float = 0.0) -> None:
        """Gives the old content back once nobody has read for so many seconds, unless the user
        copied something meanwhile; of a text other programs are told NEWS_AFTER."""
        self._ask(lambda: self._give_back_in(quiet))

    def close(self) -> dict[str, Content]:
        """Gives back what is still to be, and ends; what we held, which is lost with us."""
        held: dict[str, Content] = {}
        with suppress(NotDelivered):  # the compositor went first
            held = self._ask(self._end)
        self._thread.join(ANSWER_WITHIN)
        return held

    def _ask(self, job: Callable[[], T]) -> T:
        future: Future[T] = Future()
        self._jobs.put(lambda: fulfil(future, job))
        try:
            self._wake.send(b".")
            return future.result(ANSWER_WITHIN)
        except (OSError, NotInTime):
            raise NotDelivered(_("The connection to the compositor has ended.")) from None

    # All below runs on the thread, but for the first.

    def _bind(self) -> None:
        wire = self._wire
        seat = wire.bind("wl_seat", 1)
        self._manager = next(filter(None, (wire.bind(name, 2) for name in MANAGERS)), 0)
        if not (seat and self._manager):
            raise NotDelivered(_("the compositor has no data-control protocol"))
        self._device = wire.new()
        wire.request(self._manager, GET_DEVICE, self._device, seat)
        self._keyboard = VirtualKeyboard(wire, seat)
        self._catch_up()

    def _run(self) -> None:
        try:
            while not self._ended:
                self._serve()
        except NotDelivered:
            pass  # the compositor is gone; whoever asks next is told
        finally:
            with self._news:
                self._ended = True
                self._news.notify_all()
            self._wire.close()
            while not self._jobs.empty():
                self._jobs.get()()
            self._wake.close()
            self._woken.close()

    def _serve(self) -> None:
        due = min((d for d in (self._due, self._news_due) if d is not None), default=None)
        left = None if due is None else max(0.0, due - time.monotonic())
        if not self._wire.waiting:
            waited: list[Any] = [self._wire, self._woken]
            ready = select.select(waited, [], [], left)[0]
            if self._woken in ready:
                self._woken.recv(64)
                while not self._jobs.empty():
                    self._jobs.get()()
            if self._wire not in ready:
                now = time.monotonic()
                if self._due is not None and now >= self._due:
                    self._give_back()
                if self._news_due is not None and now >= self._news_due:
                    self._tell()
                return
        for event in self._wire.events():
            self._take(event)

    def _take(self, event: Event) -> None:
        if event.about == self._device:
            if event.code == NEW_OFFER:
                self._offers[event.numbers()[0]] = []
            elif event.code in (SELECTION, PRIMARY_SELECTION):
                where = SET_SELECTION if event.code == SELECTION else SET_PRIMARY
                old, self._theirs[where] = self._theirs.get(where, 0), event.numbers()[0]
                if old in self._offers and old not in self._theirs.values():
                    del self._offers[old]
                    self._wire.request(old, DESTROY_OFFER)
        elif event.about in self._offers:
            self._offers[event.about].append(event.text()[0])
        elif event.about in self._sources and event.code == SEND:
            self._send(event.about, event.text()[0], self._wire.handles.popleft())
        elif event.about in self._sources and event.code == CANCELLED:
            self._drop(event.about)

    def _send(self, source: int, kind: str, handle: int) -> None:
        data = self._sources[source][1].get(kind, b"")
        # A reader that takes its time holds up nobody else.
        writing = threading.Thread(target=_write, args=(handle, data), name="send", daemon=True)
        writing.start()
        if source in self._text and kind != HINT:
            with self._news:
                self._reads.append(time.monotonic())
                self._news.notify_all()
            if self._due is not None:
                self._due = min(time.monotonic() + self._quiet, self._due_at_most)

    def _publish(self, text: str, *, hidden: bool, keep_old: bool) -> None:
        if self._due is not None:  # a text of ours is nothing to be given back later
            self._give_back()
        places = (SET_SELECTION, SET_PRIMARY)
        self._catch_up()  # what was copied just now is on its way to us
        self._before = {where: self._content(where) for where in places} if keep_old else {}
        self._untold, self._news_due = {}, None  # of this text they are
        with self._news:
            self._reads.clear()
        content = dict.fromkeys(TEXTS, text.encode()) | ({HINT: b"secret"} if hidden else {})
        self._text = {self._own(where, content) for where in places}
        self._catch_up()

    def _catch_up(self) -> None:
        for event in self._wire.round_trip():
            self._take(event)

    def _own(self, where: int, content: Content) -> int:
        """Makes this the content of a selection; nobody has it where it is empty."""
        if not content:
            self._wire.request(self._device, where, 0)
            return 0
        source = self._wire.new()
        self._wire.request(self._manager, CREATE_SOURCE, source)
        for kind in content:
            self._wire.request(source, OFFER, kind)
        self._sources[source] = where, content
        self._wire.request(self._device, where, source)
        return source

    def _drop(self, source: int) -> None:
        del self._sources[source]
        self._wire.request(source, DESTROY_SOURCE)

    def _give_back_in(self, quiet: float) -> None:
        now = time.monotonic()
        self._quiet, self._due_at_most = quiet, now + QUIET_WITHIN
        self._due = now + quiet

    def _give_back(self) -> None:
        """A text takes the place of ours in what we offer already; all else is offered anew."""
        before, self._before = self._before, {}
        with self._news:
            self._due = None
            self._news.notify_all()
        for source in self._text & set(self._sources):  # the others the user has copied over
            where, offered = self._sources[source]
            old = before.get(where)
            if old is None:
                continue
            replaced = in_its_place(old, offered, TEXTS)
            if replaced is None:
                self._own(where, old)
                continue
            self._sources[source] = where, replaced
            self._untold[source] = old
            self._news_due = time.monotonic() + NEWS_AFTER
        self._text = set()

    def _tell(self) -> None:
        untold, self._untold, self._news_due = self._untold, {}, None
        for source, old in untold.items():
            if source in self._sources:
                self._own(self._sources[source][0], old)

    def _content(self, where: int) -> Content:
        for source, (source_place, content) in self._sources.items():
            if source_place == where:
                return self._untold.get(source, content)
        offer = self._theirs.get(where, 0)
        found: dict[str, bytes] = {}
        until = time.monotonic() + READ_WITHIN
        for kind in dict.fromkeys(self._offers.get(offer, ())):
            if time.monotonic() < until and sum(map(len, found.values())) < LIMIT:
                data = self._receive(offer, kind, until)
                if data is not None:
                    found[kind] = data
        return found

    def _receive(self, offer: int, kind: str, until: float) -> bytes | None:
        """One kind; None where its owner does not finish."""
        ours, theirs = os.pipe()
        with os.fdopen(ours, "rb", buffering=0) as reading:
            try:
                self._wire.request(offer, RECEIVE, kind, handles=[theirs])
            finally:
                os.close(theirs)
            parts: list[bytes] = []
            while sum(map(len, parts)) <= LIMIT:
                patience = min(STALL, until - time.monotonic())
                if not select.select([reading], [], [], max(0.0, patience))[0]:
                    return None
                part = reading.read(2**16)
                if not part:
                    return b"".join(parts)
                parts.append(part)
        return None

    def _end(self) -> dict[str, Content]:
        if self._due is not None:
            self._give_back()
        self._tell()
        self._catch_up()  # what the user has copied over is ours no more
        self._ended = True
        names = {SET_SELECTION: "clipboard", SET_PRIMARY: "primary"}
        return {names[where]: content for where, content in self._sources.values()}


def _write(handle: int, data: bytes) -> None:
    with suppress(OSError), os.fdopen(handle, "wb", buffering=0) as pipe:  # a reader may go
        view = memoryview(data)
        while view:
            view = view[pipe.write(view) :]
