"""Delivery on a real X server: into real programs, and into clients that behave badly."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from dictation.desktop import detect
from dictation.errors import NotDelivered
from dictation.output import Delivery
from dictation.output.insert import PATIENCE
from dictation.settings import Settings
from tests.desktop import VirtualDesktop, until
from tests.programs import Program

pytestmark = pytest.mark.only_on("linux")

PASTE = Settings(spacing="none")
MIXED = "Grüße, naïve façade — 中文 🎤 ž €"
PROGRAMS = ["xterm", "mousepad", "featherpad", "chromium"]
HOSTILE = "a\x1b[201~\nb\x1b]52;c;ZXZpbA==\x07c\0d\u202ee\x9b31mf\x85g\x08h\x7f"


class Client:
    """An X client of the tests' own: a thread that handles events until it is closed."""

    def __init__(self, desktop: VirtualDesktop) -> None:
        from Xlib.display import Display

        self.x = Display(desktop.env["DISPLAY"])
        self.x.set_error_handler(lambda *_: None)
        self.root = self.x.screen().root
        self.window = self.root.create_window(0, 0, 300, 200, 0, self.x.screen().root_depth)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def atom(self, name: str) -> int:
        return self.x.get_atom(name)

    def __enter__(self) -> Any:
        self.started()
        self.x.sync()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(10)
        self.x.close()

    def _run(self) -> None:
        while not self._ended.wait(0.001):
            while self.x.pending_events():
                self.handle(self.x.next_event())
            self.x.sync()

    def started(self) -> None: ...
    def handle(self, event: Any) -> None: ...


class Field(Client):
    """A focused window that pastes CLIPBOARD at Shift+Insert, after a delay, or never."""

    def __init__(
        self,
        desktop: VirtualDesktop,
        delay: float = 0.0,
        *,
        reads: bool = True,
        name: str = "field",
    ) -> None:
        super().__init__(desktop)
        self.text, self.keys, self._delay, self._reads = "", [], delay, reads
        self.window.set_wm_class(name, name)

    def started(self) -> None:
        from Xlib import X

        self.window.change_attributes(event_mask=X.KeyPressMask | X.PropertyChangeMask)
        self.window.map()

    def __enter__(self) -> Field:
        super().__enter__()
        self.focus()
        return self

    def focus(self) -> None:
        """Waits until the window manager calls this the active window."""
        from Xlib.display import Display

        asking = Display(self.x.get_display_name())
        active = asking.get_atom("_NET_ACTIVE_WINDOW")

        def ours() -> bool:
            found = asking.screen().root.get_full_property(active, 0)
            return found is not None and list(found.value) == [self.window.id]

        until("the field's focus", ours)
        asking.close()

    def handle(self, event: Any) -> None:
        from Xlib import X

        if event.type == X.KeyPress:
            self.keys.append(event.state & 0xFF)
            if self.x.keycode_to_keysym(event.detail, 0) == 0xFF63 and self._reads:
                threading.Event().wait(self._delay)
                self.window.convert_selection(
                    self.atom("CLIPBOARD"), self.atom("UTF8_STRING"), self.atom("GOT"), event.time
                )
        elif event.type == X.SelectionNotify and event.property:
            self.text += self.window.get_full_property(event.property, 0).value.decode()


class History(Client):
    """A clipboard manager that reads whatever is new, at once or later, and keeps what is left."""

    def __init__(self, desktop: VirtualDesktop, delay: float = 0.0) -> None:
        super().__init__(desktop)
        self.seen, self.kept, self._delay = [], b"", delay

    def started(self) -> None:
        self.window.set_selection_owner(self.atom("CLIPBOARD_MANAGER"), 0)
        self.x.xfixes_query_version()
        self.x.xfixes_select_selection_input(self.window, self.atom("CLIPBOARD"), 1)
        self._changed = self.x.extension_event.SetSelectionOwnerNotify

    def _ask(self) -> None:
        names = [self.atom(name) for name in ("CLIPBOARD", "UTF8_STRING", "SEEN")]
        self.window.convert_selection(*names, 0)

    def handle(self, event: Any) -> None:
        from Xlib import X
        from Xlib.protocol.event import SelectionNotify

        if (event.type, getattr(event, "sub_code", None)) == self._changed:
            threading.Event().wait(self._delay)
            self._ask()
        elif event.type == X.SelectionNotify and event.property:
            value = self.window.get_full_property(event.property, 0).value
            self.seen.append(value.decode())
        elif event.type == X.SelectionRequest and event.target == self.atom("SAVE_TARGETS"):
            self._ask()
            self.x.sync()
            until("what is left to be kept", self._answered)
            names = ("time", "requestor", "selection", "target", "property")
            event.requestor.send_event(SelectionNotify(**{n: getattr(event, n) for n in names}))

    def _answered(self) -> bool:
        from Xlib import X

        while self.x.pending_events():
            event = self.x.next_event()
            if event.type == X.SelectionNotify:
                self.kept = self.window.get_full_property(event.property, 0).value
        return bool(self.kept)


class Watcher(Field):
    """A field that reads whatever is new on the clipboard besides: a viewer of a remote desktop."""

    def started(self) -> None:
        super().started()
        self.x.xfixes_query_version()
        self.x.xfixes_select_selection_input(self.window, self.atom("CLIPBOARD"), 1)
        self._changed = self.x.extension_event.SetSelectionOwnerNotify

    def handle(self, event: Any) -> None:
        if (event.type, getattr(event, "sub_code", None)) == self._changed:
            names = [self.atom(name) for name in ("CLIPBOARD", "UTF8_STRING", "GOT")]
            self.window.convert_selection(*names, 0)
        else:
            super().handle(event)


class Owner(Client):
    """Holds CLIPBOARD in several formats, or never answers."""

    def __init__(self, desktop: VirtualDesktop, formats: Mapping[str, bytes]) -> None:
        super().__init__(desktop)
        self._formats = formats

    def started(self) -> None:
        self.window.set_selection_owner(self.atom("CLIPBOARD"), 0)

    def handle(self, event: Any) -> None:
        from Xlib import X, Xatom
        from Xlib.protocol.event import SelectionNotify

        if event.type != X.SelectionRequest or not self._formats:
            return
        targets = {self.atom(name): value for name, value in self._formats.items()}
        given = event.property
        if event.target == self.atom("TARGETS"):
            event.requestor.change_property(given, Xatom.ATOM, 32, [event.target, *targets])
        elif event.target in targets:
            event.requestor.change_property(given, event.target, 8, targets[event.target])
        else:
            given = X.NONE
        names = ("time", "requestor", "selection", "target")
        event.requestor.send_event(
            SelectionNotify(property=given, **{n: getattr(event, n) for n in names})
        )


@pytest.fixture
def delivery(desktop: VirtualDesktop) -> Iterator[Delivery]:
    made = Delivery(detect())
    yield made
    made.close()


def owner_of(desktop: VirtualDesktop, name: str = "CLIPBOARD") -> int:
    owner = desktop.x.get_selection_owner(desktop.x.get_atom(name))
    return owner.id if owner else 0


def clipboard_as(desktop: VirtualDesktop, target: str) -> bytes:
    command = ["xclip", "-o", "-selection", "clipboard", "-t", target]
    return subprocess.run(command, env=desktop.env, capture_output=True, timeout=5).stdout


def give(desktop: VirtualDesktop, old: str = "old") -> None:
    desktop.set_clipboard(old)
    desktop.set_clipboard(f"{old} primary", "primary")


def given_back(desktop: VirtualDesktop, old: str = "old") -> bool:
    return [desktop.clipboard(), desktop.clipboard("primary")] == [old, f"{old} primary"]


def middle_of(desktop: VirtualDesktop, number: int) -> tuple[int, int]:
    """Of a window inside its frame, added up from the frame's place."""
    window = desktop.x.create_resource_object("window", number)
    size = window.get_geometry()
    x, y = size.width // 2, size.height // 2
    while window != desktop.x.screen().root:
        place = window.get_geometry()
        x, y = x + place.x + place.border_width, y + place.y + place.border_width
        window = window.query_tree().parent
    return x, y


@pytest.mark.parametrize("name", PROGRAMS)
def test_texts_arrive_exactly_and_the_clipboard_comes_back(
    desktop: VirtualDesktop, delivery: Delivery, name: str
) -> None:
    give(desktop)
    texts = [MIXED, "Tab\there,\nnew line — ", "مرحبا שלום", "long " * 40, "👩‍🔬🏳️‍🌈."]
    with Program(desktop, name) as program:
        expected = ""
        for text in texts:
            target = delivery.target()
            assert target
            assert target.names[0] == name
            assert target.terminal == (name == "xterm")
            assert target.middle == middle_of(desktop, target.window)
            receipt = delivery.deliver(text, PASTE, target)
            assert receipt.confirmed
            assert receipt.backend == "x11"
            assert receipt.chord_sent
            assert receipt.confirmed_at
            assert 0 <= receipt.confirmed_at - receipt.chord_sent < 1.2
            expected += text.replace("\t", " ").replace("\n", " ") if target.terminal else text
        program.expect(expected)
        until("the old clipboard", lambda: given_back(desktop))


@pytest.mark.parametrize("name", PROGRAMS[1:])
@pytest.mark.parametrize("length", [10_000, 300_000])
def test_long_texts_arrive_exactly(
    desktop: VirtualDesktop, delivery: Delivery, name: str, length: int
) -> None:
    text = "".join(f"{n} Grüße, 中文 🎤.\n" for n in range(length))[:length]
    with Program(desktop, name) as program:
        delivery.deliver(text, PASTE, delivery.target())
        if program.kind == "editor":
            until("the text", lambda: program.window.title.startswith("*"))
        program.expect(text, 30)


def test_two_megabytes_go_both_ways_piece_by_piece(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    old, new = "old ž " * 350_000, "new 中 " * 300_000
    desktop.set_clipboard(old)
    with Field(desktop) as field:
        delivery.deliver("short", PASTE, delivery.target())
        until("the old text", lambda: desktop.clipboard() == old)
        assert field.text == "short"
    delivery.deliver(new, Settings(output="clipboard"), None)
    readers = ["xclip", "-o", "-selection", "clipboard", "-t", "UTF8_STRING"]
    running = [subprocess.Popen(readers, env=desktop.env, stdout=subprocess.PIPE) for _ in range(3)]
    assert [r.communicate(timeout=20)[0].decode() == new for r in running] == [True] * 3


def test_a_history_that_reads_at_once_is_no_receipt(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    with History(desktop) as history, Field(desktop, reads=False):
        start = time.monotonic()
        with pytest.raises(NotDelivered) as told:
            delivery.deliver("unread", PASTE, delivery.target())
        assert time.monotonic() - start < 2
        assert history.seen[-1] == "unread"
        assert "Ctrl+V" in told.value.hint
        assert told.value.code == 9
        assert desktop.clipboard() == desktop.clipboard("primary") == "unread"
    with Field(desktop) as field:
        delivery.deliver("read", PASTE, delivery.target())
        until("the text", lambda: field.text == "read")
        until("what was there before", lambda: desktop.clipboard() == "unread")


def test_a_history_that_reads_late_is_known_from_then_on(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    give(desktop)
    with History(desktop, delay=0.1) as history:
        with Field(desktop) as field:
            delivery.deliver("first", PASTE, delivery.target())
            until("the text", lambda: field.text == "first")
            until("the history", lambda: "first" in history.seen)
            until("the old clipboard", lambda: given_back(desktop))
            until("the history", lambda: history.seen[-1] == "old")
        with Field(desktop, reads=False), pytest.raises(NotDelivered):
            delivery.deliver("second", PASTE, delivery.target())
        assert history.seen[-1] == "second"


def test_a_history_is_no_receipt_where_the_window_is_known_and_not_waited_for(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    with Field(desktop) as field:
        delivery.deliver("first", PASTE, delivery.target())
        until("the text", lambda: field.text == "first")
        field._reads = False
        with History(desktop) as history, pytest.raises(NotDelivered):
            delivery.deliver("second", PASTE, delivery.target())
        assert "second" in history.seen


def test_a_window_that_reads_whatever_is_new_is_told_by_its_key_each_time(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    with Watcher(desktop) as watcher:
        for text in ("first", "second"):
            delivery.deliver(text, PASTE, delivery.target())
            until("the text", lambda text=text: watcher.text.endswith(text * 2))
        watcher._reads = False
        with pytest.raises(NotDelivered):
            delivery.deliver("third", PASTE, delivery.target())
        assert watcher.text.endswith("third")


def test_a_slow_program_pastes_the_new_text(desktop: VirtualDesktop, delivery: Delivery) -> None:
    give(desktop)
    with Field(desktop, delay=0.4) as field:
        receipt = delivery.deliver("new", PASTE, delivery.target())
        until("the text", lambda: field.text == "new")
        assert receipt.confirmed_at
        assert receipt.chord_sent
        assert receipt.confirmed_at - receipt.chord_sent >= 0.39
        until("the old clipboard", lambda: given_back(desktop))


def test_all_formats_come_back(desktop: VirtualDesktop, delivery: Delivery) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400
    formats = {
        "UTF8_STRING": "alt ž".encode(),
        "text/html": b"<b>alt</b>",
        "image/png": picture,
        "text/uri-list": b"file:///a\r\nfile:///b\r\n",
        "application/x-own": bytes(1000),
    }
    with Owner(desktop, formats) as owner, Field(desktop) as field:
        theirs = owner_of(desktop)
        delivery.deliver("new", PASTE, delivery.target())
        until("the text", lambda: field.text == "new")
        until("the old text", lambda: desktop.clipboard() == "alt ž")
        assert owner_of(desktop) != theirs == owner.window.id
    assert {name: clipboard_as(desktop, name) for name in formats} == formats
    offered = clipboard_as(desktop, "TARGETS").decode().split()
    assert set(offered) == {*formats, "TARGETS", "TIMESTAMP", "MULTIPLE"}


def test_where_nobody_had_the_clipboard_nobody_has_it_after(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    with Owner(desktop, {"UTF8_STRING": b"gone"}):
        pass  # its owner ends, and the selection with it
    with Field(desktop):
        assert not owner_of(desktop)
        delivery.deliver("new", PASTE, delivery.target())
        assert owner_of(desktop)
        until("nobody", lambda: not owner_of(desktop))


def test_what_the_user_copies_meanwhile_stays(desktop: VirtualDesktop, delivery: Delivery) -> None:
    give(desktop)
    with Field(desktop) as field:
        delivery.deliver("new", PASTE, delivery.target())
        desktop.set_clipboard("copied meanwhile")
        until("the other one", lambda: desktop.clipboard("primary") == "old primary")
        assert desktop.clipboard() == "copied meanwhile"
        until("the text", lambda: field.text == "new")


def test_a_clipboard_may_be_left_with_the_text(desktop: VirtualDesktop, delivery: Delivery) -> None:
    give(desktop)
    with Field(desktop):
        settings = Settings(restore_clipboard=False)
        delivery.deliver("new", settings, delivery.target())
        threading.Event().wait(0.4)  # twice the time after which it would be given back
        assert desktop.clipboard() == desktop.clipboard("primary") == "new"


def test_an_owner_that_hangs_does_not_hang_the_delivery(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    with Owner(desktop, {}), Field(desktop) as field:
        start = time.monotonic()
        delivery.deliver("new", PASTE, delivery.target())
        assert time.monotonic() - start < 1
        until("the text", lambda: field.text == "new")


def test_takes_in_quick_order_give_back_what_was_there_before_the_first(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    give(desktop)
    with Field(desktop) as field:
        for n in range(5):
            delivery.deliver(f"{n} ", PASTE, delivery.target())
        until("all texts", lambda: field.text == "0 1 2 3 4 ")
        until("the old clipboard", lambda: given_back(desktop))


def test_a_take_that_is_taken_back_in_time_is_not_pasted(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    give(desktop)
    with Field(desktop) as field:
        with pytest.raises(NotDelivered):
            delivery.deliver("new", PASTE, delivery.target(), lambda: False)
        assert given_back(desktop)
        assert not field.keys


def test_held_keys_are_waited_for(desktop: VirtualDesktop, delivery: Delivery) -> None:
    with Field(desktop) as field:
        target = delivery.target()
        desktop.key("ctrl+alt", "down")
        release = threading.Timer(0.3, desktop.key, ("ctrl+alt", "up"))
        start = time.monotonic()
        release.start()
        delivery.deliver("new", PASTE, target)
        release.join()
        assert 0.3 < time.monotonic() - start < 0.75
        until("the text", lambda: field.text == "new")


def test_keys_that_stay_down_are_waited_for_no_longer_than_said(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    with Field(desktop):
        desktop.key("alt", "down")
        start = time.monotonic()
        try:
            delivery.deliver("new", PASTE, delivery.target(), patience=0.1)
        finally:
            desktop.key("alt", "up")
        assert 0.1 < time.monotonic() - start < PATIENCE  # which it would wait by itself


class Hurried(History):
    """A clipboard manager whose reading is followed at once by the next take's hotkey."""

    def handle(self, event: Any) -> None:
        super().handle(event)
        if self.seen and not self._pressed.is_set():
            self._pressed.set()
            self._desktop.key("ctrl+alt", "down")

    def started(self) -> None:
        super().started()
        self._pressed = threading.Event()

    def __init__(self, desktop: VirtualDesktop) -> None:
        super().__init__(desktop)
        self._desktop = desktop

    def release(self) -> None:
        assert self._pressed.wait(5)
        threading.Event().wait(0.2)
        self._desktop.key("ctrl+alt", "up")


def test_keys_pressed_in_the_last_moment_are_waited_for(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    with Hurried(desktop) as hurried, Field(desktop) as field:
        releasing = threading.Thread(target=hurried.release)
        releasing.start()
        delivery.deliver("new", PASTE, delivery.target())
        releasing.join()
        until("the text", lambda: field.text == "new")
        assert field.keys[-1] == 1  # Shift alone


def test_nothing_is_typed_while_a_key_stays_down(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    with Field(desktop) as field:
        target = delivery.target()
        desktop.key("ctrl+alt", "down")
        until("the modifiers", lambda: len(field.keys) == 2)
        try:
            with pytest.raises(NotDelivered):
                delivery.deliver("w", Settings(output="type"), target, patience=0.1)
        finally:
            desktop.key("ctrl+alt", "up")
        assert len(field.keys) == 2


@pytest.mark.parametrize("name", ["myterm", "Gnome-terminal", "konsole", "kitty", "XTerm"])
def test_a_terminal_gets_no_newline_unless_allowed(
    desktop: VirtualDesktop, delivery: Delivery, name: str
) -> None:
    with Field(desktop, name=name) as field:
        delivery.deliver("one\ntwo\r\nthree\n", PASTE, delivery.target())
        until("one line", lambda: field.text == "one two three")
        allowed = Settings(spacing="none", terminal_newlines=True)
        delivery.deliver("\nfour\n", allowed, delivery.target())
        until("lines", lambda: field.text == "one two three\nfour\n")


def test_an_unknown_window_is_taken_for_a_terminal(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    with Field(desktop) as field:
        delivery.deliver("one\ntwo", PASTE, None)
        until("one line", lambda: field.text == "one two")


@pytest.mark.parametrize("output", ["paste", "type"])
def test_no_control_character_reaches_a_terminal(
    desktop: VirtualDesktop, delivery: Delivery, output: str
) -> None:
    with Program(desktop, "xterm") as program:
        delivery.deliver(HOSTILE, Settings(spacing="none", output=output), delivery.target())
        program.expect("a bcdef gh")


def test_selected_text_is_replaced(desktop: VirtualDesktop, delivery: Delivery) -> None:
    for name in ("mousepad", "featherpad", "chromium"):
        with Program(desktop, name) as program:
            delivery.deliver("wrong", PASTE, delivery.target())
            program.expect("wrong")
            desktop.key("ctrl+a")
            until(f"{name}'s selection", lambda: desktop.clipboard("primary") == "wrong")
            delivery.deliver("right", PASTE, delivery.target())
            program.expect("right")


def test_spaces_come_between_takes_in_one_window(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    with Field(desktop) as field:
        for text in ("One.", "Two", ", three"):
            delivery.deliver(text, Settings(), delivery.target())
        until("the texts", lambda: field.text == "One. Two, three")
        with Field(desktop) as other:
            delivery.deliver("new", Settings(), delivery.target())
            delivery.deliver("end", Settings(spacing="space_after"), delivery.target())
            until("the texts", lambda: other.text == "newend ")


def test_a_window_that_got_the_number_of_a_closed_one_is_another(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    for text in ("One.", "Two."):
        with Program(desktop, "xterm") as program:
            delivery.deliver(text, Settings(), delivery.target())
            program.expect(text)


def test_the_chord_finds_its_way_where_the_layout_has_no_insert(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    insert = desktop.x.keysym_to_keycode(0xFF63)
    before = desktop.x.get_keyboard_mapping(insert, 1)
    desktop.x.change_keyboard_mapping(insert, [(0,) * len(before[0])])
    desktop.x.sync()
    try:
        with Program(desktop, "mousepad") as program:
            assert delivery.deliver(MIXED, PASTE, delivery.target()).confirmed
            program.expect(MIXED)
    finally:
        desktop.x.change_keyboard_mapping(insert, before)
        desktop.x.sync()


@pytest.mark.parametrize("name", PROGRAMS)
def test_typing_loses_nothing(desktop: VirtualDesktop, delivery: Delivery, name: str) -> None:
    give(desktop)
    text = f"{MIXED} ~^`'\"|\\@ привет Ωmega. " * 3 + "".join(map(chr, range(0x4E00, 0x4E28)))
    with Program(desktop, name) as program:
        receipt = delivery.deliver(text, Settings(spacing="none", output="type"), delivery.target())
        assert (receipt.backend, receipt.confirmed) == ("x11-type", False)
        program.expect(text)
    assert given_back(desktop)


@pytest.mark.parametrize("layout", [["de"], ["us,ru", "-option", "grp:caps_toggle"], ["cz"]])
def test_typing_follows_the_layout_in_use(
    desktop: VirtualDesktop, delivery: Delivery, layout: list[str]
) -> None:
    caps = desktop.x.keysym_to_keycode(0xFFE5)
    desktop.run("setxkbmap", *layout)
    try:
        with Program(desktop, "xterm") as program:
            if "us,ru" in layout:
                press(desktop, caps)
            text = "Zy-{[@]}~ áěžß привет,?"
            delivery.deliver(text, Settings(spacing="none", output="type"), delivery.target())
            program.expect(text)
            if "us,ru" in layout:  # typed in the second group: keys of the first would tell
                assert desktop.x.screen().root.query_pointer().mask >> 13 & 3 == 1
                press(desktop, caps)
    finally:
        desktop.run("setxkbmap", "us", "-option", "")


def press(desktop: VirtualDesktop, keycode: int) -> None:
    from Xlib import X
    from Xlib.ext import xtest

    for kind in (X.KeyPress, X.KeyRelease):
        xtest.fake_input(desktop.x, kind, keycode)
    desktop.x.sync()


def test_typing_heeds_caps_lock_and_newlines(desktop: VirtualDesktop, delivery: Delivery) -> None:
    text = "lower UPPER žŽ\n\ttab"
    with Program(desktop, "mousepad") as program:
        desktop.key("Caps_Lock")
        try:
            delivery.deliver(text, Settings(spacing="none", output="type"), delivery.target())
            assert desktop.x.screen().root.query_pointer().mask & 2
        finally:
            desktop.key("Caps_Lock")
        program.expect(text)


def test_lent_keys_are_given_back(desktop: VirtualDesktop, delivery: Delivery) -> None:
    def mapping() -> list[tuple[int, ...]]:
        rows = desktop.x.get_keyboard_mapping(8, 248)
        return [tuple(row) for row in rows]

    before = mapping()
    with Program(desktop, "xterm") as program:
        delivery.deliver("中🎤", Settings(output="type"), delivery.target())
        program.expect("中🎤")
    assert mapping() == before


def test_many_deliveries_leave_no_trace(
    desktop: VirtualDesktop, delivery: Delivery, sample: Callable[[int, int], int]
) -> None:
    count = sample(30, 100)

    def held() -> tuple[int, int]:
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    with Field(desktop) as field:
        delivery.deliver("0 ", PASTE, delivery.target())
        before = held()
        for n in range(1, count):
            delivery.deliver(f"{n} ", PASTE, delivery.target())
        until("all", lambda: field.text == "".join(f"{n} " for n in range(count)))
        assert held() == before


def test_what_is_held_at_the_end_goes_to_the_clipboard_manager(desktop: VirtualDesktop) -> None:
    with History(desktop) as history:
        delivery = Delivery(detect())
        delivery.deliver("kept", Settings(output="clipboard"), None)
        until("the manager's reading", lambda: history.seen)
        delivery.close()
        assert history.kept == b"kept"


def test_a_pending_clipboard_is_given_back_at_the_end(desktop: VirtualDesktop) -> None:
    give(desktop)
    with History(desktop) as history, Field(desktop):
        delivery = Delivery(detect())
        delivery.deliver("new", PASTE, delivery.target())
        delivery.close()
        assert history.kept == b"old"


def test_doctor_sees_a_text_go_round_and_leaves_the_clipboard(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    give(desktop)
    owners = owner_of(desktop), owner_of(desktop, "PRIMARY")
    assert delivery.round_trip().works
    assert (owner_of(desktop), owner_of(desktop, "PRIMARY")) == owners
    assert dict(delivery.verdicts(PASTE))["x11"].works


# python-xlib leaves its socket to the garbage collector where connecting fails.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_server_that_goes_is_told(desktop: VirtualDesktop) -> None:
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as number:
        display = ":" + number.readline().strip()
    delivery = Delivery(detect({"DISPLAY": display}))
    delivery.deliver("text", Settings(output="clipboard"), None)
    server.terminate()
    server.wait(10)
    for settings in (Settings(output="clipboard"), PASTE):
        with pytest.raises(NotDelivered):
            delivery.deliver("text", settings, None)
    assert delivery.target() is None
    delivery.close()


def test_the_window_is_known_where_no_manager_names_it(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    active = desktop.x.get_atom("_NET_ACTIVE_WINDOW")
    root = desktop.x.screen().root
    with Field(desktop) as field:
        for value in ([0], None):
            if value:
                root.change_property(active, 33, 32, value)
            else:
                root.delete_property(active)
            desktop.x.sync()
            target = delivery.target()
            assert target
            assert (target.window, target.names[0]) == (field.window.id, "field")
        assert delivery.deliver("text", PASTE, target).confirmed
