"""A paste where the clipboard tells when it is read, and a key is all that has to be pressed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from dictation.errors import NotDelivered
from dictation.output.insert import Insert
from dictation.output.receipt import EARLY, EARLY_AT_MOST, QUIET, RECEIPT_WITHIN, not_taken
from dictation.values import Receipt


class Watched(Protocol):
    """A clipboard, or both selections, where each reading of a text of ours is told."""

    def publish(self, text: str, *, hidden: bool, keep_old: bool) -> None:
        """Puts a text there; `hidden` from histories. `keep_old` is for `give_back`."""
        ...

    def read_after(self, after: float, deadline: float) -> float | None:
        """When the text was first read after a moment, None at the deadline; monotonic."""
        ...

    def give_back(self, quiet: float = 0.0) -> None:
        """Returns at once; the old content is back once nobody has read for so many seconds,
        unless it was not kept or the user copied something meanwhile."""
        ...


def paste(
    name: str,
    clipboard: Watched,
    chord: Callable[[], float],
    insert: Insert,
    *,
    check: Callable[[], None] = lambda: None,
) -> Receipt:
    """Publishes, presses `chord`, which tells when, and waits for the receipt, named `name`.

    `check` raises NotDelivered where the moment is not good any more, and `chord` where it pressed
    nothing: then the clipboard is as it was. Raises NotDelivered with the text on the clipboard
    where nobody has read it.
    """
    settings = insert.settings
    insert.check_wanted()
    hidden = not settings.clipboard_history
    clipboard.publish(insert.text, hidden=hidden, keep_old=settings.restore_clipboard)
    let_histories_read(clipboard)
    try:
        insert.check_wanted()
        check()
        sent = chord()
    except NotDelivered:
        clipboard.give_back()
        raise
    read = clipboard.read_after(sent, sent + RECEIPT_WITHIN)
    if read is None:
        raise not_taken(terminals="Ctrl+Shift+V")
    # A program that is slow to read at all is slow to read once more.
    clipboard.give_back(max(QUIET, read - sent))
    return Receipt(name, True, sent, read)


def in_its_place(
    old: Mapping[str, bytes], offered: Iterable[str], texts: Iterable[str]
) -> dict[str, bytes] | None:
    """The old content under the kinds that are offered already; `texts` are those of a text.

    None where it is neither a text nor nothing, and has to be offered anew.
    """
    text = next((old[kind] for kind in texts if kind in old), b"")
    if old and not text:
        return None
    return {kind: old.get(kind, text) for kind in offered}


def let_histories_read(clipboard: Watched) -> None:
    """Waits until those who read at once have done so; what comes later is a paste."""
    last = start = time.monotonic()
    while time.monotonic() < min(last + EARLY, start + EARLY_AT_MOST):
        last = clipboard.read_after(last, last + EARLY) or last
        if last <= start:
            return
