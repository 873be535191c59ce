"""`dictation transcribe` on every format and every bad file, by each of the three endpoints."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.audio_samples import BY_PYAV, BY_SOUNDFILE, sound_file
from tests.desktop import need
from tests.e2e.shell import Shell, told
from tests.fakes import sound
from tests.loopback import Loopback

ENDINGS = (*BY_SOUNDFILE, *BY_PYAV, "pcm", "raw", "pcm16")
# The form in which each travels where it can't as it is; Opus is Ogg.
CHAT = {"webm": "wav", "opus": "ogg"}
TRANSCRIPTIONS = {"aiff": "wav", "opus": "ogg", "pcm": "pcm", "raw": "pcm", "pcm16": "pcm"}
OPENAI = {"aiff": "wav", "aac": "wav", "opus": "ogg"}
RAW = {"pcm": "wav", "raw": "wav", "pcm16": "wav", "pcm24": "wav"}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    """A second of sound in each format, by the names of the files."""
    content = {f"{ending}.bin": sound_file(ending) for ending in (*BY_SOUNDFILE, *BY_PYAV)}
    pcm = sound(1).tobytes()
    wide = b"".join(b"\0" + pcm[at : at + 2] for at in range(0, len(pcm), 2))
    content |= {f"a.{ending}": pcm for ending in ("pcm", "raw", "pcm16")} | {"a.pcm24": wide}
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    return content


@pytest.mark.parametrize(
    ("path", "travels", "environment"),
    [
        ("/api/v1/chat/completions", CHAT, {}),
        (
            "/api/v1/audio/transcriptions",
            TRANSCRIPTIONS,
            {"DICTATION_OPENROUTER_ENDPOINT": "transcriptions"},
        ),
        ("/v1/audio/transcriptions", OPENAI, {"DICTATION_PROVIDER": "openai"}),
    ],
)
def test_every_format_arrives_as_it_is_or_as_a_wav(
    dictation: Shell,
    service: Loopback,
    files: dict[str, bytes],
    path: str,
    travels: dict[str, str],
    environment: dict[str, str],
) -> None:
    service.text = lambda audio: f"{len(audio)} bytes"
    base = service.openai if "openai" in environment.values() else service.openrouter
    code, out, err = dictation("transcribe", *files, **environment, DICTATION_BASE_URL=base)
    assert (code, err) == (0, "")
    sent = [request for request in service.requests if request.audio]
    assert {request.path for request in sent} == {path}
    assert out.splitlines() == [f"{len(request.audio)} bytes" for request in sent]
    for (name, content), request in zip(files.items(), sent, strict=True):
        first, last = name.split(".")
        ending = first if last == "bin" else last
        expected = (RAW | travels).get(ending, ending)
        assert request.format == expected, name
        if expected in (ending, "ogg", "pcm"):
            assert request.audio == content, name
        else:
            assert request.audio[:4] == b"RIFF", name
            assert len(request.audio) == pytest.approx(44 + 32_000, rel=0.1), name


@pytest.mark.only_on("linux", "darwin")
def test_every_bad_file_is_told_and_stops_no_other(
    dictation: Shell, service: Loopback, clip: Path, tmp_path: Path
) -> None:
    whole = {ending: sound_file(ending) for ending in ("wav", "flac", "mp3", "m4a", "webm", "ogg")}
    bad = [
        *("missing.wav", "folder", "empty.wav", "notes.txt", "random.mp3", "fifo.wav", "huge.wav"),
        *("header.wav", "odd.pcm", "/dev/zero", "no/such/folder/a.wav"),
        *(f"cut.{ending}" for ending in whole),
    ]
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.wav").touch()
    (tmp_path / "notes.txt").write_text("no sound here\n" * 50)
    (tmp_path / "random.mp3").write_bytes(bytes(n * n * 7 % 251 for n in range(5000)))
    os.mkfifo(tmp_path / "fifo.wav")
    (tmp_path / "huge.wav").write_bytes(whole["wav"][:44])
    os.truncate(tmp_path / "huge.wav", 3_000_000_000)
    (tmp_path / "header.wav").write_bytes(whole["wav"][:44])
    (tmp_path / "odd.pcm").write_bytes(b"abc")
    for ending, content in whole.items():
        (tmp_path / f"cut.{ending}").write_bytes(content[:30])
    code, out, err = dictation("transcribe", *bad, b"\xff.wav", clip.name, "--format", "json")
    assert code == 11
    *records, good = [json.loads(line) for line in out.splitlines()]
    assert len(records) == len(bad) + 1
    assert (good["text"], good["error"]) == (service.text, None)
    for name, record in zip(bad, records, strict=False):
        assert (record["status"], record["error"]["code"]) == ("failed", 11), name
        assert name in record["error"]["message"], record["error"]
        assert record["error"]["hint"], name
    assert "Traceback" not in err
    assert len([line for line in err.splitlines() if line.startswith("error: ")]) == len(records)
    assert len([request for request in service.requests if request.audio]) == 1
    assert len(dictation.history()) == len(records)


@pytest.mark.only_on("linux")
def test_a_file_without_permission_is_told(dictation: Shell, clip: Path) -> None:
    clip.chmod(0)
    command: tuple[str, ...] = (sys.executable, "-m", "dictation", "transcribe", clip.name)
    if not os.geteuid():  # who may read everything, unless that right is given up
        need("setpriv")
        command = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", *command)
    code, out, err = dictation.run(command)
    assert (code, out, told(err)) == (11, "", True)
    assert "permission" in err


def test_without_pyav_a_file_travels_as_it_is_or_says_what_to_install(
    dictation: Shell, service: Loopback, tmp_path: Path
) -> None:
    for ending in ("m4a", "webm"):
        (tmp_path / f"a.{ending}").write_bytes(sound_file(ending))
    script = (
        "import sys; sys.modules['av'] = None; from dictation.cli import main; sys.exit(main())"
    )
    code, out, err = dictation.run(
        (sys.executable, "-c", script, "transcribe", "a.m4a", "a.webm"),
        DICTATION_SPEECH_GATE="auto",
    )
    assert (code, out) == (11, f"{service.text}\n")
    assert "pip install" in err.splitlines()[-1]
    assert [request.format for request in service.requests if request.audio] == ["m4a"]


def test_the_standard_input_takes_a_file_or_raw_samples(
    dictation: Shell, service: Loopback
) -> None:
    pcm = sound(1).tobytes()
    assert dictation("transcribe", "-", given=sound_file("flac"))[:2] == (0, f"{service.text}\n")
    assert service.last.format == "flac"
    code, out, _ = dictation("transcribe", "-", "--rate", "8000", "--format", "json", given=pcm)
    assert (code, json.loads(out)["seconds"]) == (0, 2.0)
    for arguments in ((), ("--rate", "16000")):
        code, out, err = dictation("transcribe", "-", *arguments)
        assert (code, out, told(err)) == (11, "", True), arguments
    code, _, err = dictation("transcribe", "-", given=pcm)
    assert (code, "--rate" in err) == (11, True)
    code, _, err = dictation.run(f"{sys.executable} -m dictation transcribe - <&-")
    assert (code, told(err)) == (11, True)
    assert dictation("transcribe", "-", "--rate", "0", given=pcm)[0] == 2


def test_the_text_is_written_as_utf_8_whatever_the_locale(
    dictation: Shell, service: Loopback, clip: Path
) -> None:
    service.text = "Łódź – “Grüße” 🎤"
    code, out, err = dictation("transcribe", clip.name, PYTHONIOENCODING="latin-1")
    assert (code, out, err) == (0, f"{service.text}\n", "")


def test_an_output_that_can_not_be_written_is_told_before_anything_is_sent(
    dictation: Shell, service: Loopback, clip: Path
) -> None:
    code, out, err = dictation("transcribe", clip.name, "--output", "no/such/folder.txt")
    assert (code, out, told(err)) == (2, "", True)
    assert not service.requests


def test_a_history_that_can_not_be_written_hides_nothing(
    dictation: Shell, service: Loopback, clip: Path
) -> None:
    home = str(clip / "home")  # in a file
    code, out, err = dictation("transcribe", "missing.wav", clip.name, DICTATION_HOME=home)
    assert (code, out) == (11, f"{service.text}\n")
    assert "error: The audio can't be read: There is no file missing.wav." in err


@pytest.mark.only_on("linux")
def test_a_full_disk_behind_stdout_is_told(dictation: Shell, clip: Path) -> None:
    code, _, err = dictation.run(f"{sys.executable} -m dictation transcribe {clip} > /dev/full")
    assert (code, told(err)) == (1, True)
