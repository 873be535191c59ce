"""What becomes of kept recordings: smaller, and gone when their time is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dictation import housekeeping
from dictation.audio_files import open_audio, open_kept
from dictation.audio_files.encoding import remade
from dictation.errors import AudioFileError
from dictation.history import History
from dictation.housekeeping import shrink, sweep
from dictation.recordings import WavWriter
from dictation.settings import Settings
from dictation.takes import Status, Take, begin, stamp
from tests.audio_samples import tone_pcm

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with closing(History(tmp_path / "history.sqlite", tmp_path / "recordings")) as opened:
        yield opened


def kept(
    history: History, days: float, status: Status = "delivered", text: str = "x", seconds: float = 2
) -> Take:
    """A take that ended so many days before NOW."""
    began = NOW - timedelta(days=days)
    take = replace(begin(began), started_at=stamp(began), status=status, text=text)
    path = history.recording(take.id)
    with WavWriter(path) as file:
        file.append(tone_pcm(seconds))
    take = replace(take, audio=str(path), seconds=seconds)
    history.put(take)
    return take


def left(history: History, settings: Settings) -> list[tuple[str, bool]]:
    """Which takes there are after a sweep, and whether each has its recording."""
    sweep(history, settings, now=NOW)
    files = {path.stem for path in history.recordings.glob("2*")}
    rows = [(take.id, take.audio is not None) for take in history.newest()[::-1]]
    assert {id_ for id_, audio in rows if audio} == files
    return rows


class TestSweep:
    def test_by_days_takes_recordings_and_leaves_texts(self, history: History) -> None:
        old, new = kept(history, 31), kept(history, 29)
        assert left(history, Settings()) == [(old.id, False), (new.id, True)]
        assert history.get(old.id).text == "x"

    def test_leaves_what_is_under_way_or_waits_however_old(self, history: History) -> None:
        states: tuple[Status, ...] = ("recording", "transcribing", "delivering", "waiting")
        made = [kept(history, 400, status, "") for status in states]
        hardest = Settings(keep_audio_days=1, keep_audio_gb=0, keep_text_days=1)
        assert left(history, hardest) == sorted((take.id, True) for take in made)

    def test_of_no_days_takes_a_recording_once_its_text_is_there(self, history: History) -> None:
        failed, done = kept(history, 2, "failed", ""), kept(history, 0.001)
        assert left(history, Settings(keep_audio_days=0)) == [(failed.id, True), (done.id, False)]

    def test_of_no_days_takes_what_nobody_said_after_one(self, history: History) -> None:
        old, new = kept(history, 1.1, "no_speech", ""), kept(history, 0.9, "no_speech", "")
        assert left(history, Settings(keep_audio_days=0)) == [(old.id, False), (new.id, True)]

    def test_of_no_days_leaves_the_sound_of_a_draft(self, history: History) -> None:
        take = kept(history, 1, "failed", "a draft")
        assert left(history, Settings(keep_audio_days=0)) == [(take.id, True)]

    def test_by_size_takes_the_oldest_whose_text_is_there(self, history: History) -> None:
        unsent = kept(history, 9, "failed", "")
        made = [kept(history, days) for days in (4, 3, 2, 1)]
        room = Settings(keep_audio_gb=3 * 64_100 / 1e9)
        rows = [(unsent.id, True), *((take.id, n > 1) for n, take in enumerate(made))]
        assert left(history, room) == rows
        none = [(take.id, False) for take in made]
        assert left(history, Settings(keep_audio_gb=0)) == [(unsent.id, True), *none]

    def test_by_days_of_text_takes_the_whole_take(self, history: History) -> None:
        kept(history, 8)
        new = kept(history, 6)
        assert left(history, Settings(keep_text_days=7)) == [(new.id, True)]

    def test_takes_a_cancelled_take_after_a_day_and_a_slip_at_once(self, history: History) -> None:
        kept(history, 1.1, "cancelled", "")
        undoable = kept(history, 0.9, "cancelled", "")
        kept(history, 0.1, "cancelled", "", seconds=0.9)
        assert left(history, Settings()) == [(undoable.id, True)]


class TestSmaller:
    def test_flac_at_once_and_opus_after_a_day(self, history: History) -> None:
        old, new = kept(history, 1.1), kept(history, 0.9)
        unsent = kept(history, 1.2, "interrupted", "")
        shrink(history, NOW)
        forms = {take.id: Path(take.audio or "").suffix for take in history.newest()}
        assert forms == {old.id: ".ogg", new.id: ".flac", unsent.id: ".flac"}
        assert len(list(history.recordings.glob("2*"))) == 3
        before = open_audio(Path(history.get(new.id).audio or ""))
        assert b"".join(before.pcm()) == tone_pcm(2)
        assert open_kept(Path(old.audio or "")).seconds == pytest.approx(2.0, abs=0.05)

    def test_leaves_a_file_that_is_being_recorded(self, history: History) -> None:
        take = begin()
        path = history.recording(take.id)
        with WavWriter(path) as file:
            file.append(bytes(32_000))
            history.put(replace(take, audio=str(path), status="kept"))
            shrink(history, NOW)
            assert path.exists()
        shrink(history, NOW)
        assert not path.exists()

    def test_a_tenth_is_left_of_speech(self, history: History) -> None:
        take = kept(history, 2, seconds=30)
        shrink(history, NOW)
        assert Path(history.get(take.id).audio or "").stat().st_size < 30 * 32_000 / 7

    def test_what_can_not_be_read_stays_as_it_is(self, history: History) -> None:
        take = kept(history, 2)
        path = Path(take.audio or "")
        path.write_bytes(b"no sound at all")
        shrink(history, NOW)
        assert path.read_bytes() == b"no sound at all"
        with pytest.raises(AudioFileError):
            remade(path, ".flac")
        assert [file.name for file in history.recordings.glob("2*")] == [path.name]


def test_a_clock_that_was_set_is_told_from_one_that_ran() -> None:
    wall, running = [1_000.0], [5.0]
    clock = housekeeping.Clock(lambda: wall[0], lambda: running[0])
    wall[0], running[0] = 90_000.0, 89_005.0  # a day later
    assert not clock.jumped()
    wall[0] += 365 * 86_400
    assert clock.jumped()
    assert not clock.jumped()  # it stays so: that is the time now


def test_a_recording_deleted_while_it_is_made_smaller_stays_so(history: History) -> None:
    take = kept(history, 0.1)
    history.delete([take])
    kept_path = history.recording(take.id)
    with WavWriter(kept_path) as file:
        file.append(tone_pcm(1))
    housekeeping._smaller(history, take, ".flac")
    assert not list(history.recordings.glob("2*"))


def test_a_sweep_of_a_broken_history_is_told_elsewhere(tmp_path: Path) -> None:
    from dictation.paths import Places

    (tmp_path / "d").write_text("a file where the folder should be")
    crashes: list[Exception] = []
    places = Places(*(tmp_path / name for name in ("c", "s", "d", "x", "r")))
    keeper = housekeeping.Housekeeping(places, Settings, crashes.append)
    keeper.sweep()
    keeper.close(5)
    assert crashes == []
