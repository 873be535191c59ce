"""Takes through the engine, with real threads, a real history and fakes at its edges."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dictation.engine import Engine
from dictation.errors import (
    KeyLocked,
    MicrophoneLost,
    MicrophoneSilent,
    NoMicrophone,
    NotDelivered,
    ServerFault,
)
from dictation.history import History
from dictation.parts import Parts
from dictation.paths import Places
from dictation.settings import Settings
from dictation.takes import Take
from tests.fakes import (
    FakeDelivery,
    FakeFace,
    FakeMicrophone,
    FakeTranscriber,
    Inbox,
    sound,
    track,
)


class Desk:
    """An engine and all that is around it."""

    def __init__(self, root: Path) -> None:
        self.places = Places(*(root / name for name in ("c", "s", "d", "x", "r")))
        self.microphone = FakeMicrophone(sound(1.0))
        self.transcriber = FakeTranscriber()
        self.delivery = FakeDelivery()
        self.face = FakeFace()
        self.inbox = Inbox()
        self.engine = Engine(
            Parts(
                places=self.places,
                find_microphone=lambda _names: self.microphone,
                prepare=lambda _settings: None,
                transcribe=self.transcriber,
                open_recording=lambda path: path,  # type: ignore[arg-type,return-value]
                delivery=self.delivery,
                track=track,
            ),
            Settings(),
            self.face,
            self.inbox.post,
        )
        self.inbox.handle = self.engine.handle

    def set(self, **changes: object) -> None:
        self.engine.settings = replace(self.engine.settings, **changes)  # type: ignore[arg-type]

    def record(self) -> str:
        """One take from key press to stop."""
        id_ = self.engine.start()
        self.inbox.until(self.microphone.running.is_set)
        self.engine.stop()
        return id_

    def ended(self, id_: str) -> Take:
        """The take once it has ended."""
        self.inbox.until(lambda: any(take.id == id_ for take, _ in self.face.ends))
        return next(take for take, _ in self.face.ends if take.id == id_)

    def stored(self, id_: str) -> Take:
        """The take's row, once the disk lane has come to it."""
        self.engine.newest(1).result(5)
        history = History(self.places.history, self.places.recordings)
        try:
            return history.get(id_)
        finally:
            history.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.engine.quit()
    assert made.face.crashes == []


def test_a_take_is_recorded_sent_delivered_and_kept(desk: Desk) -> None:
    take = desk.ended(desk.record())
    assert (take.status, take.text, take.seconds) == ("delivered", "words", 1.0)
    assert desk.delivery.delivered == ["words"]
    assert desk.stored(take.id).as_json() == take.as_json()
    assert desk.face.microphones == ["Fake"]
    assert desk.face.states[0] == "recording"
    assert desk.face.states[-1] == "idle"


def test_each_step_is_timed_from_the_key_press(desk: Desk) -> None:
    timings = desk.ended(desk.record()).timings
    order = ["first_sample", "stopped", "text_ready", "chord_sent", "confirmed"]
    times = [timings[step] for step in order]
    assert times == sorted(times)  # type: ignore[type-var]
    assert timings["microphone_open"] is not None


def test_the_recording_is_on_disk_before_anything_is_sent(desk: Desk) -> None:
    desk.transcriber.go.clear()
    id_ = desk.record()
    desk.inbox.until(lambda: bool(desk.transcriber.heard))
    assert desk.stored(id_).status == "transcribing"
    with wave.open(str(desk.places.recordings / f"{id_}.wav")) as file:
        assert file.getnframes() == 16_000
    desk.transcriber.go.set()
    desk.ended(id_)


def test_trailing_silence_is_kept_but_not_sent(desk: Desk) -> None:
    desk.microphone = FakeMicrophone(sound(1.0), sound(3.0, 0))
    take = desk.ended(desk.record())
    assert take.seconds == 4.0
    assert desk.transcriber.heard[0].seconds == pytest.approx(1.5, abs=0.04)


class TestSpeechGate:
    def test_sends_nothing_where_no_one_speaks_and_keeps_the_sound(self, desk: Desk) -> None:
        desk.microphone = FakeMicrophone(sound(2.0, 5))
        take = desk.ended(desk.record())
        assert (take.status, take.error["code"] if take.error else 0) == ("no_speech", 8)
        assert desk.transcriber.heard == []
        audio = desk.stored(take.id).audio
        assert audio
        assert Path(audio).stat().st_size == 44 + 64_000

    def test_sends_it_anyway_when_asked(self, desk: Desk) -> None:
        desk.microphone = FakeMicrophone(sound(2.0, 5))
        take = desk.ended(desk.record())
        desk.face.ends.clear()
        desk.engine.resend(take)
        again = desk.ended(take.id)
        assert (again.status, again.text) == ("kept", "words")
        assert desk.delivery.delivered == []

    def test_that_is_off_sends_everything(self, desk: Desk) -> None:
        desk.set(speech_gate="off")
        desk.microphone = FakeMicrophone(sound(2.0, 5))
        desk.ended(desk.record())
        assert desk.transcriber.heard[0].seconds == 2.0


class TestTrouble:
    def test_no_microphone(self, desk: Desk) -> None:
        desk.microphone.refuses = NoMicrophone("none")
        take = desk.ended(desk.engine.start())
        assert (take.status, take.error and take.error["code"]) == ("failed", 7)

    def test_a_microphone_that_gives_only_zeros(self, desk: Desk) -> None:
        desk.microphone = FakeMicrophone(sound(1.0, 0))
        desk.record()
        desk.inbox.until(lambda: bool(desk.face.ends))
        assert isinstance(desk.face.ends[0][1], MicrophoneSilent)

    def test_a_microphone_lost_in_mid_take_keeps_what_was_said(self, desk: Desk) -> None:
        id_ = desk.engine.start()
        desk.inbox.until(desk.microphone.running.is_set)
        desk.microphone.broken = MicrophoneLost("gone")
        take = desk.ended(id_)
        assert (take.status, take.text) == ("delivered", "words")
        assert isinstance(desk.face.ends[0][1], MicrophoneLost)

    def test_a_service_that_fails_leaves_the_sound(self, desk: Desk) -> None:
        desk.transcriber.answers = [ServerFault("down")]
        take = desk.ended(desk.record())
        assert take.status == "failed"
        assert take.audio
        assert Path(take.audio).exists()
        assert desk.stored(take.id).error == ServerFault("down").as_json()

    def test_a_locked_key_makes_the_take_wait(self, desk: Desk) -> None:
        desk.transcriber.answers = [KeyLocked("locked")]
        take = desk.ended(desk.record())
        assert take.status == "waiting"
        desk.stored(take.id)
        assert desk.engine.outbox == 1

    def test_a_text_that_can_not_be_delivered_is_kept(self, desk: Desk) -> None:
        desk.delivery.refuses = NotDelivered("no")
        take = desk.ended(desk.record())
        assert (take.status, take.text, take.error and take.error["code"]) == ("kept", "words", 9)


class TestOutput:
    def test_none_keeps_the_text(self, desk: Desk) -> None:
        desk.set(output="none")
        take = desk.ended(desk.record())
        assert (take.status, take.delivery, take.error) == ("kept", None, None)

    def test_display_shows_it(self, desk: Desk) -> None:
        desk.set(output="display")
        take = desk.ended(desk.record())
        assert desk.face.shown == ["words"]
        assert take.delivery == {"backend": "display", "confirmed": True}


class TestCancel:
    def test_keeps_the_sound_and_sends_nothing(self, desk: Desk) -> None:
        id_ = desk.engine.start()
        desk.inbox.until(desk.microphone.running.is_set)
        desk.engine.cancel()
        take = desk.ended(id_)
        assert take.status == "cancelled"
        assert desk.transcriber.heard == []

    def test_of_a_take_on_its_way_delivers_nothing(self, desk: Desk) -> None:
        desk.transcriber.go.clear()
        id_ = desk.record()
        desk.inbox.until(lambda: bool(desk.transcriber.heard))
        desk.engine.cancel()
        desk.transcriber.go.set()
        assert desk.ended(id_).status == "cancelled"
        desk.ended(desk.record())
        assert desk.delivery.delivered == ["words"]


class TestAgain:
    def test_the_last_text_is_pasted_once_more(self, desk: Desk) -> None:
        desk.ended(desk.record())
        assert desk.engine.paste_last().result(5).text == "words"
        assert desk.delivery.delivered == ["words", "words"]

    def test_with_no_text_yet_it_says_so(self, desk: Desk) -> None:
        with pytest.raises(NotDelivered):
            desk.engine.paste_last().result(5)


def test_who_waits_for_a_take_gets_its_record(desk: Desk) -> None:
    id_ = desk.record()
    future = desk.engine.wait_for(id_)
    desk.inbox.until(future.done)
    assert future.result().text == "words"


def test_quitting_loses_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.transcriber.go.clear()
    first = desk.record()
    desk.inbox.until(lambda: bool(desk.transcriber.heard))
    second = desk.engine.start()
    desk.inbox.until(desk.microphone.running.is_set)
    desk.engine.quit()
    history = History(desk.places.history, desk.places.recordings)
    for id_ in (first, second):
        take = history.get(id_)
        assert (take.status, take.seconds) == ("waiting", 1.0)
        assert history.recording(id_).stat().st_size == 44 + 32_000
    history.close()
    assert desk.delivery.closed
