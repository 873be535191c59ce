"""A desktop's portals that answer as a test says."""

from __future__ import annotations

from typing import Any

from jeepney import DBusAddress, HeaderFields, Message, new_error, new_method_return, new_signal

from tests.logind import Answer, Service

NAME = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
Results = dict[str, tuple[str, Any]]
NONE: Answer = "", ()


class Portals(Service):
    """The service; `versions` are the portals it has, by their interfaces.

    `responses` are what requests get, by method, a code and its results; None: they wait for the
    user. `registers` is whether it knows the app by its name.
    """

    def __init__(
        self, address: str, versions: dict[str, int] | None = None, *, registers: bool = True
    ) -> None:
        self.versions = versions or {}
        self.responses: dict[str, tuple[int, Results] | None] = {}
        self.waiting: list[str] = []  # the paths of requests that wait for the user
        self.sessions: list[str] = []  # the paths of those that live
        self.registered: list[str] = []
        self._registers, self._client = registers, ""
        super().__init__(address, NAME)

    def respond(self, path: str, code: int, results: Results) -> None:
        """The user has answered a request."""
        self.tell(path, "org.freedesktop.portal.Request", "Response", "ua{sv}", (code, results))

    def end(self, session: str) -> None:
        """Ends a session from the desktop's side."""
        self.sessions.remove(session)
        self.tell(session, "org.freedesktop.portal.Session", "Closed", "a{sv}", ({},))

    def tell(self, path: str, interface: str, member: str, *answer: Any) -> None:
        """A signal to the client alone."""
        signal = new_signal(DBusAddress(path, interface=interface), member, *answer)
        signal.header.fields[HeaderFields.destination] = self._client
        self._bus.send(signal)

    def asked(self, member: str) -> list[tuple[Any, ...]]:
        """The arguments of every call of a method."""
        return [body for name, body in self.calls if name == member]

    def answer(self, member: str, body: tuple[Any, ...]) -> Answer | None:
        """What a method that is no request gets."""
        match member, body:
            case "Register", (app_id, {}) if self._registers:
                self.registered.append(app_id)
                return NONE
            case "Get", (interface, "version") if interface in self.versions:
                return "v", (("u", self.versions[interface]),)
        return None

    def _handle(self, message: Message) -> None:
        fields, body = message.header.fields, message.body
        member, self._client = fields[HeaderFields.member], fields[HeaderFields.sender]
        options = body[-1] if body and isinstance(body[-1], dict) else {}
        if member == "Close":
            self.calls.append((member, (fields[HeaderFields.path],)))
            self.sessions = [each for each in self.sessions if each != fields[HeaderFields.path]]
            self._bus.send(new_method_return(message))
        elif "handle_token" in options:
            self.calls.append((member, body))
            if fields[HeaderFields.interface] not in self.versions:
                self._bus.send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod"))
                return
            self._request(message, member, options)
        else:
            super()._handle(message)

    def _request(self, message: Message, member: str, options: dict[str, Any]) -> None:
        sender = self._client.removeprefix(":").replace(".", "_")
        path = f"{PATH}/request/{sender}/{options['handle_token'][1]}"
        self._bus.send(new_method_return(message, "o", (path,)))
        response = self.respond_to(member, message.body)
        if member == "CreateSession" and response and not response[0]:
            session = f"{PATH}/session/{sender}/{options['session_handle_token'][1]}"
            self.sessions.append(session)
            response = 0, {"session_handle": ("s", session)}
        if response is None:
            self.waiting.append(path)
        else:
            self.respond(path, *response)

    def respond_to(self, member: str, body: tuple[Any, ...]) -> tuple[int, Results] | None:
        """What a request gets."""
        return self.responses.get(member, (0, {}))
