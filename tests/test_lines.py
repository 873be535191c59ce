from __future__ import annotations

import pytest

from dictation.lines import order
from dictation.settings import row
from dictation.values import FORMATS


@pytest.mark.parametrize(
    ("speed", "live", "first"),
    [
        (1e9, False, ["wav", "pcm", "flac", "mp3", "ogg"]),
        (50e6, False, ["flac", "wav", "pcm", "mp3", "ogg"]),
        (None, False, ["flac", "wav", "pcm", "mp3", "ogg"]),
        (1e6, False, ["ogg", "mp3", "flac", "pcm", "wav"]),
        # What is sent while it is spoken needs no more than a line that keeps up with FLAC.
        (1e6, True, ["flac", "wav", "pcm", "mp3", "ogg"]),
        (None, True, ["flac", "wav", "pcm", "mp3", "ogg"]),
        (2e5, True, ["ogg", "mp3", "flac", "pcm", "wav"]),
    ],
)
def test_auto_goes_by_the_line(speed: float | None, live: bool, first: list[str]) -> None:
    wanted = order("auto", speed, live=live)

    assert list(wanted[:5]) == first
    assert set(wanted) == set(FORMATS)  # a file of any format may go as it is


@pytest.mark.parametrize("chosen", row("audio_format").choices[1:])
def test_a_chosen_format_stands_on_any_line_and_only_wav_beside_it(chosen: str) -> None:
    for speed in (None, 1e5, 1e7, 1e9):
        assert list(order(chosen, speed)) == [chosen, *(["wav"] if chosen != "wav" else [])]
