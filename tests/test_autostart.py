"""Starting with the user's session, by what each system reads as one logs in."""

from __future__ import annotations

import plistlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dictation.autostart import RUN, Entry, RunKey, entry_of, follow
from dictation.commands.erase import erase
from dictation.credentials import Keys
from dictation.desktop import System
from dictation.paths import places
from tests.buses import Bus
from tests.desktop import need
from tests.portal import Portal


class Key:
    """An open key of a registry."""

    def __init__(self, values: dict[str, str]) -> None:
        self.values = values

    def __enter__(self) -> Key:
        return self

    def __exit__(self, *_error: object) -> None:
        pass


class Registry:
    """The part of `winreg` that counts here, with one key."""

    HKEY_CURRENT_USER, KEY_SET_VALUE, REG_SZ = 1, 2, 1

    def __init__(self) -> None:
        self.key: Key | None = None
        self.is_locked = False

    def OpenKey(self, root: int, name: str, _reserved: int = 0, _access: int = 0) -> Key:
        assert (root, name) == (self.HKEY_CURRENT_USER, RUN)
        if self.key is None:
            raise FileNotFoundError(2, "no such key")
        return self.key

    def CreateKey(self, root: int, name: str) -> Key:
        if self.is_locked:
            raise PermissionError(13, "Access is denied")
        self.key = self.key or Key({})
        return self.OpenKey(root, name)

    def SetValueEx(self, key: Key, name: str, _reserved: int, kind: int, value: str) -> None:
        assert kind == self.REG_SZ
        key.values[name] = value

    def QueryValueEx(self, key: Key, name: str) -> tuple[str, int]:
        if name not in key.values:
            raise FileNotFoundError(2, "no such value")
        return key.values[name], self.REG_SZ

    def DeleteValue(self, key: Key, name: str) -> None:
        del key.values[name]


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture(params=["linux", "windows", "macos"])
def entry(
    request: pytest.FixtureRequest,
    registry: Registry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Entry:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    if request.param == "windows":
        modules: dict[str, Any] = {"winreg": registry}
        return RunKey(modules.__getitem__)
    return entry_of(request.param, tmp_path)


def test_it_is_put_there_once_and_taken_away_again(entry: Entry) -> None:
    assert follow(False, entry) is None
    assert not entry.is_there()
    for _time in range(2):
        assert follow(True, entry) is None
        assert entry.is_there()
    for _time in range(2):
        assert follow(False, entry) is None
        assert not entry.is_there()


@pytest.mark.parametrize(
    ("system", "path"),
    [
        ("linux", ".config/autostart/io.github.dictation.Dictation.desktop"),
        ("macos", "Library/LaunchAgents/io.github.dictation.Dictation.plist"),
    ],
)
def test_what_the_user_has_changed_in_it_stays(
    system: System, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    entry = entry_of(system, tmp_path)
    follow(True, entry)
    (tmp_path / path).write_text("Hidden=true")
    follow(True, entry)
    assert (tmp_path / path).read_text() == "Hidden=true"


def test_each_starts_the_program_as_an_icon_in_the_tray(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for system in ("linux", "macos"):
        follow(True, entry_of(system, tmp_path))
    modules: dict[str, Any] = {"winreg": registry}
    follow(True, RunKey(modules.__getitem__))
    [entry] = (tmp_path / "autostart").iterdir()
    [line] = [each for each in entry.read_text().splitlines() if each.startswith("Exec=")]
    assert line.endswith("dictation --minimized")
    [agent] = (tmp_path / "Library" / "LaunchAgents").iterdir()
    told = plistlib.loads(agent.read_bytes())
    assert told["ProgramArguments"][-1] == "--minimized"
    assert told["RunAtLoad"] is True
    assert registry.key
    assert registry.key.values["Dictation"].endswith("dictation --minimized")


def test_a_system_that_refuses_is_told_with_what_to_do(registry: Registry, tmp_path: Path) -> None:
    registry.is_locked = True
    modules: dict[str, Any] = {"winreg": registry}
    error = follow(True, RunKey(modules.__getitem__))
    assert error
    assert "Access is denied" in error.message
    assert "--minimized" in error.hint
    (tmp_path / "Library").write_text("in the way")
    assert follow(True, entry_of("macos", tmp_path))


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    """The desktop's portal, as a program in a Flatpak finds it."""
    need("dbus-daemon")
    bus = Bus(tmp_path)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
    monkeypatch.setenv("FLATPAK_ID", "io.github.dictation.Dictation")
    portal = Portal(bus.address, {"Background": 2})
    yield portal
    portal.close()
    bus.stop()


@pytest.mark.only_on("linux")
def test_in_a_sandbox_the_desktop_is_asked(sandbox: Portal, home: Path) -> None:
    for wanted in (True, False):
        sandbox.results["RequestBackground"] = {"autostart": ("b", wanted)}
        entry = entry_of("linux")
        assert follow(wanted, entry) is None
        assert entry_of("linux").is_there() is wanted
        _window, options = sandbox.body("RequestBackground")
        assert options["autostart"] == ("b", wanted)
        assert options["commandline"] == ("as", ["dictation", "--minimized"])
    count = len(sandbox.calls)
    assert follow(False, entry_of("linux")) is None  # as it is: nobody is asked again
    assert len(sandbox.calls) == count


@pytest.mark.only_on("linux")
def test_erasing_has_the_desktop_forget_it(sandbox: Portal, home: Path) -> None:
    sandbox.results["RequestBackground"] = {"autostart": ("b", True)}
    follow(True, entry_of("linux"))
    sandbox.results["RequestBackground"] = {"autostart": ("b", False)}
    assert erase(places(), Keys(places(), {})) == []
    assert sandbox.body("RequestBackground")[1]["autostart"] == ("b", False)
    assert not (home / "state" / "state.toml").exists()


@pytest.mark.only_on("linux")
def test_a_desktop_that_refuses_is_told(sandbox: Portal, home: Path) -> None:
    sandbox.results["RequestBackground"] = {"autostart": ("b", False)}
    error = follow(True, entry_of("linux"))
    assert error
    assert "does not allow" in error.message
    sandbox.refuses = "RequestBackground"
    assert follow(True, entry_of("linux"))
    assert not entry_of("linux").is_there()
