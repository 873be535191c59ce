"""`dictation` as a script runs it, against the loopback service."""

from __future__ import annotations

import json
import os
import subprocess
import wave
from pathlib import Path
from typing import Any

from tests.app import DICTATION
from tests.fakes import sound
from tests.loopback import Loopback

ROOT = Path(__file__).parents[2]


class Shell:
    """Runs `dictation` against the loopback service, speech gate off: a tone is no speech."""

    def __init__(self, service: Loopback, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DICTATION_BASE_URL": service.openrouter,
            "OPENROUTER_API_KEY": "sk-or-test",
            "DICTATION_SPEECH_GATE": "off",
            "DICTATION_MODEL": "a/b",
        }

    def __call__(
        self, *arguments: str | bytes, given: bytes = b"", **environment: str
    ) -> tuple[int, str, str]:
        """Exit code, stdout and stderr; `given` is its stdin."""
        return self.run((*DICTATION, *arguments), given, **environment)

    def run(
        self, command: str | tuple[str | bytes, ...], given: bytes = b"", **environment: str
    ) -> tuple[int, str, str]:
        """The same for a whole command, as text for `sh`."""
        done = subprocess.run(
            command,
            shell=isinstance(command, str),
            env={**self.environment, **environment},
            cwd=self.folder,
            input=given,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def history(self) -> list[dict[str, Any]]:
        """`dictation history list --json`."""
        found: list[dict[str, Any]] = json.loads(self("history", "list", "--json")[1])
        return found


def told(err: str) -> bool:
    """Whether this is one error, in its two lines."""
    return [line.split(":")[0] for line in err.splitlines()] == ["error", "hint"]


def write_wav(path: Path, seconds: float = 1.0, level: int = 8000) -> Path:
    """A tone of that length."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(sound(seconds, level).tobytes())
    return path
