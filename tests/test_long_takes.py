"""An hour that was recorded already is sent in pieces, and nothing is lost between them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from dictation.audio import RATE
from dictation.audio_files import open_audio
from dictation.audio_files.quiet import cuts
from dictation.credentials import Keys
from dictation.errors import EmptyAnswer, NoCredits
from dictation.paths import Places
from dictation.pieces import long_takes
from dictation.settings import Settings
from dictation.values import Watch
from dictation.wiring import Wiring
from tests.audio_samples import encoded
from tests.loopback import Loopback, serving
from tests.replies import error
from tests.speaking import heard, silence, words
from tests.test_credentials import Ring

WORDS = 1_200  # 14 minutes


def talk(count: int = WORDS) -> np.ndarray:
    """Words, with a longer pause after each tenth."""
    tens = [words(range(first, first + 10)) for first in range(0, count, 10)]
    return np.concatenate([part for ten in tens for part in (ten, silence(1.0))])


def kept(samples: np.ndarray) -> io.BytesIO:
    return io.BytesIO(encoded(samples[:, None].astype(np.float32) / 32768, RATE, "FLAC", "PCM_16"))


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as made:
        made.text = heard
        yield made


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[Wiring]:
    made = Wiring(Places(*(tmp_path / name for name in "csdxr")))
    made.keys = Keys(made.places, {"OPENAI_API_KEY": "sk-1"}, Ring())
    yield made
    for services in made._services.values():
        services.http.close()


def settings(server: Loopback) -> Settings:
    return Settings(provider="openai", model="whisper-1", base_url=server.openai)


def test_every_word_is_heard_once(server: Loopback, wiring: Wiring) -> None:
    partials: list[str] = []
    speech, chosen = open_audio(kept(talk())), settings(server)
    text = long_takes.transcribe(
        speech, chosen, wiring.services(chosen), Watch(partial=partials.append)
    ).text

    assert text.split() == [f"w{number}" for number in range(WORDS)]
    assert len([request for request in server.requests if request.method == "POST"]) == 3


def test_a_long_silence_among_it_is_no_failure(server: Loopback, wiring: Wiring) -> None:
    said = np.concatenate([talk(100), silence(900.0), talk(100)])
    chosen = settings(server)
    heard_ = long_takes.transcribe(open_audio(kept(said)), chosen, wiring.services(chosen), Watch())
    assert heard_.text.split() == 2 * [f"w{number}" for number in range(100)]


def test_nothing_but_silence_is_one(server: Loopback, wiring: Wiring) -> None:
    chosen = settings(server)
    with pytest.raises(EmptyAnswer):
        long_takes.transcribe(
            open_audio(kept(silence(700.0))), chosen, wiring.services(chosen), Watch()
        )


def test_what_one_piece_fails_with_the_whole_does(server: Loopback, wiring: Wiring) -> None:
    server.replies = [error(402, "No credits.")]
    chosen = settings(server)
    with pytest.raises(NoCredits):
        long_takes.transcribe(open_audio(kept(talk())), chosen, wiring.services(chosen), Watch())


def test_pieces_are_cut_in_pauses_and_never_longer_than_allowed() -> None:
    speech = open_audio(kept(talk(200)))
    found = cuts(speech, 30 * RATE)

    assert found[0][0] == 0
    assert found[-1][1] == round(speech.seconds * RATE)
    assert all(stop == start for (_, stop), (start, _) in pairwise(found))
    assert all(stop - start <= 30 * RATE for start, stop in found)
    for _start, stop in found[:-1]:
        assert not any(b"".join(speech.pcm(stop - RATE // 10, stop + RATE // 10)))
