"""A month's budget as the app keeps to it: takes wait, are asked about, and go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from dictation.audio_files import open_kept
from dictation.credentials import Keys
from dictation.engine import Engine
from dictation.errors import DictationError, NoConnection
from dictation.history import History
from dictation.parts import Parts
from dictation.paths import Places
from dictation.providers import PROVIDERS
from dictation.settings import Settings
from dictation.spending import OverBudget, Report
from dictation.takes import Take
from dictation.wiring import Wiring
from tests import test_ahead
from tests.desktop import until
from tests.fakes import FakeDelivery, FakeFace, FakeMicrophone, Inbox, sound, track
from tests.loopback import TEXT, Loopback
from tests.test_credentials import Ring
from tests.test_transcription import Offline, posts

COST = 0.00042  # of each answer of the server


class Desk:
    """An engine with the real wiring and a real server."""

    def __init__(self, root: Path, server: Loopback) -> None:
        self.places = Places(*(root / name for name in ("c", "s", "d", "x", "r")))
        self.places.cache.mkdir(parents=True)
        self.wiring = wiring = Wiring(self.places)
        wiring.keys = Keys(self.places, {"OPENROUTER_API_KEY": "sk-or-1"}, Ring())
        settings = Settings(
            provider="openrouter",
            model="a/b",
            base_url=server.openrouter,
            openrouter_endpoint="chat",
            upload="whole",
            speech_gate="off",
            monthly_budget_usd=COST,
        )
        services = wiring.services(settings)
        offline = replace(services, providers={**PROVIDERS, "offline": Offline()})
        wiring._services = dict.fromkeys(wiring._services, offline)
        self.face, self.inbox, self.delivery = FakeFace(), Inbox(), FakeDelivery()
        self.server, self.warned = server, list[str]()
        parts = Parts(
            places=self.places,
            find_microphone=lambda _names: self.microphone,
            prepare=lambda _settings: None,
            transcribe=wiring.transcribe,
            ahead=wiring.ahead,
            open_recording=open_kept,
            delivery=self.delivery,
            speaks=lambda _speech: True,
            track=track,
        )
        self.engine = Engine(parts, settings, self.face, self.inbox.post)
        self.inbox.handle = self.engine.handle
        wiring.purse.tell(self.warned.append)
        wiring.purse.attach(self.engine.past.archive.ask)

    def dictate(self) -> tuple[Take, DictationError | None]:
        """A take from key press to its end."""
        self.microphone = FakeMicrophone(sound(1.0))
        id_ = self.engine.start()
        self.inbox.until(self.microphone.running.is_set)
        self.engine.stop()
        return self.ends(id_)

    def ends(self, id_: str, before: int = 0) -> tuple[Take, DictationError | None]:
        """How the take ends, the next time if it did `before`."""

        def found() -> list[tuple[Take, DictationError | None]]:
            return [end for end in self.face.ends if end[0].id == id_]

        self.inbox.until(lambda: len(found()) > before)
        return found()[-1]

    def stored(self, id_: str) -> Take:
        self.engine.past.archive.ask(lambda history: history.newest(1)).result(5)
        with closing(History(self.places.history, self.places.recordings)) as history:
            return history.get(id_)

    def report(self) -> Report:
        """What the ledger says, once all is entered."""
        today = self.wiring.purse._today()
        ledger = self.engine.past.archive.ask(lambda history: history.ledger.entries())
        return Report(ledger.result(5), today)


@pytest.fixture
def desk(tmp_path: Path, server: Loopback) -> Iterator[Desk]:
    made = Desk(tmp_path, server)
    yield made
    made.engine.quit()
    made.inbox.drain()
    made.wiring.http(made.engine.settings).close()
    assert made.face.troubles == []


@pytest.fixture
def waiting(desk: Desk) -> Take:
    """A take for which there was no money left."""
    desk.dictate()
    take, error = desk.dictate()
    assert isinstance(error, OverBudget)
    return take


def test_a_take_over_the_budget_is_kept_and_sent_to_nobody(desk: Desk, waiting: Take) -> None:
    assert len(posts(desk.server)) == 1
    stored = desk.stored(waiting.id)
    assert (stored.status, stored.error and stored.error["code"]) == ("waiting", 5)
    assert open_kept(Path(stored.audio or "")).seconds == 1.0
    assert desk.engine.outbox == 1


def test_sent_anyway_it_is_transcribed_and_the_next_is_asked_about_again(
    desk: Desk, waiting: Take
) -> None:
    desk.engine.past.resend_anyway(waiting.id)
    take, _error = desk.ends(waiting.id, 1)
    assert (take.text, len(posts(desk.server))) == (TEXT, 2)
    _take, error = desk.dictate()
    assert isinstance(error, OverBudget)
    assert len(posts(desk.server)) == 2


def test_the_recogniser_of_this_computer_can_do_it_instead(desk: Desk, waiting: Take) -> None:
    desk.engine.past.resend_here(waiting.id)
    take, _error = desk.ends(waiting.id, 1)
    assert (take.text, take.provider) == ("heard here", "offline")
    assert len(posts(desk.server)) == 1


def test_the_outbox_does_not_slip_past_the_budget(desk: Desk, waiting: Take) -> None:
    desk.engine.past.outbox.now()
    _take, told = desk.ends(waiting.id, 1)
    assert told is None  # it was told when it began to wait
    assert len(posts(desk.server)) == 1
    assert desk.stored(waiting.id).status == "waiting"


def test_a_take_that_waited_for_the_network_asks_when_the_money_is_gone(
    desk: Desk, waiting: Take
) -> None:
    down = replace(desk.stored(waiting.id), error=NoConnection("down").as_json())
    desk.engine.past.archive.ask(lambda history: history.put(down)).result(5)
    desk.engine.past.outbox.now()
    _take, told = desk.ends(waiting.id, 1)
    assert isinstance(told, OverBudget)


def test_a_higher_budget_sends_what_waits(desk: Desk, waiting: Take) -> None:
    desk.engine.settings = replace(desk.engine.settings, monthly_budget_usd=1.0)
    desk.engine.past.outbox.now()
    take, _error = desk.ends(waiting.id, 1)
    assert take.text == TEXT
    assert desk.engine.outbox == 0


def test_what_the_user_allows_for_the_month_sends_what_waits(desk: Desk, waiting: Take) -> None:
    allowed = desk.wiring.purse.allow()
    assert allowed
    allowed.result(5)
    desk.engine.past.outbox.now()
    take, _error = desk.ends(waiting.id, 1)
    assert take.text == TEXT


def test_deleted_and_incognito_takes_were_paid_for_all_the_same(desk: Desk) -> None:
    desk.engine.settings = replace(desk.engine.settings, history=False)
    take, _error = desk.dictate()
    assert desk.report().of("month").dollars == pytest.approx(COST)
    with closing(History(desk.places.history, desk.places.recordings)) as history:
        assert history.found(take.id) == []
    _take, error = desk.dictate()
    assert isinstance(error, OverBudget)


def test_a_take_that_is_sent_again_costs_again(desk: Desk) -> None:
    desk.engine.settings = replace(desk.engine.settings, monthly_budget_usd=0.0)
    take, _error = desk.dictate()
    desk.engine.past.resend(take.id)
    desk.ends(take.id, 1)
    sum_ = desk.report().of("today")
    assert (sum_.takes, sum_.seconds, sum_.words) == (2, 2.0, 2 * len(TEXT.split()))
    assert sum_.dollars == pytest.approx(2 * COST)


def test_the_coming_end_of_the_budget_is_told(desk: Desk) -> None:
    desk.engine.settings = replace(desk.engine.settings, monthly_budget_usd=2.1 * COST)
    desk.dictate()
    desk.report()
    assert desk.warned == []
    desk.dictate()
    desk.report()
    [words_] = desk.warned
    assert "95 %" in words_


def test_uploading_while_you_speak_stops_where_the_budget_ends(
    tmp_path: Path, server: Loopback
) -> None:
    take = test_ahead.Take(tmp_path, server, "chat", monthly_budget_usd=COST)
    take.speak(60)
    until("its first piece is paid", lambda: take.wiring.purse.is_over(COST))
    take.speak(30, first=60)
    with pytest.raises(OverBudget) as raised:
        take.text()
    assert len(take.posts) == 1
    draft = raised.value.draft
    assert draft
    first = draft.text.split()
    assert 40 < len(first) < test_ahead.SPOKEN  # what was paid for is not thrown away
    assert first == test_ahead.all_words(len(first))
    take.wiring.http(take.settings).close()
