"""Owns CLIPBOARD and PRIMARY on X11 and serves them for as long as the app lives.

Whoever reads a selection asks its owner, by name: so the owner knows who has read the text and
when. A thread of its own serves; it sleeps until the server, a caller or a due restoring wakes it.
"""

from __future__ import annotations

import queue
import select
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from dictation.errors import NotDelivered
from dictation.i18n import _
from dictation.output.connection import Connection, told
from dictation.output.receipt import NEWS_AFTER
from dictation.output.transfers import Content, Piece, Reader, Sendings, of_text

CLIPBOARD, PRIMARY = "CLIPBOARD", "PRIMARY"
ANSWER_WITHIN = 10.0  # seconds: far above what reading two hanging owners takes
QUIET_WITHIN = 2.0  # seconds for a program that reads on and on
SETTLED_WITHIN = 10.0  # seconds to wait for the one before; it settles by itself much sooner

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Read:
    """One reading of a published text."""

    client: int  # the X client that read it
    at: float  # time.monotonic()


class Selections:
    """The selections that we own; every method may be called from any thread but our own."""

    def __init__(self, display: str) -> None:
        """Raises MissingPart where no X server answers."""
        self._connection = Connection(display)
        self._sendings = Sendings(self._connection)
        self._reader = Reader(self._connection, self._dispatch)
        self._held: dict[int, Content] = {}  # by selection: what we serve
        self._since: dict[int, int] = {}  # by selection: the server's time at which we took it
        self._published: Content = {}
        self._bridged = False
        self._before: dict[int, Content | None] = {}  # to be given back; None: nobody had it
        self._reading: Read | None = None  # whose client's quiet is waited for
        self._quiet = 0.0  # seconds of it
        self._untold: dict[int, Content] = {}  # given back, but nobody was told so yet
        self._news_due = 0.0
        self._reads: list[Read] = []
        self._news = threading.Condition()
        self._jobs: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = queue.SimpleQueue()
        self._wake, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="selections", daemon=True)
        self._thread.start()

    def publish(
        self,
        text: str,
        names: Sequence[str],
        *,
        hidden: bool = False,
        bridged: bool = False,
        keep_old: bool = False,
    ) -> None:
        """Makes the text the content of the selections; `keep_old` remembers what they held.

        Whoever is still reading the text before it is waited for.
        """
        self.wait_settled()
        made = partial(of_text, self._connection, text, hidden=hidden, bridged=bridged)
        self._ask(lambda: self._publish(made(), names, bridged=bridged, keep_old=keep_old))

    def wait_settled(self) -> None:
        """Waits until the text before is read to its end and the old content given back."""
        with self._news:
            self._news.wait_for(lambda: self._reading is None or self._ended, SETTLED_WITHIN)

    def owner(self, name: str) -> int | None:
        """The X client that owns a selection, if any."""
        return self._ask(lambda: self._owner(name))

    def content(self, name: str) -> dict[str, bytes] | None:
        """What another program holds, by format; None where nobody owns the selection."""
        return self._ask(lambda: self._content(name))

    def reads(self) -> list[Read]:
        """Who has read the published text, up to now: what the server has for us comes first."""

        def seen() -> list[Read]:
            self._connection.display.sync()
            for event in self._connection.waiting():
                self._dispatch(event)
            return list(self._reads)

        return self._ask(seen)

    def wait_read(self, counts: Callable[[Read], bool], deadline: float) -> Read | None:
        """The first reading that counts, or None at the deadline."""
        with self._news:
            while True:
                for read in self._reads:
                    if counts(read):
                        return read
                left = deadline - time.monotonic()
                if left <= 0 or self._ended:
                    return None
                self._news.wait(left)

    def give_back(self) -> None:
        """Gives the selections their old content, but for what someone else has copied since."""
        self._ask(self._settle)
        self.tell()

    def give_back_after(self, reading: Read, quiet: float) -> None:
        """The same, later: when the client of this reading has been quiet for some seconds.

        Returns at once. Other programs are told of the change NEWS_AFTER.
        """

        def ask() -> None:
            self._reading, self._quiet = reading, quiet

        self._ask(ask)

    def tell(self) -> None:
        """Tells other programs now of what was given back."""
        self._ask(self._tell)

    def close(self) -> None:
        """Gives back what is still to be, leaves the rest to a clipboard manager, and ends."""
        if not self._ended:
            self.wait_settled()
            with suppress(NotDelivered):  # the server went first, and the selections with it
                self._ask(self._end)
            self._thread.join(ANSWER_WITHIN)

    def _ask(self, job: Callable[[], T]) -> T:
        """Has the thread do it."""
        future: Future[T] = Future()
        self._jobs.put((future, job))
        try:
            self._wake.send(b".")
            return future.result(ANSWER_WITHIN)
        except OSError:
            raise NotDelivered(_("The connection to the X server has ended.")) from None
        except NotInTime:
            raise NotDelivered(_("The clipboard does not answer.")) from None

    # All below runs on the thread.

    def _run(self) -> None:
        from Xlib import error

        try:
            while not self._ended:
                self._serve()
        except (error.ConnectionClosedError, OSError):
            pass  # the X server is gone; whoever asks next is told
        finally:
            self._connection.close()
            with self._news:
                self._ended = True
                self._news.notify_all()
            while not self._jobs.empty():
                future, _job = self._jobs.get()
                future.set_exception(NotDelivered(_("The connection to the X server has ended.")))
            self._wake.close()
            self._woken.close()

    def _serve(self) -> None:
        """Answers what is there, then sleeps until there is more."""
        for event in self._connection.waiting():
            self._dispatch(event)
        due = self._due()
        left = None if due is None else due - time.monotonic()
        if left is not None and left <= 0:
            if self._reading:
                self._settle()
            else:
                self._tell()
            return  # events may have come with the answers
        ready, _w, _x = select.select([self._connection.display, self._woken], [], [], left)
        if self._woken in ready:
            self._woken.recv(64)
            while not self._jobs.empty():
                self._do(*self._jobs.get())

    def _do(self, future: Future[Any], job: Callable[[], Any]) -> None:
        done = False
        try:
            with told():
                result = job()
            done = True
            future.set_result(result)
        except NotDelivered as error:
            done = True
            future.set_exception(error)
        finally:
            if not done:  # a fault of ours: the caller must not wait for ever
                future.set_exception(NotDelivered(_("The clipboard failed.")))

    def _publish(
        self, content: Content, names: Sequence[str], *, bridged: bool, keep_old: bool
    ) -> None:
        if self._reading:  # a text of ours is nothing to be given back later
            self._settle()
        selections = [self._connection.atom(name) for name in names]
        before: dict[int, Content | None] = {}
        for selection in selections if keep_old else ():
            held = self._held.get(selection)
            before[selection] = self._reader.content(selection) if held is None else held or None
        with self._news:
            self._reads.clear()
        self._published, self._before, self._bridged = content, before, bridged
        self._reading = None
        now = self._connection.now(self._dispatch)
        for selection in selections:
            self._untold.pop(selection, None)  # of this text they are
            self._own(selection, content, now)
        self._connection.display.sync()
        for event in self._connection.waiting():
            self._dispatch(event)
        if any(self._held.get(selection) is not content for selection in selections):
            raise NotDelivered(_("Another program took the clipboard at the same moment."))

    def _own(self, selection: int, content: Content, since: int) -> None:
        self._connection.window.set_selection_owner(selection, since)
        self._held[selection] = content
        self._since[selection] = since

    def _owner(self, name: str) -> int | None:
        window = self._connection.display.get_selection_owner(self._connection.atom(name))
        return self._connection.client(window.id) if window else None

    def _content(self, name: str) -> dict[str, bytes] | None:
        content = self._reader.content(self._connection.atom(name))
        if content is None:
            return None
        return {
            self._connection.name(target): piece.data
            for target, piece in content.items()
            if piece.format == 8
        }

    def _due(self) -> float | None:
        """When the selections are to be given back, as far as is known now."""
        reading = self._reading
        if reading is None:
            return self._news_due if self._untold else None
        last = max((r.at for r in self._reads if r.client == reading.client), default=reading.at)
        due = min(max(last, self._sendings.ended) + self._quiet, reading.at + QUIET_WITHIN)
        return max(due, self._sendings.end_by() or due)

    def _settle(self) -> None:
        """What is asked for from now on is the old content."""
        before, self._before = self._before, {}
        text, later = self._connection.atom("UTF8_STRING"), NEWS_AFTER
        for selection, content in before.items():
            unreadable = content is not None and not content
            if self._held.get(selection) is self._published and not unreadable:
                self._held[selection] = self._untold[selection] = content or {}
                if content and text not in content and self._bridged:
                    later = 0.0  # a bridge asks for nothing but what it was told of: text
        self._news_due = time.monotonic() + later
        with self._news:
            self._reading = None
            self._news.notify_all()

    def _tell(self) -> None:
        """Has the server tell other programs that there is something new."""
        for selection, content in self._untold.items():
            if self._held.get(selection) is not content:
                continue
            # The time at which we took it, not now: the server refuses it if someone else has
            # taken the selection since, so theirs stays even if we do not know of it yet.
            if content:
                self._own(selection, content, self._since[selection])
            else:
                self._release(selection)
        self._untold.clear()
        self._connection.display.sync()

    def _release(self, selection: int) -> None:
        from Xlib import X
        from Xlib.protocol import request

        request.SetSelectionOwner(
            display=self._connection.display.display,
            window=X.NONE,
            selection=selection,
            time=self._since[selection],
        )
        self._held.pop(selection, None)

    def _dispatch(self, event: Any) -> None:
        from Xlib import X

        if event.type == X.SelectionRequest:
            self._answer(event)
        elif event.type == X.SelectionClear:
            self._held.pop(event.atom, None)
        elif event.type == X.PropertyNotify and event.state == X.PropertyDelete:
            self._sendings.advance(event.window.id, event.atom)
        elif event.type == X.DestroyNotify:
            self._sendings.drop(event.window.id)

    def _answer(self, event: Any) -> None:
        """Serves one request, and notes who made it where it took the published text."""
        from Xlib import X, error
        from Xlib.protocol.event import SelectionNotify

        # Old programs name no property: the target then names it.
        property_ = event.property or event.target
        try:
            if event.target == self._connection.atom("MULTIPLE"):
                granted = self._multiple(event, property_)
            else:
                granted = self._convert(event, event.target, property_)
        except error.XError:
            return  # the reader's window is gone
        event.requestor.send_event(
            SelectionNotify(
                time=event.time,
                requestor=event.requestor,
                selection=event.selection,
                target=event.target,
                property=property_ if granted else X.NONE,
            )
        )
        self._connection.display.sync()  # `flush` does not wait for a full socket

    def _multiple(self, event: Any, property_: int) -> bool:
        """Several targets asked for at once: pairs of target and property."""
        from Xlib import X

        asked = event.requestor.get_full_property(property_, X.AnyPropertyType)
        if asked is None or asked.format != 32:
            return False
        pairs = list(asked.value)
        for n in range(0, len(pairs) - 1, 2):
            if not self._convert(event, pairs[n], pairs[n + 1]):
                pairs[n + 1] = X.NONE
        event.requestor.change_property(property_, self._connection.atom("ATOM_PAIR"), 32, pairs)
        return True

    def _convert(self, event: Any, target: int, property_: int) -> bool:
        from Xlib import Xatom

        content = self._held.get(event.selection)
        if content is None:
            return False
        atom = self._connection.atom
        questions = [atom("TARGETS"), atom("TIMESTAMP"), atom("MULTIPLE")]
        if target == atom("TARGETS"):
            piece = Piece(Xatom.ATOM, 32, [*questions, *content])
        elif target == atom("TIMESTAMP"):
            piece = Piece(Xatom.INTEGER, 32, [self._since[event.selection]])
        elif target in content:
            piece = content[target]
        else:
            return False
        if piece.size > self._connection.largest:
            self._sendings.begin(event.requestor, property_, piece)
        else:
            event.requestor.change_property(property_, piece.type, piece.format, piece.data)
        if content is self._published and target in content and not self._is_hint(target):
            with self._news:
                self._reads.append(
                    Read(self._connection.client(event.requestor.id), time.monotonic())
                )
                self._news.notify_all()
        return True

    def _is_hint(self, target: int) -> bool:
        return self._connection.name(target) == "x-kde-passwordManagerHint"

    def _end(self) -> None:
        if self._reading:
            self._settle()
        self._tell()
        if held := self._held.get(self._connection.atom(CLIPBOARD)):
            self._connection.leave(CLIPBOARD, list(held), self._dispatch)
        self._ended = True
