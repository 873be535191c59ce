"""The command line as scripts use it: results on stdout, errors on stderr, the exit codes."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.app import DICTATION
from tests.desktop import need, until
from tests.e2e.shell import Shell, told, write_wav
from tests.fakes import sound
from tests.loopback import Loopback
from tests.replies import error


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
        steps = {step for step, at in record["timings"].items() if at is not None}
        assert {"request_first_byte", "response_last_byte", "text_ready"} <= steps
        assert "stopped" not in steps
        assert record["segments"] is None  # a chat model knows of none
        endpoint = ("--openrouter-endpoint", "transcriptions")
        _, out, _ = dictation("transcribe", str(clip), "--format", "json", *endpoint)
        whole = {"start": 0.0, "end": 2.0, "text": record["text"]}
        assert rows(out)["segments"] == [whole]

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
        assert told(err)
        assert len([request for request in service.requests if request.method == "POST"]) == 1

    def test_without_a_key_says_what_to_do(
        self, dictation: Shell, clip: Path, service: Loopback
    ) -> None:
        code, _, err = dictation(
            "transcribe", str(clip), "--provider", "openrouter", OPENROUTER_API_KEY=""
        )
        assert code == 4
        assert f"dictation key set --for {service.origin}" in err

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

    def test_a_second_ctrl_c_gives_up(
        self, dictation: Shell, microphone: str, service: Loopback
    ) -> None:
        service.delay = 30
        for ended_by, arguments in (("ctrl+c", ()), ("time", ("--seconds", "1"))):
            process = subprocess.Popen(
                (*DICTATION, "record", "--transcribe", *arguments),
                env={**dictation.environment, "DICTATION_MICROPHONE": microphone},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            assert process.stderr
            assert process.stderr.readline().startswith(b"recording")
            if ended_by == "ctrl+c":
                process.send_signal(signal.SIGINT)
            until("it is being sent", lambda: any(request.audio for request in service.requests))
            service.requests.clear()
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=20) == (b"", b""), ended_by
            assert process.returncode == 130, ended_by
        kept = dictation.history()
        assert [row["status"] for row in kept] == ["kept"] * 2
        assert all(Path(row["audio"]).stat().st_size > 44 for row in kept)

    def test_ends_after_the_last_word(self, dictation: Shell, tmp_path: Path) -> None:
        need("flite")
        words = tmp_path / "words.wav"
        said = ("flite", "-voice", "slt", "-t", "The meeting starts at ten.", "-o", str(words))
        subprocess.run(said, check=True)
        code, out, _ = dictation(
            *("record", "--until-silence"), DICTATION_MICROPHONE=f"file:{words}@5"
        )
        with wave.open(str(words)) as file:
            spoken = file.getnframes() / file.getframerate()
        row = rows(dictation("history", "show", out.strip(), "--json")[1])
        assert (code, row["status"]) == (0, "kept")
        assert spoken < row["seconds"] < spoken + 6

    def test_where_nothing_can_be_typed_goes_on(self, dictation: Shell, microphone: str) -> None:
        command = f"{sys.executable} -m dictation record --seconds 1 <&-"
        code, out, err = dictation.run(command, DICTATION_MICROPHONE=microphone)
        assert (code, len(out.split()), len(err.splitlines())) == (0, 1, 1)

    def test_a_disk_that_refuses_everything_costs_no_recording(
        self, dictation: Shell, microphone: str, service: Loopback, tmp_path: Path
    ) -> None:
        (tmp_path / "home").write_text("a file where the folder should be")
        asked = {"DICTATION_MICROPHONE": microphone, "DICTATION_HOME": str(tmp_path / "home")}
        ways = {"--transcribe": f"{service.text}\n", "--output=take.wav": ""}
        for way, expected in ways.items():
            code, out, err = dictation("record", "--seconds", "1", way, **asked)
            assert (code, out) == (0, expected)
            assert "The disk does not keep it" in err
        with wave.open(str(tmp_path / "take.wav")) as file:
            assert file.getnframes() == 16_000
        code, out, err = dictation("record", "--seconds", "1", **asked)
        assert (code, out) == (1, "")
        assert "--output" in err

    def test_a_missing_microphone_is_told(self, dictation: Shell) -> None:
        code, out, err = dictation(
            *("record", "--seconds", "1"), DICTATION_MICROPHONE="file:/no/such.wav"
        )
        assert (code, out) == (7, "")
        assert "/no/such.wav" in err


class TestRemote:
    @pytest.mark.parametrize(
        "command",
        [
            *("start", "stop", "toggle", "press", "release"),
            *("cancel", "status", "paste-last", "quit"),
        ],
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
        assert dictation("settings", "set", "hotkey", "foo+bar")[0] == 3
        assert dictation("settings", "list", DICTATION_OUTPUT="nowhere")[0] == 3

    def test_flags_beat_the_environment_which_beats_the_file(
        self, dictation: Shell, clip: Path, service: Loopback
    ) -> None:
        dictation("settings", "set", "model", "from/file")
        del dictation.environment["DICTATION_MODEL"]
        dictation("transcribe", str(clip))
        dictation("transcribe", str(clip), DICTATION_MODEL="from/environment")
        dictation(
            "transcribe", str(clip), "--model", "from/flag", DICTATION_MODEL="from/environment"
        )
        asked = [request.model for request in service.requests if request.audio]
        assert asked == ["from/file", "from/environment", "from/flag"]

    def test_a_broken_file_is_told_and_done_without(self, dictation: Shell, clip: Path) -> None:
        path = Path(dictation("settings", "path")[1].strip())
        path.parent.mkdir(parents=True)
        path.write_text("timeout = ")
        for command in (("settings", "list"), ("settings", "get", "timeout"), ("models",)):
            code, out, err = dictation(*command)
            assert (code, bool(out), told(err)) == (0, True, True), command


class TestModels:
    def test_are_told_with_price_context_and_date(self, dictation: Shell) -> None:
        code, out, err = dictation("models", "--refresh", "--json")
        assert (code, err) == (0, "")
        found = {row["id"]: row for row in rows(out)}
        flash = found["google/gemini-2.5-flash"]
        assert flash["price_per_minute_usd"] == pytest.approx(0.00251)
        assert (flash["context_length"], flash["date"]) == (128_000, "2025-06-15")
        assert found["openai/whisper-1"]["endpoint"] == "transcriptions"
        assert not any(row["taken"] for row in found.values())  # the one named is another
        lines = dictation("models")[1].splitlines()
        assert len(lines) == len(found)
        assert [line for line in lines if "gemini-2.5-flash" in line and "$0.0025" in line]

    def test_of_a_server_that_tells_no_prices_come_without(
        self, dictation: Shell, service: Loopback
    ) -> None:
        server = ("--provider", "openai", "--base-url", service.openai)
        found = rows(dictation("models", "--json", *server, DICTATION_MODEL="whisper-1")[1])
        assert {row["id"]: row["taken"] for row in found} == {
            "whisper-1": True,
            "gpt-4o-transcribe": False,
        }
        assert {row["price_per_minute_usd"] for row in found} == {None}


class TestKeys:
    """Which key goes where; the loopback service stands for an own server."""

    def test_status_tells_what_the_key_may_spend_where_asked_and_never_the_key(
        self, dictation: Shell, service: Loopback
    ) -> None:
        service.key = dictation.environment["OPENROUTER_API_KEY"]
        status = ("key", "status", "--for", service.origin)
        code, out, err = dictation(*status)
        assert (code, out, err) == (0, f"{service.origin}: from the environment\n", "")
        assert not service.requests
        code, out, err = dictation(*status, "--usage")
        assert (code, err) == (0, "")
        assert "Left of the limit: $17.50\n" in out
        assert "sk-or" not in out

    def test_usage_of_another_server_or_of_a_wrong_key_is_an_error(
        self, dictation: Shell, service: Loopback
    ) -> None:
        service.key = "another"
        wrong = dictation("key", "status", "--usage", "--for", service.origin)
        assert (wrong[0], told(wrong[2])) == (4, True)
        other = ("key", "status", "--usage", "--for", "http://127.0.0.1:1")
        assert dictation(*other)[0] == 2

    @pytest.mark.parametrize(
        ("provider", "given", "sent"),
        [
            ("openrouter", {"OPENROUTER_API_KEY": "any-form"}, "Bearer any-form"),
            ("openai", {"OPENAI_API_KEY": "sk", "OPENROUTER_API_KEY": "other"}, "Bearer sk"),
            ("openai", {"OPENAI_API_KEY": "", "OPENROUTER_API_KEY": "other"}, None),
        ],
    )
    def test_of_the_environment_go_to_their_own_provider_on_loopback(
        self,
        dictation: Shell,
        clip: Path,
        service: Loopback,
        provider: str,
        given: dict[str, str],
        sent: str | None,
    ) -> None:
        base = service.openai if provider == "openai" else service.openrouter
        code, out, _ = dictation(
            *("transcribe", str(clip), "--provider", provider, "--base-url", base), **given
        )
        assert (code, out) == (0, f"{service.text}\n")
        heard = [request for request in service.requests if request.audio]
        assert [request.headers.get("authorization") for request in heard] == [sent]

    def test_are_told_of_but_never_shown(self, dictation: Shell) -> None:
        for origin, code in (("https://openrouter.ai", 0), ("http://127.0.0.1:9", 0)):
            found, out, err = dictation("key", "status", "--for", origin)
            assert (found, err) == (code, "")
            assert "sk-or-test" not in out
        code, out, _ = dictation("key", "status", "--for", "https://example.org")
        assert (code, out) == (4, "https://example.org: none\n")
        code, _, err = dictation("key", "delete", "--for", "https://example.org")
        assert (code, told(err)) == (4, True)
        code, _, err = dictation("key", "set", "--for", "nowhere", given=b"sk")
        assert (code, told(err)) == (2, True)
        code, _, err = dictation("key", "set", given=b"\n")
        assert (code, told(err)) == (2, True)
        assert dictation("key", "set", "sk-or-argument")[0] == 2


class TestHistory:
    def test_a_failed_retry_takes_no_text_away(
        self, dictation: Shell, service: Loopback, tmp_path: Path
    ) -> None:
        microphone = f"file:{write_wav(tmp_path / 'mic.wav', 60)}@20"
        id_ = dictation("record", "--seconds", "1", DICTATION_MICROPHONE=microphone)[1].strip()
        assert dictation("history", "retry", id_[:-1])[:2] == (0, f"{service.text}\n")
        service.answer = lambda request: error(402, "No.") if request.method == "POST" else None
        code, out, err = dictation("history", "retry", id_)
        assert (code, out, told(err)) == (5, "", True)
        row = rows(dictation("history", "show", "last", "--json")[1])
        assert (row["status"], row["text"], row["error"]) == ("kept", service.text, None)
        Path(row["audio"]).unlink()
        code, _, err = dictation("history", "retry", id_)
        assert (code, told(err)) == (2, True)
        assert dictation("history", "delete", id_)[0] == 0
        assert dictation.history() == []

    @pytest.fixture
    def texts(self, dictation: Shell, service: Loopback, tmp_path: Path) -> list[str]:
        """Three takes with a text, oldest first."""
        said = ["the first, with a comma", "Grüße aus Łódź", "the third"]
        microphone = f"file:{write_wav(tmp_path / 'mic.wav', 60)}@20"
        for service.text in said:
            id_ = dictation("record", "--seconds", "1", DICTATION_MICROPHONE=microphone)[1]
            dictation("history", "retry", id_.strip())
        return said

    def test_is_searched(self, dictation: Shell, texts: list[str]) -> None:
        def found(*words: str) -> list[str]:
            return [
                row["text"] for row in rows(dictation("history", "search", *words, "--json")[1])
            ]

        assert found("the") == [texts[2], texts[0]]
        assert found("łódź", "grüße") == [texts[1]]
        assert found("nothing") == []
        code, out, err = dictation("history", "search", "comma")
        assert (code, err) == (0, "")
        assert texts[0] in out

    def test_is_exported(self, dictation: Shell, texts: list[str], tmp_path: Path) -> None:
        assert [row["text"] for row in rows(dictation("history", "export", "--json")[1])] == texts
        table = list(
            csv.DictReader(dictation("history", "export", "--format", "csv")[1].splitlines())
        )
        assert [row["text"] for row in table] == texts
        assert dictation("history", "export", "--output", "all.txt")[:2] == (0, "")
        written = (tmp_path / "all.txt").read_text()
        assert [written.index(text) for text in texts] == sorted(map(written.index, texts))
        code, _, err = dictation("history", "export", "--output", "no/such.txt")
        assert (code, told(err)) == (2, True)
        newest = dictation.history()[0]["id"]
        assert texts[-1] in dictation("history", "export", newest, "--format", "srt")[1]
        code, _, err = dictation("history", "export", "--format", "srt")
        assert (code, told(err)) == (2, True)
        code, out, _ = dictation("history", "export", "--format", "srt", "--output", "all")
        assert (code, len(out.splitlines())) == (0, len(texts))
        assert texts[-1] in (tmp_path / "all" / f"{newest}.srt").read_text()

    def test_is_deleted_for_good(self, dictation: Shell, texts: list[str], home: Path) -> None:
        ids = [row["id"] for row in dictation.history()]
        assert dictation("history", "delete", *ids)[0] == 0
        left = b"".join(path.read_bytes() for path in (home / "data").rglob("*") if path.is_file())
        assert not any(text.encode() in left for text in texts)
        assert not list((home / "data" / "recordings").glob("*-*"))


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [
            ("fly",),
            ("transcribe",),
            ("settings",),
            ("record", "--seconds", "x"),
            ("record", "--seconds", "nan"),
            ("record", "--seconds", "1", "--output", "."),
            ("history", "show", "nothing"),
            ("status", "--nonsense"),
        ],
    )
    def test_that_is_wrong_exits_with_2(self, dictation: Shell, arguments: tuple[str, ...]) -> None:
        code, out, err = dictation(*arguments)
        assert (code, out, told(err)) == (2, "", True)

    def test_every_command_has_help(self, dictation: Shell) -> None:
        from dictation.cli import COMMANDS

        for command in COMMANDS:
            code, out, _ = dictation(command, "--help")
            assert (code, f"dictation {command}" in out) == (0, True)

    def test_no_traceback_is_shown_unless_asked_for(self, dictation: Shell) -> None:
        (dictation.folder / "file").touch()
        home = str(dictation.folder / "file" / "home")
        code, out, err = dictation("history", "list", DICTATION_HOME=home)
        assert (code, out, told(err)) == (1, "", True)
        err = dictation("--debug", "history", "list", DICTATION_HOME=home)[2]
        assert err.startswith("Traceback")

    @pytest.mark.only_on("linux")
    def test_an_app_without_a_desktop_is_told(self, dictation: Shell) -> None:
        del dictation.environment["QT_QPA_PLATFORM"]
        code, out, err = dictation()
        assert (code, out, told(err)) == (1, "", True)

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
