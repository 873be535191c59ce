"""What a crash left: found at the next start, closed, and called by its true name."""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from dictation.audio import wav_header
from dictation.audio_files import open_audio
from dictation.audio_files.encoding import remade
from dictation.history import History
from dictation.history.recovery import recover
from dictation.recordings import HEADER, WavWriter, close_up, in_use
from dictation.takes import Status, Take, begin

SECOND = bytes(range(250)) * 128  # of sound
WRITES = """
import sys
from pathlib import Path
from dictation.recordings import WavWriter
writer = WavWriter(Path(sys.argv[1]))
writer.append(bytes(48_000))
print("writing", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with closing(History(tmp_path / "history.sqlite", tmp_path / "recordings")) as opened:
        yield opened


def left(history: History, content: bytes | None, status: Status = "recording") -> Take:
    """A take as a crash leaves it: its row, and so much of its recording."""
    take = begin()
    path = history.recording(take.id)
    if content is not None:
        path.write_bytes(content)
    history.put(take := replace(take, status=status, audio=str(path)))
    return take


class TestATake:
    @pytest.mark.parametrize("status", ["recording", "transcribing", "delivering"])
    def test_left_under_way_is_interrupted(self, history: History, status: Status) -> None:
        take = left(history, wav_header(len(SECOND)) + SECOND, status)
        [found] = recover(history)
        assert (found.id, found.status, found.seconds) == (take.id, "interrupted", 1.0)
        assert history.get(take.id) == found
        assert recover(history) == []

    @pytest.mark.parametrize("status", ["delivered", "kept", "failed", "waiting", "cancelled"])
    def test_that_had_ended_stays_as_it_is(self, history: History, status: Status) -> None:
        left(history, wav_header(len(SECOND)) + SECOND, status)
        assert recover(history) == []

    def test_with_a_text_that_was_being_delivered_says_that_it_may_be_there(
        self, history: History
    ) -> None:
        take = left(history, wav_header(len(SECOND)) + SECOND, "delivering")
        history.put(replace(take, text="words"))
        [found] = recover(history)
        assert (found.text, found.delivery) == ("words", None)
        assert found.error
        assert "may be there already" in str(found.error["message"])

    def test_that_another_process_is_recording_is_left_alone(self, history: History) -> None:
        take = begin()
        path = history.recording(take.id)
        command = [sys.executable, "-c", WRITES, str(path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            assert other.stdin
            assert other.stdout
            assert other.stdout.readline() == b"writing\n"
            history.put(replace(take, audio=str(path)))
            assert in_use(path)
            assert recover(history) == []
            assert history.get(take.id).status == "recording"
            other.kill()
        assert not in_use(path)
        assert [found.seconds for found in recover(history)] == [1.5]

    def test_with_nothing_recorded_has_no_recording(self, history: History) -> None:
        for content in (None, b"", wav_header(0)):
            take = left(history, content)
            if content is not None:
                os.utime(history.recording(take.id), (0, 0))  # one that is new may be in the making
            [found] = recover(history)
            assert (found.id, found.seconds, found.audio) == (take.id, 0.0, None)
        assert list(history.recordings.glob("2*")) == []

    def test_of_a_newer_version_keeps_its_recording_untouched(self, history: History) -> None:
        newer = wav_header(len(SECOND), rate=48_000) + SECOND
        take = left(history, newer)
        [found] = recover(history)
        assert found.audio == take.audio
        assert found.error
        assert "newer version" in str(found.error["message"])
        assert history.recording(take.id).read_bytes() == newer

    def test_without_a_row_is_found_by_its_recording(self, history: History) -> None:
        take = begin()
        history.recording(take.id).write_bytes(wav_header(0) + SECOND)
        history.recording("holiday").write_bytes(wav_header(0) + SECOND)  # nobody knows whose
        [found] = recover(history)
        assert (found.id, found.status, found.seconds) == (take.id, "interrupted", 1.0)
        assert found.started_at[:19] == take.started_at[:19]
        assert history.recording("holiday").exists()

    def test_without_a_row_is_found_in_a_smaller_form_too(self, history: History) -> None:
        path = history.recording(begin().id)
        path.write_bytes(wav_header(len(SECOND)) + SECOND)
        smaller = remade(path, ".flac")
        [found] = recover(history)
        assert (found.audio, found.seconds) == (str(smaller), 1.0)

    @pytest.mark.expects_warnings
    def test_that_can_not_be_closed_hides_no_other(self, history: History) -> None:
        bad = left(history, None)
        history.recording(bad.id).mkdir()  # whatever makes opening it fail
        good = left(history, wav_header(0) + SECOND)
        assert [take.id for take in recover(history)] == [good.id]

    def test_of_a_newer_version_is_none_of_ours(self, history: History) -> None:
        history.recording(begin().id).write_bytes(wav_header(0) + SECOND)
        history.is_newest = False
        assert recover(history) == []

    def test_is_found_among_others_oldest_first(self, history: History) -> None:
        made = [left(history, wav_header(0) + SECOND * n) for n in (1, 2, 3)]
        made.sort(key=lambda take: take.id)
        assert [take.id for take in recover(history)] == [take.id for take in made]


class TestClosing:
    @pytest.mark.parametrize(
        "content",
        [
            wav_header(len(SECOND)) + SECOND,
            wav_header(100) + SECOND,  # killed between the samples and their header
            wav_header(0) + SECOND,
            wav_header(len(SECOND) * 9) + SECOND,  # the header reached the disk, the rest did not
            bytes(HEADER) + SECOND,  # the first page did not
            wav_header(len(SECOND)) + SECOND + b"x",  # half a sample
        ],
        ids=["whole", "behind", "empty header", "ahead", "no header", "half a sample"],
    )
    def test_makes_a_valid_file_of_any_end(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "take.wav"
        path.write_bytes(content)
        assert close_up(path) == 1.0
        with wave.open(str(path)) as file:
            assert (file.getnframes(), file.getframerate(), file.getnchannels()) == (
                16_000,
            ) * 2 + (1,)
            assert file.readframes(16_000) == SECOND
        assert open_audio(path).encoded({"wav"}).size == HEADER + len(SECOND)

    def test_every_length_that_a_kill_can_leave(self, tmp_path: Path) -> None:
        path = tmp_path / "take.wav"
        whole = wav_header(100) + bytes(100)
        for length in range(len(whole)):
            path.write_bytes(whole[:length])
            os.utime(path, (0, 0))
            assert close_up(path) == max(0, length - HEADER) // 2 / 16_000
            assert path.exists() == (length >= HEADER + 2)


def test_a_recording_is_due_for_the_disk_itself_at_first_and_every_two_seconds(
    tmp_path: Path,
) -> None:
    with WavWriter(tmp_path / "take.wav") as writer:
        assert writer.append(SECOND)
        assert not writer.append(SECOND)
        writer._synced -= 1.3  # as if it was so long ago: the next append may come in half a second
        assert writer.append(SECOND)
    writer.sync()  # once it is closed, too
    (tmp_path / "take.wav").unlink()
    writer.sync()  # it was made smaller meanwhile
