"""Takes through the engine, with real threads, a real history and fakes at its edges."""

from __future__ import annotations

import os
import threading
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dictation.audio import Audio, Recording, Speech, wav_header
from dictation.audio_files import open_kept
from dictation.engine import Engine
from dictation.errors import (
    KeyLocked,
    MicrophoneLost,
    MicrophoneSilent,
    NoConnection,
    NoMicrophone,
    NotDelivered,
    ServerFault,
    StorageError,
    UsageError,
)
from dictation.history import History
from dictation.parts import Parts
from dictation.paths import Places
from dictation.settings import Settings
from dictation.takes import Status, Take, begin
from dictation.values import Target, Transcript
from tests.desktop import until
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

    def __init__(self, root: Path, settings: Settings | None = None) -> None:
        self.places = self.places_in(root)
        self.microphone = FakeMicrophone(sound(1.0))
        self.transcriber = FakeTranscriber()
        self.delivery = FakeDelivery()
        self.face = FakeFace()
        self.inbox = Inbox()
        self.played: list[str] = []
        self.prepared: list[Settings] = []
        self.engine = Engine(
            Parts(
                places=self.places,
                find_microphone=lambda _names: self.microphone,
                prepare=self.prepared.append,
                transcribe=self.transcriber,
                open_recording=self.open_recording,
                delivery=self.delivery,
                play=self.played.append,
                speaks=lambda speech: speech.track().spoken,
                track=track,
            ),
            settings or Settings(),
            self.face,
            self.inbox.post,
        )
        self.inbox.handle = self.engine.handle

    @staticmethod
    def places_in(root: Path) -> Places:
        return Places(*(root / name for name in ("c", "s", "d", "x", "r")))

    def open_recording(self, path: Path) -> Speech:
        audio, heard = Audio(), track()
        for block in open_kept(path).pcm():
            audio.append(np.frombuffer(block, "<i2"))
            heard.feed(block)
        return Recording(audio, audio.samples, heard.finish())

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
        self.engine._archive.ask(lambda history: history.newest(1)).result(5)
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
    made.inbox.drain()
    assert made.face.troubles == []


def test_a_take_is_recorded_sent_delivered_and_kept(desk: Desk) -> None:
    take = desk.ended(desk.record())
    assert (take.status, take.text, take.seconds) == ("delivered", "words", 1.0)
    assert desk.delivery.delivered == ["words"]
    assert same(desk.stored(take.id), take)
    assert desk.face.microphones == ["Fake"]
    assert desk.face.states[0] == "recording"
    assert desk.face.states[-1] == "idle"


def test_each_step_is_timed_from_the_key_press(desk: Desk) -> None:
    timings = desk.ended(desk.record()).timings
    order = ["first_sample", "stopped", "text_ready", "chord_sent", "confirmed"]
    times = [timings[step] for step in order]
    assert times == sorted(times)  # type: ignore[type-var]
    assert timings["microphone_open"] is not None


def test_times_count_from_the_key_even_where_the_main_thread_was_busy(desk: Desk) -> None:
    id_ = desk.engine.start(pressed=time.monotonic() - 5)
    desk.inbox.until(desk.microphone.running.is_set)
    desk.engine.stop()
    opened = desk.ended(id_).timings["microphone_open"]
    assert opened is not None
    assert 5_000 <= opened < 6_000


def test_while_recording_it_is_known_how_long_how_loud_and_for_where(desk: Desk) -> None:
    engine = desk.engine
    assert (engine.recording_seconds, engine.level, engine.target) == (0.0, 0.0, None)
    id_ = engine.start()
    desk.inbox.until(desk.microphone.running.is_set)
    assert engine.recording_seconds == 1.0
    assert engine.level > 0.5
    assert engine.target == Target(1, ("fake",))
    engine.stop()
    desk.ended(id_)
    assert (engine.level, engine.target) == (0.0, None)


def test_the_recording_is_on_disk_before_anything_is_sent(desk: Desk) -> None:
    desk.transcriber.go.clear()
    id_ = desk.record()
    desk.inbox.until(lambda: bool(desk.transcriber.heard))
    assert desk.stored(id_).status == "transcribing"
    with wave.open(str(desk.places.recordings / f"{id_}.wav")) as file:
        assert file.getnframes() == 16_000
    desk.transcriber.go.set()
    desk.ended(id_)


def test_the_text_is_on_disk_while_it_is_put_into_a_window(desk: Desk) -> None:
    desk.delivery.go.clear()
    id_ = desk.record()
    desk.inbox.until(lambda: desk.delivery.waiting)
    stored = desk.stored(id_)
    assert (stored.status, stored.text) == ("delivering", "words")
    desk.delivery.go.set()
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
        assert open_kept(Path(audio)).seconds == 2.0

    def test_sends_it_anyway_when_asked(self, desk: Desk) -> None:
        desk.microphone = FakeMicrophone(sound(2.0, 5))
        take = desk.ended(desk.record())
        desk.face.ends.clear()
        desk.engine.past.resend(take.id)
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
        assert open_kept(Path(take.audio)).seconds == 1.0
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


def test_nothing_is_made_ready_before_the_microphone_is_open(desk: Desk) -> None:
    desk.microphone.hangs.clear()
    desk.engine.start()
    desk.inbox.until(desk.microphone.opening.is_set)
    desk.engine._archive.ask(lambda _history: None).result(5)
    assert not desk.prepared
    desk.microphone.hangs.set()
    desk.inbox.until(lambda: bool(desk.prepared))


class TestSounds:
    @pytest.mark.parametrize(
        ("ends", "played"), [(Engine.stop, ["begin", "end"]), (Engine.cancel, ["begin"])]
    )
    def test_tell_that_a_take_began_and_that_it_is_recorded(
        self, desk: Desk, ends: Callable[[Engine], object], played: list[str]
    ) -> None:
        desk.engine.start()
        desk.inbox.until(lambda: bool(desk.played))
        ends(desk.engine)
        desk.inbox.until(desk.microphone.stopped.is_set)
        desk.inbox.until(lambda: desk.played == played)
        desk.engine._recorder._lane.ask(lambda: None).result(5)
        desk.inbox.drain()
        assert desk.played == played

    def test_are_not_heard_of_one_that_never_began_or_where_they_are_off(self, desk: Desk) -> None:
        desk.set(sounds=False)
        desk.ended(desk.record())
        desk.set(sounds=True)
        desk.microphone.refuses = NoMicrophone("none")
        desk.ended(desk.engine.start())
        assert desk.played == []


class TestAgain:
    def test_the_last_text_is_pasted_once_more(self, desk: Desk) -> None:
        desk.ended(desk.record())
        assert desk.engine.paste().result(5).text == "words"
        assert desk.delivery.delivered == ["words", "words"]

    def test_with_no_text_yet_it_says_so(self, desk: Desk) -> None:
        with pytest.raises(NotDelivered):
            desk.engine.paste().result(5)


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
        assert open_kept(history.recording(id_)).seconds == 1.0
    history.close()
    assert desk.delivery.closed


class TestSurprises:
    """What should not happen ends the take, is told, and holds up no other take."""

    def ended_by(self, desk: Desk) -> Take:
        take = desk.ended(desk.record())
        assert take.status == "failed"
        assert take.error
        assert "RuntimeError" in str(take.error["message"])
        assert isinstance(desk.face.troubles.pop(), RuntimeError)
        return take

    def test_in_the_microphone(self, desk: Desk) -> None:
        desk.microphone.surprise = RuntimeError("boom")
        assert self.ended_by(desk).seconds == 1.0

    def test_in_the_provider(self, desk: Desk) -> None:
        desk.transcriber.answers = [RuntimeError("boom")]
        assert self.ended_by(desk).audio

    def test_in_the_delivery(self, desk: Desk) -> None:
        desk.delivery.refuses = RuntimeError("boom")
        assert self.ended_by(desk).text == "words"
        desk.delivery.refuses = None
        assert desk.ended(desk.record()).status == "delivered"

    def test_a_device_that_hangs_while_it_opens(self, desk: Desk) -> None:
        desk.microphone.hangs.clear()
        id_ = desk.engine.start()
        desk.inbox.until(desk.microphone.opening.is_set)
        live = desk.engine._live[id_]
        desk.engine._recorder.check_opened(live, desk.engine._failing(id_))
        take = desk.ended(id_)
        assert (take.status, take.error and take.error["code"]) == ("failed", 7)
        hung, desk.microphone = desk.microphone, FakeMicrophone(sound(1.0))
        assert desk.ended(desk.record()).status == "delivered"
        hung.hangs.set()
        desk.inbox.until(lambda: live.closed)

    def test_a_slow_look_at_the_windows_costs_no_sound(self, desk: Desk) -> None:
        desk.delivery.look = lambda: threading.Event().wait(0.8)
        take = desk.ended(desk.record())
        assert take.audio
        assert open_kept(Path(take.audio)).seconds == 1.0


class TestDisk:
    def test_that_is_full_costs_neither_text_nor_window(self, tmp_path: Path) -> None:
        (tmp_path / "d").write_text("a file where the folder should be")
        desk = Desk(tmp_path)
        take = desk.ended(desk.record())
        assert (take.status, take.text) == ("delivered", "words")
        assert desk.engine.paste().result(5).text == "words"
        desk.engine.quit()
        desk.inbox.drain()
        assert {type(error) for error in desk.face.troubles} == {StorageError}
        assert len(desk.face.troubles) <= 3

    def test_with_a_damaged_history_starts_a_new_one(self, tmp_path: Path) -> None:
        (tmp_path / "d").mkdir()
        (tmp_path / "d" / "history.sqlite").write_bytes(b"no database at all" * 500)
        desk = Desk(tmp_path)
        take = desk.ended(desk.record())
        assert desk.stored(take.id).text == "words"
        assert len(list((tmp_path / "d").glob("history.sqlite.broken-*"))) == 1
        desk.engine.quit()
        desk.inbox.drain()
        assert "damaged" in str(desk.face.troubles[0])


class TestQuit:
    def test_right_after_the_stop_keeps_the_last_word(self, tmp_path: Path) -> None:
        desk = Desk(tmp_path)
        desk.microphone.tail = sound(0.4)
        id_ = desk.engine.start()
        desk.inbox.until(desk.microphone.running.is_set)
        desk.engine.stop()
        desk.engine.quit()
        history = History(desk.places.history, desk.places.recordings)
        assert open_kept(history.recording(id_)).seconds == 1.4
        assert history.get(id_).status == "waiting"
        history.close()

    def test_while_delivering_tells_what_came_of_it(self, tmp_path: Path) -> None:
        desk = Desk(tmp_path)
        desk.delivery.go.clear()
        id_ = desk.record()
        desk.inbox.until(lambda: desk.delivery.waiting)
        threading.Timer(0.2, desk.delivery.go.set).start()
        desk.engine.quit()
        assert desk.delivery.delivered == ["words"]
        history = History(desk.places.history, desk.places.recordings)
        assert history.get(id_).status == "delivered"
        history.close()


def test_a_take_cancelled_before_its_keys_are_pressed_is_not_delivered(desk: Desk) -> None:
    desk.delivery.go.clear()
    id_ = desk.record()
    desk.inbox.until(lambda: desk.engine.state.name == "delivering")
    desk.engine.cancel()
    desk.delivery.go.set()
    assert desk.ended(id_).status == "cancelled"
    assert desk.delivery.delivered == []


def test_the_text_asked_for_is_pasted_not_just_the_newest(desk: Desk) -> None:
    desk.transcriber.answers = ["first", "second"]
    first = desk.ended(desk.record())
    desk.ended(desk.record())
    assert desk.engine.past.copy(first.id).result(5).text == "first"
    assert desk.delivery.delivered[-1] == "first"


def test_copying_changes_no_record(desk: Desk) -> None:
    take = desk.ended(desk.record())
    desk.engine.past.copy().result(5)
    assert same(desk.stored(take.id), take)


def test_sending_a_lost_recording_again_says_so(desk: Desk) -> None:
    desk.transcriber.answers = [ServerFault("down")]
    take = desk.ended(desk.record())
    audio = desk.stored(take.id).audio
    assert audio
    for form in (Path(audio), Path(audio).with_suffix(".flac")):
        until("it is there no more", lambda form=form: form.unlink(missing_ok=True) is None)
    desk.engine.past.resend(take.id)
    desk.inbox.until(lambda: bool(desk.face.troubles))
    assert "not there" in str(desk.face.troubles.pop())


def test_a_take_of_next_to_nothing_is_never_sent(desk: Desk) -> None:
    desk.set(speech_gate="off")
    desk.microphone = FakeMicrophone(sound(0.05))
    assert desk.ended(desk.record()).status == "no_speech"
    assert desk.transcriber.heard == []


def test_a_take_holds_nothing_once_it_is_over(desk: Desk) -> None:
    import gc
    import weakref

    gc.collect()
    gc.disable()
    try:
        id_ = desk.record()
        audio = weakref.ref(desk.engine._live[id_].capture.audio)  # type: ignore[union-attr]
        desk.ended(id_)
        desk.stored(id_)
        desk.transcriber.heard.clear()
        desk.microphone = FakeMicrophone(sound(1.0))
        desk.ended(desk.record())  # what the lanes still held of the first is gone
        desk.inbox.until(lambda: audio() is None)  # its threads need a moment to end
    finally:
        gc.enable()
    folder = str(desk.places.recordings)
    until("no recording is open", lambda: not [name for name in open_files() if folder in name])


def open_files() -> list[str]:
    return [os.path.realpath(fd) for fd in Path("/proc/self/fd").iterdir()]


def same(one: Take, other: Take) -> bool:
    """Whether the records are alike, in whatever form their recording is kept."""
    return {**one.as_json(), "audio": None} == {**other.as_json(), "audio": None}


class TestAfterACrash:
    """The next start finds what an earlier run left, and asks."""

    def crashed(self, tmp_path: Path, status: Status = "recording") -> str:
        places = Desk.places_in(tmp_path)
        take = begin()
        with closing(History(places.history, places.recordings)) as history:
            path = history.recording(take.id)
            history.put(replace(take, status=status, audio=str(path)))
            path.write_bytes(wav_header(0) + sound(2.0).tobytes())
        return take.id

    def test_an_interrupted_take_is_shown_and_sent_when_asked(self, tmp_path: Path) -> None:
        id_ = self.crashed(tmp_path)
        desk = Desk(tmp_path)
        desk.inbox.until(lambda: bool(desk.face.interrupted))
        [take] = desk.face.interrupted
        assert (take.id, take.status, take.seconds) == (id_, "interrupted", 2.0)
        assert desk.transcriber.heard == []
        desk.engine.past.send_interrupted()
        ended = desk.ended(id_)
        assert (ended.status, ended.text) == ("kept", "words")
        assert desk.engine.past.interrupted == ()
        assert desk.delivery.delivered == []  # never into whatever has the focus
        desk.engine.quit()

    def test_it_is_sent_by_itself_where_that_is_set(self, tmp_path: Path) -> None:
        id_ = self.crashed(tmp_path, "transcribing")
        desk = Desk(tmp_path, Settings(send_interrupted=True))
        assert desk.ended(id_).status == "kept"
        assert desk.face.interrupted == []
        desk.engine.quit()

    def test_one_in_which_nobody_speaks_is_not_sent(self, tmp_path: Path) -> None:
        id_ = self.crashed(tmp_path)
        path = Desk.places_in(tmp_path).recordings / f"{id_}.wav"
        path.write_bytes(wav_header(0) + bytes(64_000))
        desk = Desk(tmp_path, Settings(send_interrupted=True))
        assert desk.ended(id_).status == "no_speech"
        assert desk.transcriber.heard == []
        desk.engine.quit()


class TestSlowDisk:
    def test_holds_up_neither_the_windows_nor_the_microphone(self, desk: Desk) -> None:
        blocked = threading.Event()
        desk.engine._archive._lane.put(lambda: blocked.wait(20))
        began = time.monotonic()
        id_ = desk.engine.start()
        desk.inbox.until(desk.microphone.running.is_set)
        assert time.monotonic() - began < 1
        desk.engine.stop()
        take = desk.ended(id_)  # a disk that hangs does not hold up the text, either
        assert (take.status, take.text) == ("delivered", "words")
        assert isinstance(desk.face.troubles.pop(), StorageError)
        blocked.set()
        assert desk.stored(id_).text == "words"


class TestOutbox:
    """Without network a take waits, and is sent by itself when there is one."""

    def test_a_take_without_network_waits_and_comes_late(self, desk: Desk) -> None:
        desk.transcriber.answers = [NoConnection("down"), NoConnection("down")]
        take = desk.ended(desk.record())
        assert (take.status, take.error and take.error["code"]) == ("waiting", 6)
        assert desk.engine.outbox == 1
        desk.face.ends.clear()
        desk.engine.past.outbox.now()
        desk.inbox.until(lambda: bool(desk.face.ends))
        assert desk.face.ends[0][1] is None  # told once is enough
        assert desk.stored(take.id).status == "waiting"
        desk.face.ends.clear()
        desk.engine.past.outbox.now()
        late = desk.ended(take.id)
        assert (late.status, late.text) == ("kept", "words")
        assert isinstance(desk.face.ends[-1][1], NotDelivered)
        assert desk.delivery.delivered == []  # never into whatever has the focus
        assert desk.engine.outbox == 0

    def test_takes_left_waiting_by_an_earlier_run_are_sent(self, tmp_path: Path) -> None:
        id_ = TestAfterACrash().crashed(tmp_path, "waiting")
        desk = Desk(tmp_path)
        desk.inbox.until(lambda: desk.engine.outbox == 1)
        desk.engine.past.outbox.now()
        assert desk.ended(id_).status == "kept"
        desk.engine.quit()

    def test_one_that_is_given_up_meanwhile_waits_on(self, desk: Desk) -> None:
        desk.transcriber.answers = [NoConnection("down")]
        take = desk.ended(desk.record())
        desk.transcriber.go.clear()
        desk.face.ends.clear()
        desk.engine.past.outbox.now()
        desk.inbox.until(lambda: len(desk.transcriber.heard) == 2)
        desk.engine.cancel()
        assert desk.ended(take.id).status == "waiting"
        desk.transcriber.go.set()

    def test_what_the_basic_recogniser_heard_is_a_draft_until_then(self, desk: Desk) -> None:
        error = NoConnection("down")
        error.draft = Transcript("draft words", "draft words", "offline", "basic", note="A draft.")
        desk.transcriber.answers = [error]
        take = desk.ended(desk.record())
        assert (take.status, take.text, take.provider) == ("waiting", "draft words", "offline")
        assert desk.delivery.delivered == []
        with pytest.raises(NotDelivered):  # a draft is no text to paste
            desk.engine.paste().result(5)
        desk.engine.past.outbox.now()
        desk.inbox.until(lambda: desk.stored(take.id).text == "words")
        assert desk.stored(take.id).status == "kept"


class TestAway:
    def test_ends_the_take_and_keeps_its_text(self, desk: Desk) -> None:
        id_ = desk.engine.start()
        desk.inbox.until(desk.microphone.running.is_set)
        kept = threading.Event()
        desk.engine.leave_alone()
        desk.engine.when_kept(kept.set)
        assert kept.wait(5)
        assert open_kept(desk.places.recordings / f"{id_}.wav").seconds == 1.0
        take = desk.ended(id_)
        assert (take.status, take.text) == ("kept", "words")
        assert desk.delivery.delivered == []

    def test_takes_back_what_is_about_to_be_pasted(self, desk: Desk) -> None:
        desk.delivery.go.clear()
        id_ = desk.record()
        desk.inbox.until(lambda: desk.engine.state.name == "delivering")
        desk.engine.leave_alone()
        desk.delivery.go.set()
        take = desk.ended(id_)
        assert (take.status, take.text) == ("kept", "words")
        assert desk.delivery.delivered == []


class TestIncognito:
    def left(self, desk: Desk) -> list[str]:
        desk.engine._archive.ask(lambda history: history.newest(1)).result(5)
        folder = desk.places.recordings
        return [path.name for path in folder.glob("2*")] if folder.exists() else []

    def test_keeps_nothing_once_a_take_is_delivered(self, desk: Desk) -> None:
        desk.set(history=False)
        take = desk.ended(desk.record())
        assert (take.status, self.left(desk)) == ("delivered", [])
        with pytest.raises(UsageError):
            desk.stored(take.id)
        assert desk.engine.paste().result(5).text == "words"  # from memory, till the app ends

    def test_keeps_nothing_of_a_cancelled_one(self, desk: Desk) -> None:
        desk.set(history=False)
        desk.microphone = FakeMicrophone(sound(3.0))
        id_ = desk.engine.start()
        desk.inbox.until(desk.microphone.running.is_set)
        desk.engine.cancel()
        desk.ended(id_)
        desk.inbox.until(lambda: not self.left(desk))

    def test_keeps_what_could_not_be_transcribed(self, desk: Desk) -> None:
        desk.set(history=False)
        desk.transcriber.answers = [ServerFault("down")]
        take = desk.ended(desk.record())
        assert desk.stored(take.id).status == "failed"
        assert self.left(desk)


class TestUndo:
    def cancelled(self, desk: Desk, seconds: float) -> Take:
        desk.microphone = FakeMicrophone(sound(seconds))
        id_ = desk.engine.start()
        desk.inbox.until(desk.microphone.running.is_set)
        desk.engine.cancel()
        return desk.ended(id_)

    def test_brings_a_cancelled_take_back(self, desk: Desk) -> None:
        take = self.cancelled(desk, 3.0)
        desk.inbox.until(lambda: desk.stored(take.id).seconds == 3.0)
        assert desk.stored(take.id).status == "cancelled"
        desk.face.ends.clear()
        desk.engine.past.resend(take.id, gate=True)
        again = desk.ended(take.id)
        assert (again.status, again.text) == ("kept", "words")

    def test_a_slip_is_not_kept(self, desk: Desk) -> None:
        take = self.cancelled(desk, 0.5)

        def gone() -> bool:
            rows = desk.engine._archive.ask(lambda history: history.newest()).result(5)
            return not rows and not list(desk.places.recordings.glob("2*"))

        desk.inbox.until(gone)
        assert take.status == "cancelled"


class TestTyping:
    """What the user types counts from a take's stop to its end, however it ends."""

    def ended(self, desk: Desk, **settings: object) -> Take:
        desk.set(**settings)
        id_ = desk.record()
        assert len(desk.delivery.stops) == 1
        take = desk.ended(id_)
        assert desk.delivery.stops == []
        return take

    def test_for_a_delivered_take(self, desk: Desk) -> None:
        assert self.ended(desk).status == "delivered"

    def test_for_one_that_fails(self, desk: Desk) -> None:
        desk.transcriber.answers = [ServerFault("down")]
        assert self.ended(desk).status == "failed"

    def test_for_one_in_which_nobody_speaks(self, desk: Desk) -> None:
        desk.microphone = FakeMicrophone(sound(1.0, 5))
        assert self.ended(desk).status == "no_speech"

    def test_for_one_that_is_cancelled(self, desk: Desk) -> None:
        desk.transcriber.go.clear()
        id_ = desk.record()
        desk.inbox.until(lambda: bool(desk.transcriber.heard))
        desk.engine.cancel()
        desk.transcriber.go.set()
        assert desk.ended(id_).status == "cancelled"
        assert desk.delivery.stops == []


class TestDoubt:
    def test_a_doubtful_text_is_delivered_marked_and_can_be_accepted(self, desk: Desk) -> None:
        doubtful = Transcript("w", "w", "p", "m", doubt="Words may be missing.", pattern="short")
        desk.transcriber.answers = [doubtful]
        take = desk.ended(desk.record())
        assert (take.status, take.doubt) == ("delivered", "Words may be missing.")
        desk.engine.past.accept(take.id)
        desk.inbox.until(lambda: desk.stored(take.id).doubt is None)
        desk.ended(desk.record())
        assert desk.transcriber.experience.waved == {"short"}

    def test_good_takes_tell_how_fast_the_user_speaks(self, desk: Desk) -> None:
        desk.microphone = FakeMicrophone(sound(4.0))
        desk.transcriber.answers = ["twelve chars", "twelve chars", "x"]
        for _take in range(3):
            desk.ended(desk.record())
        [known] = desk.transcriber.experience.paces.known
        assert (known.script, known.takes) == ("Latin", 2)


class TestSentAgain:
    """What is sent again in vain is as it was before; nothing of it is lost."""

    DRAFT = Transcript("draft words", "draft words", "offline", "basic", note="A draft.")

    def drafted(self, desk: Desk) -> Take:
        desk.transcriber.answers = [self.error()]
        take = desk.ended(desk.record())
        desk.stored(take.id)
        desk.face.ends.clear()
        return take

    def error(self) -> NoConnection:
        error = NoConnection("down")
        error.draft = self.DRAFT
        return error

    @pytest.mark.parametrize("error", [ServerFault("down"), NoConnection("down")])
    def test_a_delivered_text_stays(self, desk: Desk, error: Exception) -> None:
        take = desk.ended(desk.record())
        desk.stored(take.id)
        desk.face.ends.clear()
        desk.transcriber.answers = [error]
        desk.engine.past.resend(take.id)
        desk.inbox.until(lambda: bool(desk.face.ends))
        assert type(desk.face.ends[0][1]) is type(error)
        assert same(desk.stored(take.id), take)

    def test_a_draft_waits_on_and_is_no_text_when_the_app_ends_meanwhile(
        self, tmp_path: Path
    ) -> None:
        desk = Desk(tmp_path)
        take = self.drafted(desk)
        desk.transcriber.go.clear()
        desk.engine.past.outbox.now()
        desk.inbox.until(lambda: len(desk.transcriber.heard) == 2)
        # Killed now, it would be found with its recording alone.
        under_way = desk.stored(take.id)
        assert (under_way.status, under_way.text) == ("transcribing", "")
        desk.engine.quit()
        with closing(History(desk.places.history, desk.places.recordings)) as history:
            left = history.get(take.id)
        assert (left.status, left.text) == ("waiting", "draft words")
        desk.transcriber.go.set()

    def test_a_take_is_sent_by_one_alone(self, desk: Desk) -> None:
        take = self.drafted(desk)
        ask = desk.engine._archive.ask
        assert ask(lambda history: history.claim(take.id, "waiting")).result(5)
        assert ask(lambda history: history.claim(take.id, "waiting")).result(5) is None
        desk.engine.past.resend(take.id)
        desk.engine.past.outbox.now()
        desk.inbox.until(lambda: desk.engine.outbox == 0)
        assert len(desk.transcriber.heard) == 1

    def test_one_that_was_deleted_holds_up_no_other(self, desk: Desk) -> None:
        gone, left = self.drafted(desk), self.drafted(desk)
        desk.engine._archive.ask(lambda history: history.delete([gone])).result(5)
        desk.engine.past.outbox.now()
        assert desk.ended(left.id).status == "kept"
        desk.inbox.until(lambda: desk.engine.outbox == 0)

    def test_one_whose_recording_is_gone_does_not_wait_for_ever(self, desk: Desk) -> None:
        take = self.drafted(desk)
        desk.engine._archive.ask(lambda history: history.remove_audio(take)).result(5)
        desk.engine.past.outbox.now()
        desk.inbox.until(lambda: desk.engine.outbox == 0)
        assert desk.stored(take.id).status == "failed"

    def test_a_deleted_text_does_not_come_back_by_being_pasted(self, desk: Desk) -> None:
        desk.delivery.refuses = NotDelivered("no")
        take = desk.ended(desk.record())
        desk.stored(take.id)
        desk.delivery.refuses = None
        desk.engine._archive.ask(lambda history: history.delete([take])).result(5)
        with pytest.raises(UsageError):
            desk.engine.paste(take.id).result(5)
        with pytest.raises(UsageError):
            desk.stored(take.id)


class TestEdges:
    def test_quitting_before_there_is_sound_leaves_nothing_to_send(self, tmp_path: Path) -> None:
        desk = Desk(tmp_path)
        desk.microphone = FakeMicrophone()
        id_ = desk.engine.start()
        desk.inbox.until(desk.microphone.running.is_set)
        desk.engine.quit()
        with closing(History(desk.places.history, desk.places.recordings)) as history:
            assert history.with_status("waiting") == []
            assert all(take.id != id_ or take.status == "cancelled" for take in history.newest())

    def test_an_undo_waits_until_all_of_the_take_is_there(self, desk: Desk) -> None:
        desk.microphone = FakeMicrophone(sound(2.0))
        desk.microphone.tail = sound(0.5)  # comes while it is being closed
        id_ = desk.engine.start()
        desk.inbox.until(desk.microphone.running.is_set)
        desk.engine.cancel()
        desk.engine.past.resend(id_, gate=True)
        desk.inbox.until(lambda: len(desk.face.ends) == 2)
        take = desk.stored(id_)
        assert (take.status, take.text) == ("kept", "words")
        assert desk.transcriber.heard[0].seconds == 2.5
        assert desk.delivery.stops == []

    def test_a_device_that_hangs_under_a_cancelled_take_costs_no_other(self, desk: Desk) -> None:
        desk.microphone.hangs.clear()
        id_ = desk.engine.start()
        desk.inbox.until(desk.microphone.opening.is_set)
        live = desk.engine._live[id_]
        desk.engine.cancel()
        desk.engine._recorder.check_opened(live, desk.engine._failing(id_))
        hung, desk.microphone = desk.microphone, FakeMicrophone(sound(1.0))
        assert desk.ended(desk.record()).status == "delivered"
        hung.hangs.set()
        desk.inbox.until(lambda: live.closed)

    def test_a_window_that_fails_stops_no_take(self, desk: Desk) -> None:
        ended = desk.face.ended

        def fails(take: Take, error: Exception | None) -> None:
            ended(take, error)
            raise RuntimeError("a window's own")

        desk.face.ended = fails  # type: ignore[method-assign]
        for _take in range(2):
            assert desk.ended(desk.record()).status == "delivered"
        desk.inbox.drain()
        assert [type(trouble) for trouble in desk.face.troubles] == [RuntimeError] * 2
        desk.face.troubles.clear()

    def test_what_is_said_while_the_screen_is_locked_is_pasted_nowhere(self, desk: Desk) -> None:
        desk.engine.leave_alone()
        assert desk.ended(desk.record()).status == "kept"
        desk.engine.come_back()
        assert desk.ended(desk.record()).status == "delivered"

    def test_a_delivery_that_hangs_at_the_end_does_not_happen_after_all(
        self, tmp_path: Path
    ) -> None:
        desk = Desk(tmp_path)
        desk.delivery.go.clear()
        id_ = desk.record()
        desk.inbox.until(lambda: desk.engine.state.name == "delivering")
        desk.engine.quit()
        desk.delivery.go.set()
        until("it gave up", lambda: not any(t.name == "output" for t in threading.enumerate()))
        with closing(History(desk.places.history, desk.places.recordings)) as history:
            assert history.get(id_).status == "kept"
        assert desk.delivery.delivered == []

    def test_incognito_leaves_nothing_of_what_was_delivered_as_the_app_ended(
        self, tmp_path: Path
    ) -> None:
        desk = Desk(tmp_path, Settings(history=False))
        id_ = desk.record()
        until("it is delivered", lambda: desk.inbox.drain() or desk.delivery.delivered)
        desk.engine.quit()
        with closing(History(desk.places.history, desk.places.recordings)) as history:
            assert [take.id for take in history.newest()] == []
        assert not list(desk.places.recordings.glob(f"{id_}*"))
