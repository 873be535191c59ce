"""`dictation calibrate` as a script runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.shell import Shell, told
from tests.loopback import TEXT, Loopback
from tests.replies import Reply, error


@pytest.fixture
def said(tmp_path: Path) -> Path:
    path = tmp_path / "said.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_it_prints_the_best_first_and_what_went_wrong(
    dictation: Shell, service: Loopback, clip: Path, said: Path
) -> None:
    wrong = Reply(body={"text": "The meeting starts at tin.", "usage": {"cost": 0.001}})
    service.answer = lambda r: {
        "openai/whisper-1": wrong,
        "bad/one": error(404, "No such model", error_type="not_found"),
    }.get(r.model)
    models = ("openai/whisper-1", "bad/one", "openrouter:google/gemini-2.5-flash")
    asked = ("calibrate", str(clip), "--text", str(said))
    named = [part for name in models for part in ("--model", name)]
    code, out, err = dictation(*asked, *named, "--json")
    best, second, failed = json.loads(out)
    assert code == 0
    assert [row["model"] for row in (best, second, failed)] == [
        "google/gemini-2.5-flash",
        "openai/whisper-1",
        "bad/one",
    ]
    assert (best["errors"], best["words"], best["cost_usd"]) == (0, 7, 0.00042)
    assert second["slips"] == [{"said": "ten tomorrow morning", "heard": "tin"}]
    assert failed["error"]["title"] == "Model not found"
    assert "trying 3 for about $" in err
    assert [r.model for r in service.requests if r.method == "POST"].count("bad/one") == 1

    code, out, _err = dictation(*asked, *named)
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["0.0%", "42.9%", "-"]


def test_where_nobody_answers_the_code_is_the_first_failures(
    dictation: Shell, service: Loopback, clip: Path, said: Path
) -> None:
    service.answer = lambda r: error(402, "No credits") if r.method == "POST" else None
    code, _out, _err = dictation("calibrate", str(clip), "--text", str(said), "--model", "a/b")
    assert code == 5


def test_without_its_words_a_recording_is_not_sent(
    dictation: Shell, service: Loopback, clip: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty.txt").write_text(" \n")
    for name in ("empty.txt", "missing.txt"):
        code, out, err = dictation("calibrate", str(clip), "--text", name)
        assert (code, out) == (2, "")
        assert told(err)
    assert service.requests == []
