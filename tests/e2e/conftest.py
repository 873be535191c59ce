"""What whole-program tests can ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desktop import VirtualDesktop, need
from tests.e2e.shell import Shell, write_wav
from tests.loopback import Loopback, serving
from tests.screen_reader import ScreenReader


@pytest.fixture
def service() -> Iterator[Loopback]:
    """A service on loopback; what it complains of fails the test."""
    with serving() as running:
        yield running


@pytest.fixture
def dictation(service: Loopback, tmp_path: Path) -> Shell:
    """The command line, in the test's folder."""
    return Shell(service, tmp_path)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A recording."""
    return write_wav(tmp_path / "clip.wav")


@pytest.fixture
def reader(desktop: VirtualDesktop, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScreenReader]:
    """What a screen reader is told from now on, of programs that start later."""
    need("/usr/libexec/at-spi-bus-launcher")
    monkeypatch.delitem(desktop.env, "NO_AT_BRIDGE", raising=False)  # whatever it is, Qt obeys it
    made = ScreenReader(desktop.env["DBUS_SESSION_BUS_ADDRESS"])
    yield made
    made.close()
