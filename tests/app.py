"""The program as a user runs it: a process of its own on the virtual desktop."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.desktop import VirtualDesktop, until

DICTATION = (sys.executable, "-m", "dictation")


class App:
    """The app in the tray, and commands to it; ended with its `with` block."""

    def __init__(
        self,
        desktop: VirtualDesktop,
        *flags: str,
        minimized: bool = True,
        program: Sequence[str] = DICTATION,
        **environment: str,
    ) -> None:
        self.desktop, self.program = desktop, program
        self._flags = ("--minimized", *flags) if minimized else flags
        here = {"PYTHONPATH": str(Path(__file__).parents[1]), "DICTATION_SOUNDS": "false"}
        self.environment = desktop.env | here | environment

    def __enter__(self) -> App:
        command = (*self.program, *self._flags)
        self.process = self.desktop.start(*command, **self.environment)
        until("the app", lambda: self.ended() or self.command("status")[0] == 0, 20)
        assert self.process.poll() is None, self.desktop.log.read_text()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.command("quit")
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)

    def ended(self) -> bool:
        """Whether the app has ended."""
        return self.process.poll() is not None

    def command(
        self, *arguments: str, given: str = "", seconds: float = 60
    ) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of `dictation ARGUMENTS`."""
        done = subprocess.run(
            (*self.program, *arguments),
            env=self.environment,
            cwd=self.desktop.home,
            input=given,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def does(self, *arguments: str) -> str:
        """The output of a command that succeeds."""
        code, out, err = self.command(*arguments)
        assert code == 0, f"{arguments}: {code}\n{out}\n{err}"
        return out

    def store_key(self, base_url: str, key: str) -> None:
        """`dictation key set`, typed on stdin."""
        code, out, err = self.command("key", "set", "--for", base_url, given=key)
        assert code == 0, f"{out}\n{err}"

    def status(self) -> dict[str, Any]:
        """`dictation status --json`."""
        answer: dict[str, Any] = json.loads(self.does("status", "--json"))
        return answer

    def until(self, state: str, seconds: float = 30) -> None:
        """Waits until the app is in that state."""
        until(f"the app is {state}", lambda: self.status()["state"] == state, seconds)

    def takes(self) -> list[dict[str, Any]]:
        """`dictation history list --json`."""
        rows: list[dict[str, Any]] = json.loads(self.does("history", "list", "--json"))
        return rows
