"""The wire: one kept client, one request at a time, and only our own errors come back.

A key goes to the origin that the request names and nowhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from dictation import __version__
from dictation.errors import (
    AudioFileError,
    CaptivePortal,
    KeyRefused,
    Moved,
    PlainHttp,
    SettingsError,
)
from dictation.i18n import _
from dictation.net.answers import Answer
from dictation.net.bodies import Body, base64_blocks, base64_size
from dictation.net.faults import Trip, connect_timeout, fault
from dictation.net.proxies import KEPT, is_host, is_loopback, proxy_for
from dictation.net.routes import Retired, Routes
from dictation.net.speeds import Speeds, written
from dictation.net.sse import sse
from dictation.net.statuses import error_of, shown
from dictation.net.streams import Patience, sent_since
from dictation.values import Secret, Watch

if TYPE_CHECKING:
    import httpx

__all__ = ["Answer", "Body", "Http", "base64_blocks", "base64_size", "error_of", "sse"]

MOST_REDIRECTS = 5
# Seconds without a sign of arrival after which a line is dead. A body that is sent while it is
# spoken never meets the time-out, for the system's buffer takes it all. It is only a little less
# than that: a server that lives, but reads nothing for so long, is taken for dead as well.
LEAST_SILENT, LEAD = 20.0, 10.0
NOTHING: Mapping[str, str] = MappingProxyType({})
CHUNKED: Mapping[str, str] = MappingProxyType({"Transfer-Encoding": "chunked"})
UNWATCHED = Watch()


class Http:
    """The connections to all servers; used from any thread. httpx is imported when first needed."""

    def __init__(
        self,
        *,
        proxy: str = "",
        ca_file: str = "",
        timeout: float = 30.0,
        plain_http: bool = False,
        kept: float = KEPT,
    ) -> None:
        self._proxy, self._timeout = proxy, timeout
        self._plain_http = plain_http
        self._routes = Routes(ca_file, kept, max(LEAST_SILENT, timeout - LEAD))
        self._speeds = Speeds()

    @contextmanager
    def open(
        self,
        method: str,
        url: str,
        *,
        key: Secret | None = None,
        headers: Mapping[str, str] = NOTHING,
        body: Body | None = None,
        watch: Watch = UNWATCHED,
        seconds: float = 0.0,
    ) -> Iterator[Answer]:
        """One attempt: the answer of a server that took the request, to be read in the block.

        Where `seconds` of audio are in it, the answer's end may take as long and the time-out.
        Raises what a status of 400 and above, or a fault of the network, means.
        """
        send = partial(
            self._send,
            method,
            key=key,
            headers=headers,
            body=body,
            watch=watch,
            seconds=seconds,
        )
        answer = send(url)
        for _hop in range(MOST_REDIRECTS):
            target = answer.redirect
            if target is None:
                break
            answer.close()
            if key is not None or body is not None or method != "GET":
                raise _moved(url, target, key=key)
            _check_hop(url, target)
            url = target
            answer = send(url)
        with answer:
            if answer.redirect is not None:
                raise _moved(url, answer.redirect, hint=_("It leads in circles: check `base_url`."))
            if answer.status >= 400:
                raise answer.refusal()
            yield answer

    def json(
        self,
        method: str,
        url: str,
        *,
        key: Secret | None = None,
        headers: Mapping[str, str] = NOTHING,
        value: object = None,
    ) -> Any:
        """What a small request answers; `value` is sent as JSON where it is given."""
        body = None
        if value is not None:
            text = json.dumps(value).encode()
            body = Body("application/json", len(text), lambda: iter((text,)))
        with self.open(method, url, key=key, headers=headers, body=body) as answer:
            return answer.json()

    def check_secrecy(self, url: str) -> None:
        """Raises PlainHttp where a key could be read on its way to this address."""
        address = _parsed(url)
        if address.scheme == "http" and not (self._plain_http or is_loopback(address.host)):
            raise PlainHttp(
                _("Anyone on the way to {host} could read a key sent by plain http.").format(
                    host=address.host
                )
            )

    def prepare(self, url: str = "") -> None:
        """Loads libraries and certificates, 100 ms, so that the first request need not.

        With a `url` it also opens a connection to that server, on which nothing is sent; but not
        through a proxy, which is asked for each server anew.
        """
        direct = self._routes.to("")
        if url:
            address = _parsed(url)
            if not proxy_for(address.scheme, address.host, self._proxy):
                direct.open(address, connect_timeout(self._timeout))

    def speed(self, url: str) -> float | None:
        """Bits a second that the last bodies were sent at to this server; None where not known."""
        return self._speeds.of(_origin(_parsed(url)))

    def renew(self) -> None:
        """After it no request begins on a connection from before; those under way go on.

        For when the computer was asleep or the network changed, which connections don't notice.
        """
        self._routes.renew()
        self._speeds.forget()

    def close(self) -> None:
        """Closes all connections."""
        self._routes.close()

    def _send(
        self,
        method: str,
        url: str,
        *,
        key: Secret | None,
        headers: Mapping[str, str],
        body: Body | None,
        watch: Watch,
        seconds: float,
    ) -> Answer:
        import httpx

        if key is not None:
            self.check_secrecy(url)
        address = _parsed(url)
        proxy = proxy_for(address.scheme, address.host, self._proxy)
        sent = {
            "User-Agent": f"dictation/{__version__}",
            "Accept": "application/json, text/event-stream;q=0.9, */*;q=0.1",
            "Accept-Encoding": "gzip",
            **headers,
            **({} if body is None else _of_body(body)),
            **({} if key is None else {"Authorization": f"Bearer {_sound(key)}"}),
        }
        while True:
            route = self._routes.to(proxy)
            trip = Trip(
                host=address.host,
                proxy=re.sub(r"^.*(//|@)", "", proxy.rstrip("/")),
                timeout=self._timeout,
                billable=body is not None,
                watch=watch,
                seconds=seconds,
                check=route.check,
            )
            request = httpx.Request(
                method,
                address,
                headers=sent,
                content=None if body is None else _watched(body, trip),
                extensions={"trace": trip, "timeout": _timeouts(trip)},
            )
            with ExitStack() as held:
                try:
                    response = held.enter_context(route.use()).handle_request(request)
                except Retired:
                    continue
                except httpx.TransportError as error:
                    if trip.stale(error):
                        continue  # it has left the pool: the last to be tried is a new connection
                    raise fault(error, trip) from error
                except UnicodeError as error:  # the name has a part that is empty or too long
                    raise _bad_address(address.host) from error
                response.request = request
                self._measure(response, body, trip)
                return Answer(response, trip, key, held.pop_all())

    def _measure(self, response: httpx.Response, body: Body | None, trip: Trip) -> None:
        sent = sent_since(response.extensions.get("network_stream"))
        if body is None or body.size is None:  # what is still being spoken is as slow as that
            return
        if sent is None and trip.sent > trip.begun:
            sent = written(body.size, trip.sent - trip.begun)
        if sent is not None:
            self._speeds.learn(_origin(response.request.url), sent)


def _origin(address: httpx.URL) -> str:
    return f"{address.scheme}://{address.host}:{address.port or ''}"


def _timeouts(trip: Trip) -> dict[str, float | None]:
    """What the connection may take, a write and a read, in seconds."""
    return {
        "connect": connect_timeout(trip.timeout),
        "read": Patience(trip.timeout, trip.go_on),
        "write": Patience(trip.timeout, trip.go_on),
        "pool": None,
    }


def _parsed(url: str) -> httpx.URL:
    import httpx

    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise _bad_address(url) from error
    if address.scheme not in ("http", "https") or not is_host(address.host):
        raise _bad_address(url)
    return address


def _bad_address(url: str) -> SettingsError:
    return SettingsError(
        _("{url}: this is no address of a server.").format(url=url),
        hint=_("`base_url` reads like https://HOST/api/v1."),
    )


def _of_body(body: Body) -> dict[str, str]:
    length = {"Content-Length": str(body.size)} if body.size is not None else CHUNKED
    return {"Content-Type": body.content_type, **length}


def _sound(key: Secret) -> str:
    """The key, if it can stand in a header; whatever else it is, only the server can tell."""
    value = key.reveal().strip()
    if not re.fullmatch(r"[\x20-\x7e]+", value):
        raise KeyRefused(_("The key is empty or holds characters that no request can carry."))
    return value


def _watched(body: Body, trip: Trip) -> Iterator[bytes]:
    left = body.size
    for block in body.blocks():
        trip.go_on()
        if left is None:
            if block:  # an empty chunk would be the last
                yield block
            continue
        left -= len(block)
        if left < 0:
            break
        yield block
    if left:  # the length was told in front: the server would go on waiting for it
        raise AudioFileError(
            _("The audio changed while it was being sent."), hint=_("Send it again.")
        )


def _moved(
    url: str, target: str, *, hint: str | None = None, key: Secret | None = None
) -> Moved | CaptivePortal:
    import httpx

    here, there = httpx.URL(url), httpx.URL(target)
    plain = shown(_plain(there), key)
    # Only an unencrypted answer can come from the network in between.
    if here.scheme == "http" and here.host != there.host:
        return CaptivePortal(
            _("{host} answered by sending us to {target}.").format(host=here.host, target=plain)
        )
    return Moved(
        _("{host} sends us to another address: {target}.").format(host=here.host, target=plain),
        hint=hint,
    )


def _check_hop(url: str, target: str) -> None:
    import httpx

    here, there = httpx.URL(url), httpx.URL(target)
    elsewhere = here.scheme == "http" and here.host != there.host
    if elsewhere or there.scheme not in ("https", here.scheme):
        raise _moved(url, target)


def _plain(url: httpx.URL) -> str:
    return str(url.copy_with(username=None, password=None, query=None, fragment=None))
