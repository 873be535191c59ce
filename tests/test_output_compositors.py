"""Whose window a text is for on Wayland: Sway itself, and Hyprland as its socket is documented."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dictation.desktop import Desktop
from dictation.errors import NotDelivered, TargetLost
from dictation.output import Delivery, compositors
from dictation.settings import Settings
from dictation.values import Target
from tests.desktop import until
from tests.matrix.test_sway import Program
from tests.sway import Sway, sway

pytestmark = pytest.mark.only_on("linux")

__all__ = ["sway"]  # a fixture
SWAY = Desktop("linux", "wayland", "sway")


@pytest.fixture
def delivery(sway: Sway) -> Iterator[Delivery]:
    made = Delivery(SWAY)
    yield made
    made.close()


def terminal(sway: Sway, name: str) -> Path:
    held = sway.folder / name
    sway.open("foot", "sh", "-c", 'stty -icanon; exec cat >"$0"', str(held))
    until("the terminal reads", held.exists)
    return held


class TestSway:
    def test_the_window_is_known_with_its_program(self, sway: Sway, delivery: Delivery) -> None:
        assert delivery.target() is None
        terminal(sway, "one")
        target = delivery.target()
        assert target
        assert target.names == ("foot",)
        assert target.terminal
        assert target.process

    def test_a_text_goes_to_the_window_that_it_was_spoken_for(
        self, sway: Sway, delivery: Delivery
    ) -> None:
        first = terminal(sway, "one")
        target = delivery.target()
        second = terminal(sway, "two")
        there = delivery.target()
        assert delivery.deliver("for the first", Settings(), target).confirmed
        until("the text", lambda: first.read_text() == "for the first")
        assert delivery.target() == there
        assert second.read_text() == ""

    @pytest.mark.parametrize("why", ["kept", "closed", "hidden"])
    def test_it_is_late_where_that_can_not_be(
        self, sway: Sway, delivery: Delivery, why: str
    ) -> None:
        terminal(sway, "one")
        target = delivery.target()
        assert target
        second = terminal(sway, "two")
        settings = Settings(focus_lost="keep" if why == "kept" else "bring_back")
        if why == "closed":
            sway.command(f"[con_id={target.window}] kill")
            until("it is gone", lambda: not delivery._wayland.windows.may_activate(target))  # type: ignore[union-attr]
        elif why == "hidden":
            sway.command(f"[con_id={target.window}] move to workspace 9")
        with pytest.raises(TargetLost):
            delivery.deliver("late", settings, target)
        assert second.read_text() == ""

    def test_line_breaks_reach_no_terminal(self, sway: Sway, delivery: Delivery) -> None:
        held = terminal(sway, "one")
        delivery.deliver("a\nb", Settings(), delivery.target())
        until("the text", lambda: held.read_text() == "a b")

    def test_enter_is_pressed_after_a_text_but_never_in_a_terminal(
        self, sway: Sway, delivery: Delivery
    ) -> None:
        settings = Settings(spacing="none", auto_submit="enter")
        editor = Program(sway, "mousepad")
        for text in ("a", "b"):
            assert delivery.deliver(text, settings, delivery.target()).confirmed
        until("the lines", lambda: editor.holds("a\nb"))
        held = terminal(sway, "one")
        for text in ("a", "b"):
            assert delivery.deliver(text, settings, delivery.target()).confirmed
        until("the text", lambda: held.read_text() == "ab")

    def test_a_compositor_that_is_gone_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(NotDelivered, match="does not tell"):
            compositors.sway(tmp_path / "nothing").active()


class Hyprland:
    """Answers as the documentation says."""

    def __init__(self, path: Path) -> None:
        self.asked: list[str] = []
        self.active = "0x2b"
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            with connection:
                request = connection.recv(4096).decode()
                self.asked.append(request)
                connection.sendall(self._answer(request).encode())

    def _answer(self, request: str) -> str:
        window: dict[str, Any] = {"class": "Firefox", "pid": 7, "hidden": False}
        clients = [
            window | {"address": "0x1a", "workspace": {"id": 1}},
            window | {"address": "0x2b", "class": "kitty", "workspace": {"id": 1}},
            window | {"address": "0x3c", "workspace": {"id": 2}},
        ]
        match request:
            case "j/clients":
                return json.dumps(clients)
            case "j/monitors":
                return json.dumps([{"activeWorkspace": {"id": 1}}])
            case "j/activewindow":
                found = [each for each in clients if each["address"] == self.active]
                return json.dumps(found[0] if found else {})
            case _:
                return "ok"

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


class TestHyprland:
    @pytest.fixture
    def hyprland(self, tmp_path: Path) -> Iterator[Hyprland]:
        running = Hyprland(tmp_path / ".socket.sock")
        yield running
        running.close()

    def test_the_window_is_known_and_can_have_the_focus_back(
        self, hyprland: Hyprland, tmp_path: Path
    ) -> None:
        windows = compositors.hyprland(tmp_path / ".socket.sock")
        assert windows.target() == Target(0x2B, ("kitty",), terminal=True, process=7)
        assert windows.may_activate(Target(0x1A, process=7))
        assert not windows.may_activate(Target(0x3C, process=7)), "it is not shown"
        assert not windows.may_activate(Target(0x1A, process=8)), "it is another program's"
        windows.activate(0x1A)
        assert hyprland.asked[-1] == "dispatch focuswindow address:0x1a"

    def test_without_a_window_there_is_none(self, hyprland: Hyprland, tmp_path: Path) -> None:
        hyprland.active = ""
        windows = compositors.hyprland(tmp_path / ".socket.sock")
        assert windows.active() == 0
        assert windows.target() is None


def test_the_session_says_which_compositor_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert compositors.find() is None
    (tmp_path / "hypr" / "abc").mkdir(parents=True)
    running = Hyprland(tmp_path / "hypr" / "abc" / ".socket.sock")
    monkeypatch.setenv("HYPRLAND_INSTANCE_SIGNATURE", "abc")
    found = compositors.find()
    assert found
    assert found.active() == 0x2B
    running.close()
