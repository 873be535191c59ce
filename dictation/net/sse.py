"""Server-sent events: the payloads out of the lines of a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def sse(lines: Iterable[str]) -> Iterator[str]:
    """The data of each event until `[DONE]`; comments, such as keep-alives, are left out."""
    data: list[str] = []
    for line in lines:
        if line:
            name, _colon, value = line.partition(":")
            if name == "data":
                data.append(value.removeprefix(" "))
            continue
        if data:
            payload = "\n".join(data)
            data.clear()
            if payload.strip() == "[DONE]":
                return
            yield payload
    # Some servers leave out the blank line after the last event.
    if data and (payload := "\n".join(data)).strip() != "[DONE]":
        yield payload
