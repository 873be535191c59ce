"""The basic recogniser: a real child process that hears real, synthesised speech."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from dictation.audio import RATE, Audio, Recording, Samples
from dictation.audio_files import AudioFile, open_audio
from dictation.errors import Cancelled, MissingPart, ServerFault
from dictation.net import Http
from dictation.providers import offline
from dictation.providers.offline import COMMAND, LONGEST, MARGIN, Recogniser, pieces, transcribe
from dictation.speech import Track
from dictation.values import Request, Transcript, Watch
from tests.desktop import need, until

WORDS = "The meeting starts at ten tomorrow morning. Please send me the report before lunch."
HEARD = "the meeting starts at ten tomorrow morning please send me the report before lunch"
NOBODY = cast(Http, None)  # this way asks no network

pytestmark = pytest.mark.skipif(
    not find_spec("pocketsphinx"), reason="PocketSphinx is not offered for this Python"
)


@pytest.fixture(scope="module")
def meeting(tmp_path_factory: pytest.TempPathFactory) -> AudioFile:
    """The two sentences, spoken by flite."""
    need("flite")
    wav = tmp_path_factory.mktemp("speech") / "meeting.wav"
    subprocess.run(["flite", "-voice", "slt", "-t", WORDS, "-o", str(wav)], check=True)
    return open_audio(wav)


@pytest.fixture(scope="module")
def recogniser() -> Iterator[Recogniser]:
    made = Recogniser()
    made.warm()
    yield made
    made.end()


def ask(speech: object, through: Recogniser, watch: Watch | None = None) -> Transcript:
    request = Request(base_url="", model="")
    return transcribe(speech, request, NOBODY, watch or Watch(), through=through)  # type: ignore[arg-type]


def child_of(recogniser: Recogniser) -> subprocess.Popen[bytes]:
    assert recogniser.child is not None
    return recogniser.child


def samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, "<i2")


class Steps:
    """A detector that hears speech in the windows named."""

    def __init__(self, *spoken: range) -> None:
        self.spoken, self.window = spoken, -1

    def process_chunk(self, audio: bytes) -> float:
        self.window += 1
        return float(any(self.window in windows for windows in self.spoken))


def track(windows: int, *spoken: range) -> Track:
    heard = Track(Steps(*spoken))
    heard.feed(bytes(windows * 1024))
    return heard.finish()


@pytest.mark.only_on("linux")
def test_the_child_gets_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMEBODYS_API_KEY", "sk-123")
    made = Recogniser((sys.executable, "-c", "input()"))
    made.warm()
    told = Path(f"/proc/{child_of(made).pid}/environ")
    environment = until("its environment", lambda: b"PATH=" in (had := told.read_bytes()) and had)
    made.end()
    assert environment
    assert b"sk-123" not in environment


class TestPieces:
    def test_silence_around_speech_is_left_out(self) -> None:
        heard = track(300, range(100, 200))
        assert pieces(heard, 300 * 512) == [(100 * 512 - MARGIN, heard.end)]

    def test_silent_stretch_is_not_heard(self) -> None:
        heard = track(800, range(200), range(600, 800))
        assert pieces(heard, 800 * 512) == [
            (0, 200 * 512 + MARGIN),
            (600 * 512 - MARGIN, 800 * 512),
        ]

    def test_short_pauses_are_heard_and_long_takes_are_cut_in_one(self) -> None:
        heard = track(430, range(100), range(115, 215), range(230, 330), range(345, 430))
        assert pieces(heard, 430 * 512) == [
            (0, 215 * 512 + MARGIN),
            (230 * 512 - MARGIN, 430 * 512),
        ]

    def test_speech_without_a_pause_is_cut_at_the_longest_piece(self) -> None:
        assert pieces(track(500, range(500)), 500 * 512) == [
            (0, LONGEST),
            (LONGEST, 500 * 512),
        ]

    def test_take_without_speech_is_heard_whole_when_it_is_sent_anyway(self) -> None:
        assert pieces(track(100), 100 * 512) == [(0, 100 * 512)]


class TestHearing:
    def test_spoken_sentences_are_heard_word_for_word(
        self, meeting: AudioFile, recogniser: Recogniser
    ) -> None:
        partial: list[str] = []
        heard = ask(meeting, recogniser, Watch(partial=partial.append))
        assert heard.text == heard.raw_text == HEARD
        assert (heard.provider, heard.model) == ("offline", "pocketsphinx en-us")
        assert heard.cost_usd is None
        assert partial[-1] == HEARD
        assert heard.segments is not None
        assert " ".join(segment.text for segment in heard.segments) == HEARD
        assert 0 <= heard.segments[0].start < heard.segments[-1].end <= meeting.seconds

    def test_take_of_several_pieces_is_joined_with_spaces(
        self, meeting: AudioFile, recogniser: Recogniser
    ) -> None:
        pcm = b"".join(meeting.pcm()) + bytes(RATE)
        audio, heard, partial = Audio(), Track(), []
        for _ in range(3):
            audio.append(samples(pcm))
            heard.feed(pcm)
        take = Recording(audio, audio.samples, heard.finish())
        found = ask(take, recogniser, Watch(partial=partial.append))
        assert found.text == " ".join([HEARD] * 3)
        assert len(partial) == len(found.segments or ()) >= 2

    def test_take_that_is_given_up_ends_between_pieces(
        self, meeting: AudioFile, recogniser: Recogniser
    ) -> None:
        with pytest.raises(Cancelled):
            ask(meeting, recogniser, Watch(cancelled=lambda: True))

    def test_take_that_waits_its_turn_can_be_given_up(
        self, meeting: AudioFile, recogniser: Recogniser
    ) -> None:
        with recogniser.turn, pytest.raises(Cancelled):
            ask(meeting, recogniser, Watch(cancelled=lambda: True))

    def test_two_takes_at_once_share_one_process(
        self, meeting: AudioFile, recogniser: Recogniser
    ) -> None:
        child = child_of(recogniser)
        texts: list[str] = []

        def take() -> None:
            texts.append(ask(meeting, recogniser).text)

        threads = [threading.Thread(target=take) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert texts == [HEARD] * 2
        assert child_of(recogniser) is child


class TestProcess:
    def test_process_killed_before_a_take_is_started_again(
        self, meeting: AudioFile, recogniser: Recogniser
    ) -> None:
        child_of(recogniser).kill()
        assert ask(meeting, recogniser).text == HEARD

    def test_process_killed_in_mid_take_is_started_again(
        self, meeting: AudioFile, recogniser: Recogniser
    ) -> None:
        pcm = b"".join(meeting.pcm())
        child = child_of(recogniser)
        os.kill(child.pid, signal.SIGSTOP)  # so that it is surely in the middle
        killing = threading.Timer(0.2, child.kill)
        killing.start()
        assert recogniser.hear(pcm) == HEARD

    def test_process_that_ends_again_and_again_is_a_fault_worth_another_try(self) -> None:
        with pytest.raises(ServerFault) as fault:
            Recogniser([sys.executable, "-c", "raise SystemExit"]).hear(bytes(100))
        assert fault.value.again

    def test_recogniser_that_cannot_be_loaded_is_a_missing_part(self) -> None:
        says = 'print(\'{"error": "no model"}\', flush=True); input()'
        broken = Recogniser([sys.executable, "-c", says])
        with pytest.raises(MissingPart, match="no model"):
            broken.hear(b"\n")
        broken.end()

    def test_process_ends_by_itself_when_unused(self) -> None:
        child = Recogniser([*COMMAND, "0.1"])
        child.warm()
        assert child_of(child).wait(20) == 0
        child.end()

    def test_process_ends_when_its_parent_does(self) -> None:
        start = (
            "from dictation.providers.offline import Recogniser\n"
            "made = Recogniser(); made.warm(); print(made.child.pid, flush=True)\n"
            "import os; os.kill(os.getpid(), 9)"
        )
        parent = subprocess.run(
            [sys.executable, "-c", start], stdout=subprocess.PIPE, check=False, text=True
        )
        child = Path(f"/proc/{int(parent.stdout)}")
        until("the child's end", lambda: not child.exists() or "Z (zombie)" in state(child))

    def test_process_loads_nothing_else_of_the_program(self) -> None:
        path = COMMAND[-1]
        look = (
            f"import runpy, sys, threading, json; runpy.run_path({path!r}); import pocketsphinx\n"
            "print(json.dumps(sorted(sys.modules)))"
        )
        done = subprocess.run(
            [sys.executable, "-P", "-c", look], stdout=subprocess.PIPE, check=True, text=True
        )
        loaded = set(json.loads(done.stdout))
        assert "pocketsphinx" in loaded
        assert not loaded & {"numpy", "httpx", "PySide6", "dictation"}

    def test_probe_finds_it(self) -> None:
        assert offline.probe().works


def state(process: Path) -> str:
    try:
        return (process / "status").read_text()
    except OSError:
        return "Z (zombie)"
