"""Doubtful answers, over real HTTP: asked for once more in another way, else marked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dictation.audio import Audio, Recording
from dictation.errors import CutShort
from dictation.scrutiny import transcribe
from dictation.settings import Settings
from dictation.transcription import Services
from dictation.truth import Experience
from dictation.values import Transcript, Watch
from dictation.wiring import WORDS_ALONE
from tests.fakes import sound, track
from tests.loopback import Loopback, Received, server
from tests.replies import Reply, error
from tests.test_transcription import CHAT, WRITES, http, posts, ring, services, settings

assert all((server, http, ring, services, settings))  # the fixtures

LINES = (Path(__file__).parent / "bench" / "sentences" / "en.txt").read_text().splitlines()
SENTENCES = [line for line in LINES if line and not line.startswith("#")]
WHOLE = " ".join(SENTENCES[:7])
PIECES = [" ".join(SENTENCES[at : at + 2]) for at in (0, 2, 4)]
SHORT = "The quick brown fox."
REFUSAL = "I'm sorry, but I can't transcribe audio."


def spoken(seconds: float = 30.0) -> Recording:
    """Speech with a pause after every five seconds."""
    audio, heard = Audio(), track()
    for _stretch in range(round(seconds / 5)):
        for block in (sound(4.5), np.zeros(8_000, np.int16)):
            audio.append(block)
            heard.feed(block.tobytes())
    return Recording(audio, audio.samples, heard.finish())


def ask(
    services: Services,
    settings: Settings,
    experience: Experience | None = None,
    seconds: float = 30.0,
) -> Transcript:
    known = experience or Experience()
    return transcribe(spoken(seconds), settings, services, Watch(), known)


def said(server: Loopback, whole: str, *pieces: str) -> None:
    """What the model answers to a whole take, and to its pieces, one after the other."""
    longest, left = 25 * 32_000, list(pieces)
    server.text = lambda audio: whole if len(audio) > longest or not left else left.pop(0)


def test_a_good_text_is_asked_for_once(
    server: Loopback, services: Services, settings: Settings
) -> None:
    said(server, WHOLE)
    heard = ask(services, settings)
    assert (heard.text, heard.doubt) == (WHOLE, None)
    assert len(posts(server)) == 1


def test_a_text_too_short_for_what_was_spoken_is_asked_for_in_pieces(
    server: Loopback, services: Services, settings: Settings
) -> None:
    said(server, SHORT, *PIECES)
    heard = ask(services, settings)
    assert heard.text == " ".join(PIECES)
    assert heard.doubt is None
    assert "pieces" in heard.note
    assert heard.cost_usd == pytest.approx(4 * 0.00042)
    sizes = [len(request.audio) for request in posts(server)]
    assert len(sizes) == 4
    assert sum(sizes[1:]) - 3 * 44 == sizes[0] - 44  # every sample, once


def test_one_that_stays_too_short_is_delivered_and_marked(
    server: Loopback, services: Services, settings: Settings
) -> None:
    said(server, SHORT, "The.", "Quick.", "Brown.")
    heard = ask(services, settings)
    assert (heard.text, heard.pattern) == (SHORT, "too_short Latin")
    assert heard.doubt
    assert "Words may be missing" in heard.doubt


def test_a_long_one_is_marked_at_once(
    server: Loopback, services: Services, settings: Settings
) -> None:
    server.text = SHORT
    heard = ask(services, settings, seconds=320.0)
    assert heard.doubt
    assert len(posts(server)) == 1


def test_a_pattern_that_was_waved_through_is_not_doubted(
    server: Loopback, services: Services, settings: Settings
) -> None:
    said(server, SHORT)
    heard = ask(services, settings, Experience(waved=frozenset({"too_short Latin"})))
    assert (heard.text, heard.doubt) == (SHORT, None)
    assert len(posts(server)) == 1


def test_of_a_file_that_is_not_the_users_speech_only_the_words_are_judged(
    server: Loopback, services: Services, settings: Settings
) -> None:
    said(server, SHORT)
    assert transcribe(spoken(), settings, services, Watch(), WORDS_ALONE).doubt is None
    said(server, "over and over again " * 30)
    assert transcribe(spoken(), settings, services, Watch(), WORDS_ALONE).doubt


@pytest.mark.parametrize("text", ["over and over again " * 30, " ".join(SENTENCES * 2)])
def test_a_loop_or_too_much_is_asked_for_in_pieces(
    server: Loopback, services: Services, settings: Settings, text: str
) -> None:
    said(server, text, *PIECES)
    heard = ask(services, settings)
    assert heard.doubt is None
    assert len(posts(server)) == 4


class TestCutOff:
    def stream(self, text: str) -> Reply:
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": "length"}
        return Reply.sse([{"choices": [choice]}])

    def test_an_answer_that_the_model_broke_off_is_asked_for_in_pieces(
        self, server: Loopback, services: Services, settings: Settings
    ) -> None:
        said(server, "", *PIECES)
        first = iter([self.stream(WHOLE)])
        server.answer = lambda request: next(first, None) if request.method == "POST" else None
        heard = ask(services, settings)
        assert (heard.doubt, heard.cut_off) == (None, False)
        assert len(posts(server)) == 4

    def test_a_short_one_is_marked(
        self, server: Loopback, services: Services, settings: Settings
    ) -> None:
        server.answer = lambda request: (
            self.stream("Half a sentence") if request.method == "POST" else None
        )
        heard = ask(services, replace(settings, model=CHAT), seconds=5)
        assert (heard.text, heard.pattern) == ("Half a sentence", "cut_off")

    def test_one_without_a_word_fails(
        self, server: Loopback, services: Services, settings: Settings
    ) -> None:
        server.answer = lambda request: self.stream("") if request.method == "POST" else None
        with pytest.raises(CutShort):
            ask(services, settings)


def test_a_refusal_is_asked_for_at_the_other_endpoint(
    server: Loopback, services: Services, settings: Settings
) -> None:
    def answer(request: Received) -> Reply | None:
        if request.path.endswith("/transcriptions"):
            return Reply(body={"text": SENTENCES[0]})
        return None

    server.answer = answer
    server.text = REFUSAL
    heard = ask(services, settings, seconds=5)
    assert (heard.text, heard.doubt) == (SENTENCES[0], None)
    assert [request.path.rpartition("/")[2] for request in posts(server)] == [
        "completions",
        "transcriptions",
    ]
    assert heard.model == WRITES


def test_the_keyterms_in_place_of_a_text_are_asked_for_without_them(
    server: Loopback, services: Services, settings: Settings
) -> None:
    terms = ("Kubernetes", "Anne Meyer", "Zyxel", "Quarkus", "Ljubljana", "Grafana")

    def answer(request: Received) -> Reply | None:
        if request.method != "POST":
            return None
        told = "Grafana" in str(request.json)
        server.text = ", ".join(terms) if told else SENTENCES[0]
        return None

    server.answer = answer
    heard = ask(services, replace(settings, model=CHAT, keyterms=terms), seconds=5)
    assert (heard.text, heard.doubt) == (SENTENCES[0], None)


def test_a_second_way_that_fails_costs_nothing(
    server: Loopback, services: Services, settings: Settings
) -> None:
    server.text = SHORT
    tried: list[int] = []

    def answer(request: Received) -> Reply | None:
        if request.method == "POST":
            tried.append(1)
            return error(400, "No more.") if len(tried) > 1 else None
        return None

    server.answer = answer
    heard = ask(services, settings)
    assert (heard.text, heard.pattern) == (SHORT, "too_short Latin")
