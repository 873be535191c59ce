"""The takes on disk."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dictation.errors import UsageError
from dictation.history import History
from dictation.recordings import WavWriter
from dictation.takes import Take, begin
from dictation.values import TIMINGS, Segment

NOW = datetime(2026, 3, 1, 12, 0, 0, 987654, tzinfo=UTC)
FULL = Take(
    id="260301-120000-ab12",
    status="delivered",
    started_at="2026-03-01T12:00:00.987Z",
    text="Grüße",
    raw_text="<think></think>Grüße",
    provider="openrouter",
    model="a/b",
    language="de",
    seconds=1.23456,
    cost_usd=0.0001,
    audio="/somewhere.wav",
    error={"title": "T", "message": "m", "hint": "h", "code": 7},
    delivery={"backend": "x11", "confirmed": True},
    segments=(Segment(0.0, 1.2, "Grüße"), Segment(1.2, 2.0, "du", "A")),
    timings={"stopped": 1200.5, "confirmed": None},
)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    opened = History(tmp_path / "history.sqlite", tmp_path / "recordings")
    yield opened
    opened.close()


def takes(count: int) -> list[Take]:
    return [begin(NOW + timedelta(seconds=second)) for second in range(count)]


def test_a_take_comes_back_as_it_was_put(history: History) -> None:
    full = replace(FULL, audio=str(history.recording(FULL.id)))
    history.put(full)
    assert history.get(FULL.id).as_json() == full.as_json()


def test_a_record_has_every_part_of_the_contract() -> None:
    record = begin(NOW).as_json()
    assert record["started_at"] == "2026-03-01T12:00:00.987Z"
    assert set(record["timings"]) == set(TIMINGS)
    assert (record["cost_usd"], record["delivery"], record["error"]) == (None, None, None)


def test_lists_are_newest_first(history: History) -> None:
    made = takes(5)
    for take in made:
        history.put(take)
    assert [take.id for take in history.newest(3)] == [take.id for take in made[:1:-1]]


class TestFinding:
    def test_takes_the_beginning_of_an_id_or_last(self, history: History) -> None:
        made = takes(3)
        for take in made:
            history.put(take)
        assert history.get("last").id == made[2].id
        assert history.get(made[1].id[:13]).id == made[1].id

    @pytest.mark.parametrize("id_", ["nothing", "%", "260301", ""])
    def test_tells_of_none_and_of_several(self, history: History, id_: str) -> None:
        for take in takes(3):
            history.put(take)
        with pytest.raises(UsageError):
            history.get(id_)


def test_deleting_removes_row_and_recording(history: History) -> None:
    take = begin()
    path = history.recording(take.id)
    take = replace(take, audio=str(path))
    history.put(take)
    path.write_bytes(b"sound")
    history.delete([take])
    assert not path.exists()
    assert history.newest() == []


def test_the_last_text_is_that_of_the_newest_take_that_has_one(history: History) -> None:
    first, second, third = takes(3)
    history.put(replace(first, text="one"))
    history.put(replace(second, text="two"))
    history.put(third)
    assert (found := history.last_text())
    assert found.text == "two"


def test_what_an_earlier_run_left_unfinished_is_interrupted(history: History) -> None:
    made = takes(3)
    for take, status in zip(made, ("recording", "delivered", "transcribing"), strict=True):
        history.put(replace(take, status=status))
    assert [take.id for take in history.interrupt()] == [made[0].id, made[2].id]
    assert [take.status for take in history.newest()] == ["interrupted", "delivered", "interrupted"]


def test_an_interrupted_take_is_as_long_as_its_recording(history: History) -> None:
    take = takes(1)[0]
    path = history.recording(take.id)
    journal = WavWriter(path)
    journal.append(bytes(48_000))
    history.put(replace(take, status="recording", audio=str(path)))
    assert [found.seconds for found in history.interrupt()] == [1.5]
    assert history.get(take.id).seconds == 1.5
    journal.close()


def test_the_name_of_a_file_may_be_no_text(history: History) -> None:
    told = {"title": "T", "message": "There is no file \udcff.", "hint": "", "code": 11}
    take = replace(takes(1)[0], status="failed", error=told)
    history.put(take)
    assert history.get(take.id).error == told


def test_two_programs_write_at_once(tmp_path: Path, history: History) -> None:
    other = History(tmp_path / "history.sqlite", tmp_path / "recordings")
    first, second = takes(2)
    history.put(first)
    other.put(second)
    assert len(history.newest()) == len(other.newest()) == 2
    other.close()


def test_files_are_for_the_user_alone(tmp_path: Path, history: History) -> None:
    assert (tmp_path / "history.sqlite").stat().st_mode & 0o777 == 0o600
    with WavWriter(history.recording("x")) as writer:
        writer.append(b"\0\0")
    assert history.recording("x").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "recordings").stat().st_mode & 0o777 == 0o700


def test_a_recording_is_a_whole_wav_after_each_append(tmp_path: Path) -> None:
    with WavWriter(tmp_path / "take.wav") as writer:
        for seconds in range(3):
            with wave.open(str(tmp_path / "take.wav")) as file:
                assert (file.getnframes(), file.getframerate()) == (seconds * 16_000, 16_000)
            writer.append(bytes(32_000))


def test_a_recording_without_a_sound_is_not_kept(tmp_path: Path) -> None:
    with WavWriter(tmp_path / "take.wav"):
        assert (tmp_path / "take.wav").exists()
    assert not (tmp_path / "take.wav").exists()
