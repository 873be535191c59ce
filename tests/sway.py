"""A real Sway without a screen, and the programs on it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.desktop import need, until

NOBODY = 65534


def as_its_user(*command: str) -> tuple[str, ...]:
    """The command for the user whose compositor it is.

    As root Sway does not run, and containers have no user namespaces.
    """
    nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    return (*nobody, *command) if os.geteuid() == 0 else command


class Sway:
    """A compositor without a screen, the programs in it, and how to end them."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, more: str = "") -> None:
        self.folder, self._programs = folder, list[subprocess.Popen[bytes]]()
        here = {
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "WLR_BACKENDS": "headless",
            "WLR_LIBINPUT_NO_DEVICES": "1",
            "WLR_RENDERER": "pixman",
            "GDK_BACKEND": "wayland",
            "GSETTINGS_BACKEND": "memory",
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
            "LANG": "C.UTF-8",
        }
        for name, value in here.items():
            monkeypatch.setenv(name, value)
        config = folder / "config"
        config.write_text(f"output HEADLESS-1 mode 800x600\nxwayland disable\n{more}\n")
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        self.start(*as_its_user("sway", "-c", str(config)))
        until("a compositor", lambda: self._ready("wayland-*[0-9]") and self._ready("sway-ipc.*"))
        monkeypatch.setenv("WAYLAND_DISPLAY", self._ready("wayland-*[0-9]")[0].name)
        monkeypatch.setenv("SWAYSOCK", str(self._ready("sway-ipc.*")[0]))
        # A seat whose only keyboard comes with each chord loses the first keys of it.
        self.start("wtype", "-k", "VoidSymbol", "-s", "600000", "-k", "VoidSymbol")

    def _ready(self, pattern: str) -> list[Path]:
        assert self._programs[0].poll() is None, self.log.read_text()
        return list(self.folder.glob(pattern))

    @property
    def log(self) -> Path:
        """What all that runs here says."""
        return self.folder / "log"

    def start(self, *command: str) -> int:
        """Starts a program, which ends with the compositor; its number."""
        with self.log.open("ab") as log:
            program = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._programs.append(program)
        return program.pid

    def open(self, *command: str) -> None:
        """Starts a program and waits until its window has the focus."""
        number = self.start(*command)
        until(f"{command[0]} has the focus", lambda: number in self._focused(self._tree()), 40)

    def command(self, line: str) -> None:
        """Has the compositor do something."""
        subprocess.run(["swaymsg", line], check=True, capture_output=True)

    @property
    def title(self) -> str:
        """The title of the window that has the focus."""
        return next(iter(self._titles(self._tree())), "")

    def _titles(self, node: dict[str, Any]) -> list[str]:
        inside = [title for child in node["nodes"] for title in self._titles(child)]
        return [node["name"] or ""] if node["focused"] and "pid" in node else inside

    def _tree(self) -> dict[str, Any]:
        told = subprocess.run(["swaymsg", "-r", "-t", "get_tree"], capture_output=True, check=True)
        tree: dict[str, Any] = json.loads(told.stdout)
        return tree

    def _focused(self, node: dict[str, Any]) -> list[int]:
        """The process whose window has the focus, if any."""
        inside = [n for child in node["nodes"] for n in self._focused(child)]
        return [node["pid"]] if node["focused"] and "pid" in node else inside

    def end(self) -> None:
        """Ends all programs, the compositor last."""
        for program in reversed(self._programs):
            program.terminate()
            program.wait(5)


@pytest.fixture
def sway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sway]:
    need("sway", "swaymsg", "foot", "mousepad", "wl-copy", "wtype", "setpriv")
    folder = Path(tempfile.mkdtemp(prefix="sway-"))
    running = Sway(folder, monkeypatch)
    try:
        yield running
    finally:
        running.end()
        # A browser's children write into its profile for a moment after its own end.
        until("the folder is gone", lambda: _removed(folder))


def _removed(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()
