"""Changes of the network as Linux tells them: other addresses or other routes than before."""

from __future__ import annotations

import errno
import ipaddress
import logging
import os
import selectors
import socket
import struct
import threading
from collections.abc import Iterable, Iterator

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.i18n import _
from dictation.watch.moments import Heard, Presence, nothing

NAME = "netlink"
BURST = 1.0  # seconds; what changes within is told once, at their end
# From linux/rtnetlink.h and linux/if_addr.h.
GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400  # links, IPv4 and IPv6 addresses and routes
GET_ADDRESSES, GET_ROUTES = 22, 26
DONE, ERROR = 3, 2
DUMP = 0x1 | 0x300  # a request for all there are
HEADER = struct.Struct("=IHHII")  # length, kind, flags, number, port
ATTRIBUTE = struct.Struct("=HH")  # length, kind
ADDRESS = struct.Struct("=BBBBI")  # family, prefix, flags, scope, interface
ROUTE = struct.Struct("=BBBBBBBBI")  # family, to, from, tos, table, protocol, scope, type, flags
IFA_ADDRESS, IFA_LOCAL = 1, 2
RTA_TO, RTA_INTERFACE = 1, 4
RTA_LEADS = (5, 6, 9, 18)  # gateway, priority, several next hops, gateway of another family
TENTATIVE = 0x40  # an IPv6 address that is still being tried
LINK_SCOPE = 253  # it and those above reach no further than the cable
LOCAL_TABLE = 255
CLONED = 0x200  # a route that is a note on a single host
DOWN = 0x11  # dead, or its cable is out
LOOPBACK = 1  # the number of `lo`
PATIENCE = 5.0  # seconds for the kernel's answer, which comes at once

Entry = tuple[object, ...]
Network = frozenset[Entry]

log = logging.getLogger(__name__)


class Netlink:
    """Listens until `close`; the kernel's messages are the reason to look, not what is told.

    They come at each scan for radio networks and each router advertisement too, and some changes
    come with none of their own: the routes of a cable that is pulled out.
    """

    NAME = NAME

    def __init__(self, heard: Heard, burst: float = BURST) -> None:
        self._heard, self._burst = heard, burst
        self._news = _socket(GROUPS)
        self._news.setblocking(False)
        self._seen: Network | None = network()
        self._closing = threading.Event()
        self._woken, self._wake = socket.socketpair()
        self._thread = threading.Thread(target=self._listen, name=NAME, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the thread."""
        self._closing.set()
        self._wake.close()
        if self._thread is not threading.current_thread():
            self._thread.join(1.0)

    def _listen(self) -> None:
        with self._news, self._woken, selectors.DefaultSelector() as either:
            either.register(self._news, selectors.EVENT_READ)
            either.register(self._woken, selectors.EVENT_READ)
            while either.select() and not self._closing.wait(self._burst):
                _drain(self._news)
                self._look()

    def _look(self) -> None:
        try:
            now: Network | None = network()
        except OSError as error:
            log.info("the network can't be looked at: %s", error)
            now = None
        if now is None or now != self._seen:
            self._heard("network", nothing)
        self._seen = now


def network() -> Network:
    """The addresses and routes that lead beyond this machine and its cable."""
    with _socket(0) as asking:
        return frozenset(
            [
                *_addresses(_dump(asking, GET_ADDRESSES, bytes(ADDRESS.size))),
                *_routes(_dump(asking, GET_ROUTES, bytes(ROUTE.size))),
            ]
        )


def _addresses(messages: Iterable[bytes]) -> Iterator[Entry]:
    for message in messages:
        family, prefix, flags, scope, interface = ADDRESS.unpack_from(message)
        if interface == LOOPBACK or scope >= LINK_SCOPE or flags & TENTATIVE:
            continue
        known = _attributes(message[ADDRESS.size :])
        own = known.get(IFA_LOCAL, known.get(IFA_ADDRESS, b""))
        yield ("address", family, prefix, interface, own)


def _routes(messages: Iterable[bytes]) -> Iterator[Entry]:
    for message in messages:
        family, prefix, _from, tos, table, _, _, kind, flags = ROUTE.unpack_from(message)
        if family not in (socket.AF_INET, socket.AF_INET6) or table == LOCAL_TABLE:
            continue
        known = _attributes(message[ROUTE.size :])
        interface, to = known.get(RTA_INTERFACE, b""), known.get(RTA_TO, b"")
        if interface == struct.pack("=I", LOOPBACK) or flags & CLONED:
            continue
        if family == socket.AF_INET6 and to and ipaddress.IPv6Address(to).is_link_local:
            continue
        leads = tuple(known.get(attribute, b"") for attribute in RTA_LEADS)
        yield ("route", family, prefix, tos, table, kind, flags & DOWN, to, interface, *leads)


def _dump(asking: socket.socket, kind: int, which: bytes) -> Iterator[bytes]:
    """The bodies of all messages that answer, until the one that says that it was the last."""
    asking.send(HEADER.pack(HEADER.size + len(which), kind, DUMP, 1, 0) + which)
    while True:
        block = asking.recv(65536)
        while block:
            length, kind, _flags, _number, _port = HEADER.unpack_from(block)
            if kind == DONE:
                return
            if kind == ERROR:
                number = -struct.unpack_from("=i", block, HEADER.size)[0]
                raise OSError(number, os.strerror(number))
            yield block[HEADER.size : length]
            block = block[_aligned(length) :]


def _attributes(block: bytes) -> dict[int, bytes]:
    found = {}
    while len(block) >= ATTRIBUTE.size:
        length, kind = ATTRIBUTE.unpack_from(block)
        found[kind] = block[ATTRIBUTE.size : length]
        block = block[_aligned(max(length, ATTRIBUTE.size)) :]
    return found


def _aligned(length: int) -> int:
    return (length + 3) & ~3


def _socket(groups: int) -> socket.socket:
    made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    try:
        made.settimeout(PATIENCE)
        made.bind((0, groups))
    except OSError:
        made.close()
        raise
    return made


def _drain(news: socket.socket) -> None:
    """Takes what has come; that some got lost says that much has changed."""
    while True:
        try:
            news.recv(1)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise


def watch(heard: Heard, presence: Presence) -> Netlink:
    """Listens to the kernel."""
    return Netlink(heard)


def probe(desktop: Desktop) -> Verdict:
    """Looks at the network once."""
    if desktop.system != "linux":
        why = _("not noticed on this system; a connection unused for 30 s is given up in any case")
        return Verdict(False, why)
    try:
        seen = network()
    except (OSError, AttributeError) as error:
        return Verdict(False, _("the kernel tells no changes: {why}").format(why=error))
    count = sum(entry[0] == "address" for entry in seen)
    return Verdict(True, _("netlink, {count} addresses").format(count=count))
