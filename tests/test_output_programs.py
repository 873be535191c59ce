"""How each program takes a text: its paste key, the next one, typed alone; and what comes after."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import Any

import pytest

from dictation.errors import NotDelivered
from dictation.output import Delivery
from dictation.output.processes import surely_knows_shift_insert
from dictation.output.programs import how
from dictation.settings import Settings
from dictation.values import Target
from tests.desktop import VirtualDesktop, until
from tests.programs import Program, stalled_pages
from tests.test_output_x11 import Field, clipboard_as, delivery, give, given_back

pytestmark = pytest.mark.only_on("linux")

__all__ = ["delivery"]  # a fixture
SHIFT, CTRL = 1, 4
RETURN = 0xFF0D


def of(**settings: Any) -> Settings:
    return Settings(spacing="none", **settings)


class Choosy(Field):
    """A field that pastes at Ctrl+V alone, and answers its window manager's questions."""

    def __init__(self, desktop: VirtualDesktop, *, name: str = "choosy") -> None:
        super().__init__(desktop, name=name, reads=False)
        self.symbols: list[int] = []

    def started(self) -> None:
        from Xlib import Xatom

        # This process may hold a toolkit, whose programs get no second key.
        self._plain = subprocess.Popen(["sleep", "60"])
        process = [self._plain.pid]
        self.window.set_wm_protocols([self.atom("_NET_WM_PING")])
        self.window.change_property(self.atom("_NET_WM_PID"), Xatom.CARDINAL, 32, process)
        super().started()

    def __exit__(self, *what: object) -> None:
        super().__exit__(*what)
        self._plain.kill()
        self._plain.wait()

    def handle(self, event: Any) -> None:
        from Xlib import X

        if event.type == X.ClientMessage:
            event.window = self.root
            mask = X.SubstructureRedirectMask | X.SubstructureNotifyMask
            self.root.send_event(event, event_mask=mask)
            return
        super().handle(event)
        if event.type == X.KeyPress:
            symbol = self.x.keycode_to_keysym(event.detail, 0)
            self.symbols.append(symbol)
            if symbol == ord("v") and event.state & CTRL:
                names = [self.atom(name) for name in ("CLIPBOARD", "UTF8_STRING", "GOT")]
                self.window.convert_selection(*names, event.time)


class TestTheNextKey:
    def test_is_pressed_where_the_first_did_nothing_and_the_text_comes_once(
        self, desktop: VirtualDesktop, delivery: Delivery
    ) -> None:
        give(desktop)
        with Choosy(desktop) as field:
            start = time.monotonic()
            receipt = delivery.deliver("new", of(), delivery.target())
            assert receipt.confirmed
            assert time.monotonic() - start < 2
            until("the text", lambda: field.text == "new")
            until("the old clipboard", lambda: given_back(desktop))
            assert field.text == "new"

    @pytest.mark.parametrize("name", ["mousepad", "featherpad", "chromium", "xterm"])
    def test_is_not_pressed_in_a_frozen_program_which_pastes_once_when_it_goes_on(
        self, desktop: VirtualDesktop, delivery: Delivery, name: str
    ) -> None:
        with Program(desktop, name) as program:
            target = delivery.target()
            assert target
            group = os.getpgid(target.process)
            os.killpg(group, signal.SIGSTOP)
            try:
                start = time.monotonic()
                with pytest.raises(NotDelivered) as caught:
                    delivery.deliver("new ", of(), target)
                assert time.monotonic() - start < 2
                assert "clipboard" in caught.value.hint
            finally:
                os.killpg(group, signal.SIGCONT)
            assert desktop.clipboard() == "new "
            program.expect("new ")

    def test_is_told_within_two_seconds_where_nothing_helps(
        self, desktop: VirtualDesktop, delivery: Delivery
    ) -> None:
        with Field(desktop, reads=False):
            start = time.monotonic()
            with pytest.raises(NotDelivered):
                delivery.deliver("new", of(), delivery.target())
            assert time.monotonic() - start < 2
            assert desktop.clipboard() == "new"


@pytest.mark.parametrize("name", ["mousepad", "featherpad", "chromium", "libreoffice"])
def test_programs_that_surely_know_the_first_key_are_known(
    desktop: VirtualDesktop, delivery: Delivery, name: str
) -> None:
    with Program(desktop, name):
        target = delivery.target()
        assert target
        assert surely_knows_shift_insert(target.process)
    assert surely_knows_shift_insert(target.process), "where it can't be told, it may be so"


class TestRows:
    def test_remote_desktops_and_virtual_machines_are_typed_into(
        self, desktop: VirtualDesktop, delivery: Delivery
    ) -> None:
        desktop.set_clipboard("old")
        with Field(desktop, name="xfreerdp") as field:
            receipt = delivery.deliver("ab", of(), delivery.target())
            assert (receipt.backend, receipt.confirmed) == ("x11-type", False)
            until("the keys", lambda: len(field.keys) == 2)
            assert desktop.clipboard() == "old"

    def test_of_the_user_come_first(self, desktop: VirtualDesktop, delivery: Delivery) -> None:
        with Choosy(desktop, name="odd-editor") as field:
            receipt = delivery.deliver("new", of(paste_keys=("odd-*:Ctrl+V",)), delivery.target())
            assert receipt.confirmed
            until("the text", lambda: field.text == "new")
            assert 0xFF63 not in field.symbols  # Insert

    def test_may_say_hands_off(self, desktop: VirtualDesktop, delivery: Delivery) -> None:
        with Field(desktop) as field:
            receipt = delivery.deliver("new", of(paste_keys=("field:copy",)), delivery.target())
            assert not receipt.confirmed
            assert "Copied" in receipt.note
            assert desktop.clipboard() == "new"
            assert not field.keys

    @pytest.mark.parametrize(
        ("names", "expected"),
        [
            (("org.remmina.remmina",), "type"),
            (("virtualbox machine",), "type"),
            (("qemu-system-x86_64", "qemu"), "type"),
            (("gedit",), "Shift+Insert"),
            ((), "Shift+Insert"),
        ],
    )
    def test_of_the_table(self, names: tuple[str, ...], expected: str) -> None:
        assert how(Target(1, names)) == expected
        assert how(Target(1, names), ["*edit:Ctrl+V", "*:copy"]) == (
            "Ctrl+V" if names == ("gedit",) else "copy" if names else expected
        )


class TestAfterwards:
    @pytest.mark.parametrize(("auto_submit", "state"), [("enter", 0), ("ctrl_enter", CTRL)])
    @pytest.mark.parametrize("output", ["paste", "type"])
    def test_a_message_is_sent_where_the_user_wants_that(
        self, desktop: VirtualDesktop, delivery: Delivery, auto_submit: str, state: int, output: str
    ) -> None:
        with Choosy(desktop) as field:
            delivery.deliver("x", of(auto_submit=auto_submit, output=output), delivery.target())
            until("Enter", lambda: RETURN in field.symbols)
            assert field.keys[field.symbols.index(RETURN)] == state

    def test_it_is_never_sent_in_a_terminal(
        self, desktop: VirtualDesktop, delivery: Delivery
    ) -> None:
        with Choosy(desktop, name="xterm") as field:
            settings = of(auto_submit="enter", paste_keys=("xterm:Ctrl+V",))
            assert delivery.deliver("x", settings, delivery.target()).confirmed
            until("the text", lambda: field.text == "x")
            desktop.key("space")
            until("the last key", lambda: 0x20 in field.symbols)
            assert RETURN not in field.symbols

    def test_in_real_programs_the_line_ends_after_the_text(
        self, desktop: VirtualDesktop, delivery: Delivery
    ) -> None:
        for name in ("mousepad", "chromium"):
            with Program(desktop, name) as program:
                for text in ("one", "two"):
                    delivery.deliver(text, of(auto_submit="enter"), delivery.target())
                program.expect("one\ntwo\n")

    def test_line_breaks_are_typed_with_shift_where_enter_sends(
        self, desktop: VirtualDesktop, delivery: Delivery
    ) -> None:
        with Choosy(desktop) as field:
            settings = of(output="type", newlines="shift_enter")
            delivery.deliver("a\nb", settings, delivery.target())
            until("the last letter", lambda: ord("b") in field.symbols)
            assert field.keys[field.symbols.index(RETURN)] == SHIFT

    @pytest.mark.parametrize("kept", [True, False])
    def test_histories_are_told_to_leave_it_alone_unless_they_may_have_it(
        self, desktop: VirtualDesktop, delivery: Delivery, kept: bool
    ) -> None:
        settings = of(clipboard_history=kept, restore_clipboard=False)
        with Field(desktop) as field:
            delivery.deliver("new", settings, delivery.target())
            until("the text", lambda: field.text == "new")
        assert (clipboard_as(desktop, "x-kde-passwordManagerHint") == b"secret") is not kept


def test_a_page_that_stalls_once_it_has_read_the_text_takes_it_all_the_same(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    """Chromium drops what it has read where the clipboard changes before the page goes on."""
    give(desktop)
    with Program(desktop, "chromium") as program:
        expected = ""
        for number in range(5):
            target = delivery.target()
            assert target
            text = f"{number}" * 10_000
            with stalled_pages(target.process) as stall:
                delivery.deliver(text, of(), target)
                stall()
                until("the old clipboard", lambda: given_back(desktop))
                time.sleep(0.3)
            expected += text
            program.expect(expected)
