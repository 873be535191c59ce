"""What a selection holds, and how it travels: one property, or piece by piece (INCR)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from dictation.output.connection import Connection

LIMIT = 64 * 2**20  # bytes kept of a selection
TARGETS_WITHIN = 0.25  # seconds: an owner that lives says at once what it has
STALL = 0.5  # seconds without progress; a large picture takes its owner a while to write
READ_WITHIN = 1.5  # seconds for all formats of one selection
SENT_WITHIN = 5.0  # seconds without progress after which a reader is taken for gone
SLOTS = 64  # properties used in turn: a late answer must not be taken for another's
# Not content: questions about it, or orders.
META = {"", "TARGETS", "TIMESTAMP", "MULTIPLE", "DELETE", "SAVE_TARGETS", "INSERT_SELECTION"}
TEXTS = ("UTF8_STRING", "STRING", "TEXT", "COMPOUND_TEXT")


@dataclass(frozen=True, slots=True)
class Piece:
    """One format of a content as a property holds it."""

    type: int
    format: int  # bits: 8 with bytes, 16 and 32 with numbers
    data: Any

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data) * self.format // 8


Content = Mapping[int, Piece]  # by target; empty where the owner did not answer


def of_text(connection: Connection, text: str, *, hidden: bool, bridged: bool = False) -> Content:
    """A text in all the formats that programs ask for; `hidden` from clipboard histories.

    `bridged`: for Wayland programs, too, which get STRING as it is and take it for UTF-8.
    """
    from Xlib import Xatom

    atom, utf8 = connection.atom, text.encode()
    as_utf8 = Piece(atom("UTF8_STRING"), 8, utf8)
    content = {atom("UTF8_STRING"): as_utf8, atom("TEXT"): as_utf8}
    for name in ("text/plain;charset=utf-8", "text/plain"):
        content[atom(name)] = Piece(atom(name), 8, utf8)
    if hidden:
        name = "x-kde-passwordManagerHint"
        content[atom(name)] = Piece(atom(name), 8, b"secret")
    with suppress(UnicodeEncodeError):  # STRING is Latin-1: rather nothing than question marks
        latin = text.encode("ascii" if bridged else "latin-1")
        content[Xatom.STRING] = Piece(Xatom.STRING, 8, latin)
    return content


class Sendings:
    """Contents under way by INCR: each piece goes when the reader has taken the one before."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sendings: dict[tuple[int, int], Sending] = {}
        self.ended = 0.0  # when the last one ended

    def begin(self, window: Any, property_: int, piece: Piece) -> None:
        """Announces a large piece to its reader."""
        from Xlib import X

        window.change_attributes(event_mask=X.PropertyChangeMask | X.StructureNotifyMask)
        window.change_property(property_, self._connection.atom("INCR"), 32, [piece.size])
        self._sendings[window.id, property_] = Sending(window, piece)

    def advance(self, window: int, property_: int) -> None:
        """Sends the next piece; an empty one ends it."""
        from Xlib import X

        sending = self._sendings.get((window, property_))
        if sending is None:
            return
        length = self._connection.largest * 8 // sending.piece.format
        data = sending.piece.data[sending.sent : sending.sent + length]
        sending.sent += len(data)
        sending.last = time.monotonic()
        sending.window.change_property(property_, sending.piece.type, sending.piece.format, data)
        if not data:
            del self._sendings[window, property_]
            self.ended = sending.last
            if all(other != window for other, _property in self._sendings):
                sending.window.change_attributes(event_mask=X.NoEventMask)

    def drop(self, window: int) -> None:
        """Forgets what a window was being sent: it is gone."""
        for key in [key for key in self._sendings if key[0] == window]:
            del self._sendings[key]

    def end_by(self) -> float | None:
        """When the last one under way will have ended or be given up; None for none."""
        now = time.monotonic()
        for (window, _property), sending in list(self._sendings.items()):
            if now - sending.last >= SENT_WITHIN:
                self.drop(window)
        return max((s.last + SENT_WITHIN for s in self._sendings.values()), default=None)


@dataclass(slots=True)
class Sending:
    """How far one content has come."""

    window: Any
    piece: Piece
    sent: int = 0
    last: float = field(default_factory=time.monotonic)


class Reader:
    """Reads what another program holds; one that hangs costs no more than the limits above."""

    def __init__(self, connection: Connection, dispatch: Callable[[Any], None]) -> None:
        self._connection = connection
        self._dispatch = dispatch  # for events that are not part of the reading
        self._slot = 0
        self._until = 0.0

    def content(self, selection: int) -> Content | None:
        """All formats of a selection; None without an owner, empty where it does not answer."""
        from Xlib import Xatom

        connection = self._connection
        if not connection.display.get_selection_owner(selection):
            return None
        self._until = time.monotonic() + READ_WITHIN
        content: dict[int, Piece] = {}
        try:
            offered = self._convert(selection, connection.atom("TARGETS"), TARGETS_WITHIN)
            targets = (
                list(dict.fromkeys(offered.data))
                if offered is not None and offered.format == 32
                else [connection.atom("UTF8_STRING"), Xatom.STRING]
            )
            for target in sorted(filter(self._kept, targets), key=self._rank):
                piece = self._convert(selection, target, STALL)
                if piece and sum(p.size for p in content.values()) + piece.size <= LIMIT:
                    content[target] = piece
        except TimeoutError:
            return content  # what came so far is better than nothing
        return content

    def _kept(self, target: int) -> bool:
        return self._connection.name(target) not in META

    def _rank(self, target: int) -> int:
        """Text and PNG first: the other picture formats are slow to make, and made from it."""
        name = self._connection.name(target)
        if name in TEXTS or name.startswith("text/"):
            return 0
        return 1 if name == "image/png" else 3 if name.startswith("image/") else 2

    def _convert(self, selection: int, target: int, patience: float) -> Piece | None:
        from Xlib import X

        connection = self._connection
        self._slot = (self._slot + 1) % SLOTS
        slot = connection.atom(f"_DICTATION_{self._slot}")
        connection.window.delete_property(slot)
        connection.window.convert_selection(selection, target, slot, X.CurrentTime)
        answer = self._next(
            lambda e: (
                e.type == X.SelectionNotify
                and (e.selection, e.target) == (selection, target)
                and e.property in (slot, X.NONE)
            ),
            patience,
        )
        if answer.property == X.NONE:
            return None
        piece = self._take(slot)
        if piece is None or piece.type != connection.atom("INCR"):
            return piece
        return self._pieces(slot)

    def _pieces(self, slot: int) -> Piece | None:
        from Xlib import X

        parts: list[Piece] = []
        while sum(part.size for part in parts) <= LIMIT:
            self._next(
                lambda e: (
                    e.type == X.PropertyNotify
                    and e.atom == slot
                    and e.state == X.PropertyNewValue
                    and e.window == self._connection.window
                ),
                STALL,
            )
            part = self._take(slot)
            if part is None:
                continue
            if not part.data:
                break
            parts.append(part)
        else:
            return None
        if not parts:
            return None
        if parts[0].format == 8:
            return Piece(parts[0].type, 8, b"".join(part.data for part in parts))
        return Piece(parts[0].type, parts[0].format, [n for part in parts for n in part.data])

    def _take(self, slot: int) -> Piece | None:
        """Reads and deletes the property, which asks the owner for the next piece."""
        from Xlib import X

        step = 2**16  # in units of 4 bytes: the library copies a reply anew at each read of it
        found, offset = [], 0
        while True:
            part = self._connection.window.get_property(
                slot, X.AnyPropertyType, offset, step, delete=True
            )
            if part is None:
                return None
            found.append(part.value)
            if not part.bytes_after:
                break
            offset += step
            if offset * 4 > LIMIT:
                self._connection.window.delete_property(slot)
                return None
        if part.format == 8:
            return Piece(part.property_type, 8, b"".join(bytes(value) for value in found))
        return Piece(part.property_type, part.format, [n for value in found for n in value])

    def _next(self, wanted: Callable[[Any], bool], patience: float) -> Any:
        """The wanted event; TimeoutError without one."""
        deadline = min(time.monotonic() + patience, self._until)
        while (event := self._connection.event(deadline)) is not None:
            if wanted(event):
                return event
            self._dispatch(event)
        raise TimeoutError
