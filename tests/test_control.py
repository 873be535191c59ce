"""Commands to the running app over its socket."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import asdict
from multiprocessing.connection import Listener
from pathlib import Path

import pytest

from dictation import control
from dictation.backends import Verdict
from dictation.control import Message, Server
from dictation.errors import DictationError, NoCredits, NotRunning, StorageError, UsageError
from dictation.paths import Places, private
from dictation.service import Service
from dictation.session import State
from dictation.settings import Settings
from dictation.takes import Take, begin
from tests.desktop import need

CALLER = """
import sys
from multiprocessing.connection import Client
with Client(sys.argv[1]) as app:
    print("connected")
    try:
        app.send_bytes(b'{"do": "status"}')
        print(app.recv_bytes())
    except (EOFError, OSError):
        print("refused")
"""
LISTENER = """
import sys
from multiprocessing.connection import Listener
with Listener(sys.argv[1]) as listener:
    __import__("os").chmod(sys.argv[1], 0o666)
    print("listens", flush=True)
    try:
        print(listener.accept().recv_bytes())
    except EOFError:
        print("heard nothing")
"""


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
    before = os.umask(0)
    server = serve(places, lambda message: message)
    os.umask(before)
    paths = (places.run, Path(control.address(places)), places.run / "lock")
    assert [path.stat().st_mode & 0o777 for path in paths] == [0o700, 0o600, 0o600]
    server.close()


@pytest.fixture
def open_places() -> Iterator[Places]:
    """Places that anybody can come to; pytest's own folders are closed to others."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Places(*(Path(folder) / name for name in ("c", "s", "d", "x", "r")))


def as_another_user(code: str, place: str) -> subprocess.Popen[str]:
    """A program of the user `nobody`."""
    need("setpriv")
    way = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    way = way if os.geteuid() == 0 else ["sudo", "-n", *way]
    command = [*way, sys.executable, "-I", "-c", code, place]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.only_on("linux")
def test_another_user_gets_no_answer_even_where_the_folder_is_open(open_places: Places) -> None:
    asked: list[Message] = []
    server = serve(open_places, lambda message: asked.append(message) or {"told": "a secret"})  # type: ignore[func-returns-value]
    socket = Path(control.address(open_places))
    open_places.run.chmod(0o777)
    socket.chmod(0o666)
    out, _err = as_another_user(CALLER, str(socket)).communicate(timeout=20)
    assert out.split() == ["connected", "refused"]
    assert asked == []
    assert control.ask(open_places, {"do": "x"}) == {"told": "a secret"}
    server.close()


@pytest.mark.only_on("linux")
def test_a_command_is_not_told_to_another_users_program(open_places: Places) -> None:
    open_places.run.mkdir()
    open_places.run.chmod(0o777)
    with as_another_user(LISTENER, control.address(open_places)) as stranger:
        assert stranger.stdin
        assert stranger.stdout
        assert stranger.stdout.readline().strip() == "listens"
        with pytest.raises(NotRunning, match="another user"):
            control.ask(open_places, {"do": "x"})
        assert stranger.stdout.readline().strip() == "heard nothing"


@pytest.mark.only_on("linux", "darwin")
def test_an_app_does_not_start_in_a_folder_that_another_made(places: Places) -> None:
    (places.run.parent / "elsewhere").mkdir()
    places.run.symlink_to(places.run.parent / "elsewhere")
    with pytest.raises(StorageError, match="is a link"):
        Server(places)


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

    def start(self, chosen: Settings, **_key: object) -> str:
        self.started_with = chosen
        self.state = State("a")
        return "a"

    def stop(self) -> str | None:
        id_, self.state = self.state.newest, State()
        return id_

    def released(self) -> None: ...

    def wait_for(self, id_: str) -> Future[Take]:
        self.waited.append(id_)
        done: Future[Take] = Future()
        done.set_result(begin())
        return done


class Quiet:
    def show(self, window: str) -> None: ...
    def quit(self) -> None: ...
    def reload(self) -> None: ...

    def keys_go(self) -> str:
        return "by libei"

    def profile(self, name: str) -> Settings:
        return {"": Settings(), "german": Settings(language="de")}[name]


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def service(engine: FakeEngine) -> Service:
    return Service(engine, Quiet(), lambda job: job())  # type: ignore[arg-type]


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

    def test_starts_with_the_settings_of_a_profile(
        self, service: Service, engine: FakeEngine
    ) -> None:
        service.answer({"do": "start", "profile": "german"}, nobody)
        assert engine.started_with == Settings(language="de")

    def test_a_key_that_was_bound_is_told_of_with_its_time(
        self, service: Service, engine: FakeEngine
    ) -> None:
        now = time.monotonic()
        service.answer({"do": "press", "profile": "german", "at": now - 2}, nobody)
        assert engine.started_with == Settings(language="de")
        assert engine.state.recording
        service.answer({"do": "release", "profile": "german", "at": now}, nobody)
        assert not engine.state.recording  # it was held
        service.answer({"do": "press"}, nobody)
        service.answer({"do": "release"}, nobody)
        assert engine.state.recording  # tapped
        told = {"seen": ["press", "release"], "portal": None, "keys": "by libei"}
        assert service.answer({"do": "bound"}, nobody) == told
        heard = Verdict(True, "heard by the desktop")
        service.bound.by_portal = lambda: heard
        assert service.answer({"do": "bound"}, nobody)["portal"] == asdict(heard)
        with pytest.raises(UsageError):
            service.answer({"do": "press", "at": "noon"}, nobody)

    def test_a_key_that_is_tried_out_toggles_nothing(
        self, service: Service, engine: FakeEngine
    ) -> None:
        heard: list[str] = []
        service.bound.listen(heard.append)
        assert service.answer({"do": "toggle"}, nobody) == {"take": None}
        assert heard == ["press"]
        assert not engine.state.recording

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

        thread = threading.Thread(target=follow, daemon=True)
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
