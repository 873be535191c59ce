"""Server-sent events: the payloads out of the lines of a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def sse(lines: Iterable[str]) -> Iterator[str]:
    """The data of each event until `[DONE]`; comments, such as keep-alives, are left out."""
    data: list[str] = []
    for number, line in enumerate(lines):
        if line:
            name, _colon, value = line.partition(":")
            if name == "data" or (number == 0 and name == "\ufeffdata"):  # a byte order mark
                data.append(value.removeprefix(" "))
            continue
        if data:
            payload = "\n".join(data)
            data.clear()
            if payload.strip() == "[DONE]":
                return
            if payload.strip():  # empty ones are keep-alives
                yield payload
    # Some servers leave out the blank line after the last event.
    if (payload := "\n".join(data)).strip() not in ("", "[DONE]"):
        yield payload
