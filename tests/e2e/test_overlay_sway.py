"""The overlay on a real Wayland compositor: no window of Qt's, yet seen, and clicked on."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from dictation.output.wire import Wire
from tests.desktop import until
from tests.e2e.shell import ROOT, write_wav
from tests.loopback import Loopback
from tests.matrix.test_sway import Program
from tests.sway import Sway, sway

__all__ = ["sway"]

DICTATION = (sys.executable, "-m", "dictation")
WIDTH, HEIGHT = 800, 600  # of the output in tests/sway.py
STOP, CANCEL, ROW = 47, 132, 84  # pixels from the middle of the screen and from its bottom


class Mouse:
    """A mouse of its own, by wlr-virtual-pointer."""

    def __init__(self) -> None:
        self._wire = Wire()
        seat = self._wire.bind("wl_seat", 1)
        maker = self._wire.bind("zwlr_virtual_pointer_manager_v1", 1)
        self._mouse = self._wire.new()
        self._wire.request(maker, 0, seat, self._mouse)
        list(self._wire.round_trip())

    def click(self, x: int, y: int) -> None:
        self._wire.request(self._mouse, 1, 0, x, y, WIDTH, HEIGHT)
        self._wire.request(self._mouse, 4)
        for pressed in (1, 0):
            self._wire.request(self._mouse, 2, 0, 0x110, pressed)
            self._wire.request(self._mouse, 4)
        list(self._wire.round_trip())

    def close(self) -> None:
        self._wire.close()


def dictation(*arguments: str) -> str:
    command = (*DICTATION, *arguments)
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def state() -> str:
    found: str = json.loads(dictation("status", "--json"))["state"]
    return found


@pytest.fixture
def app(sway: Sway, service: Loopback, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    speech = sway.folder / "speech.wav"
    write_wav(speech, 20)
    here = {
        "DICTATION_HOME": str(sway.folder / "home"),
        "DICTATION_MICROPHONE": f"file:{speech}",
        "DICTATION_SPEECH_GATE": "off",
        "DICTATION_SOUNDS": "false",
        "DICTATION_BASE_URL": service.openrouter,
        "DICTATION_MODEL": "a/b",
        "OPENROUTER_API_KEY": "sk-or-any",
        "PYTHONPATH": str(ROOT),
        "XDG_CURRENT_DESKTOP": "sway:wlroots",
    }
    for name, value in here.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    process = subprocess.Popen((*DICTATION, "--minimized"))
    until("the app", lambda: subprocess.run((*DICTATION, "status"), check=False).returncode == 0)
    try:
        yield
    finally:
        dictation("quit")
        process.wait(10)


@pytest.fixture
def mouse(sway: Sway) -> Iterator[Mouse]:
    made = Mouse()
    yield made
    made.close()


def record() -> None:
    """Until the overlay has come up: nobody can ask the compositor for it."""
    dictation("start")
    until("it records", lambda: state() == "recording")
    threading.Event().wait(1)


def test_typing_goes_on_while_it_is_shown_and_stop_ends_the_take(
    app: None, sway: Sway, mouse: Mouse, service: Loopback
) -> None:
    service.text = "words"
    program = Program(sway, "mousepad")
    record()
    subprocess.run(["wtype", "typed, "], check=True)
    mouse.click(WIDTH // 2 + STOP, HEIGHT - ROW)
    until("it ends", lambda: state() == "idle", 20)
    until("the text", lambda: program.holds("typed, words"))


def test_a_click_on_cancel_gives_the_take_up(app: None, sway: Sway, mouse: Mouse) -> None:
    sway.open("mousepad")
    record()
    mouse.click(WIDTH // 2 + CANCEL, HEIGHT - ROW)
    until("it ends", lambda: state() == "idle")
    [take] = json.loads(dictation("history", "list", "--json"))
    assert take["status"] == "cancelled"


def test_doctor_says_that_there_is_one(app: None) -> None:
    told = subprocess.run((*DICTATION, "doctor"), capture_output=True, text=True, check=False)
    [line] = [line for line in told.stdout.splitlines() if "overlay" in line]
    assert line.startswith("ok")
