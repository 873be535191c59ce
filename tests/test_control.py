"""Commands to the running app over its socket."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from multiprocessing.connection import Listener
from pathlib import Path

import pytest

from dictation import control
from dictation.control import Message, Server
from dictation.errors import DictationError, NoCredits, NotRunning
from dictation.paths import Places, private
from dictation.service import Service
from dictation.session import State
from dictation.takes import Take, begin


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(*(tmp_path / name for name in ("c", "s", "d", "x", "r")))


def serve(places: Places, answer: Callable[[Message], Message]) -> Server:
    server = Server(places)
    server.serve(lambda message, _send: answer(message))
    return server


def test_an_answer_comes_back(places: Places) -> None:
    server = serve(places, lambda message: {"heard": message})
    assert control.ask(places, {"do": "x"}) == {"heard": {"do": "x"}}
    server.close()


def test_the_apps_error_is_raised_at_the_caller(places: Places) -> None:
    def refuse(_message: Message) -> Message:
        raise NoCredits("nothing left")

    server = serve(places, refuse)
    with pytest.raises(DictationError, match="nothing left") as raised:
        control.ask(places, {})
    assert raised.value.as_json() == NoCredits("nothing left").as_json()
    server.close()


def test_without_an_app_the_caller_is_told(places: Places) -> None:
    with pytest.raises(NotRunning):
        control.ask(places, {})
    serve(places, lambda message: message).close()
    with pytest.raises(NotRunning):
        control.ask(places, {})


def test_an_app_that_ends_before_it_answers_is_told(places: Places) -> None:
    private(places.run)
    with Listener(control.address(places)) as app:
        ending = threading.Thread(target=lambda: app.accept().close())
        ending.start()
        with pytest.raises(NotRunning, match="ended"):
            control.ask(places, {"do": "x"})
        ending.join(5)


def test_a_fault_of_the_app_is_told_to_the_caller_too(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults: queue.SimpleQueue[object] = queue.SimpleQueue()
    monkeypatch.setattr(threading, "excepthook", lambda fault: faults.put(fault.exc_value))

    def fail(_message: Message) -> Message:
        raise KeyError("a fault of ours")

    server = serve(places, fail)
    with pytest.raises(DictationError, match="a fault of ours"):
        control.ask(places, {"do": "x"})
    assert isinstance(faults.get(timeout=5), KeyError)
    server.close()


def test_a_second_instance_is_refused_and_a_dead_ones_socket_is_not_in_the_way(
    places: Places,
) -> None:
    first = serve(places, lambda message: message)
    with pytest.raises(BlockingIOError):
        serve(places, lambda message: message)
    first.close()
    Path(control.address(places)).touch()
    serve(places, lambda message: message).close()


def test_the_socket_is_for_the_user_alone(places: Places) -> None:
    server = serve(places, lambda message: message)
    assert places.run.stat().st_mode & 0o777 == 0o700
    server.close()


def test_a_long_home_still_gets_a_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dictation.paths import places as places_of

    deep = tmp_path / ("x" * 120)
    monkeypatch.setenv("DICTATION_HOME", str(deep))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    server = serve(places_of(), lambda message: message)
    assert control.ask(places_of(), {"a": 1}) == {"a": 1}
    server.close()


class FakeEngine:
    """Just what the service asks of an engine."""

    def __init__(self) -> None:
        self.state = State()
        self.outbox = 0
        self.waited: list[str] = []

    def start(self) -> str:
        self.state = State("a")
        return "a"

    def stop(self) -> str | None:
        id_, self.state = self.state.newest, State()
        return id_

    def wait_for(self, id_: str) -> Future[Take]:
        self.waited.append(id_)
        done: Future[Take] = Future()
        done.set_result(begin())
        return done


class Quiet:
    def show(self) -> None: ...
    def quit(self) -> None: ...
    def reload(self) -> None: ...


@pytest.fixture
def service() -> Service:
    return Service(FakeEngine(), Quiet(), lambda job: job())  # type: ignore[arg-type]


def nobody(_message: Message) -> None:
    pass


class TestService:
    def test_tells_its_state(self, service: Service) -> None:
        status = service.answer({"do": "status"}, nobody)
        assert {key: status[key] for key in ("state", "take", "waiting")} == {
            "state": "idle",
            "take": None,
            "waiting": 0,
        }

    def test_stops_and_waits_for_the_text(self, service: Service) -> None:
        service.answer({"do": "start"}, nobody)
        take = service.answer({"do": "stop", "wait": True}, nobody)["take"]
        assert take["status"] == "recording"  # the fake's take; a whole record all the same
        assert "timings" in take

    def test_has_nothing_to_wait_for(self, service: Service) -> None:
        with pytest.raises(DictationError):
            service.answer({"do": "stop", "wait": True}, nobody)

    def test_knows_no_other_commands(self, service: Service) -> None:
        with pytest.raises(DictationError):
            service.answer({"do": "format the disk"}, nobody)

    def test_tells_each_change_to_those_who_follow(self, service: Service) -> None:
        seen: list[str] = []
        told = threading.Semaphore(0)

        def send(message: Message) -> None:
            seen.append(message["state"])
            told.release()
            if len(seen) == 3:
                raise BrokenPipeError  # the follower has gone

        def follow() -> None:
            with pytest.raises(BrokenPipeError):
                service.answer({"do": "follow"}, send)

        thread = threading.Thread(target=follow)
        thread.start()
        assert told.acquire(timeout=5)
        service.answer({"do": "start"}, nobody)
        service.changed()
        service.changed()  # no change
        assert told.acquire(timeout=5)
        service.answer({"do": "stop"}, nobody)
        service.changed()
        thread.join(5)
        assert seen == ["idle", "recording", "idle"]
