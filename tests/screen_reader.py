"""What a screen reader gets of a program: its tree of objects, and what it announces, by AT-SPI."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dictation.bus import Bus, Remote, Signal

REGISTRY = Remote("org.a11y.atspi.Registry", "/org/a11y/atspi/registry", "org.a11y.atspi.Registry")
ROOT = "/org/a11y/atspi/accessible/root"
ACCESSIBLE, PROPERTIES = "org.a11y.atspi.Accessible", "org.freedesktop.DBus.Properties"
# Bits of AtspiStateType, of atspi-constants.h.
FOCUSABLE, FOCUSED, SHOWING = 1 << 11, 1 << 12, 1 << 25
UNKNOWN = ("", "unknown", "invalid")


@dataclass(frozen=True)
class Thing:
    """One object as it is told."""

    role: str
    name: str
    states: int

    @property
    def is_reached(self) -> bool:
        """Whether the keyboard gets there."""
        return bool(self.states & FOCUSABLE and self.states & SHOWING)


class ScreenReader:
    """Listens from now on; programs that start later find somebody there."""

    def __init__(self, session: str) -> None:
        self.announced: list[str] = []
        with Bus(session, lambda _signal: None, name="reader") as bus:
            (address,) = bus.call(Remote("org.a11y.Bus", "/org/a11y/bus"), "GetAddress")
            on = ("org.a11y.Status", "ScreenReaderEnabled", ("b", True))
            bus.call(Remote("org.a11y.Bus", "/org/a11y/bus", PROPERTIES), "Set", "ssv", on)
        rules = ("type='signal',interface='org.a11y.atspi.Event.Object'",)
        self._bus = Bus(address, self._heard, name="reader", rules=rules)
        self._bus.call(REGISTRY, "RegisterEvent", "sass", ("object:announcement", [], ""))

    def close(self) -> None:
        self._bus.close()

    def things(self, process: int) -> list[Thing]:
        """All that the program shows."""
        registry = Remote(REGISTRY.service, ROOT, ACCESSIBLE)
        daemon = Remote("org.freedesktop.DBus")
        for name, root in self._bus.call(registry, "GetChildren")[0]:
            owner = self._bus.call(daemon, "GetConnectionUnixProcessID", "s", (name,))[0]
            if owner == process:
                return list(self._below(name, root))
        return []

    def _below(self, service: str, path: str) -> Iterator[Thing]:
        remote = Remote(service, path, ACCESSIBLE)
        for name, child in self._bus.call(remote, "GetChildren")[0]:
            one = Remote(name, child, ACCESSIBLE)
            low, high = self._bus.call(one, "GetState")[0]
            thing = Thing(
                role=self._bus.call(one, "GetRoleName")[0],
                name=self._bus.call(
                    Remote(name, child, PROPERTIES), "Get", "ss", (ACCESSIBLE, "Name")
                )[0][1],
                states=low | high << 32,
            )
            if thing.states & SHOWING:
                yield thing
                yield from self._below(name, child)

    def _heard(self, signal: Signal) -> None:
        if signal.member == "Announcement":
            self.announced.append(str(signal.body[3][1]))
