"""Takes as files: what each form holds, and what is said where there is nothing to write."""

from __future__ import annotations

import json
import wave
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from dictation.audio_files.encoding import remade
from dictation.errors import UsageError
from dictation.exporting import LINE, export, md, srt
from dictation.recordings import WavWriter
from dictation.takes import Take
from dictation.values import Segment
from tests.fakes import sound


def take(id_: str, text: str = "Some words.", **more: object) -> Take:
    made = {"seconds": 4.0, "text": text, **more}
    return replace(Take(id_, "delivered", "2026-03-01T12:00:00.000Z"), **made)  # type: ignore[arg-type]


def recorded(folder: Path, id_: str) -> Take:
    path = folder / f"{id_}.wav"
    with WavWriter(path) as file:
        file.append(sound(1.0).tobytes())
    return take(id_, audio=str(path))


def test_texts_go_into_one_file_and_what_has_none_is_left_out(tmp_path: Path) -> None:
    takes = [take("a", "First."), take("b", ""), take("c", "Łódź \ud800")]
    assert export(takes, "txt", tmp_path / "all.txt") == [tmp_path / "all.txt"]
    written = (tmp_path / "all.txt").read_text(encoding="utf-8")
    assert written.index("First.") < written.index("Łódź")
    assert written.count("2026-03-01T12:00:00.000Z") == 2
    export(takes, "json", tmp_path / "all.json")
    assert [row["id"] for row in json.loads((tmp_path / "all.json").read_text())] == ["a", "b", "c"]


def test_markdown_shows_the_words_as_they_are() -> None:
    text = "# no heading\n1. no *list*\n- <b>"
    assert md([take("a", text)]).endswith("\\# no heading\n1\\. no \\*list\\*\n\\- \\<b\\>\n\n")
    assert md([take("a"), take("b")]).count("\n# ") + 1 == 1
    assert md([take("a", "")]) == ""


def test_subtitles_go_by_the_times_that_were_heard() -> None:
    made = srt(
        [take("a", segments=(Segment(0.5, 1.25, "Some"), Segment(3661.0, 3662.5, "words.")))]
    )
    assert made == (
        "1\n00:00:00,500 --> 00:00:01,250\nSome\n\n2\n01:01:01,000 --> 01:01:02,500\nwords.\n"
    )


def test_subtitles_of_a_corrected_text_hold_the_correction() -> None:
    heard = (Segment(0.0, 4.0, "meat"),)
    made = srt([take("a", "meet", segments=heard, uncorrected="meat")])
    assert made == "1\n00:00:00,000 --> 00:00:04,000\nmeet\n"


@pytest.mark.parametrize("text", ["many words " * 40, "会議" * 200])
def test_a_long_text_is_spread_over_its_time_in_pairs_of_lines(text: str) -> None:
    blocks = srt([take("a", text, seconds=60.0)]).strip().split("\n\n")
    lines = [line for block in blocks for line in block.splitlines()[2:]]
    assert len(blocks) > 3
    assert max(map(len, lines)) <= LINE
    assert "".join("".join(lines).split()) == "".join(text.split())
    times = [block.splitlines()[1] for block in blocks]
    assert times[0].startswith("00:00:00,000")
    assert times[-1].endswith("00:01:00,000")
    assert all(a[17:] == b[:12] for a, b in pairwise(times))


def test_sound_is_a_wav_each_whatever_it_was_kept_as(tmp_path: Path) -> None:
    one, other = recorded(tmp_path, "a"), recorded(tmp_path, "b")
    assert other.audio
    flac = remade(Path(other.audio), ".flac")
    counted: list[int] = []
    made = export(
        [one, replace(other, audio=str(flac)), take("c")],
        "wav",
        tmp_path / "out",
        done=lambda count: not counted.append(count),
    )
    assert made == [tmp_path / "out" / "a.wav", tmp_path / "out" / "b.wav"]
    assert counted == [1, 2]
    for path in made:
        with wave.open(str(path)) as file:
            assert file.getnframes() == 16_000


def test_one_take_is_one_file_and_a_long_export_can_be_given_up(tmp_path: Path) -> None:
    takes = [recorded(tmp_path, "a"), recorded(tmp_path, "b")]
    assert export(takes[:1], "wav", tmp_path / "x.wav") == [tmp_path / "x.wav"]
    assert len(export(takes, "wav", tmp_path / "out", done=lambda _count: False)) == 1


@pytest.mark.parametrize("form", ["txt", "srt", "wav"])
def test_nothing_to_write_is_told_and_leaves_no_file(form: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as told:
        export([take("a", "")], form, tmp_path / "out")
    assert told.value.hint
    assert not (tmp_path / "out").exists()


def test_a_place_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        export([take("a")], "md", tmp_path / "nowhere" / "a.md")
    (tmp_path / "file").touch()
    with pytest.raises(UsageError) as told:
        export([take("a"), take("b")], "srt", tmp_path / "file")
    assert "folder" in told.value.hint
