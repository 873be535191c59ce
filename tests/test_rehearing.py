"""Takes sent once more from the history: what comes back, and what stays whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dictation.archive import Archive
from dictation.errors import Cancelled, NoConnection, ServerFault, UsageError
from dictation.history import History
from dictation.paths import Places
from dictation.recordings import WavWriter
from dictation.rehearing import OFFLINE, Rehearing, by_model
from dictation.settings import Settings
from dictation.takes import Status, Take, begin
from tests.fakes import FakeTranscriber, sound


class Desk:
    """An archive with a take in it, and who transcribes."""

    def __init__(self, root: Path) -> None:
        self.counts: list[list[str]] = []
        self.surprises: list[Exception] = []
        self.archive = Archive(
            Places(*(root / name for name in ("c", "s", "d", "x", "r"))),
            tell=self.surprises.append,
            counted=self.counts.append,
            found=lambda _takes: None,
            crash=self.surprises.append,
        )
        self.transcriber = FakeTranscriber()
        self.rehearing = Rehearing(self.archive, self.transcriber)

    def take(self, status: Status, text: str = "", **more: object) -> Take:
        def lay(history: History) -> Take:
            new = begin()
            path = history.recording(new.id)
            with WavWriter(path) as file:
                file.append(sound(1.0).tobytes())
            made = {"audio": str(path), "status": status, "text": text, **more}
            take = replace(new, **made)  # type: ignore[arg-type]
            history.put(take)
            return take

        return self.archive.ask(lay).result()

    def hear(self, take: Take, *, given_up: bool = False) -> Take:
        return self.rehearing.hear(take.id, Settings(), lambda: given_up)

    def kept(self, take: Take) -> Take:
        return self.archive.ask(lambda history: history.get(take.id)).result()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.archive.close(5)
    assert not made.surprises


def test_a_take_that_waits_gets_its_text_and_waits_no_more(desk: Desk) -> None:
    take = desk.take("waiting")
    desk.hear(take)
    found = desk.kept(take)
    assert (found.status, found.text, found.others) == ("kept", "words", ())
    assert desk.counts[-1] == []


def test_a_text_that_is_there_gets_company(desk: Desk) -> None:
    take = desk.take("delivered", "my words")
    assert desk.hear(take) == desk.kept(take)
    found = desk.kept(take)
    assert (found.status, found.text) == ("delivered", "my words")
    assert [other.text for other in found.others] == ["words"]


def test_what_fails_is_told_by_a_take_without_a_text(desk: Desk) -> None:
    waits, fails = desk.take("interrupted"), desk.take("failed")
    desk.transcriber.answers = [NoConnection("no way"), ServerFault("500")]
    for take in (waits, fails):
        with pytest.raises((NoConnection, ServerFault)):
            desk.hear(take)
    assert (desk.kept(waits).status, desk.kept(fails).status) == ("waiting", "failed")
    assert (desk.kept(waits).error or {})["message"] == "no way"
    assert desk.counts[-1] == [waits.id]


def test_what_fails_leaves_a_text_as_it_was_but_tells_who_got_the_sound(desk: Desk) -> None:
    take, error = desk.take("delivered", "my words"), ServerFault("500")
    error.sent_to = ("https://other.example",)
    desk.transcriber.answers = [error]
    with pytest.raises(ServerFault):
        desk.hear(take)
    found = desk.kept(take)
    assert (found.status, found.text, found.error) == ("delivered", "my words", None)
    assert found.sent_to == ("https://other.example",)


def test_given_up_it_is_as_it_was(desk: Desk) -> None:
    take = desk.take("cancelled")
    desk.transcriber.answers = [Cancelled("given up")]
    with pytest.raises(Cancelled):
        desk.hear(take, given_up=True)
    assert desk.kept(take).status == "cancelled"


def test_a_recording_that_is_gone_or_under_way_is_not_sent(desk: Desk) -> None:
    gone, busy = desk.take("failed"), desk.take("transcribing")
    assert gone.audio
    Path(gone.audio).unlink()
    for take in (gone, busy):
        with pytest.raises(UsageError):
            desk.hear(take)
    assert desk.transcriber.heard == []
    assert desk.kept(gone).status == "failed"


class TestRemoving:
    def test_takes_go_with_their_recordings_and_wait_no_more(self, desk: Desk) -> None:
        waits, other = desk.take("waiting"), desk.take("delivered", "words")
        desk.archive.remove([waits.id, other.id]).result()
        assert desk.archive.ask(lambda history: history.newest()).result() == []
        assert not Path(waits.audio or "").exists()
        assert desk.counts[-1] == []

    def test_one_under_way_keeps_all(self, desk: Desk) -> None:
        busy, other = desk.take("transcribing"), desk.take("delivered", "words")
        with pytest.raises(UsageError):
            desk.archive.remove([other.id, busy.id]).result()
        assert len(desk.archive.ask(lambda history: history.newest()).result()) == 2


class TestModels:
    chosen = Settings(base_url="http://localhost:8000/v1", fallback=("offline",), model="own")

    def test_another_model_is_asked_of_the_provider_in_force_and_of_no_other(self) -> None:
        found = by_model(self.chosen, "c/d", "openai")
        assert (found.provider, found.model, found.fallback) == ("openai", "c/d", ())
        assert found.base_url == self.chosen.base_url

    def test_the_basic_recogniser_has_neither_model_nor_address(self) -> None:
        found = by_model(self.chosen, OFFLINE, "openai")
        assert (found.provider, found.model, found.base_url) == ("offline", "", "")

    def test_where_the_basic_one_is_in_force_a_model_is_openrouters(self) -> None:
        found = by_model(self.chosen, "c/d", OFFLINE)
        assert (found.provider, found.model, found.base_url) == ("openrouter", "c/d", "")
