"""A take's text while it is being spoken, against a server that hears exactly what it is sent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from dictation import scrutiny
from dictation.audio import RATE, Recording
from dictation.credentials import Keys
from dictation.engine import Engine
from dictation.errors import DictationError, NoConnection
from dictation.history import History
from dictation.paths import Places
from dictation.pieces.ahead import FIRST_PIECE, Ahead
from dictation.pieces.uploads import WEEK, Uploads
from dictation.settings import Settings
from dictation.truth import Experience
from dictation.values import Transcript, Watch
from dictation.wiring import Wiring
from tests.audio_samples import encoded
from tests.connections import Received
from tests.desktop import until
from tests.fakes import FakeDelivery, FakeFace, Inbox, track
from tests.loopback import Loopback, serving
from tests.replies import Reply, error
from tests.speaking import Speaker, heard, silence, words
from tests.test_credentials import Ring

WAYS = {
    "chat": {"provider": "openrouter", "model": "google/gemini-2.5-flash"},
    "transcriptions": {"provider": "openrouter", "model": "openai/whisper-1"},
    "openai": {"provider": "openai", "model": "whisper-1"},
}
SPOKEN = 90  # words, 60 s: two pieces


def all_words(count: int = SPOKEN) -> list[str]:
    return [f"w{number}" for number in range(count)]


class Take:
    """A take that is spoken, and what works on it meanwhile."""

    made: ClassVar[list[Take]] = []

    def __init__(self, root: Path, server: Loopback, way: str, **changes: object) -> None:
        self.made.append(self)
        self.crashes: list[Exception] = []
        self.server, self.speaker = server, Speaker()
        server.answer, server.text = self._listen, heard
        self.wiring = Wiring(Places(*(root / name for name in ("c", "s", "d", "x", "r"))))
        self.wiring.places.cache.mkdir(parents=True, exist_ok=True)
        keys = {"OPENROUTER_API_KEY": "sk-or-1", "OPENAI_API_KEY": "sk-1"}
        self.wiring.keys = Keys(self.wiring.places, keys, Ring())
        base_url = server.openai if way == "openai" else server.openrouter
        endpoint = "auto" if way == "openai" else way
        self.settings = replace(
            Settings(base_url=base_url, openrouter_endpoint=endpoint, **WAYS[way]),  # type: ignore[arg-type]
            **changes,  # type: ignore[arg-type]
        )
        self.partials: list[str] = []
        self.watch = Watch(partial=self.partials.append)
        self.refuses: Callable[[Received], Reply | None] = lambda _request: None
        self.begin()

    def begin(self) -> None:
        """The key is pressed (again)."""
        self.speaker = Speaker()
        self.ahead = self.wiring.ahead(self.speaker.growing, self.settings, self.watch, Experience)
        self.working = threading.Thread(
            target=self.ahead.run, args=(self.crashes.append,), daemon=True
        )
        self.working.start()
        if self.settings.upload != "whole":
            until("it is at work", lambda: self.speaker.growing._lengths)

    def _work(self) -> None:
        self.ahead.run(self.crashes.append)

    def _listen(self, request: Received) -> Reply | None:
        return self.refuses(request) if request.method == "POST" else None

    def speak(self, count: int = SPOKEN, first: int = 0) -> None:
        """So many words, with a longer pause after each tenth.

        All at once; but a server that gets them while they are spoken has some of them by then.
        """
        self.server.arrived = 0
        for start in range(first, first + count, 10):
            self.speaker.say(words(range(start, min(start + 10, first + count))))
            self.speaker.say(silence(0.6))
            if self.settings.upload == "live" and start == 0 and count > 10:
                until("some is sent", lambda: not self.ahead._live or self.server.arrived)

    def text(self) -> Transcript:
        """The take's text, once it is stopped."""
        return self.of(self.speaker.stop())

    def of(self, recording: Recording) -> Transcript:
        services = self.wiring.services(self.settings)
        return scrutiny.transcribe(
            recording, self.settings, services, self.watch, Experience(), ahead=self.ahead
        )

    @property
    def posts(self) -> list[Received]:
        return [request for request in self.server.requests if request.method == "POST"]

    def lives(self) -> list[bool]:
        """Of each request, whether it came while it was spoken."""
        return ["content-length" not in request.headers for request in self.posts]


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as made:
        yield made
        assert made.complaints == []


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    yield
    while Take.made:
        take = Take.made.pop()
        take.speaker.growing.give_up()
        take.working.join(5)
        assert take.crashes == []
        take.wiring.http(take.settings).close()


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class TestLive:
    def test_it_is_sent_while_it_is_spoken_in_one_request(
        self, tmp_path: Path, server: Loopback, way: str
    ) -> None:
        take = Take(tmp_path, server, way, upload="live")
        take.speak(10)
        until("the server has some of it", lambda: server.arrived > 20_000)
        assert take.posts == []
        take.speak(10, first=10)
        transcript = take.text()

        assert transcript.text.split() == all_words(20)
        assert take.lives() == [True]
        assert transcript.sent_as.endswith(" while speaking")
        assert transcript.cost_usd == (None if way == "openai" else server.cost)

    def test_a_slip_of_the_finger_is_not_sent_before_its_end(
        self, tmp_path: Path, server: Loopback, way: str
    ) -> None:
        take = Take(tmp_path, server, way, upload="live")
        take.speaker.say(words([0, 1]))
        assert take.text().text.split() == all_words(2)
        assert take.lives() == [False]

    @pytest.mark.parametrize("status", [400, 411, 413, 501])
    def test_a_server_that_refuses_it_gets_it_whole_and_is_remembered(
        self, tmp_path: Path, server: Loopback, way: str, status: int
    ) -> None:
        take = Take(tmp_path, server, way, upload="live")
        take.refuses = lambda request: (
            error(status, "A length is needed.")
            if "content-length" not in request.headers
            else None
        )
        take.speak(20)
        assert take.text().text.split() == all_words(20)
        assert take.lives() == [True, False]
        take.begin()
        take.speak(20)
        assert take.text().text.split() == all_words(20)
        assert take.lives() == [True, False, False]

    def test_a_server_that_reads_it_as_nothing_gets_it_whole_and_is_remembered(
        self, tmp_path: Path, server: Loopback, way: str
    ) -> None:
        take = Take(tmp_path, server, way, upload="live")

        def deaf(request: Received) -> None:
            server.text = heard if "content-length" in request.headers else ""

        take.refuses = deaf
        take.speak(20)
        assert take.text().text.split() == all_words(20)
        assert take.lives() == [True, False]

    def test_one_that_is_given_up_never_ends_its_request(
        self, tmp_path: Path, server: Loopback, way: str
    ) -> None:
        take = Take(tmp_path, server, way, upload="live")
        take.speak(20)
        until("the server has some of it", lambda: server.arrived > 20_000)
        take.speaker.growing.give_up()
        take.working.join(5)
        until("the server is hung up on", lambda: server.unfinished == 1)
        assert take.posts == []

    def test_nothing_is_learnt_where_the_network_is_gone(self, tmp_path: Path, way: str) -> None:
        with serving() as server:
            take = Take(tmp_path, server, way, upload="live")
        take.speak(10)
        with pytest.raises(NoConnection):
            take.text()
        with serving(port=server.port) as server:
            again = Take(tmp_path, server, way, upload="live")
            again.speak(20)
            assert again.text().text.split() == all_words(20)
            assert again.lives() == [True]


class TestPieces:
    @pytest.mark.parametrize("upload", ["auto", "live"])
    def test_a_long_take_is_sent_in_pieces_and_no_word_is_lost_or_doubled(
        self, tmp_path: Path, server: Loopback, way: str, upload: str
    ) -> None:
        take = Take(tmp_path, server, way, upload=upload)
        take.speak(60)
        until("its first piece is transcribed", lambda: bool(take.partials or take.posts))
        take.speak(SPOKEN - 60, first=60)
        transcript = take.text()

        assert transcript.text.split() == all_words()
        assert len(take.posts) > 2
        assert any(take.lives()) is (upload == "live")
        if way != "openai":
            assert transcript.cost_usd == pytest.approx(len(take.posts) * (server.cost or 0))

    def test_nothing_is_sent_before_the_end_where_the_user_wants_it_whole(
        self, tmp_path: Path, server: Loopback, way: str
    ) -> None:
        take = Take(tmp_path, server, way, upload="whole")
        take.speak()
        assert take.posts == []
        assert take.text().text.split() == all_words()
        assert take.lives() == [False]

    def test_where_one_fails_the_rest_is_sent_in_the_ordinary_way(
        self, tmp_path: Path, server: Loopback, way: str
    ) -> None:
        take = Take(tmp_path, server, way)
        take.refuses = lambda _request: (
            error(500, "Out of order.") if len(take.posts) == 2 else None
        )
        take.speak(60)
        until("its first piece is transcribed", lambda: len(take.posts) == 1)
        take.speak(SPOKEN - 60, first=60)

        assert take.text().text.split() == all_words()

    def test_one_that_fails_before_a_last_silence_is_sent_without_it(
        self, tmp_path: Path, server: Loopback
    ) -> None:
        take = Take(tmp_path, server, "openai")
        take.speak(60)
        until(
            "its first piece is transcribed",
            lambda: take.ahead._parts and take.ahead._parts[0].heard,
        )
        fault = error(400, "Out of order.")
        take.refuses = lambda _request: fault
        take.speak(20, first=60)
        take.speaker.say(silence(30.0))
        until("one fails", lambda: take.ahead._failed)
        take.refuses = lambda _request: None

        assert take.text().text.split() == all_words(80)

    def test_a_silence_between_them_is_sent_nowhere(
        self, tmp_path: Path, server: Loopback, way: str
    ) -> None:
        take = Take(tmp_path, server, way)
        take.speak(60)
        take.speaker.say(silence(90.0))
        take.speak(10, first=60)

        assert take.text().text.split() == all_words(70)
        assert len(take.posts) <= 6

    def test_each_comes_with_the_words_before_it_where_that_helps(
        self, tmp_path: Path, server: Loopback, way: str
    ) -> None:
        take = Take(tmp_path, server, way)
        take.speak(60)
        until("its first piece is transcribed", lambda: len(take.posts) == 1)
        until("and read", lambda: take.ahead._parts[0].heard)
        take.speak(SPOKEN - 60, first=60)
        take.text()

        def comes_with_it(request: Received) -> bool:
            first = heard(request.audio).split()[0]
            return f"w{int(first[1:]) - 1}" in str(request.json or request.form)

        assert any(map(comes_with_it, take.posts[1:])) is (way != "transcriptions")


class TestProbe:
    def of(self, take: Take) -> Transcript | None:
        recording = take.speaker.stop()
        heard = take.of(recording)
        once_more = take.wiring.probe(recording, heard, take.settings)
        return once_more and once_more()

    def test_a_short_take_is_sent_twice_and_the_next_while_it_is_spoken(
        self, tmp_path: Path, server: Loopback, way: str
    ) -> None:
        take = Take(tmp_path, server, way)
        take.speak(10)
        again = self.of(take)
        assert again is not None
        assert again.text.split() == all_words(10)
        assert take.lives() == [False, True]
        take.begin()
        take.settings = replace(take.settings, upload="live")  # so that the server is waited for
        take.speak(20)
        take.settings = replace(take.settings, upload="auto")
        assert self.of(take) is None
        assert take.lives() == [False, True, True]

    @pytest.mark.parametrize("answer", ["", "w3", "status"])
    def test_where_it_is_refused_or_misread_takes_go_whole(
        self, tmp_path: Path, server: Loopback, way: str, answer: str
    ) -> None:
        take = Take(tmp_path, server, way)

        def misread(request: Received) -> Reply | None:
            whole = "content-length" in request.headers
            server.text = heard if whole else answer
            return error(411, "A length is needed.") if answer == "status" and not whole else None

        take.refuses = misread
        take.speak(10)
        self.of(take)
        for _more in range(2):
            take.begin()
            take.speak(10)
            assert self.of(take) is None
        assert take.lives() == [False, True, False, False]

    @pytest.mark.parametrize("seconds", [1.0, 20.0])
    def test_only_a_short_take_is_sent_twice(
        self, tmp_path: Path, server: Loopback, seconds: float
    ) -> None:
        take = Take(tmp_path, server, "chat")
        take.speaker.say(words(range(round(seconds / 0.6))))
        assert self.of(take) is None
        assert take.lives() == [False]

    @pytest.mark.parametrize("upload", ["whole", "live"])
    def test_nobody_is_probed_where_the_user_has_chosen(
        self, tmp_path: Path, server: Loopback, upload: str
    ) -> None:
        take = Take(tmp_path, server, "chat", upload=upload)
        take.speaker.say(words(range(10)))
        assert self.of(take) is None
        assert len(take.posts) == 1


class TestPartials:
    def test_the_text_so_far_grows_over_the_pieces(self, tmp_path: Path, server: Loopback) -> None:
        take = Take(tmp_path, server, "chat")
        take.speak()
        text = take.text().text

        assert take.partials[-1] == text
        assert all(text.startswith(partial) for partial in take.partials)


class TestOffline:
    def test_what_the_basic_recogniser_hears_meanwhile_is_the_text(self, tmp_path: Path) -> None:
        """Its pieces are heard while the user speaks."""
        heard_so_far: list[Transcript] = []

        class Echo:
            NAME = "offline"
            FORMATS = frozenset({"wav"})

            def transcribe(self, speech, *_rest: object) -> Transcript:  # type: ignore[no-untyped-def]
                text = heard(b"".join(speech.pcm()))
                heard_so_far.append(Transcript(text, text, "offline", "echo"))
                return heard_so_far[-1]

        wiring = Wiring(Places(*(tmp_path / name for name in ("c", "s", "d", "x", "r"))))
        settings = Settings(provider="offline")
        services = replace(wiring.services(settings), providers={"offline": Echo()})
        speaker = Speaker()
        ahead = Ahead(
            speaker.growing,
            settings,
            services,
            Uploads(tmp_path / "uploads.json"),
            watch=Watch(),
            experience=Experience,
        )
        working = threading.Thread(target=ahead.run, args=(print,), daemon=True)
        working.start()
        speaker.say(words(range(40), pause=0.3))
        until("pieces are heard", lambda: len(heard_so_far) >= 2)
        speaker.say(words(range(40, 50)))
        transcript = ahead.result(speaker.stop())

        assert transcript is not None
        assert transcript.text.split() == all_words(50)


class TestUploads:
    def test_what_was_learnt_outlives_the_program(self, tmp_path: Path) -> None:
        path = tmp_path / "uploads.json"
        assert Uploads(path).taken("here") is None
        Uploads(path).learn("here", taken=True)
        Uploads(path).learn("there", taken=False)
        assert (Uploads(path).taken("here"), Uploads(path).taken("there")) == (True, False)

    def test_a_refusal_is_tried_again_after_a_week(self, tmp_path: Path) -> None:
        now = 1e9
        uploads = Uploads(tmp_path / "uploads.json", now=lambda: now)
        uploads.learn("there", taken=False)
        now += WEEK + 1
        assert uploads.taken("there") is None

    @pytest.mark.parametrize("content", [b"", b"[]", b'{"a": 1}', b"\xff"])
    def test_what_can_not_be_read_is_learnt_anew(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "uploads.json"
        path.write_bytes(content)
        assert Uploads(path).taken("a") is None


def test_the_pieces_are_as_long_as_is_promised() -> None:
    assert FIRST_PIECE.usual == 40


def test_an_error_of_the_ordinary_way_is_the_takes(tmp_path: Path, server: Loopback) -> None:
    take = Take(tmp_path, server, "chat")
    take.refuses = lambda _request: error(402, "No credits.")
    take.speak()
    with pytest.raises(DictationError, match="credits"):
        take.text()


def test_an_app_that_quits_leaves_a_request_unfinished_and_the_take_waiting(
    tmp_path: Path, server: Loopback
) -> None:
    """Its answer would come to nobody, and be paid for again."""
    wav = tmp_path / "talk.wav"
    wav.write_bytes(encoded(words(range(60))[:, None].astype("f4") / 32768, RATE, "WAV", "PCM_16"))
    take = Take(tmp_path, server, "chat", upload="live", microphone=(f"file:{wav}",))
    take.speaker.growing.give_up()
    parts = replace(take.wiring.engine(FakeDelivery()), track=track)
    face, inbox = FakeFace(), Inbox()
    engine = Engine(parts, take.settings, face, inbox.post)
    inbox.handle = engine.handle
    id_ = engine.start()
    inbox.until(lambda: server.arrived > 20_000)
    engine.quit()

    until("the server is hung up on", lambda: server.unfinished == 1)
    assert take.posts == []
    with closing(History(take.wiring.places.history, take.wiring.places.recordings)) as history:
        assert history.get(id_).status == "waiting"
