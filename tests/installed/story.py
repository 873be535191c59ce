"""What a user does with a program that was just installed, whichever way that was."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from tests.app import App
from tests.desktop import VirtualDesktop, until
from tests.programs import Program

ROOT = Path(__file__).parents[2]
WORDS = "The meeting starts at ten tomorrow morning. Please send me the report before lunch."
BASIC = "the meeting starts at ten tomorrow morning please send me the report before lunch"
# What others keep in a home of their own accord.
OTHERS = (".cache/fontconfig", ".cache/mesa_shader_cache", ".config/pulse", ".cache/dconf")


class Installed(App):
    """The program at that command, and nothing of this checkout."""

    def __init__(self, desktop: VirtualDesktop, program: Sequence[str], **environment: str) -> None:
        super().__init__(desktop, program=program, DICTATION_PROVIDER="offline", **environment)
        self.environment.pop("PYTHONPATH")


def built(target: Path, script: str, python: str) -> None:
    """Runs one of packaging's scripts."""
    command = (python, ROOT / "packaging" / script, target)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def files(folder: Path, but: Iterable[str] = ()) -> set[str]:
    """All files below a folder, but those in some of its folders."""
    found = {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }
    return {name for name in found if not name.startswith(tuple(but))}


def size(folder: Path) -> int:
    """The bytes of all files below."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def lists(bill: Path, *names: str) -> bool:
    """Whether a bill of materials (cyclonedx.org) has all of these; it tells all versions."""
    told = json.loads(bill.read_text("utf-8"))
    assert told["bomFormat"] == "CycloneDX"
    parts = [*told["components"], told.get("metadata", {}).get("component", {})]
    assert all(part["version"] for part in told["components"])
    found = {re.sub(r"[-_.]+", "-", part.get("name", "")).lower() for part in parts}
    return {name.lower() for name in names} <= found


def is_told(app: Installed) -> None:
    """Its own words on what it needs: nothing that keeps it from working."""
    code, out, err = app.command("doctor")
    assert code == 0, out + err


def dictates(desktop: VirtualDesktop, app: Installed) -> float:
    """Starts it, dictates into a terminal, and quits; how long the start took, in seconds."""
    began = time.monotonic()
    with app:
        ready = time.monotonic() - began
        with Program(desktop, "xterm") as program:
            program.focus()
            desktop.key("ctrl+alt+space", "down")
            app.until("recording")
            desktop.say(WORDS)
            desktop.key("ctrl+alt+space", "up")
            program.expect(BASIC, 60)
            app.until("idle")
        take = app.takes()[0]
        assert (take["status"], take["provider"]) == ("delivered", "offline")
        assert take["delivery"] == {"backend": "x11", "confirmed": True}
        app.does("quit")
        until("its end", app.ended)
    return ready


def leaves_nothing(
    app: Installed, home: Path, before: set[str], uninstall: Callable[[], object]
) -> None:
    """Takes all back that it put into the user's folders, then itself."""
    app.does("install-desktop")
    assert any(name.endswith("Dictation.desktop") for name in files(home))
    app.does("install-desktop", "--undo")
    app.does("erase", "--yes")
    uninstall()
    assert files(home, OTHERS) == before


def need_root(*programs: str) -> None:
    """Skips where a clean system can't be made; says what is missing."""
    missing = [name for name in programs if not shutil.which(name)]
    if missing:
        pytest.skip(f"missing here: apt install {' '.join(missing)}")
    if subprocess.run(["id", "-u"], capture_output=True, text=True).stdout.strip() != "0":
        pytest.skip("a clean system is made by root alone")
