"""Delivery on GNOME itself: into programs on Wayland, and into one under Xwayland."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dictation.desktop import detect
from dictation.errors import MissingPart, NotDelivered
from dictation.output import Delivery, mutter
from dictation.settings import Settings
from dictation.values import Receipt
from tests.app import App
from tests.audio_samples import encoded, tone
from tests.desktop import until
from tests.gnome import GNOME_COMMANDS, Gnome, GnomeProgram, need_gnome
from tests.loopback import Loopback
from tests.test_output_x11 import Owner

pytestmark = pytest.mark.only_on("linux")
PROGRAMS = [name for name in GNOME_COMMANDS if name != "mousepad-x11"]
WHOLE = Settings(spacing="none", terminal_newlines=True)
PARTS_OF_TEXTS = [*"äßéžő€ж.,-'\"&<%🎤 \t\n", "abc", "Xyz", "中文", "输入法", "مرحبا", "שלום"]
PARTS_OF_TEXTS += ["👩‍🔬", "🏳️‍🌈", "Ωλ"]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400


@pytest.fixture(scope="module")
def running() -> Iterator[Gnome]:
    need_gnome()
    from Xlib.protocol import event
    from Xlib.protocol.display import Display

    # The library keeps one list of events for all servers, and Xwayland numbers them otherwise.
    before, Display.event_classes = Display.event_classes, event.event_class.copy()
    try:
        with Gnome() as gnome:
            yield gnome
    finally:
        Display.event_classes = before


@pytest.fixture
def gnome(running: Gnome, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gnome]:
    monkeypatch.setitem(running.env, "DICTATION_HOME", str(home))
    monkeypatch.delenv("QT_QPA_PLATFORM")
    for name, value in running.env.items():
        monkeypatch.setenv(name, value)
    yield running
    running.key("ctrl+alt", "up")


@pytest.fixture
def delivery(gnome: Gnome) -> Iterator[Delivery]:
    made = Delivery(detect())
    yield made
    made.close()


@contextmanager
def at(seconds: float, deed: Callable[[], None]) -> Iterator[None]:
    """Does something that many seconds later, meanwhile the block."""
    timer = threading.Timer(seconds, deed)
    timer.start()
    try:
        yield
    finally:
        timer.join()


def text_of(chance: random.Random, longest: int = 40) -> str:
    """One character, or words of many scripts; its ends are nothing that an editor may trim."""
    inside = chance.choices(PARTS_OF_TEXTS, k=chance.randint(0, longest))
    return f"<{''.join(inside)}>" if inside else "x"


def paste(delivery: Delivery, text: str, settings: Settings = WHOLE) -> Receipt:
    receipt = delivery.deliver(text, settings, delivery.target())
    assert (receipt.backend, receipt.confirmed) == ("gnome", True)
    return receipt


def clipboard_as(gnome: Gnome, target: str) -> bytes:
    command = ["xclip", "-o", "-selection", "clipboard", "-t", target]
    return subprocess.run(command, env=gnome.env, capture_output=True, timeout=5).stdout


@pytest.mark.parametrize("name", PROGRAMS)
def test_texts_arrive_whole_once_and_in_order(
    gnome: Gnome,
    delivery: Delivery,
    name: str,
    sample: Callable[[int, int], int],
    record_property: Callable[[str, object], None],
) -> None:
    chance, delays = random.Random(name), list[float]()
    takes = sample(10, 100)
    for start in range(0, takes, 10):
        gnome.set_clipboard("old")
        gnome.set_clipboard("old primary", "primary")
        with GnomeProgram(gnome, name) as program:
            expected = ""
            for _take in range(start, start + 10):
                text = text_of(
                    chance, 12 if program.kind == "browser" else 40
                )  # its title is short
                receipt = paste(delivery, text)
                assert receipt.confirmed_at
                assert receipt.chord_sent
                delays.append(receipt.confirmed_at - receipt.chord_sent)
                expected += text
            program.expect(expected)
            until("the old clipboard", lambda: gnome.clipboard() == "old")
            assert gnome.clipboard("primary") == "old primary"
    middle, most = (1000 * sorted(delays)[n] for n in (takes // 2, -1))
    record_property("figures", f"GNOME, {name}: {middle:.0f} ms to the receipt, {most:.0f} at most")


@pytest.mark.parametrize("name", PROGRAMS)
def test_ten_thousand_characters_arrive(gnome: Gnome, delivery: Delivery, name: str) -> None:
    text = "".join(f"{n} Grüße, 中文 🎤 שלום.\n" for n in range(1000))[:10_000].replace("\n", "|")
    with GnomeProgram(gnome, name) as program:
        paste(delivery, text)
        if program.kind != "browser":
            program.expect(text, 20)
            return
        gnome.set_clipboard("")

        def held() -> str:  # its title is too short
            gnome.key("ctrl+a")
            gnome.key("ctrl+c")
            return gnome.clipboard()

        until("the text", lambda: held() == text, 20)


@pytest.mark.parametrize("name", PROGRAMS)
def test_latin_letters_arrive(gnome: Gnome, delivery: Delivery, name: str) -> None:
    """GNOME hands X11's STRING, which is Latin-1, on as if it were UTF-8."""
    gnome.set_clipboard("Grüße, alt")
    with GnomeProgram(gnome, name) as program:
        paste(delivery, "Grüße, naïve ")
        paste(delivery, "plain")
        program.expect("Grüße, naïve plain")
        until("the old clipboard", lambda: gnome.clipboard() == "Grüße, alt")


@pytest.mark.parametrize("name", ["xterm", "mousepad-x11"])
def test_a_hotkey_still_held_is_waited_out(gnome: Gnome, delivery: Delivery, name: str) -> None:
    with GnomeProgram(gnome, name) as program:
        gnome.key("ctrl+alt", "down")
        with at(0.6, lambda: gnome.key("ctrl+alt", "up")):
            paste(delivery, "once")
        threading.Event().wait(0.3)
        program.expect("once")
        paste(delivery, " more")
        program.expect("once more")


def test_a_hotkey_still_held_in_a_wayland_window_is_told_and_the_text_kept(
    gnome: Gnome, delivery: Delivery
) -> None:
    """Nobody tells there that keys are down; a second chord might be a second paste."""
    with GnomeProgram(gnome, "mousepad") as program:
        gnome.key("ctrl+alt", "down")
        start = time.monotonic()
        with pytest.raises(NotDelivered, match="did not take"):
            paste(delivery, "once")
        assert time.monotonic() - start < 2
        gnome.key("ctrl+alt", "up")
        assert gnome.clipboard() == "once"
        paste(delivery, "again")
        program.expect("again")


def test_the_chord_finds_its_way_in_any_layout(gnome: Gnome, delivery: Delivery) -> None:
    with GnomeProgram(gnome, "mousepad") as program:
        for name in ("ru", "us+dvorak", "us"):
            gnome.layout(name)
            paste(delivery, f"{name} ж v ")
        program.expect("ru ж v us+dvorak ж v us ж v ")


def test_a_frozen_program_is_told_of_and_the_text_kept(gnome: Gnome, delivery: Delivery) -> None:
    gnome.set_clipboard("old")
    with GnomeProgram(gnome, "mousepad") as program:
        os.kill(program.process, signal.SIGSTOP)
        start = time.monotonic()
        with pytest.raises(NotDelivered) as caught:
            delivery.deliver("text", WHOLE, None)
        assert time.monotonic() - start < 2
        assert "press Ctrl+V" in caught.value.hint
        os.kill(program.process, signal.SIGCONT)
        assert gnome.clipboard() == gnome.clipboard("primary") == "text"


def test_a_window_closed_in_between_is_told_of_and_the_text_kept(
    gnome: Gnome, delivery: Delivery
) -> None:
    with GnomeProgram(gnome, "mousepad"):
        pass
    start = time.monotonic()
    with pytest.raises(NotDelivered):
        delivery.deliver("text", WHOLE, None)
    assert time.monotonic() - start < 2
    assert gnome.clipboard() == "text"


def test_a_picture_that_a_wayland_program_copied_comes_back(
    gnome: Gnome, delivery: Delivery, tmp_path: Path
) -> None:
    (tmp_path / "picture.png").write_bytes(PNG)
    gnome.start("sh", "-c", 'exec wl-copy --type image/png <"$0"', str(tmp_path / "picture.png"))
    until("the picture", lambda: clipboard_as(gnome, "image/png") == PNG)
    with GnomeProgram(gnome, "mousepad") as program:
        paste(delivery, "text")
        program.expect("text")
        until("the picture is back", lambda: clipboard_as(gnome, "image/png") == PNG)
        command = ["wl-paste", "--type", "image/png"]
        assert subprocess.run(command, env=gnome.env, capture_output=True).stdout == PNG


def test_where_nobody_had_the_clipboard_gnome_keeps_no_copy_of_the_text(
    gnome: Gnome, delivery: Delivery
) -> None:
    with Owner(gnome, {"x-own": b"1"}):
        until("an owner", lambda: clipboard_as(gnome, "x-own") == b"1")
    assert gnome.clipboard() == ""
    with GnomeProgram(gnome, "mousepad") as program:
        for text in ("one ", "two"):
            paste(delivery, text)
        program.expect("one two")
        until("nothing", lambda: gnome.clipboard() == "")
    delivery.close()
    threading.Event().wait(0.2)
    assert gnome.clipboard() == ""


def test_what_the_user_copies_meanwhile_stays(gnome: Gnome, delivery: Delivery) -> None:
    gnome.set_clipboard("old")
    with GnomeProgram(gnome, "mousepad") as program:
        paste(delivery, "text")
        gnome.set_clipboard("copied meanwhile")
        delivery.close()
        assert gnome.clipboard() == "copied meanwhile"
        program.expect("text")


def test_a_clipboard_given_back_at_the_end_outlives_the_app(gnome: Gnome) -> None:
    with GnomeProgram(gnome, "mousepad"):
        for old in ("one", "two", "three", "four"):
            gnome.set_clipboard(old)
            delivery = Delivery(detect())
            paste(delivery, "text")
            delivery.close()
            assert gnome.clipboard() == old


def test_a_clipboard_may_be_left_with_the_text(gnome: Gnome, delivery: Delivery) -> None:
    gnome.set_clipboard("old")
    with GnomeProgram(gnome, "mousepad"):
        paste(delivery, "text", replace(WHOLE, restore_clipboard=False))
        threading.Event().wait(0.4)
        assert gnome.clipboard() == "text"


def test_a_take_that_is_taken_back_in_time_is_not_pasted(gnome: Gnome, delivery: Delivery) -> None:
    gnome.set_clipboard("old")
    with GnomeProgram(gnome, "mousepad") as program:
        with pytest.raises(NotDelivered):
            delivery.deliver("text", WHOLE, None, lambda: False)
        assert gnome.clipboard() == "old"
        program.expect("")


def test_where_gnome_refuses_keys_the_text_is_copied(gnome: Gnome, delivery: Delivery) -> None:
    """As while the screen is locked."""
    controller = "global.backend.get_remote_access_controller()"
    assert delivery.notice(WHOLE)
    gnome.look(f"{controller}.inhibit_remote_access()")
    try:
        assert "refuses" in mutter.probe(detect()).why
        other = Delivery(detect())
        for each, text in (delivery, "text"), (other, "another"):  # found out at once, or before
            receipt = each.deliver(text, WHOLE, None)
            assert (receipt.backend, receipt.confirmed) == ("gnome-clipboard", False)
            assert "press Ctrl+V" in receipt.note
            assert gnome.clipboard() == text
        other.close()
    finally:
        gnome.look(f"{controller}.uninhibit_remote_access()")
        gnome.plug_in()


def test_copying_takes_no_focus_and_outlives_the_app(gnome: Gnome, delivery: Delivery) -> None:
    with GnomeProgram(gnome, "mousepad"):
        code = "globalThis.changes = 0; global.display.connect('notify::focus-window', () => {"
        gnome.look(f"{code} changes += 1; }})")
        receipt = delivery.deliver("two\nlines", replace(WHOLE, output="clipboard"), None)
        assert receipt.backend == "gnome-clipboard"
        assert gnome.clipboard() == "two\nlines"
        delivery.close()
        until("GNOME's copy", lambda: gnome.clipboard() == "two\nlines")
        assert gnome.look("changes") == 0


def test_what_is_to_be_typed_is_pasted_as_layouts_lack_letters(
    gnome: Gnome, delivery: Delivery
) -> None:
    typed = replace(WHOLE, output="type")
    with GnomeProgram(gnome, "mousepad") as program:
        paste(delivery, "ž 🎤", typed)
        program.expect("ž 🎤")
    notice = delivery.notice(typed)
    assert isinstance(notice, MissingPart)
    assert "pasted" in notice.message


def test_the_sign_is_told_beforehand_and_the_ways_are_in_order(
    gnome: Gnome, delivery: Delivery
) -> None:
    found = dict(delivery.verdicts(WHOLE))
    assert next(name for name, verdict in found.items() if verdict.works) == "gnome"
    assert "sign" in found["gnome"].why
    assert delivery.shortcoming(WHOLE) is None
    notice = delivery.notice(WHOLE)
    assert notice
    assert "sign" in notice.message
    assert delivery.round_trip().works


class TestWithoutXwayland:
    """GNOME's own clipboard; the programs' is the same."""

    @pytest.fixture
    def delivery(self, gnome: Gnome) -> Iterator[Delivery]:
        made = Delivery(detect()._replace(display=""))
        yield made
        made.close()

    def paste(self, delivery: Delivery, text: str, settings: Settings = WHOLE) -> None:
        receipt = delivery.deliver(text, settings, None)
        assert (receipt.backend, receipt.confirmed) == ("mutter", True)

    def test_the_sign_and_what_is_lacking_are_told(self, gnome: Gnome, delivery: Delivery) -> None:
        found = dict(delivery.verdicts(WHOLE))
        assert "Xwayland" in found["gnome"].why
        assert next(name for name, verdict in found.items() if verdict.works) == "mutter"
        assert "sign" in found["mutter"].why
        assert "terminals" in found["mutter"].why
        assert delivery.notice(WHOLE)

    @pytest.mark.parametrize("name", ["mousepad", "gnome-text-editor", "chromium"])
    def test_texts_arrive_and_the_clipboard_comes_back(
        self, gnome: Gnome, delivery: Delivery, name: str
    ) -> None:
        chance = random.Random(name)
        gnome.set_clipboard("old")
        with GnomeProgram(gnome, name) as program:
            texts = [text_of(chance) for _take in range(5)]
            for text in texts:
                self.paste(delivery, text)
            program.expect("".join(texts))
        delivery.close()
        assert gnome.clipboard() == "old"

    def test_ten_thousand_characters_and_a_picture(
        self, gnome: Gnome, delivery: Delivery, tmp_path: Path
    ) -> None:
        (tmp_path / "picture.png").write_bytes(PNG)
        copy = 'exec wl-copy --type image/png <"$0"'
        gnome.start("sh", "-c", copy, str(tmp_path / "picture.png"))
        until("the picture", lambda: clipboard_as(gnome, "image/png") == PNG)
        with GnomeProgram(gnome, "mousepad") as program:
            self.paste(delivery, "Grüße, 中文 🎤" * 1000)
            program.expect("Grüße, 中文 🎤" * 1000)
        delivery.close()
        assert clipboard_as(gnome, "image/png") == PNG

    def test_where_nobody_had_the_clipboard_gnome_keeps_no_copy(
        self, gnome: Gnome, delivery: Delivery
    ) -> None:
        with Owner(gnome, {"x-own": b"1"}):
            until("an owner", lambda: clipboard_as(gnome, "x-own") == b"1")
        with GnomeProgram(gnome, "mousepad") as program:
            self.paste(delivery, "text")
            program.expect("text")
        delivery.close()
        assert gnome.clipboard() == ""

    def test_what_the_user_copies_meanwhile_stays(self, gnome: Gnome, delivery: Delivery) -> None:
        gnome.set_clipboard("old")
        with GnomeProgram(gnome, "mousepad"):
            self.paste(delivery, "text")
            gnome.set_clipboard("copied meanwhile")
            delivery.close()
            assert gnome.clipboard() == "copied meanwhile"

    def test_the_text_may_stay(self, gnome: Gnome, delivery: Delivery) -> None:
        gnome.set_clipboard("old")
        with GnomeProgram(gnome, "mousepad"):
            self.paste(delivery, "text", replace(WHOLE, restore_clipboard=False))
            delivery.close()
            assert gnome.clipboard() == "text"

    def test_what_is_not_read_is_told_of_and_kept(self, gnome: Gnome, delivery: Delivery) -> None:
        gnome.set_clipboard("old")
        start = time.monotonic()
        with pytest.raises(NotDelivered) as caught:
            delivery.deliver("text", WHOLE, None)
        assert time.monotonic() - start < 2
        assert "press Ctrl+V" in caught.value.hint
        assert gnome.clipboard() == "text"

    def test_a_take_that_is_taken_back_touches_nothing(
        self, gnome: Gnome, delivery: Delivery
    ) -> None:
        gnome.set_clipboard("old")
        with pytest.raises(NotDelivered):
            delivery.deliver("text", WHOLE, None, lambda: False)
        assert gnome.clipboard() == "old"


def test_a_take_from_toggle_to_text_with_the_overlay_off_the_focus(
    gnome: Gnome, server: Loopback, tmp_path: Path
) -> None:
    wav = tmp_path / "tone.wav"
    wav.write_bytes(encoded(tone(2.0), 16_000, "WAV", "PCM_16"))
    chosen = {"PROVIDER": "openai", "BASE_URL": server.openai, "MICROPHONE": f"file:{wav}"}
    chosen |= {"SPEECH_GATE": "off", "SPACING": "none", "MODEL": "any"}
    environment = {f"DICTATION_{name}": value for name, value in chosen.items()}
    with GnomeProgram(gnome, "mousepad") as program, App(gnome, **environment) as app:
        app.does("toggle")
        app.until("recording")
        overlay = until("the overlay", lambda: [w for w in gnome.windows() if ours(w)])[-1]
        assert overlay["above"]
        assert overlay["x11"]
        assert not overlay["focused"]
        app.does("toggle")
        program.expect(str(server.text), 20)
        until("the take", lambda: app.takes()[0]["status"] == "delivered")
        assert app.takes()[0]["delivery"] == {"backend": "gnome", "confirmed": True}
        assert not [w for w in gnome.windows() if ours(w) and w["focused"]]


def ours(window: dict[str, Any]) -> bool:
    return "dictation" in (window["kind"] or "").lower()
