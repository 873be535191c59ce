"""What the desktop says of movement, asked on a real bus; elsewhere nothing is known, or broken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dictation.portal import SERVICE
from dictation.shown import is_still, keep_unshared
from tests.buses import Bus
from tests.desktop import need
from tests.logind import Answer, Service

Settings = dict[tuple[str, str], tuple[str, Any]]
NEW, GNOME = "org.freedesktop.appearance", "org.gnome.desktop.interface"


class Portal(Service):
    """A desktop's settings as programs may read them."""

    def __init__(self, address: str, settings: Settings) -> None:
        self._settings = settings
        super().__init__(address, SERVICE)

    def answer(self, member: str, body: tuple[Any, ...]) -> Answer | None:
        found = self._settings.get(body) if member == "Read" and len(body) == 2 else None
        return ("v", (("v", found),)) if found else None


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    need("dbus-daemon")
    made = Bus(tmp_path)
    yield made
    made.stop()


@pytest.mark.only_on("linux")
@pytest.mark.parametrize(
    ("settings", "still"),
    [
        ({}, False),
        ({(NEW, "reduced-motion"): ("u", 1)}, True),
        ({(NEW, "reduced-motion"): ("u", 0)}, False),
        ({(GNOME, "enable-animations"): ("b", False)}, True),
        ({(GNOME, "enable-animations"): ("b", True)}, False),
        ({(NEW, "reduced-motion"): ("u", 0), (GNOME, "enable-animations"): ("b", False)}, True),
    ],
)
def test_the_desktop_says_whether_things_may_move(
    bus: Bus, settings: Settings, still: bool
) -> None:
    portal = Portal(bus.address, settings)
    assert is_still("linux", bus.address) is still
    portal.close()


@pytest.mark.only_on("linux")
def test_without_a_bus_or_portals_nobody_has_asked_for_less(bus: Bus) -> None:
    assert not is_still("linux", bus.address)
    assert not is_still("linux", "unix:path=/nowhere/at/all")


@pytest.mark.only_on("linux")
def test_what_a_system_lacks_is_no_fault() -> None:
    assert not is_still("windows")
    assert not is_still("macos")
    assert [keep_unshared(system, 7) for system in ("linux", "windows", "macos")] == [False] * 3
