"""Request bodies as they are written: in blocks, the length known, never whole in memory."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

PIECE = 3 * 64 * 1024  # bytes of audio encoded at a time


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries; `blocks` may be run through again."""

    content_type: str
    size: int | None  # bytes; None where it is not known, which sends it in chunks
    blocks: Callable[[], Iterator[bytes]]


def base64_size(size: int) -> int:
    """The length in base64 of so many bytes."""
    return (size + 2) // 3 * 4


def base64_blocks(blocks: Iterable[bytes], piece: int = PIECE) -> Iterator[bytes]:
    """The blocks in base64; together they are what encoding them in one would give.

    So many bytes are waited for before any are given.
    """
    rest = bytearray()
    for block in blocks:
        rest += block
        if len(rest) >= piece:
            whole = len(rest) // 3 * 3  # a multiple of three bytes needs no padding
            yield base64.b64encode(memoryview(rest)[:whole])
            rest = rest[whole:]
    if rest:
        yield base64.b64encode(rest)
