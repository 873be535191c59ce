"""What a screen reader gets of a program: its tree of objects, and what it announces, by AT-SPI."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dictation.bus import Bus, Refused, Remote, Signal

REGISTRY = Remote("org.a11y.atspi.Registry", "/org/a11y/atspi/registry", "org.a11y.atspi.Registry")
ROOT = "/org/a11y/atspi/accessible/root"
ACCESSIBLE, PROPERTIES = "org.a11y.atspi.Accessible", "org.freedesktop.DBus.Properties"
# Bits of AtspiStateType, of atspi-constants.h.
FOCUSABLE, FOCUSED, SELECTED, SENSITIVE, SHOWING = (1 << bit for bit in (11, 12, 23, 24, 25))
LABELLED_BY = 2  # of AtspiRelationType
ON_SCREEN = 0  # AtspiCoordType: from the screen's top left
UNKNOWN = ("", "unknown", "invalid")


@dataclass(frozen=True)
class Thing:
    """One object as it is told."""

    role: str
    name: str
    states: int
    where: tuple[str, str]  # the service and the path that it is reached by

    @property
    def is_usable(self) -> bool:
        """Whether it can be acted upon."""
        return bool(self.states & SENSITIVE and self.states & SHOWING)

    @property
    def is_reached(self) -> bool:
        """Whether the keyboard gets there."""
        return bool(self.states & FOCUSABLE and self.states & SHOWING)


class ScreenReader:
    """Listens from now on; programs that start later find somebody there."""

    def __init__(self, session: str) -> None:
        self.announced: list[str] = []
        self.focused: list[tuple[str, str]] = []  # what has had the focus, as `where`, oldest first
        self._appeared: dict[tuple[str, str], None] = {}  # menus are no part of Qt's tree
        with Bus(session, lambda _signal: None, name="reader") as bus:
            (address,) = bus.call(Remote("org.a11y.Bus", "/org/a11y/bus"), "GetAddress")
            on = ("org.a11y.Status", "ScreenReaderEnabled", ("b", True))
            bus.call(Remote("org.a11y.Bus", "/org/a11y/bus", PROPERTIES), "Set", "ssv", on)
        rules = ("type='signal',interface='org.a11y.atspi.Event.Object'",)
        self._bus = Bus(address, self._heard, name="reader", rules=rules)
        for event in ("announcement", "state-changed:focused", "state-changed:showing"):
            self._bus.call(REGISTRY, "RegisterEvent", "sass", (f"object:{event}", [], ""))

    def close(self) -> None:
        self._bus.close()

    def things(self, process: int) -> list[Thing]:
        """All that the program shows."""
        menus = list(self._appeared)  # of what comes while the tree is read, parts are in it
        registry = Remote(REGISTRY.service, ROOT, ACCESSIBLE)
        daemon = Remote("org.freedesktop.DBus")
        for name, root in self._bus.call(registry, "GetChildren")[0]:
            owner = self._bus.call(daemon, "GetConnectionUnixProcessID", "s", (name,))[0]
            if owner == process:
                tree = list(self._below(name, root))
                return [*tree, *self._in_menus(menus, {thing.where for thing in tree})]
        return []

    def _in_menus(
        self, appeared: list[tuple[str, str]], elsewhere: set[tuple[str, str]]
    ) -> Iterator[Thing]:
        for where in appeared:
            if where not in elsewhere and (menu := self._one(*where)):
                yield from self._below(*menu.where)
            else:
                self._appeared.pop(where, None)  # it is told anew when it comes again

    def name(self, where: tuple[str, str]) -> str:
        """What the thing there is called."""
        properties = Remote(*where, PROPERTIES)
        return str(self._bus.call(properties, "Get", "ss", (ACCESSIBLE, "Name"))[0][1])

    def called(self, where: tuple[str, str]) -> str:
        """What its label calls it, else its name: Qt names a box on Linux by its choice."""
        for relation, targets in self._bus.call(Remote(*where, ACCESSIBLE), "GetRelationSet")[0]:
            if relation == LABELLED_BY:
                return self.name(targets[0]).rstrip(":")
        return self.name(where)

    def place(self, thing: Thing) -> tuple[int, int, int, int]:
        """Left, top, width and height on the screen, in pixels."""
        component = Remote(*thing.where, "org.a11y.atspi.Component")
        left, top, width, height = self._bus.call(component, "GetExtents", "u", (ON_SCREEN,))[0]
        return left, top, width, height

    def text(self, thing: Thing) -> str:
        """What stands in it."""
        text = Remote(*thing.where, "org.a11y.atspi.Text")
        return str(self._bus.call(text, "GetText", "ii", (0, -1))[0])

    def _below(self, service: str, path: str) -> Iterator[Thing]:
        try:
            children = self._bus.call(Remote(service, path, ACCESSIBLE), "GetChildren")[0]
        except Refused:  # it has just gone
            return
        for name, child in children:
            if thing := self._one(name, child):
                yield thing
                yield from self._below(name, child)

    def _one(self, service: str, path: str) -> Thing | None:
        """The thing there, if it is shown."""
        one = Remote(service, path, ACCESSIBLE)
        try:
            low, high = self._bus.call(one, "GetState")[0]
            role = self._bus.call(one, "GetRoleName")[0]
            named = self.called if role == "combo box" else self.name
            name = named((service, path))
        except Refused:  # it has just gone
            return None
        thing = Thing(role, name, low | high << 32, (service, path))
        return thing if thing.states & SHOWING else None

    def _heard(self, signal: Signal) -> None:
        if signal.member == "Announcement":
            self.announced.append(str(signal.body[3][1]))
        if signal.member == "StateChanged" and signal.body[:2] == ("focused", 1):
            self.focused.append((signal.sender, signal.path))
        if signal.member == "StateChanged" and signal.body[:2] == ("showing", 1):
            self._appeared[signal.sender, signal.path] = None
