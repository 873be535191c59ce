"""Trying candidates on one recording: a server with several models, and the real recogniser."""

from __future__ import annotations

import stat
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from dictation.audio_files import AudioFile, open_audio
from dictation.calibration.candidates import (
    OFFLINE,
    Candidate,
    Offer,
    changes_for,
    estimate,
    offers,
    settings_for,
)
from dictation.calibration.keeping import Calibration, Shelf, paid
from dictation.calibration.results import Outcome, newest, ranked, row, wrong_with_all
from dictation.calibration.running import Run
from dictation.calibration.texts import language_name, texts
from dictation.errors import DictationError, NoProviderLeft, StorageError
from dictation.paths import places
from dictation.providers.offline import recogniser
from dictation.settings import Settings
from tests.audio_samples import sound_file, written
from tests.connections import Received
from tests.desktop import need
from tests.loopback import TEXT, Loopback
from tests.replies import FOREVER, Reply, error, model
from tests.test_credentials import own_wiring

FLASH = Candidate("openrouter", "google/gemini-2.5-flash")
WHISPER = Candidate("openrouter", "openai/whisper-1")
SCRIBE = Candidate("openrouter", "openai/gpt-4o-transcribe")
VOXTRAL = Candidate("openrouter", "mistralai/voxtral-small-24b-2507")


def heard_as(text: str, cost: float | None = None) -> Reply:
    """What a transcription model answers."""
    return Reply(body={"text": text, "usage": {} if cost is None else {"cost": cost}})


class Bench:
    """A home with a key, a server in OpenRouter's place, and a second of sound."""

    def __init__(self, server: Loopback, folder: Path) -> None:
        self.server, self.wiring = server, own_wiring()
        self.settings = Settings(provider="openrouter", base_url=server.openrouter)
        self.speech: AudioFile = open_audio(written(folder / "said.wav", sound_file("wav", 60.0)))
        self.crashes: list[Exception] = []
        self.told: list[Outcome] = []
        self.planned: dict[str, Reply] = {}
        server.answer = self._answer

    def _answer(self, request: Received) -> Reply | None:
        return self.planned.get(request.model) if request.method == "POST" else None

    def of(self, *candidates: Candidate, price: float | None = None) -> Run:
        offered = [Offer(one, price) for one in candidates]
        asking = self.wiring.asking(self.settings, self.crashes.append)
        return Run(offered, asking, self.told.append)

    def outcomes(self, *candidates: Candidate, price: float | None = None) -> list[Outcome]:
        self.of(*candidates, price=price).run(self.speech)
        return newest(self.told)

    def offered(self, **changes: object) -> tuple[list[Offer], list[DictationError]]:
        settings = replace(self.settings, **changes)  # type: ignore[arg-type]
        return offers(settings, self.wiring.services(settings))

    def posted(self) -> list[str]:
        return [request.model for request in self.server.requests if request.method == "POST"]


@pytest.fixture
def bench(server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-of-this-test")
    made = Bench(server, tmp_path)
    yield made
    assert made.crashes == []
    for services in made.wiring._services.values():
        services.http.close()


class TestRunning:
    def test_each_model_gives_its_own_answer_and_they_are_ranked_by_their_errors(
        self, bench: Bench
    ) -> None:
        bench.planned = {
            WHISPER.model: heard_as("The meeting starts at tin tomorrow.", 0.001),
            SCRIBE.model: heard_as("the meeting starts at 10 tomorrow morning"),
        }
        found = bench.outcomes(WHISPER, SCRIBE, FLASH, price=0.006)
        rows = ranked(row(outcome, TEXT, "en") for outcome in found)
        assert [(r.outcome.candidate, r.compared and r.compared.errors) for r in rows] == [
            (FLASH, 0),  # as right as the next, and cheaper by what its answer told
            (SCRIBE, 0),
            (WHISPER, 2),
        ]
        costs = {r.outcome.candidate: (r.outcome.cost_usd, r.outcome.by_list) for r in rows}
        assert costs == {FLASH: (0.00042, False), SCRIBE: (0.006, True), WHISPER: (0.001, False)}
        assert all(0 < r.outcome.seconds < 10 for r in rows)

    def test_a_failure_is_its_own_row_and_nobody_is_asked_in_its_place(self, bench: Bench) -> None:
        bench.settings = replace(bench.settings, fallback=("offline",))
        bench.planned = {WHISPER.model: error(404, "No such model", error_type="not_found")}
        found = {each.candidate: each for each in bench.outcomes(WHISPER, FLASH)}
        assert found[FLASH].state == "heard"
        assert found[WHISPER].state == "failed"
        assert found[WHISPER].error is not None
        assert found[WHISPER].error["title"] == "Model not found"
        assert sorted(bench.posted()) == sorted([WHISPER.model, FLASH.model])

    def test_a_model_that_hears_nothing_gets_every_word_wrong(self, bench: Bench) -> None:
        bench.planned = {WHISPER.model: heard_as("")}
        [outcome] = bench.outcomes(WHISPER)
        found = row(outcome, TEXT, "en").compared
        assert outcome.state == "heard"
        assert found is not None
        assert found.rate == 1

    def test_once_cancelled_the_slow_one_is_given_up_and_those_behind_are_never_asked(
        self, bench: Bench
    ) -> None:
        silent = Reply(before=FOREVER)
        slow = [Candidate("openrouter", f"slow/{number}") for number in range(3)]
        bench.planned = dict.fromkeys((one.model for one in slow), silent)
        asked, run = threading.Event(), bench.of(*slow, FLASH)

        def wait() -> None:
            while len(bench.posted()) < len(slow):
                threading.Event().wait(0.02)
            asked.set()
            run.cancel()

        threading.Thread(target=wait, daemon=True).start()
        run.run(bench.speech)
        assert asked.is_set()
        assert {outcome.state for outcome in newest(bench.told)} == {"cancelled"}
        assert sorted(bench.posted()) == [one.model for one in slow]

    def test_no_more_than_three_are_asked_at_once(self, bench: Bench) -> None:
        together, most = set[Candidate](), list[int]()
        lock = threading.Lock()

        def told(outcome: Outcome) -> None:
            with lock:
                (together.add if outcome.state == "asked" else together.discard)(outcome.candidate)
                most.append(len(together))

        bench.server.delay = 0.1
        many = [Candidate("openrouter", f"some/{number}") for number in range(7)]
        asking = bench.wiring.asking(bench.settings, bench.crashes.append)
        Run([Offer(one, None) for one in many], asking, told).run(bench.speech)
        assert max(most) == 3
        assert len(bench.posted()) == 7

    def test_a_server_that_is_no_party_to_the_policy_gets_nothing(self, bench: Bench) -> None:
        elsewhere = Candidate("openai", "whisper-1")
        [outcome] = bench.outcomes(elsewhere)
        assert outcome.state == "failed"
        assert outcome.error is not None
        assert "data_policy" in str(outcome.error["message"])
        assert bench.posted() == []

    def test_the_policy_goes_with_every_request(self, bench: Bench) -> None:
        bench.settings = replace(bench.settings, data_policy="zero-retention")
        bench.outcomes(FLASH, WHISPER)
        sent = [r for r in bench.server.requests if r.method == "POST"]
        chat = next(r for r in sent if r.model == FLASH.model)
        assert chat.json["provider"].items() >= {"data_collection": "deny", "zdr": True}.items()
        assert {outcome.data_policy for outcome in newest(bench.told)} == {"zero-retention"}

    @pytest.mark.skipif(not find_spec("pocketsphinx"), reason="not offered for this Python")
    def test_the_recogniser_of_this_computer_is_tried_like_the_others(
        self, bench: Bench, tmp_path: Path
    ) -> None:
        need("flite")
        wav = tmp_path / "meeting.wav"
        subprocess.run(["flite", "-voice", "slt", "-t", TEXT, "-o", str(wav)], check=True)
        bench.speech = open_audio(wav)
        found = {each.candidate: each for each in bench.outcomes(OFFLINE, FLASH, price=0.0)}
        recogniser.end()
        compared = row(found[OFFLINE], TEXT, "en").compared
        assert compared is not None
        assert compared.errors <= 1
        assert (found[OFFLINE].cost_usd, found[OFFLINE].by_list) == (0.0, False)


class TestOffers:
    def test_they_are_this_computer_and_the_services_in_reach_the_preferred_chosen(
        self, bench: Bench
    ) -> None:
        bench.server.models.append(
            model("openai/gpt-transcribe", ["audio"], ["transcription"], {"prompt": "0.000001"})
        )
        found, troubles = bench.offered()
        assert troubles == []
        usual = [offer.candidate for offer in found if offer.usual]
        ours = Candidate("openrouter", "openai/gpt-transcribe")
        assert usual == [OFFLINE, ours] if find_spec("pocketsphinx") else [ours]
        others = {offer.candidate for offer in found} - set(usual)
        assert others == {FLASH, WHISPER, SCRIBE, VOXTRAL}
        assert {offer.server for offer in found if offer.candidate != OFFLINE} == {
            bench.server.origin
        }

    def test_the_model_in_force_is_chosen_also_where_no_list_has_it(self, bench: Bench) -> None:
        bench.server.answer = lambda r: error(500, "down") if r.method == "GET" else None
        found, troubles = bench.offered(model="my/own")
        assert Candidate("openrouter", "my/own") in [o.candidate for o in found if o.usual]
        assert [trouble.title for trouble in troubles] == ["The service has a fault"]

    def test_another_server_is_offered_only_where_the_policy_lets_sound_go_there(
        self, bench: Bench
    ) -> None:
        with pytest.raises(NoProviderLeft):
            settings_for(Candidate("openai", "whisper-1"), bench.settings, bench.wiring.keys)
        loose = replace(bench.settings, data_policy="any")
        asked = settings_for(Candidate("openai", "whisper-1"), loose, bench.wiring.keys)
        assert (asked.provider, asked.base_url, asked.fallback) == ("openai", "", ())

    def test_without_a_key_only_this_computer_is_offered(self, server: Loopback) -> None:
        settings = Settings(provider="offline")
        wiring = own_wiring()
        found, troubles = offers(settings, wiring.services(settings), "de")
        assert [offer.candidate for offer in found] == [OFFLINE][: len(found)]
        assert troubles == []
        assert [(offer.usual, offer.note) for offer in found] in (
            [],
            [(False, "It knows English alone.")],
        )

    def test_prices_are_those_of_the_list_and_better_those_that_answers_cost(
        self, bench: Bench
    ) -> None:
        settings = bench.settings
        found, _none = offers(settings, bench.wiring.services(settings), "", {WHISPER: 0.004})
        prices = {offer.candidate: (offer.usd_per_minute, offer.paid) for offer in found}
        assert prices[WHISPER] == (0.004, True)
        assert prices[SCRIBE] == (pytest.approx(0.00015), False)  # paid by the second
        price, by_answers = prices[FLASH]
        assert price == pytest.approx(1920e-6 + 300 * 0.3e-6 + 200 * 2.5e-6)
        assert not by_answers
        chosen = [offer for offer in found if offer.candidate in (WHISPER, SCRIBE, FLASH)]
        assert estimate(chosen, 30.0) == (pytest.approx((0.004 + 0.00015 + price) / 2), 0)  # type: ignore[operator]

    def test_using_one_saves_what_it_was_asked_under(self, bench: Bench) -> None:
        keys = bench.wiring.keys
        own = replace(bench.settings, openrouter_endpoint="chat")
        assert changes_for(WHISPER, own, keys) == {
            "provider": "openrouter",
            "model": WHISPER.model,
            "openrouter_endpoint": None,
        }
        assert changes_for(OFFLINE, own, keys) == {
            "provider": "offline",
            "model": None,
            "base_url": None,
        }


class TestKeeping:
    def _made(self, bench: Bench) -> tuple[Shelf, Calibration]:
        shelf = Shelf(places())
        return shelf, shelf.keep(bench.speech, 20.5, TEXT, "en")

    def test_a_recording_is_kept_for_the_user_alone_and_can_be_tried_again(
        self, bench: Bench
    ) -> None:
        shelf, made = self._made(bench)
        [again] = Shelf(places()).all()
        assert again == made
        assert shelf.speech(again).seconds == again.seconds == 20.5
        files = [path for path in places().calibrations.rglob("*") if path.is_file()]
        assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in files} == {0}

    def test_outcomes_are_written_one_by_one_and_come_back_as_they_were(self, bench: Bench) -> None:
        shelf, made = self._made(bench)
        bench.planned = {WHISPER.model: error(500, "down")}
        for outcome in bench.outcomes(FLASH, WHISPER):
            made = shelf.add(made, outcome)
        [again] = shelf.all()
        assert shelf.get(made.id) == again
        assert again.outcomes == made.outcomes
        assert paid([again]) == {FLASH: pytest.approx(0.00042 / 20.5 * 60)}

    def test_what_is_half_written_is_left_out(self, bench: Bench) -> None:
        shelf, made = self._made(bench)
        whole = shelf.keep(bench.speech, 5.0, "words", "")
        (places().calibrations / made.id / "calibration.json").write_text('{"id": ')
        assert [each.id for each in shelf.all()] == [whole.id]

    def test_deleting_it_leaves_nothing_and_a_late_answer_brings_nothing_back(
        self, bench: Bench
    ) -> None:
        shelf, made = self._made(bench)
        shelf.delete(made)
        shelf.add(made, Outcome(FLASH, "heard", made.started_at, "words"))
        assert not (places().calibrations / made.id).exists()
        with pytest.raises(StorageError):
            shelf.get(made.id)

    def test_a_disk_that_refuses_is_told(self, bench: Bench) -> None:
        places().calibrations.parent.mkdir(parents=True)
        places().calibrations.write_text("in the way")
        with pytest.raises(StorageError):
            Shelf(places()).keep(bench.speech, 1.0, "words", "en")


def test_an_answer_is_not_replaced_by_a_later_failure() -> None:
    said = Outcome(FLASH, "heard", "1", "words")
    assert newest([said, Outcome(FLASH, "failed", "2")]) == [said]
    later = replace(said, at="3")
    assert newest([said, later]) == [later]


def test_what_all_of_them_got_wrong_was_perhaps_not_said_so() -> None:
    rows = [
        row(Outcome(one, "heard", "", text), "we met Siobhan at noon", "en")
        for one, text in ((FLASH, "we met Shivon at noon"), (WHISPER, "we ate Chevonne at noon"))
    ]
    assert wrong_with_all(rows) == []  # "met Siobhan" is another slip
    rows[1] = row(Outcome(WHISPER, "heard", "", "we met Chevonne at"), "we met Siobhan at noon", "")
    assert wrong_with_all(rows) == ["Siobhan"]
    assert wrong_with_all(rows[:1]) == []


def test_the_texts_take_about_a_minute() -> None:
    found = {text.language: text.text for text in texts()}
    assert {"de", "en"} <= found.keys()
    for language, text in found.items():
        assert 130 <= len(text.split()) <= 150
        assert language_name(language) not in ("", language)
