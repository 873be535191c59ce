"""The main job on a real Windows or Mac: `python -m tests.native`, in a session with a desktop.

A finger's key, which this injects as hardware would, starts and stops a dictation; the words have
to stand in the system's own editor, and what was copied before has to come back.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Protocol

from tests.app import DICTATION
from tests.desktop import until
from tests.e2e.shell import write_wav
from tests.loopback import serving

ROOT = Path(__file__).parent.parent
WORDS = "Grüße – the meeting starts at ten 🎤"
OLD = "what was copied before"
EDITOR_WITHIN = 5.0  # seconds for the editor to have the focus, which it tells nobody


class Hands(Protocol):
    """What a person at that system does."""

    EDITOR: tuple[str, ...]

    def key(self, name: str, down: bool) -> None: ...
    def copy(self, text: str) -> None: ...
    def pasted(self) -> str: ...


class OnWindows:
    EDITOR = ("notepad.exe",)
    _CODES: ClassVar = {"F9": 0x78, "save": 0xA2, "S": ord("S")}

    def key(self, name: str, down: bool) -> None:
        import ctypes

        user = getattr(ctypes, "windll").user32  # noqa: B009 - mypy knows it on Windows alone
        user.keybd_event(self._CODES[name], 0, 0 if down else 2, 0)

    def copy(self, text: str) -> None:
        shell("powershell", "-NoProfile", "-Command", f"Set-Clipboard -Value '{text}'")

    def pasted(self) -> str:
        return shell("powershell", "-NoProfile", "-Command", "Get-Clipboard -Raw").strip()


class OnMac:
    EDITOR = ("open", "-W", "-a", "TextEdit")
    _CODES: ClassVar = {"F9": 101, "save": 55, "S": 1}

    def __init__(self) -> None:
        self._command = False

    def key(self, name: str, down: bool) -> None:
        import importlib

        quartz: Any = importlib.import_module("Quartz")
        if name == "save":
            self._command = down
        event = quartz.CGEventCreateKeyboardEvent(None, self._CODES[name], down)
        quartz.CGEventSetFlags(event, quartz.kCGEventFlagMaskCommand if self._command else 0)
        quartz.CGEventPost(quartz.kCGHIDEventTap, event)

    def copy(self, text: str) -> None:
        subprocess.run(["pbcopy"], input=text.encode(), check=True, timeout=30)

    def pasted(self) -> str:
        return shell("pbpaste")


def shell(*command: str) -> str:
    """What it prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


@contextmanager
def running(*command: str, environment: dict[str, str] | None = None) -> Iterator[None]:
    """A program for the length of a block."""
    process = subprocess.Popen(command, env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def main(hands: Hands, folder: Path) -> None:
    """Raises AssertionError where something did not happen."""
    written = folder / "written.txt"
    written.write_text("", encoding="utf-8")
    wav = write_wav(folder / "said.wav", 3.0)
    with serving() as service:
        service.text = WORDS
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DICTATION_HOME": str(folder / "home"),
            "DICTATION_HOTKEY": "F9",
            "DICTATION_HOTKEY_MODE": "hold",
            "DICTATION_MICROPHONE": f"file:{wav}",
            "DICTATION_SOUNDS": "false",
            "DICTATION_SPEECH_GATE": "off",
            "DICTATION_MODEL": "a/b",
            "DICTATION_BASE_URL": service.openrouter,
            "OPENROUTER_API_KEY": "sk-or-test",
        }

        def ask(*arguments: str) -> Any:
            command = (*DICTATION, *arguments, "--json")
            done = subprocess.run(command, env=environment, capture_output=True, check=False)
            return json.loads(done.stdout) if done.returncode == 0 else {}

        subprocess.run((*DICTATION, "doctor"), env=environment, check=False)  # for who reads along
        hands.copy(OLD)
        with (
            running(*DICTATION, "--minimized", environment=environment),
            running(*hands.EDITOR, str(written)),
        ):
            until("the app", lambda: ask("status").get("state") == "idle", 60)
            threading.Event().wait(EDITOR_WITHIN)
            hands.key("F9", True)
            until("a recording", lambda: ask("status").get("state") == "recording", 20)
            hands.key("F9", False)
            until("a take", lambda: bool(ask("history", "list")), 60)
            until("the end", lambda: ask("status").get("state") == "idle", 60)
            print(take := ask("history", "list")[0])

            def saved() -> bool:
                for name, down in (("save", True), ("S", True), ("S", False), ("save", False)):
                    hands.key(name, down)
                return WORDS in written.read_text(encoding="utf-8")

            until("the words in the editor's file", saved, 20)
            until("the clipboard is back", lambda: hands.pasted() == OLD, 20)
            assert take["delivery"]["confirmed"], take
            subprocess.run((*DICTATION, "quit"), env=environment, check=True, timeout=60)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        main(OnWindows() if sys.platform == "win32" else OnMac(), Path(made))
    print("The words are in the editor, and the clipboard is back.")
