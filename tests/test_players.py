"""Players on a real bus pause while one records, and only those go on that were paused for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jeepney import Message

from dictation.desktop import Desktop
from dictation.players import LEAVING, PREFIX, PROXY, Players, probe
from tests.buses import Bus
from tests.desktop import need, until
from tests.logind import Answer, Service


class Player(Service):
    """A media player: does what it is told, maybe late, and notes it."""

    def __init__(
        self, address: str, name: str, status: str = "Playing", *, late: float = 0.0
    ) -> None:
        self.status, self._late = status, late
        self.hangs = False
        super().__init__(address, name if name.startswith(PREFIX) else PREFIX + name)

    @property
    def told(self) -> list[str]:
        return [member for member, _body in self.calls if member in ("Pause", "Play")]

    def answer(self, member: str, body: tuple[Any, ...]) -> Answer | None:
        match member, body:
            case "Get", ("org.mpris.MediaPlayer2.Player", "PlaybackStatus"):
                return "v", (("s", self.status),)
            case (("Pause" | "Play"), ()):
                if self._late:
                    threading.Timer(self._late, self._become, (member,)).start()
                else:
                    self._become(member)
                return "", ()
        return None

    def _become(self, verb: str) -> None:
        if self.status != "Stopped":
            self.status = {"Pause": "Paused", "Play": "Playing"}[verb]

    def _handle(self, message: Message) -> None:
        if not self.hangs:
            super()._handle(message)


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    need("dbus-daemon")
    made = Bus(tmp_path)
    yield made
    made.stop()


Make = Callable[..., Player]


@pytest.fixture
def player(bus: Bus) -> Iterator[Make]:
    made: list[Player] = []

    def make(name: str, status: str = "Playing", **more: Any) -> Player:
        made.append(Player(bus.address, name, status, **more))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def players(bus: Bus) -> Iterator[Players]:
    crashes: list[Exception] = []
    made = Players(crashes.append, address=bus.address, settled=0.0)
    yield made
    made.close()
    assert crashes == []


def becomes(player: Player, status: str) -> None:
    until(f"it is {status}", lambda: player.status == status)


def rests(*players: Player) -> list[list[str]]:
    """What each was told, once nothing more comes."""
    threading.Event().wait(0.2)
    return [each.told for each in players]


class TestTakes:
    def test_what_plays_is_paused_and_goes_on(self, player: Make, players: Players) -> None:
        music, video = player("spotify"), player("firefox.instance_1_23")
        for take in ("one", "two", "three"):
            players.recording(take)
            becomes(music, "Paused")
            becomes(video, "Paused")
            players.recording(take)  # another change of the state
            players.recording(None)
            becomes(music, "Playing")
            becomes(video, "Playing")
        assert rests(music, video) == [["Pause", "Play"] * 3] * 2

    @pytest.mark.parametrize("status", ["Paused", "Stopped"])
    def test_what_was_not_playing_stays_as_it_is(
        self, player: Make, players: Players, status: str
    ) -> None:
        quiet, music = player("quiet", status), player("music")
        players.recording("one")
        becomes(music, "Paused")
        players.recording(None)
        becomes(music, "Playing")
        assert rests(quiet) == [[]]

    @pytest.mark.parametrize("status", ["Stopped", "Playing"])
    def test_what_the_user_has_changed_meanwhile_stays_so(
        self, player: Make, players: Players, status: str
    ) -> None:
        changed, music = player("changed"), player("music")
        players.recording("one")
        becomes(changed, "Paused")
        becomes(music, "Paused")
        changed.status = status
        players.recording(None)
        becomes(music, "Playing")
        assert rests(changed) == [["Pause"]]
        assert changed.status == status

    def test_what_the_user_pauses_between_takes_stays_paused(
        self, player: Make, players: Players
    ) -> None:
        music = player("music")
        for _take in range(2):
            players.recording("one")
            becomes(music, "Paused")
            players.recording(None)
            becomes(music, "Playing")
        music.status = "Paused"
        players.recording("two")
        players.recording(None)
        assert rests(music) == [["Pause", "Play"] * 2]

    def test_one_that_begins_in_mid_take_is_left_alone(
        self, player: Make, players: Players
    ) -> None:
        music = player("music")
        players.recording("one")
        becomes(music, "Paused")
        late = player("late")
        players.recording(None)
        becomes(music, "Playing")
        assert rests(late) == [[]]

    def test_one_started_anew_under_the_same_name_is_another(
        self, bus: Bus, player: Make, players: Players
    ) -> None:
        music, other = Player(bus.address, "music"), player("other")
        players.recording("one")
        becomes(music, "Paused")
        becomes(other, "Paused")
        music.close()
        again = player("music", "Paused")
        players.recording(None)
        becomes(other, "Playing")
        assert rests(again) == [[]]

    def test_one_that_speaks_for_the_others_is_not_asked(
        self, player: Make, players: Players
    ) -> None:
        proxy, music = player(PROXY), player("music")
        players.recording("one")
        becomes(music, "Paused")
        assert rests(proxy) == [[]]

    def test_takes_in_quick_succession_end_as_they_began(
        self, player: Make, players: Players
    ) -> None:
        music = player("music")
        for number in range(50):
            players.recording(f"take {number}")
            players.recording(None)
        rests(music)
        assert music.status == "Playing"
        players.recording("last")
        becomes(music, "Paused")


class TestSlowPlayers:
    def test_one_that_pauses_only_after_a_short_take_goes_on_all_the_same(
        self, bus: Bus, player: Make
    ) -> None:
        players = Players(lambda _error: None, address=bus.address)
        music = player("music", late=0.15)
        for take in ("one", "two"):
            players.recording(take)
            until("it is told", lambda: music.told[-1:] == ["Pause"])
            players.recording(None)
            until("it is told", lambda: music.told[-1:] == ["Play"])
            threading.Event().wait(0.2)
            assert music.status == "Playing"
        # Told to go on, it has not yet; the next take begins.
        players.recording("three")
        becomes(music, "Paused")
        players.recording(None)
        until("it is told", lambda: music.told[-1] == "Play")
        assert music.status == "Paused"
        players.recording("four")
        until("it is told", lambda: music.told[-1] == "Pause")
        threading.Event().wait(0.3)
        assert music.status == "Paused"
        players.close()
        becomes(music, "Playing")

    def test_one_that_hangs_costs_the_others_and_the_caller_nothing(
        self, player: Make, players: Players
    ) -> None:
        hung, music = player("hung"), player("music")
        hung.hangs = True
        for _take in range(3):
            began = time.monotonic()
            players.recording("one")
            assert time.monotonic() - began < 0.2
            until("it is paused", lambda: music.status == "Paused", 0.9)
            players.recording(None)
            until("it plays", lambda: music.status == "Playing", 0.9)
        began = time.monotonic()
        players.close()
        assert time.monotonic() - began < LEAVING
        assert hung.told == []

    def test_one_asked_when_the_next_take_has_begun_stays_paused_for_it(
        self, player: Make, players: Players
    ) -> None:
        music = player("music")
        players.recording("one")
        becomes(music, "Paused")
        held, answer = threading.Event(), music.answer
        music.answer = lambda *call: held.wait(5) and answer(*call)  # type: ignore[assignment, method-assign]
        players.recording(None)
        until("it is asked", lambda: len(music.calls) == 3)
        players.recording("two")
        held.set()
        assert rests(music) == [["Pause"]]
        players.recording(None)
        becomes(music, "Playing")

    def test_an_answer_that_comes_after_the_take_pauses_nothing(
        self, bus: Bus, player: Make, players: Players
    ) -> None:
        music, slow = player("music"), player("slow")
        held = threading.Event()
        answer = slow.answer
        slow.answer = lambda *call: held.wait(5) and answer(*call)  # type: ignore[assignment, method-assign]
        players.recording("one")
        becomes(music, "Paused")
        players.recording(None)
        becomes(music, "Playing")
        held.set()
        until("it has answered", lambda: slow.calls)
        assert rests(slow) == [[]]


class TestEnds:
    def test_quitting_in_mid_take_lets_them_go_on(self, bus: Bus, player: Make) -> None:
        music = player("music")
        players = Players(lambda _error: None, address=bus.address)
        players.recording("one")
        becomes(music, "Paused")
        players.close()
        assert music.status == "Playing"

    def test_what_an_earlier_run_has_paused_stays_paused(
        self, player: Make, players: Players
    ) -> None:
        left = player("left", "Paused")  # by a crash
        players.recording("one")
        players.recording(None)
        assert rests(left) == [[]]

    def test_closing_without_a_take_asks_for_no_bus(self, tmp_path: Path) -> None:
        players = Players(lambda _error: None, address=f"unix:path={tmp_path}/none")
        threads = threading.active_count()
        players.recording(None)
        players.close()
        assert threading.active_count() == threads

    def test_without_a_bus_takes_go_on(self, tmp_path: Path) -> None:
        crashes: list[Exception] = []
        players = Players(crashes.append, address=f"unix:path={tmp_path}/none")
        for take in ("one", None, "two", None):
            players.recording(take)
        players.close()
        assert crashes == []

    def test_a_new_bus_is_found_at_the_next_take(self, bus: Bus, players: Players) -> None:
        music = Player(bus.address, "music")
        players.recording("one")
        becomes(music, "Paused")
        bus.stop()
        players.recording(None)
        music.close()
        bus.start()
        music = Player(bus.address, "music")
        players.recording("two")
        becomes(music, "Paused")
        players.recording(None)
        becomes(music, "Playing")
        music.close()


def test_doctor_names_the_players(bus: Bus, player: Make) -> None:
    linux = Desktop("linux")
    assert probe(linux, bus.address).works
    player("vlc")
    player(PROXY)
    assert probe(linux, bus.address).why == "vlc"
    assert not probe(Desktop("windows"), bus.address).works
    assert not probe(linux, bus.address + "-none").works
