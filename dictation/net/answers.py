"""A server's answer as it is read: bounded in size, given up where the caller has."""

from __future__ import annotations

import json
import re
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any

from dictation.errors import BrokenAnswer, CaptivePortal, DictationError, ProviderError
from dictation.i18n import _
from dictation.net.faults import Trip, fault
from dictation.net.proxies import is_host
from dictation.net.statuses import error_of, shown
from dictation.values import Secret

if TYPE_CHECKING:
    import httpx

LARGEST = 16 * 1024 * 1024  # bytes of an answer, after decompression
LARGEST_REFUSAL = 64 * 1024
LONGEST_LINE = 1024 * 1024
PIECE = 64 * 1024  # bytes decompressed at a time

LINE_END = re.compile(rb"\r\n|\n|\r")
# Each comment is taken for good: with so many ways to join them a search would not end.
HTML = re.compile(
    r"\s*(?><!--.*?-->\s*)*+<(!doctype html|html|head|body|script|meta)\b", re.I | re.S
)
# A page that wants to be filled in or leads elsewhere, and speaks of signing in.
PORTAL_MEANS = re.compile(r"<form\b|http-equiv=.?refresh|location\s*(\.|=)", re.I)
PORTAL_WORDS = re.compile(
    r"log[ -]?in|sign[ -]?in|anmeld|captive|portal|hot ?spot|wi-?fi|wlan|terms of (use|service)",
    re.I,
)


class Answer:
    """Status, headers and body; the body is read once, as JSON, as lines or as bytes.

    `held` is closed with it, whoever closes it.
    """

    def __init__(
        self, response: httpx.Response, trip: Trip, key: Secret | None, held: ExitStack
    ) -> None:
        self._response, self._trip, self._key, self._held = response, trip, key, held
        self._blocks: Iterator[bytes] | None = None
        self._whole = False  # all that matters of it was read
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.content_type = (
            response.headers.get("content-type", "").partition(";")[0].strip().lower()
        )

    @property
    def redirect(self) -> str | None:
        """The address that the server sends us to; None where it does not."""
        location = self._response.headers.get("location", "")
        if self.status not in (301, 302, 303, 307, 308) or not location:
            return None
        import httpx

        try:
            target = self._response.request.url.join(location)
        except httpx.InvalidURL:
            target = httpx.URL()
        if not is_host(target.host):
            raise self._broken(_("{host} sends us to an address that is none."))
        return str(target)

    def json(self) -> Any:
        """The document; an `error` in it is raised, whatever the status."""
        content = b"".join(self.blocks())
        try:
            value = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise self.no_json(content.decode(errors="replace")) from error
        if isinstance(value, dict) and value.get("error"):
            raise self.error(value)
        return value

    def lines(self) -> Iterator[str]:
        """The lines without their ends, as they come."""
        # Only what is new is searched: a long line may come a byte at a time.
        begun: list[bytes] = []
        length, half = 0, b""
        for block in filter(None, self.blocks()):
            # A last \r may be the first half of \r\n.
            whole = half + block
            half = b"\r" if whole.endswith(b"\r") else b""
            *lines, rest = LINE_END.split(whole.removesuffix(b"\r"))
            for line in lines:
                yield b"".join((*begun, line)).decode(errors="replace")
                begun, length = [], 0
            begun.append(rest)
            length += len(rest)
            if length > LONGEST_LINE:
                raise self._broken(_("The answer of {host} does not end."))
        if (last := b"".join(begun)) or half:
            yield last.decode(errors="replace")

    def blocks(self) -> Iterator[bytes]:
        """The body, decompressed, in pieces."""
        if self._blocks is None:
            self._blocks = self._bounded()
        return self._blocks

    def error(self, body: Any) -> DictationError:
        """What an `error` in the body means under this status."""
        return error_of(self.status, body, self.headers, key=self._key)

    def no_json(self, text: str) -> DictationError:
        """What it means that this came where JSON was due: a login page, a wrong address …"""
        if not is_page(text):
            return self._broken(_("The answer of {host} is not the JSON it should be."))
        page = shown(text, self._key)
        said = _("{host} answered with a web page").format(host=self._trip.host)
        said = f"{said}: {page}" if page else f"{said}."
        if PORTAL_MEANS.search(text) and PORTAL_WORDS.search(text):
            return CaptivePortal(said)
        return BrokenAnswer(
            said, hint=_("Check `base_url`: it names the API, such as https://HOST/v1.")
        )

    def refusal(self) -> DictationError:
        """What a status of 400 and above means, with as much of its body as is of use."""
        content = b""
        try:
            for block in self.blocks():
                content += block
                if len(content) > LARGEST_REFUSAL:
                    break
        except ProviderError:
            pass  # the status has said what matters
        text = content.decode(errors="replace")
        try:
            return self.error(json.loads(text))
        except (ValueError, RecursionError):
            return self.error(text)

    def close(self) -> None:
        """Ends the connection, if the answer was not read to its end."""
        self._response.close()
        self._held.close()

    def __enter__(self) -> Answer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None and self._blocks is not None and not self._response.is_closed:
            # After `[DONE]` only the end of the stream is missing. Read, it leaves a connection
            # that can be kept; but nobody should wait for it.
            self._ended()
            threading.Thread(target=self._read_on, name="rest of an answer", daemon=True).start()
        else:
            self.close()

    def _read_on(self) -> None:
        try:
            for _block in self.blocks():
                pass
        except DictationError:
            pass  # the text is there already
        finally:
            self.close()

    def _bounded(self) -> Iterator[bytes]:
        total = 0
        for block in self._decoded():
            total += len(block)
            if total > LARGEST:
                raise self._broken(_("The answer of {host} does not end."))
            yield block

    def _decoded(self) -> Iterator[bytes]:
        coding = self.headers.get("content-encoding", "identity").strip().lower()
        if coding in ("", "identity"):
            yield from self._raw()
            return
        if coding not in ("gzip", "x-gzip", "deflate"):
            raise self._broken(_("The answer of {host} is packed in a way nobody asked for."))
        # httpx would unpack a block whole, and a block of a bomb is a thousand times its size.
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)
        try:
            for block in self._raw():
                if unpack.eof:
                    continue  # more than was packed; zlib would gather it all
                yield unpack.decompress(block, PIECE)
                while unpack.unconsumed_tail:
                    yield unpack.decompress(unpack.unconsumed_tail, PIECE)
        except zlib.error as error:
            raise self._broken(_("The answer of {host} can't be unpacked.")) from error
        if not unpack.eof:
            raise self._broken(_("The answer of {host} ends too soon."))

    def _raw(self) -> Iterator[bytes]:
        import httpx

        total = 0
        try:
            for block in self._response.iter_raw():
                self._trip.go_on()
                total += len(block)
                if total > LARGEST:  # packed, it may come to nothing and yet not end
                    raise self._broken(_("The answer of {host} does not end."))
                yield block
        except httpx.TransportError as error:
            raise fault(error, self._trip) from error
        self._ended()

    def _ended(self) -> None:
        if not self._whole:
            self._whole = True
            self._trip.watch.mark("response_last_byte")

    def _broken(self, text: str) -> BrokenAnswer:
        return BrokenAnswer(text.format(host=self._trip.host), again=not self._trip.billable)


def is_page(text: str) -> bool:
    """Whether this is a web page."""
    return bool(HTML.match(text))
