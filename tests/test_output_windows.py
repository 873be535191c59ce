"""Pasting and typing on Windows, over windows and a clipboard that behave as documented."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dictation.desktop import Desktop
from dictation.errors import NotDelivered, TargetLost
from dictation.output import Delivery
from dictation.output.native import Native
from dictation.output.windows import WindowsBoard, WindowsDesk
from dictation.settings import Settings
from dictation.values import Receipt, Target
from dictation.win32.values import NOTHING, Key
from tests.native_desks import BROWSER, DIB, EDITOR, HTML, NAMES, TEXT, FakeWindows, Window

DESKTOP = Desktop("windows", "native")
SHIFT, CTRL, ALT = 0xA0, 0xA2, 0xA4


class Desk:
    """A delivery over a faked Windows."""

    def __init__(self) -> None:
        self.windows = FakeWindows()
        self.clipboard = self.windows.clipboard
        native = Native(WindowsDesk(lambda: self.windows), WindowsBoard(lambda: self.clipboard))
        self.delivery = Delivery(DESKTOP, natives=[native])

    def deliver(
        self, text: str = "said", settings: Settings | None = None, target: Target | None = None
    ) -> Receipt:
        chosen = settings or Settings()
        return self.delivery.deliver(text, chosen, target or self.delivery.target(), patience=0.05)


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.delivery.close()


def test_a_paste_is_confirmed_by_its_reading_and_everything_comes_back(desk: Desk) -> None:
    receipt = desk.deliver("naïve 🎤")
    assert (receipt.backend, receipt.confirmed) == ("windows", True)
    assert receipt.chord_sent is not None
    assert receipt.confirmed_at is not None
    assert receipt.confirmed_at > receipt.chord_sent
    assert desk.windows.texts[EDITOR] == "naïve 🎤"
    desk.clipboard.wait(lambda: "put" in desk.windows.log)
    assert desk.windows.log == ["promised", "Ctrl+V", f"read by {10 * EDITOR}", "put"]
    # Pictures come back as what Windows makes bitmaps of; pointers of others would be stale.
    assert set(desk.clipboard.formats) == {TEXT, DIB, HTML}
    assert desk.clipboard.text() == "before"


def test_the_target_is_the_window_in_front_with_its_programs_names(desk: Desk) -> None:
    desk.windows.windows[EDITOR] = Window("WindowsTerminal", "CASCADIA_HOSTING_WINDOW_CLASS")
    names = ("windowsterminal", "cascadia_hosting_window_class")
    assert desk.delivery.target() == Target(EDITOR, names, True, 10 * EDITOR)
    desk.windows.in_front = 0
    assert desk.delivery.target() is None


def test_what_nobody_reads_is_told_and_left_on_the_clipboard(desk: Desk) -> None:
    desk.windows.windows[EDITOR].pastes = False
    with pytest.raises(NotDelivered, match="did not take"):
        desk.deliver()
    assert desk.clipboard.read(1) == "said"
    assert "put" not in desk.windows.log


def test_a_history_that_reads_at_once_is_no_receipt(desk: Desk) -> None:
    history = iter([777])  # reads the first promise alone
    desk.clipboard.on_put(lambda: [desk.clipboard.read(process) for process in history] and None)
    assert desk.deliver().confirmed
    assert desk.windows.log[:5] == [
        *("promised", "read by 777", "promised", "Ctrl+V", f"read by {10 * EDITOR}")
    ]


def test_a_history_that_is_always_first_makes_no_receipt_and_no_error(desk: Desk) -> None:
    desk.clipboard.on_put(lambda: desk.clipboard.read(777) and None)
    receipt = desk.deliver()
    assert (receipt.backend, receipt.confirmed) == ("windows", False)
    assert desk.windows.texts[EDITOR] == "said"
    desk.delivery.close()
    assert desk.clipboard.text() == "before"


def test_a_history_that_was_seen_before_makes_no_receipt_later(desk: Desk) -> None:
    history = iter([777])
    desk.clipboard.on_put(lambda: [desk.clipboard.read(process) for process in history] and None)
    desk.windows.windows[EDITOR].pastes = False
    late = threading.Timer(0.1, lambda: desk.clipboard.read(777))
    desk.windows.after_keys = late.start
    assert not desk.deliver().confirmed
    late.join()


def test_a_target_that_looks_at_all_that_is_copied_makes_no_receipt_by_that(desk: Desk) -> None:
    desk.clipboard.on_put(lambda: desk.clipboard.read(10 * EDITOR) and None)
    assert not desk.deliver().confirmed


def test_another_process_of_the_program_may_read(desk: Desk) -> None:
    """The window of a store app belongs to a process that only frames it."""
    desk.windows.windows[EDITOR].pastes = False
    desk.windows.after_keys = lambda: desk.clipboard.read(4711) and None
    assert desk.deliver().confirmed


def test_what_the_user_copies_meanwhile_stays(desk: Desk) -> None:
    desk.deliver()
    desk.clipboard.copy("newer")
    desk.delivery.close()
    assert desk.clipboard.text() == "newer"


@pytest.mark.parametrize("history", [False, True])
def test_histories_are_told_to_leave_it_alone_unless_they_may_have_it(
    desk: Desk, history: bool
) -> None:
    marks: list[set[str]] = []
    desk.clipboard.on_put(lambda: marks.append(desk.clipboard.marks))
    desk.deliver(settings=Settings(clipboard_history=history))
    hidden = {name for name in NAMES.values() if name not in ("HTML Format", "DataObject")}
    assert marks[0] == (set() if history else hidden)


def test_with_the_clipboard_not_to_be_restored_the_text_stays(desk: Desk) -> None:
    desk.deliver(settings=Settings(restore_clipboard=False))
    desk.delivery.close()
    assert desk.clipboard.text() == "said"


def test_line_breaks_are_windows_own(desk: Desk) -> None:
    desk.deliver("one\ntwo", Settings(restore_clipboard=False))
    assert desk.clipboard.text() == "one\r\ntwo"


def test_a_window_of_an_administrator_gets_no_key_and_that_is_told(desk: Desk) -> None:
    desk.windows.windows[EDITOR].above = True
    with pytest.raises(NotDelivered, match="runs as administrator"):
        desk.deliver()
    assert desk.windows.sent == []
    assert desk.clipboard.text() == "said"


def test_a_window_that_lost_the_focus_gets_its_text_and_gives_the_focus_back(desk: Desk) -> None:
    target = desk.delivery.target()
    desk.windows.in_front = BROWSER
    assert desk.deliver(target=target).confirmed
    assert desk.windows.texts == {EDITOR: "said", BROWSER: ""}
    fronts = [entry for entry in desk.windows.log if entry.startswith("front")]
    assert fronts == ["front notepad", "front firefox"]


@pytest.mark.parametrize("why", ["windows refuses", "keep", "closed", "another program's by now"])
def test_where_it_can_not_be_brought_back_nothing_is_touched(desk: Desk, why: str) -> None:
    target = desk.delivery.target()
    assert target is not None
    if why == "another program's by now":
        target = replace(target, process=999)
    desk.windows.in_front = BROWSER
    desk.windows.brings = why != "windows refuses"
    desk.windows.windows[EDITOR].shown = why != "closed"
    settings = Settings(focus_lost="keep" if why == "keep" else "bring_back")
    with pytest.raises(TargetLost):
        desk.deliver(settings=settings, target=target)
    assert desk.windows.sent == []
    assert desk.clipboard.text() == "before"
    assert desk.windows.texts == {EDITOR: "", BROWSER: ""}


def test_modifiers_that_stay_down_are_let_go_before_the_key(desk: Desk) -> None:
    desk.windows.down = {ALT}
    assert desk.deliver().confirmed
    assert desk.windows.sent == [
        *(Key(NOTHING), Key(NOTHING, down=False), Key(ALT, down=False)),
        *(Key(CTRL), Key(ord("V")), Key(ord("V"), down=False), Key(CTRL, down=False)),
    ]


@pytest.mark.parametrize(
    ("program", "rows", "keys"),
    [
        ("notepad", (), "Ctrl+V"),
        ("WindowsTerminal", (), "Shift+Insert"),
        ("mintty", (), "Shift+Insert"),
        ("alacritty", (), "Ctrl+Shift+V"),
        ("wezterm-gui", (), "Ctrl+Shift+V"),
        ("emacs", ("emacs:Shift+Insert",), "Shift+Insert"),
    ],
)
def test_each_program_gets_its_own_key(
    desk: Desk, program: str, rows: tuple[str, ...], keys: str
) -> None:
    desk.windows.windows[EDITOR] = Window(program)
    assert desk.deliver(settings=Settings(paste_keys=rows)).confirmed
    assert keys in desk.windows.log


@pytest.mark.parametrize("program", ["mstsc", "msrdc", "vmconnect", "vncviewer"])
def test_windows_of_other_computers_are_typed_into(desk: Desk, program: str) -> None:
    desk.windows.windows[EDITOR] = Window(program)
    receipt = desk.deliver("naïve 🎤")
    assert (receipt.backend, receipt.confirmed) == ("windows-type", False)
    assert desk.windows.texts[EDITOR] == "naïve 🎤"
    assert "promised" not in desk.windows.log


def test_typing_writes_every_character_and_submits_as_wanted(desk: Desk) -> None:
    text = "Zoë 👩‍🚀 中文\nsecond line that is longer than what is typed at once"
    settings = Settings(output="type", newlines="shift_enter", auto_submit="ctrl_enter")
    desk.deliver(text, settings)
    assert desk.windows.texts[EDITOR] == text
    assert desk.windows.log == ["Shift+Return", "Ctrl+Return"]
    units = [key.unit for key in desk.windows.sent if key.unit and key.down]
    assert all(unit <= 0xFFFF for unit in units)


def test_typing_stops_where_another_window_gets_the_focus(desk: Desk) -> None:
    desk.windows.after_keys = lambda: setattr(desk.windows, "in_front", BROWSER)
    with pytest.raises(NotDelivered, match="when 20 characters were typed"):
        desk.deliver("x" * 50, Settings(output="type", focus_lost="keep"))
    assert desk.windows.texts == {EDITOR: "x" * 20, BROWSER: ""}


def test_nothing_is_typed_while_a_modifier_is_held(desk: Desk) -> None:
    desk.windows.down = {SHIFT}
    with pytest.raises(NotDelivered, match="held down"):
        desk.deliver(settings=Settings(output="type"))
    assert desk.windows.sent == []


def test_what_was_taken_back_reaches_nobody(desk: Desk) -> None:
    with pytest.raises(NotDelivered, match="taken back"):
        desk.delivery.deliver("said", Settings(), desk.delivery.target(), lambda: False)
    assert desk.windows.sent == []
    assert desk.clipboard.text() == "before"


def test_keys_that_windows_refuses_are_told(desk: Desk) -> None:
    desk.windows.takes = False
    with pytest.raises(NotDelivered, match="let no key through"):
        desk.deliver()
    assert desk.clipboard.read(1) == "said"


def test_enter_is_pressed_after_a_paste_but_never_in_a_terminal(desk: Desk) -> None:
    desk.deliver(settings=Settings(auto_submit="enter"))
    assert desk.windows.log.count("Return") == 1
    desk.windows.windows[EDITOR] = Window("mintty")
    desk.deliver(settings=Settings(auto_submit="enter"))
    assert desk.windows.log.count("Return") == 1


def test_closing_hands_out_what_is_promised_still(desk: Desk) -> None:
    desk.windows.windows[EDITOR].pastes = False
    with pytest.raises(NotDelivered):
        desk.deliver()
    desk.delivery.close()
    assert desk.clipboard.closed
    assert desk.clipboard.text() == "said"


def test_an_output_to_the_clipboard_leaves_the_text_there(desk: Desk) -> None:
    receipt = desk.deliver(settings=Settings(output="clipboard"))
    assert (receipt.backend, desk.clipboard.text()) == ("windows-clipboard", "said")
    assert desk.windows.sent == []


def test_a_program_that_reads_twice_gets_the_text_twice(desk: Desk) -> None:
    desk.deliver()
    assert desk.clipboard.read(10 * EDITOR) == "said"
