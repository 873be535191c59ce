"""A take's sound while it is spoken: what may be read of it, and where it is cut."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from dictation.audio import RATE
from dictation.errors import Cancelled
from dictation.pieces.growing import Lengths
from dictation.speech import TAIL
from tests.desktop import until
from tests.speaking import Speaker, heard, silence, word, words

LENGTHS = Lengths(3.0, 4.0, 6.0)


class Reader(threading.Thread):
    """Reads a piece as it comes."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__(daemon=True)
        self.blocks, self.pcm, self.error = blocks, b"", None
        self.start()

    def run(self) -> None:
        try:
            for block in self.blocks:
                self.pcm += block
        except Cancelled as error:
            self.error = error

    @property
    def seconds(self) -> float:
        return len(self.pcm) / 2 / RATE


@pytest.fixture
def speaker() -> Speaker:
    return Speaker()


def pieces(speaker: Speaker) -> list[bytes]:
    found: list[bytes] = []
    while not found or not speaker.growing.is_last(len(found) - 1):
        found.append(b"".join(speaker.growing.read(len(found))))
    return found


def test_what_is_said_is_read_at_once_and_the_end_ends_it(speaker: Speaker) -> None:
    reader = Reader(speaker.growing.read(0))
    speaker.say(words(range(5)))
    until("all is read", lambda: reader.seconds > 2.8)
    speaker.say(words(range(5, 8)))
    recording = speaker.stop()
    reader.join(5)

    assert reader.pcm == b"".join(recording.pcm())
    assert heard(reader.pcm) == "w0 w1 w2 w3 w4 w5 w6 w7"


def test_nothing_is_read_that_is_not_on_disk(speaker: Speaker) -> None:
    reader = Reader(speaker.growing.read(0))
    speaker.say(words(range(3)))
    speaker.say(words(range(3, 9)), stored=False)
    until("what is on disk is read", lambda: reader.seconds > 1.7)
    threading.Event().wait(0.1)

    assert reader.seconds <= 1.8
    speaker.stop()
    reader.join(5)
    assert heard(reader.pcm).endswith("w8")


def test_silence_is_held_back_until_someone_speaks_again(speaker: Speaker) -> None:
    reader = Reader(speaker.growing.read(0))
    speaker.say(word(0))
    speaker.say(silence(3.0))
    until("the word is read", lambda: reader.seconds > 0.4)
    assert reader.seconds <= 0.4 + TAIL / RATE + 0.04
    speaker.say(word(1))
    until("the pause as well", lambda: reader.seconds > 3.4)
    speaker.say(silence(1.0))
    recording = speaker.stop()
    reader.join(5)

    assert reader.seconds == recording.seconds < 4.4


def test_a_long_silence_is_read_so_that_no_server_loses_patience(speaker: Speaker) -> None:
    reader = Reader(speaker.growing.read(0))
    speaker.say(word(0))
    speaker.say(silence(8.0))
    until("it is read", lambda: reader.seconds > 8.0)
    speaker.stop()
    reader.join(5)


def test_who_waits_for_a_take_that_is_given_up_hears_of_it(speaker: Speaker) -> None:
    reader = Reader(speaker.growing.read(0))
    speaker.say(word(0))
    speaker.growing.give_up()
    reader.join(5)

    assert isinstance(reader.error, Cancelled)


def test_it_begins_once_there_is_enough_with_speech_in_it(speaker: Speaker) -> None:
    begun = threading.Thread(target=speaker.growing.wait, args=(0, 2 * RATE), daemon=True)
    begun.start()
    speaker.say(silence(3.0))
    speaker.say(word(0, 0.05))
    assert begun.is_alive()
    speaker.say(word(0))
    begun.join(5)
    assert not begun.is_alive()


class TestPieces:
    def test_join_to_the_whole_and_no_word_is_cut(self, speaker: Speaker) -> None:
        speaker.growing.cut_by(LENGTHS, LENGTHS)
        for first in range(0, 60, 5):
            speaker.say(words(range(first, first + 5)))
            speaker.say(silence(0.5))
        recording = speaker.stop()
        found = pieces(speaker)

        assert b"".join(found) == b"".join(recording.pcm())
        assert " ".join(heard(pcm) for pcm in found).split() == [f"w{n}" for n in range(60)]
        assert len(found) > 8
        assert all(len(pcm) / 2 / RATE <= LENGTHS.longest + 0.2 for pcm in found)

    def test_are_cut_only_where_nothing_was_read_yet(self, speaker: Speaker) -> None:
        speaker.growing.cut_by(LENGTHS, LENGTHS)
        reader = Reader(speaker.growing.read(0))
        for first in range(0, 15, 5):
            speaker.say(words(range(first, first + 5)))
            speaker.say(silence(0.5))
            said = first * 0.6
            until("it keeps up", lambda said=said: not reader.is_alive() or reader.seconds > said)
        speaker.stop()
        reader.join(5)
        start, stop = speaker.growing.bounds(0)

        assert stop is not None
        assert len(reader.pcm) == 2 * (stop - start)

    def test_wait_for_a_long_pause_before_they_take_a_short_one(self, speaker: Speaker) -> None:
        speaker.growing.cut_by(LENGTHS, LENGTHS)
        speaker.say(words(range(6), pause=0.3))  # 4.2 s: from 4 s on any pause will do
        assert speaker.growing.bounds(0)[1] is not None
        other = Speaker()
        other.growing.cut_by(LENGTHS, LENGTHS)
        other.say(words(range(5), pause=0.3))
        assert other.growing.bounds(0)[1] is None
        other.say(silence(0.5))
        assert other.growing.bounds(0)[1] is not None

    def test_end_anywhere_where_nobody_pauses(self, speaker: Speaker) -> None:
        speaker.growing.cut_by(LENGTHS, LENGTHS)
        speaker.say(np.tile(word(1, 1.0), 15))
        recording = speaker.stop()
        found = pieces(speaker)

        assert b"".join(found) == b"".join(recording.pcm())
        assert all(len(pcm) / 2 / RATE <= LENGTHS.longest + 0.2 for pcm in found)

    def test_know_where_someone_speaks_in_them(self, speaker: Speaker) -> None:
        speaker.growing.cut_by(LENGTHS, LENGTHS)
        speaker.say(words(range(5)))
        speaker.say(silence(2.0))
        speaker.say(words(range(5, 7)))
        speaker.stop()
        bounds = [speaker.growing.bounds(index) for index in range(2)]
        first, second = (speaker.growing.track(a, b or 0) for a, b in bounds)

        assert (first.spoken, second.spoken) == (True, True)
        assert first.seconds + second.seconds == pytest.approx(speaker.track.seconds, abs=0.07)
        assert second.pauses[0][0] == 0


def test_what_is_let_go_is_read_from_where_it_is_kept(speaker: Speaker) -> None:
    said = np.concatenate([words(range(50)), words(range(50))])
    pcm = said.astype("<i2").tobytes()
    speaker.audio.append(said)
    before = speaker.audio.read(0, len(said))
    speaker.audio.let_go(len(said) - RATE, lambda start, stop: pcm[2 * start : 2 * stop])

    assert speaker.audio.read(0, len(said)) == before == pcm
    assert speaker.audio.read(3, 11 * RATE + 5) == pcm[6 : 22 * RATE + 10]
    assert sum(chunk is None for chunk in speaker.audio._chunks) == 5
    speaker.audio.append(word(1))
    assert speaker.audio.read(len(said), len(said) + 5) == word(1)[:5].astype("<i2").tobytes()
