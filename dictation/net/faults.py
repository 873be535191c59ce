"""What went wrong on the way to a server and back: httpx's exceptions, made into our errors.

How far a request came decides whether it is made again: once its last byte is out, it may have
been paid for.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from dictation.errors import (
    BrokenAnswer,
    Cancelled,
    DictationError,
    NoConnection,
    ProxyFailed,
    ProxyLogin,
    TimedOut,
)
from dictation.i18n import _, number
from dictation.net import tls
from dictation.values import Watch

if TYPE_CHECKING:
    import httpx

Stage = Literal["connecting", "tunnel", "securing", "sending", "waiting", "reading"]

# A kept connection that the server has dropped meanwhile says so within a round trip. One that
# breaks later was alive: the server may have worked on the request.
STALE = 1.0  # seconds after the last byte


@dataclass(slots=True)
class Trip:
    """How far one request came; httpcore calls it at each step."""

    host: str
    proxy: str  # "host:port", "" for none
    timeout: float
    billable: bool
    watch: Watch
    check: Callable[[], None]  # raises where the head is not to be sent after all
    seconds: float = 0.0  # of audio in the request; they bound how long its answer may take
    stage: Stage = "sending"
    kept: bool = True  # on a connection that was there before
    begun: float = 0.0  # time.monotonic() at the body's first byte
    sent: float = 0.0  # the same at the last byte
    answered: float = 0.0  # the same at the answer's head

    def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        """A step begins or ends; `event` is httpcore's name for it."""
        match event.partition(".")[2]:
            case "connect_tcp.started":
                self.kept, self.stage = False, "connecting"
            case "connect_tcp.complete":
                self.kept = getattr(info["return_value"], "early", False)
            case "start_tls.started":
                self.stage = "securing"
            case "send_request_headers.started":
                self.check()
                if info["request"].method == b"CONNECT":
                    self.stage, self.sent = "tunnel", time.monotonic()
                    return
                self.stage = "sending"
                self.watch.mark("request_first_byte")
            case "send_request_body.started":
                self.begun = time.monotonic()
            case "send_request_body.complete" if self.stage == "sending":
                self.stage, self.sent = "waiting", time.monotonic()
                self.watch.mark("request_last_byte")
            case "receive_response_headers.complete" if self.stage != "tunnel":
                self.stage, self.answered = "reading", time.monotonic()
                self.watch.mark("response_first_byte")

    def go_on(self) -> None:
        """Raises Cancelled where the caller has given up, TimedOut where the answer drags on.

        Keep-alives show that the server lives, so a read alone would wait for ever; so would one of
        a head that comes in drops, or with one interim response after the other.
        """
        if self.watch.cancelled():
            raise Cancelled(_("The request was given up."))
        longest, now = self.timeout + self.seconds, time.monotonic()
        if self.stage in ("tunnel", "waiting") and now - self.sent > longest:
            what = _("{host} did not begin its answer within {seconds} s.")
        elif self.seconds and self.stage == "reading" and now - self.answered > longest:
            what = _("{host} did not end its answer within {seconds} s.")
        else:
            return
        again = self.stage == "tunnel" or not self.billable
        raise TimedOut(what.format(host=self.host, seconds=round(longest)), again=again)

    def stale(self, error: httpx.TransportError) -> bool:
        """Whether the kept connection was dead, so that nobody has read the request."""
        import httpx

        return (
            self.kept
            and self.stage in ("sending", "waiting")
            and (self.stage == "sending" or time.monotonic() - self.sent < STALE)
            and (
                isinstance(error, httpx.NetworkError)
                or (isinstance(error, httpx.RemoteProtocolError) and "disconnect" in str(error))
            )
        )


def fault(error: httpx.TransportError, trip: Trip) -> DictationError:
    """What the exception means at the point that the trip had come to."""
    import ssl

    import httpx

    cause = _cause(error)
    host, over = trip.host, trip.stage in ("waiting", "reading")
    again = not (over and trip.billable)
    if isinstance(cause, ssl.SSLError) and trip.stage in ("connecting", "securing"):
        return tls.failure(cause, host, proxied=bool(trip.proxy))
    if trip.proxy and (
        isinstance(error, httpx.ProxyError) or trip.stage in ("connecting", "tunnel")
    ):
        return _proxy_fault(error, cause, trip)
    if isinstance(error, httpx.TimeoutException):
        text = {
            "connecting": _("{host} can't be reached within {seconds} s."),
            "securing": _("{host} can't be reached within {seconds} s."),
            "sending": _("{host} took nothing for {seconds} s."),
        }.get(trip.stage, _("{host} sent nothing for {seconds} s."))
        seconds = (
            connect_timeout(trip.timeout) if trip.stage != "sending" and not over else trip.timeout
        )
        timed_out = TimedOut(text.format(host=host, seconds=number(seconds)), again=again)
        timed_out.waits = not over  # as without a network
        return timed_out
    if trip.stage == "reading":
        return BrokenAnswer(
            _("The connection to {host} broke off in the middle of the answer.").format(host=host),
            again=again,
        )
    if isinstance(error, httpx.RemoteProtocolError) and "disconnect" not in str(error):
        return BrokenAnswer(
            _("{host} does not speak HTTP as it should.").format(host=host), again=again
        )
    return NoConnection(_reason(cause, trip).format(host=host), again=again)


def _proxy_fault(error: httpx.TransportError, cause: BaseException, trip: Trip) -> DictationError:
    said = re.match(r"\d{3}\b", str(error))  # the status that it answered to CONNECT
    if said is None:
        reason = _reason(cause, trip).format(host=trip.proxy)
        return ProxyFailed(_("The proxy is out of reach: {reason}").format(reason=reason))
    if said[0] == "407":
        return ProxyLogin(_("The proxy {proxy} asks who you are (407).").format(proxy=trip.proxy))
    return ProxyFailed(
        _("The proxy {proxy} answered {status} when asked for {host}.").format(
            proxy=trip.proxy, status=said[0], host=trip.host
        ),
        again=said[0][0] == "5",
    )


def _reason(cause: BaseException, trip: Trip) -> str:
    if isinstance(cause, socket.gaierror):
        return _("The name {host} can't be found.")
    if isinstance(cause, ConnectionRefusedError):
        return _("{host} refused the connection.")
    if isinstance(cause, TimeoutError):
        return _("{host} does not answer.")
    if trip.stage in ("sending", "waiting", "tunnel"):
        return _("{host} closed the connection without an answer.")
    return _("{host} can't be reached.")


def _cause(error: BaseException) -> BaseException:
    """The system's own exception under httpx's and httpcore's, which wrap it."""
    for _depth in range(8):
        inner = next((arg for arg in error.args if isinstance(arg, BaseException)), None)
        inner = inner or error.__cause__ or error.__context__
        if inner is None:
            break
        error = inner
    return error


def connect_timeout(timeout: float) -> float:
    """Seconds that a connection may take: a server that is there answers sooner than it works."""
    return min(timeout, 10.0)
