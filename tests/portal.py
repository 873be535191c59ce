"""A desktop portal that does what a test says, on a real bus."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from jeepney import HeaderFields, Message, new_method_return

from tests.logind import Answer, Service

NAME, PATH = "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop"
PORTALS = "org.freedesktop.portal."
SESSION = f"{PATH}/session/1_7/dictation"
Results = dict[str, tuple[str, Any]]


class Portal(Service):
    """Answers requests at once; where it `asks`, as a dialog does: not before `say`."""

    def __init__(
        self,
        address: str,
        versions: Mapping[str, int],
        *,
        knows_hosts: bool = True,
        asks: bool = False,
        says: int = 0,
        refuses: str = "",
    ) -> None:
        """`says` is the code of each answer: 1 where the user declines; `refuses` a member."""
        self.versions, self.says, self.asks = dict(versions), says, asks
        self.knows_hosts, self.refuses = knows_hosts, refuses
        self.results: dict[str, Results] = {"CreateSession": {"session_handle": ("s", SESSION)}}
        self.dialogs: list[str] = []  # those that stand, by their requests' tokens
        self._member: dict[str, str] = {}
        if not knows_hosts:
            self.refusal = f"{PORTALS}Error.NotAllowed"
        self.closed = False
        self.ready = threading.Event()  # where it is not, nothing is answered
        self.ready.set()
        super().__init__(address, NAME)

    def close(self) -> None:
        """Leaves the bus, as a crash does."""
        self.closed = True
        super().close()

    def members(self) -> list[str]:
        """What was called, in order, but for looks at versions."""
        return [member for member, _body in self.calls if member != "Get"]

    def body(self, member: str) -> tuple[Any, ...]:
        """What the newest call of a method was given."""
        return next(body for name, body in reversed(self.calls) if name == member)

    def say(self, code: int = 0) -> None:
        """The user answers the oldest dialog."""
        token = self.dialogs.pop(0)
        self._respond(token, code)

    def tell(self, portal: str, member: str, signature: str, body: tuple[Any, ...]) -> None:
        """A signal of a portal."""
        self.emit(PATH, PORTALS + portal, member, signature, body)

    def end_session(self) -> None:
        """The desktop closes the session."""
        self.emit(SESSION, f"{PORTALS}Session", "Closed")

    def _respond(self, token: str, code: int) -> None:
        results = self.results.get(self._member[token], {}) if not code else {}
        path = f"{PATH}/request/1_7/{token}"
        self.emit(path, f"{PORTALS}Request", "Response", "ua{sv}", (code, results))

    def _handle(self, message: Message) -> None:
        member, body = message.header.fields[HeaderFields.member], message.body
        options = body[-1] if body and isinstance(body[-1], dict) else {}
        self.ready.wait(20)
        if member == self.refuses or "handle_token" not in options:
            super()._handle(message)
            return
        self.calls.append((member, body))
        token = options["handle_token"][1]
        self._member[token] = member
        self._bus.send(new_method_return(message, "o", (f"{PATH}/request/1_7/{token}",)))
        if self.asks and member in ("BindShortcuts", "Start"):
            self.dialogs.append(token)
        else:
            self._respond(token, self.says if member in ("BindShortcuts", "Start") else 0)

    def answer(self, member: str, body: tuple[Any, ...]) -> Answer | None:
        """Versions, and the registry of programs outside a sandbox."""
        match member, body:
            case "Get", (interface, "version"):
                number = self.versions.get(interface.removeprefix(PORTALS))
                return None if number is None else ("v", (("u", number),))
            case "Register", _ if self.knows_hosts:
                return "", ()
            case "ConfigureShortcuts", _:
                return "", ()
        return None
