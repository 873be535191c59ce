"""What tests can ask for: places of their own, the virtual desktop, more samples."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.desktop import PARTS, VirtualDesktop, foreign, need
from tests.guards import (
    no_network,
    no_surprises,
    pytest_make_collect_report,
    pytest_runtest_makereport,
    stays_here,
)
from tests.loopback import server

__all__ = [  # pytest finds fixtures and hooks by their names here
    "no_surprises",
    "pytest_make_collect_report",
    "pytest_runtest_makereport",
    "server",
    "stays_here",
]

# Windows made in this process need no screen; programs on the virtual desktop have one.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["NO_AT_BRIDGE"] = "1"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="take many more samples, which takes long")


def pytest_configure(config: pytest.Config) -> None:
    sys.addaudithook(no_network)
    config.addinivalue_line("markers", "only_on(*systems): of linux, darwin and win32")
    config.addinivalue_line("markers", "long: takes minutes, so under --all alone")
    config.addinivalue_line("markers", "expects_warnings: the program may log warnings here")


def pytest_runtest_setup(item: pytest.Item) -> None:
    marker = item.get_closest_marker("only_on")
    if marker and sys.platform not in marker.args:
        pytest.skip(f"only on {', '.join(marker.args)}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what takes long, but under --all and where it is named on the command line."""
    named = [Path(each.partition("::")[0]).resolve() for each in config.invocation_params.args]
    if not config.getoption("--all"):
        out = [item for item in items if item.get_closest_marker("long") and item.path not in named]
        items[:] = [item for item in items if item not in out]
        config.hook.pytest_deselected(items=out)


@pytest.hookimpl
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what tests have measured: `record_property("figures", "…")`."""
    reports = [each for kind in ("passed", "failed") for each in terminalreporter.getreports(kind)]
    figures = [
        words for each in reports for name, words in each.user_properties if name == "figures"
    ]
    if figures:
        terminalreporter.section("figures")
        for words in dict.fromkeys(figures):
            terminalreporter.line(str(words))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh DICTATION_HOME, out of reach of the user's own settings, keys and session."""
    for name in filter(foreign, list(os.environ)):
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/system-bus")
    monkeypatch.setenv("DICTATION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("GSETTINGS_BACKEND", "memory")
    return tmp_path / "home"


@pytest.fixture
def sample(pytestconfig: pytest.Config) -> Callable[[int, int], int]:
    """sample(few, many) is how often to repeat something: many under --all."""
    return lambda few, many: many if pytestconfig.getoption("--all") else few


@pytest.fixture(scope="session")
def virtual_desktop() -> Iterator[VirtualDesktop]:
    """The one desktop of this run; `desktop` puts a test onto it."""
    need(*PARTS)
    with VirtualDesktop() as running:
        yield running


@pytest.fixture
def desktop(
    virtual_desktop: VirtualDesktop, home: Path, monkeypatch: pytest.MonkeyPatch
) -> VirtualDesktop:
    """The virtual desktop, with this process and all it starts on it, and `home` for both."""
    monkeypatch.setitem(virtual_desktop.env, "DICTATION_HOME", str(home))
    monkeypatch.delenv("QT_QPA_PLATFORM")
    for name, value in virtual_desktop.env.items():
        monkeypatch.setenv(name, value)
    virtual_desktop.notifications.clear()
    return virtual_desktop


@pytest.fixture
def own_gsettings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GNOME's settings, of the test's own."""
    need("gsettings")
    listed = subprocess.run(["gsettings", "list-schemas"], capture_output=True, text=True)
    if "org.gnome.settings-daemon.plugins.media-keys" not in listed.stdout.split():
        pytest.skip("missing here: apt install gnome-settings-daemon")
    monkeypatch.setenv("GSETTINGS_BACKEND", "keyfile")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "gsettings"))
