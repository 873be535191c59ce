"""What doctor says of sending while one speaks, how it learns it anew, and of bound keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from dictation.control import Server
from dictation.credentials import Keys
from dictation.desktop import Desktop, System
from dictation.doctor import _hotkey, _upload, examine
from dictation.history import History
from dictation.paths import Places
from dictation.recordings import WavWriter
from dictation.settings import Settings
from dictation.takes import begin
from dictation.wiring import Wiring
from tests.connections import Received
from tests.loopback import Loopback, serving
from tests.replies import Reply, error
from tests.speaking import heard, words
from tests.test_credentials import Ring


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as made:
        made.text = heard
        yield made


@pytest.fixture
def settings(server: Loopback) -> Settings:
    return Settings(provider="openai", model="whisper-1", base_url=server.openai)


@pytest.fixture
def wiring(tmp_path: Path, settings: Settings) -> Iterator[Wiring]:
    made = Wiring(Places(*(tmp_path / name for name in "csdxr")))
    made.places.cache.mkdir(parents=True)
    made.keys = Keys(made.places, {"OPENAI_API_KEY": "sk-1"}, Ring())
    yield made
    made.http(settings).close()


def dictated(wiring: Wiring) -> None:
    """A short take in the history."""
    with closing(History(wiring.places.history, wiring.places.recordings)) as history:
        take = replace(begin(), status="delivered", seconds=6.0)
        path = history.recording(take.id)
        with WavWriter(path) as file:
            file.append(words(range(10)).astype("<i2").tobytes())
        history.put(replace(take, audio=str(path)))


def test_without_a_recording_it_says_what_to_do(wiring: Wiring, settings: Settings) -> None:
    verdict = _upload(wiring, settings, True)
    assert not verdict.works
    assert "Dictate" in verdict.fix
    assert _upload(wiring, settings, False).works


def test_the_last_short_recording_tells(
    wiring: Wiring, settings: Settings, server: Loopback
) -> None:
    dictated(wiring)
    assert "not known" in _upload(wiring, settings, False).why
    assert _upload(wiring, settings, True).why == ""
    lengths = ["content-length" in request.headers for request in server.requests]
    assert lengths == [True, False]


def test_a_refusal_is_told_and_can_be_tried_again(
    wiring: Wiring, settings: Settings, server: Loopback
) -> None:
    dictated(wiring)

    def refuse(request: Received) -> Reply | None:
        return None if "content-length" in request.headers else error(411, "A length is needed.")

    server.answer = refuse
    assert "whole" in _upload(wiring, settings, True).why
    assert "whole" in _upload(wiring, settings, False).why
    server.answer = lambda _request: None
    assert _upload(wiring, settings, True).works


@pytest.mark.parametrize(
    ("changes", "why"), [({"provider": "offline"}, "leaves"), ({"upload": "whole"}, "whole")]
)
def test_nothing_is_sent_where_that_is_not_wanted(
    wiring: Wiring, settings: Settings, server: Loopback, changes: dict[str, str], why: str
) -> None:
    dictated(wiring)
    verdict = _upload(wiring, replace(settings, **changes), True)  # type: ignore[arg-type]
    assert why in verdict.why
    assert server.requests == []


@pytest.mark.only_on("linux")
@pytest.mark.parametrize(
    ("seen", "works", "says"),
    [
        ([], False, "the desktop can bind one"),
        (["press"], True, "no release came"),
        (["release"], False, "no press came"),
        (["press", "release"], True, "holding works"),
    ],
)
def test_a_key_that_the_desktop_bound_is_known_by_what_it_told_the_app(
    wiring: Wiring, seen: list[str], works: bool, says: str
) -> None:
    sway = Desktop("linux", "wayland", "sway")
    app = Server(wiring.places)
    app.serve(lambda _message, _send: {"seen": seen})
    verdict = _hotkey(wiring, Settings(hotkey_backend="none"), sway)
    app.close()
    assert verdict.works == works
    assert says in verdict.why
    assert ("bindsym --release" in verdict.fix) != ("works" in says)
    unheard = _hotkey(wiring, Settings(hotkey_backend="none"), sway)  # no app
    assert not unheard.works
    assert "bindsym --release" in unheard.fix


@pytest.mark.parametrize(
    ("system", "untried"), [("windows", True), ("macos", True), ("linux", False)]
)
def test_a_system_that_no_release_was_tried_on_is_called_so(
    wiring: Wiring, settings: Settings, system: System, untried: bool
) -> None:
    first = next(examine(wiring, settings, Desktop(system)))
    assert ("was not tried" in first.says) is untried
