"""The real parts of the virtual desktop work: what the other tests find is the program's doing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import jeepney
import keyring.backends.SecretService
import pytest
from jeepney.io.blocking import open_dbus_connection

from dictation.speech import hear
from tests.desktop import PARTS, VirtualDesktop, need, until
from tests.programs import COMMANDS, Program

pytestmark = pytest.mark.only_on("linux")
TEXT = "Grüße, 中文 🎤\nsecond line"
RECORD = """
import sys, threading, sounddevice
first = threading.Event()
blocks = []
def heard(block, *_):
    blocks.append(bytes(block))
    first.set()
with sounddevice.RawInputStream(samplerate=16000, channels=1, dtype="int16", callback=heard):
    first.wait()
    print("listening", file=sys.stderr, flush=True)
    sys.stdin.read()
sys.stdout.buffer.write(b"".join(blocks))
"""


def record(desktop: VirtualDesktop, speak: str = "") -> bytes:
    """What sounddevice's default input hears while the words are spoken."""
    command, pipe = [sys.executable, "-c", RECORD], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as recorder:
        assert recorder.stdin
        assert recorder.stderr
        while b"listening" not in (line := recorder.stderr.readline()):
            assert line, "the recorder ended"
        if speak:
            desktop.say(speak)
        return recorder.communicate()[0]


@pytest.mark.parametrize("name", ["xterm", "mousepad", "chromium"])
def test_each_program_gets_what_is_typed_and_pasted(desktop: VirtualDesktop, name: str) -> None:
    with Program(desktop, name) as program:
        desktop.key("a")
        program.expect("a")
        desktop.set_clipboard(TEXT)
        desktop.set_clipboard(TEXT, "primary")
        desktop.key("shift+Insert")
        program.expect(f"a{TEXT}")


def test_the_clipboard_gives_back_what_was_put_there(desktop: VirtualDesktop) -> None:
    desktop.set_clipboard(TEXT)
    desktop.set_clipboard("other", "primary")

    assert (desktop.clipboard(), desktop.clipboard("primary")) == (TEXT, "other")


def test_what_is_spoken_is_heard_by_the_virtual_microphone(desktop: VirtualDesktop) -> None:
    heard = record(desktop, "The meeting starts at ten tomorrow morning.")

    assert 1.5 < hear([heard]).seconds < 3


def test_an_idle_microphone_gives_exact_zeros(desktop: VirtualDesktop) -> None:
    heard = record(desktop)

    assert heard
    assert not any(heard)


def test_microphones_come_go_and_can_be_the_default(desktop: VirtualDesktop) -> None:
    desktop.add_microphone("headset")
    desktop.set_default_microphone("headset")
    listed = desktop.run("pactl", "list", "short", "sources")
    heard = record(desktop, "nobody hears this")
    desktop.remove_microphone("headset")

    assert "headset\t" in listed
    assert not any(heard)
    assert desktop.run("pactl", "get-default-source").strip() == "microphone"


def test_the_sound_server_can_end_and_start_again(desktop: VirtualDesktop) -> None:
    desktop.stop_sound()
    gone = subprocess.run(["pactl", "info"], env=desktop.env, capture_output=True, check=False)
    desktop.start_sound()

    assert gone.returncode == 1
    assert hear([record(desktop, "hello there")]).spoken


def test_a_secret_goes_into_the_keyring_and_back(desktop: VirtualDesktop) -> None:
    ring = keyring.backends.SecretService.Keyring()
    ring.set_password("dictation-test", "someone", TEXT)
    held = ring.get_password("dictation-test", "someone")
    ring.delete_password("dictation-test", "someone")

    assert held == TEXT
    assert ring.get_password("dictation-test", "someone") is None


def test_a_notification_is_seen_and_its_button_pressed(desktop: VirtualDesktop) -> None:
    service = jeepney.DBusAddress(
        "/org/freedesktop/Notifications", *["org.freedesktop.Notifications"] * 2
    )
    words = ("app", 0, "", "Summary", "Body", ["again", "Send again"], {"urgency": ("y", 1)}, -1)
    with open_dbus_connection() as bus:
        pressed = jeepney.MatchRule(type="signal", member="ActionInvoked")
        bus.send_and_get_reply(jeepney.message_bus.AddMatch(pressed))
        with bus.filter(pressed) as signals:
            call = jeepney.new_method_call(service, "Notify", "susssasa{sv}i", words)
            number = bus.send_and_get_reply(call).body[0]
            seen = desktop.notifications.expect("Body")
            desktop.notifications.press(seen, "again")
            signal = bus.recv_until_filtered(signals, timeout=5)

    assert seen.number == number
    assert seen.actions == {"again": "Send again"}
    assert signal.body == (number, "again")


def test_a_screenshot_is_a_picture(desktop: VirtualDesktop, tmp_path: Path) -> None:
    desktop.screenshot(tmp_path / "screen.png")

    assert (tmp_path / "screen.png").read_bytes().startswith(b"\x89PNG")


def test_the_desktop_ends_all_it_started_and_nothing_else() -> None:
    need(*PARTS)
    outsider = subprocess.Popen(["sleep", "60"])
    with VirtualDesktop() as desktop:
        inside = desktop.start("sh", "-c", "setsid sleep 60 & trap '' TERM; sleep 60")
        until("the program runs", lambda: len(desktop.processes()) > 2)
        folder = desktop.folder

    assert inside.poll() is not None
    assert not desktop.processes()
    assert not folder.exists()
    assert outsider.poll() is None
    outsider.kill()
    outsider.wait()


def test_no_test_reaches_another_machine(stays_here: None) -> None:
    from tests.guards import calls_out

    with pytest.raises(OSError, match="stay on this machine"):
        socket.create_connection(("192.0.2.1", 443), timeout=1)
    with pytest.raises(OSError, match="stay on this machine"):
        socket.getaddrinfo("example.org", 443)

    assert calls_out == ["192.0.2.1", "example.org"]
    calls_out.clear()


def test_tests_see_nothing_of_the_user() -> None:
    assert not {"DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "OPENROUTER_API_KEY"} & os.environ.keys()
    assert {"xterm", "mousepad", "chromium"} <= COMMANDS.keys()
