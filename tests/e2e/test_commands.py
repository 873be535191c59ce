"""The command line as scripts use it: results on stdout, errors on stderr, the exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.app import DICTATION
from tests.fakes import sound
from tests.loopback import Loopback
from tests.replies import error

ROOT = Path(__file__).parents[2]


@pytest.fixture
def service() -> Iterator[Loopback]:
    running = Loopback()
    yield running
    running.close()
    assert running.complaints == []


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
        self, *arguments: str, given: bytes = b"", **environment: str
    ) -> tuple[int, str, str]:
        done = subprocess.run(
            (*DICTATION, *arguments),
            env={**self.environment, **environment},
            cwd=self.folder,
            input=given,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def dictation(service: Loopback, tmp_path: Path) -> Shell:
    return Shell(service, tmp_path)


def write_wav(path: Path, seconds: float = 1.0, level: int = 8000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(sound(seconds, level).tobytes())
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "clip.wav")


def rows(text: str) -> Any:
    return json.loads(text)


class TestTranscribe:
    def test_prints_the_text_alone(self, dictation: Shell, clip: Path, service: Loopback) -> None:
        assert dictation("transcribe", str(clip)) == (0, f"{service.text}\n", "")

    def test_prints_the_record_where_asked(self, dictation: Shell, clip: Path) -> None:
        code, out, _ = dictation("transcribe", str(clip), "--format", "json")
        record = rows(out)
        assert (code, record["provider"], record["model"]) == (0, "openrouter", "a/b")
        assert (record["cost_usd"], record["seconds"], record["status"]) == (0.00042, 1.0, "kept")

    def test_leaves_no_row_in_the_history(self, dictation: Shell, clip: Path) -> None:
        dictation("transcribe", str(clip))
        assert rows(dictation("history", "list", "--json")[1]) == []

    def test_goes_on_after_a_bad_file_with_its_exit_code(
        self, dictation: Shell, clip: Path, tmp_path: Path, service: Loopback
    ) -> None:
        (tmp_path / "notes.txt").write_text("no sound here\n" * 50)
        code, out, err = dictation("transcribe", str(clip), "notes.txt", "missing.wav", str(clip))
        assert (code, out) == (11, f"{service.text}\n" * 2)
        lines = err.splitlines()
        assert [line[:6] for line in lines] == [
            "notes.",
            "error:",
            "hint: ",
            "missin",
            "error:",
            "hint: ",
        ]

    def test_reads_stdin(self, dictation: Shell, clip: Path, service: Loopback) -> None:
        assert dictation("transcribe", "-", given=clip.read_bytes())[:2] == (0, f"{service.text}\n")

    def test_reads_raw_samples_from_stdin(self, dictation: Shell, service: Loopback) -> None:
        code, out, _ = dictation(
            *("transcribe", "-", "--rate", "8000", "--format", "json"), given=sound(1).tobytes()
        )
        assert (code, rows(out)["seconds"]) == (0, 2.0)

    def test_writes_a_file(self, dictation: Shell, clip: Path, tmp_path: Path) -> None:
        assert dictation("transcribe", str(clip), "--output", "out.txt")[:2] == (0, "")
        assert (tmp_path / "out.txt").read_text().endswith("\n")

    def test_sends_nothing_where_no_one_speaks(
        self, dictation: Shell, clip: Path, service: Loopback
    ) -> None:
        code, out, err = dictation("transcribe", str(clip), "--speech-gate", "auto")
        assert (code, out) == (8, "")
        assert err.startswith("error: No speech: ")
        assert not [request for request in service.requests if request.audio]
        assert rows(dictation("history", "list", "--json")[1])[0]["status"] == "no_speech"

    @pytest.mark.parametrize(
        ("status", "code"), [(400, 6), (401, 4), (402, 5), (403, 4), (404, 6), (413, 6)]
    )
    def test_has_an_exit_code_for_what_the_service_says(
        self, dictation: Shell, clip: Path, service: Loopback, status: int, code: int
    ) -> None:
        service.answer = lambda request: error(status, "No.") if request.method == "POST" else None
        found, out, err = dictation("transcribe", str(clip))
        assert (found, out) == (code, "")
        assert [line.split(":")[0] for line in err.splitlines()] == ["error", "hint"]
        assert len([request for request in service.requests if request.method == "POST"]) == 1

    def test_without_a_key_says_what_to_do(self, dictation: Shell, clip: Path) -> None:
        code, _, err = dictation(
            "transcribe", str(clip), "--provider", "openrouter", OPENROUTER_API_KEY=""
        )
        assert code == 4
        assert "dictation key" in err

    def test_what_failed_can_be_sent_again(
        self, dictation: Shell, clip: Path, service: Loopback
    ) -> None:
        service.answer = lambda request: error(400, "No.") if request.method == "POST" else None
        dictation("transcribe", str(clip))
        service.answer = lambda _request: None
        row = rows(dictation("history", "list", "--json")[1])[0]
        assert (row["status"], row["error"]["code"]) == ("failed", 6)
        assert dictation("history", "retry", row["id"]) == (0, f"{service.text}\n", "")
        shown = rows(dictation("history", "show", row["id"], "--json")[1])
        assert (shown["status"], shown["text"], shown["error"]) == ("kept", service.text, None)


class TestRecord:
    @pytest.fixture
    def microphone(self, tmp_path: Path) -> str:
        return f"file:{write_wav(tmp_path / 'mic.wav', 60)}@20"

    def test_keeps_exactly_what_was_asked_for(
        self, dictation: Shell, microphone: str, tmp_path: Path
    ) -> None:
        code, out, _ = dictation(
            *("record", "--seconds", "3", "--output", "take.wav"), DICTATION_MICROPHONE=microphone
        )
        assert (code, out) == (0, "")
        with wave.open(str(tmp_path / "take.wav")) as file:
            assert file.getparams()[:4] == (1, 2, 16_000, 48_000)
            samples = np.frombuffer(file.readframes(48_000), "<i2")
        assert (samples == sound(3)).all()

    def test_prints_the_text(self, dictation: Shell, microphone: str, service: Loopback) -> None:
        code, out, _ = dictation(
            *("record", "--seconds", "2", "--transcribe"), DICTATION_MICROPHONE=microphone
        )
        assert (code, out) == (0, f"{service.text}\n")
        assert service.last.audio is not None
        assert len(service.last.audio) == 44 + 64_000

    def test_without_either_is_kept_in_the_history(self, dictation: Shell, microphone: str) -> None:
        code, out, _ = dictation("record", "--seconds", "2", DICTATION_MICROPHONE=microphone)
        row = rows(dictation("history", "show", out.strip(), "--json")[1])
        assert (code, row["status"], row["seconds"]) == (0, "kept", 2.0)
        assert Path(row["audio"]).stat().st_size == 44 + 64_000

    @pytest.mark.parametrize("way", ["ctrl+c", "enter"])
    def test_ends_when_the_user_says_so(self, dictation: Shell, microphone: str, way: str) -> None:
        process = subprocess.Popen(
            (*DICTATION, "record"),
            env={**dictation.environment, "DICTATION_MICROPHONE": microphone},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stderr
        assert process.stderr.readline().startswith(b"recording")
        if way == "enter":
            out, _ = process.communicate(b"\n", timeout=20)
        else:
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=20)
        assert process.returncode == 0
        assert out.strip()

    def test_a_missing_microphone_is_told(self, dictation: Shell) -> None:
        code, out, err = dictation(
            *("record", "--seconds", "1"), DICTATION_MICROPHONE="file:/no/such.wav"
        )
        assert (code, out) == (7, "")
        assert "/no/such.wav" in err


class TestRemote:
    @pytest.mark.parametrize(
        "command", ["start", "stop", "toggle", "cancel", "status", "paste-last", "quit"]
    )
    def test_without_an_app_exits_with_10(self, dictation: Shell, command: str) -> None:
        code, out, err = dictation(command)
        assert (code, out) == (10, "")
        assert err.splitlines()[1] == "hint: Start it with `dictation`."


class TestSettings:
    def test_are_set_read_and_unset(self, dictation: Shell) -> None:
        assert dictation("settings", "set", "keyterms", "Anna,Łódź")[0] == 0
        assert dictation("settings", "get", "keyterms")[1] == "Anna,Łódź\n"
        listed = {row["name"]: row for row in rows(dictation("settings", "list", "--json")[1])}
        assert listed["keyterms"]["value"] == ["Anna", "Łódź"]
        assert dictation("settings", "unset", "keyterms")[0] == 0
        assert dictation("settings", "get", "keyterms")[1] == "\n"

    def test_that_are_wrong_exit_with_3(self, dictation: Shell) -> None:
        assert dictation("settings", "set", "timeout", "soon")[0] == 3
        assert dictation("settings", "get", "nothing")[0] == 3
        assert dictation("settings", "list", DICTATION_OUTPUT="nowhere")[0] == 3


class TestUsage:
    @pytest.mark.parametrize(
        "arguments", [("fly",), ("transcribe",), ("settings",), ("record", "--seconds", "x")]
    )
    def test_that_is_wrong_exits_with_2(self, dictation: Shell, arguments: tuple[str, ...]) -> None:
        code, out, err = dictation(*arguments)
        assert (code, out) == (2, "")
        assert err

    def test_every_command_has_help(self, dictation: Shell) -> None:
        from dictation.cli import COMMANDS

        for command in COMMANDS:
            code, out, _ = dictation(command, "--help")
            assert (code, f"dictation {command}" in out) == (0, True)

    def test_the_version_is_told(self, dictation: Shell) -> None:
        from dictation import __version__

        assert dictation("--version")[1] == f"dictation {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("transcribe", "clip.wav"),
        ("record", "--seconds", "1", "--transcribe"),
        ("settings", "list"),
        ("status",),
        ("key", "status"),
        ("doctor",),
    ],
)
def test_no_command_imports_qt(dictation: Shell, clip: Path, arguments: tuple[str, ...]) -> None:
    script = (
        "import sys; from dictation.cli import main; main(sys.argv[1:]);"
        "sys.exit(any(name.startswith('PySide6') for name in sys.modules))"
    )
    done = subprocess.run(
        (sys.executable, "-c", script, *arguments),
        env={**dictation.environment, "DICTATION_MICROPHONE": f"file:{clip}@20"},
        cwd=clip.parent,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
