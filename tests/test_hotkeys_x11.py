"""The hotkey on a real X server, pressed through XTest as a keyboard would."""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from dictation.desktop import Desktop
from dictation.errors import HotkeyError, HotkeyTaken
from dictation.hotkeys import Action, Binding, Listener, parse, parse_all, x11
from dictation.hotkeys.hearer import Hearer
from dictation.hotkeys.x11_grabs import Grabs
from dictation.hotkeys.x11_keyboard import Grab, KeyEvent
from dictation.hotkeys.x11_listener import X11Listener
from tests.desktop import need

pytestmark = pytest.mark.only_on("linux")
HOTKEY, CANCEL = parse("Ctrl+Alt+Space"), parse("Escape")
CTRL, ALT, SHIFT = 0xFFE3, 0xFFE9, 0xFFE1
SPACE, ESCAPE, CAPS, NUM = 0x20, 0xFF1B, 0xFFE5, 0xFF7F
RIGHT_CTRL, LETTER_C, F9 = 0xFFE4, ord("c"), 0xFFC6


class Server:
    """An X server, and the hands at its keyboard."""

    def __init__(self) -> None:
        need("Xvfb")
        read, write = os.pipe()
        self.process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-noreset", "-nolisten", "tcp"],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as told:
            self.name = ":" + told.readline().strip()
        self.desktop = Desktop("linux", "x11", "test", self.name)
        from Xlib.display import Display

        self.display = Display(self.name)
        self.keys = {
            symbol: self.display.keysym_to_keycode(symbol)
            for symbol in (CTRL, ALT, SHIFT, SPACE, ESCAPE, CAPS, NUM, RIGHT_CTRL, LETTER_C, F9)
        }

    def send(self, down: bool, *symbols: int) -> None:
        from Xlib import X

        for symbol in symbols:
            kind = X.KeyPress if down else X.KeyRelease
            self.display.xtest_fake_input(kind, self.keys[symbol])
        self.display.sync()

    def press(self, *symbols: int) -> None:
        self.send(True, *symbols)

    def release(self, *symbols: int) -> None:
        self.send(False, *symbols)

    def tap(self, symbol: int) -> None:
        self.press(symbol)
        self.release(symbol)

    def click(self, button: int, *, down: bool = True, up: bool = True) -> None:
        from Xlib import X

        for wanted, kind in ((down, X.ButtonPress), (up, X.ButtonRelease)):
            if wanted:
                self.display.xtest_fake_input(kind, button)
        self.display.sync()

    def window(self) -> Any:
        """A window with the focus; `Display.next_event` gives the keys that it gets."""
        from Xlib import X

        window = self.display.screen().root.create_window(
            0, 0, 50, 50, 0, X.CopyFromParent, event_mask=X.KeyPressMask | X.StructureNotifyMask
        )
        window.map()
        while self.display.next_event().type != X.MapNotify:
            pass
        window.set_input_focus(X.RevertToParent, X.CurrentTime)
        self.display.sync()
        return window

    def typed(self) -> list[int]:
        """The key codes that the focused window got."""
        from Xlib import X

        self.display.sync()
        events = [self.display.next_event() for _ in range(self.display.pending_events())]
        return [event.detail for event in events if event.type == X.KeyPress]

    def close(self) -> None:
        from Xlib.error import ConnectionClosedError

        with suppress(ConnectionClosedError):  # a test may have ended the server
            self.display.close()
        self.process.terminate()
        self.process.wait(5)


@pytest.fixture
def x() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


class Heard:
    """What a listener called, in order, with the time of each call."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.times: list[float] = []
        self.lost: list[HotkeyError] = []
        self._changed = threading.Condition()

    def press(self, name: str, _at: float) -> None:
        self.note("cancel" if name == "cancel" else f"press {name}".removesuffix(" talk"))

    def release(self, name: str, _at: float) -> None:
        self.note(f"release {name}".removesuffix(" talk"))

    def note(self, what: str) -> None:
        with self._changed:
            self.calls.append(what)
            self.times.append(time.perf_counter())
            self._changed.notify_all()

    def note_lost(self, error: HotkeyError) -> None:
        self.lost.append(error)
        self.note("lost")

    def expect(self, *calls: str, seconds: float = 5) -> None:
        """Waits until exactly these calls were made."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.calls) >= len(calls), seconds)
            assert self.calls == list(calls)


def actions(hotkey: str, **others: str) -> list[Action]:
    """What `hotkey` and the keys of other actions do; Escape cancels."""
    wanted = {"talk": hotkey, "cancel": "Escape"} | others
    return [Action(name, name, parse_all(keys)) for name, keys in wanted.items()]


def listen(x: Server, heard: Heard, hotkey: object = HOTKEY, **others: str) -> Listener:
    return x11.listen(
        actions(str(hotkey), **others),
        desktop=x.desktop,
        hearer=Hearer(heard.press, heard.release, heard.note_lost),
    )


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def listener(x: Server, heard: Heard) -> Iterator[Listener]:
    made = listen(x, heard)
    yield made
    made.close()


def until(true: Callable[[], object], seconds: float = 5) -> None:
    end, pause = time.monotonic() + seconds, threading.Event()
    while not true():
        assert time.monotonic() < end, "waited in vain"
        pause.wait(0.005)


def taken(x: Server, *bindings: Binding) -> bool:
    return not x11.free_keys(bindings, x.desktop)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def pause(seconds: float) -> None:
    """Holds a key down for as long as a hand would."""
    threading.Event().wait(seconds)


@pytest.mark.usefixtures("listener")
class TestPressAndRelease:
    def test_a_hold_under_auto_repeat_is_one_press_and_one_release(
        self, x: Server, heard: Heard
    ) -> None:
        x.display.change_keyboard_control(auto_repeat_mode=1)
        x.press(CTRL, ALT, SPACE)
        heard.expect("press")
        pause(1.2)
        heard.expect("press")
        x.release(SPACE, ALT, CTRL)
        heard.expect("press", "release")

    def test_the_order_in_which_the_keys_go_up_does_not_matter(
        self, x: Server, heard: Heard
    ) -> None:
        x.press(CTRL, ALT, SPACE)
        x.release(CTRL, ALT)
        pause(0.9)  # auto-repeat goes on without the modifiers
        heard.expect("press")
        x.release(SPACE)
        heard.expect("press", "release")

    def test_another_key_during_a_hold_is_not_the_hotkey(self, x: Server, heard: Heard) -> None:
        x.press(CTRL, ALT, SPACE)
        x.tap(SHIFT)
        x.release(SPACE)
        heard.expect("press", "release")

    @pytest.mark.parametrize("locks", [(CAPS,), (NUM,), (CAPS, NUM)])
    def test_works_with_caps_and_num_lock(
        self, x: Server, heard: Heard, locks: tuple[int, ...]
    ) -> None:
        for lock in locks:
            x.tap(lock)
        x.press(CTRL, ALT)
        x.tap(SPACE)
        heard.expect("press", "release")

    def test_no_press_of_two_hundred_is_lost(self, x: Server, heard: Heard) -> None:
        x.press(CTRL, ALT)
        for _ in range(200):
            x.press(SPACE)
            pause(0.002)
            x.release(SPACE)
            pause(0.002)
        heard.expect(*["press", "release"] * 200)

    def test_a_press_is_told_within_20_ms(self, x: Server, heard: Heard) -> None:
        x.press(CTRL, ALT)
        delays = []
        for count in range(50):
            began = time.perf_counter()
            x.press(SPACE)
            until(lambda: len(heard.times) == 2 * count + 1)  # noqa: B023
            delays.append(heard.times[-1] - began)
            x.release(SPACE)
            until(lambda: len(heard.times) == 2 * count + 2)  # noqa: B023
        delays.sort()
        print(f"press: median {statistics.median(delays) * 1e3:.2f} ms, worst {delays[-1]:.4f} s")
        assert statistics.median(delays) < 0.02

    def test_the_focused_program_does_not_see_the_hotkey(self, x: Server, heard: Heard) -> None:
        x.window()
        x.press(CTRL, ALT)
        x.tap(SPACE)
        heard.expect("press", "release")
        x.release(CTRL, ALT)
        assert x.keys[SPACE] not in x.typed()

    def test_the_key_without_its_modifiers_goes_to_the_focused_program(
        self, x: Server, heard: Heard
    ) -> None:
        x.window()
        x.tap(SPACE)
        assert x.typed() == [x.keys[SPACE]]
        assert heard.calls == []


class TestCancelKey:
    def test_goes_to_the_focused_program_unless_wanted(
        self, x: Server, heard: Heard, listener: Listener
    ) -> None:
        x.window()
        x.tap(ESCAPE)
        assert x.typed() == [x.keys[ESCAPE]]

        listener.recording(True)
        until(lambda: taken(x, CANCEL))
        x.tap(ESCAPE)
        heard.expect("cancel")
        assert x.typed() == []

        listener.recording(False)
        until(lambda: not taken(x, CANCEL))
        x.tap(ESCAPE)
        assert x.typed() == [x.keys[ESCAPE]]
        heard.expect("cancel")

    def test_cancels_once_under_auto_repeat(
        self, x: Server, heard: Heard, listener: Listener
    ) -> None:
        listener.recording(True)
        until(lambda: taken(x, CANCEL))
        x.press(ESCAPE)
        pause(0.9)
        x.release(ESCAPE)
        heard.expect("cancel")

    def test_cancels_while_the_hotkey_is_held(
        self, x: Server, heard: Heard, listener: Listener
    ) -> None:
        listener.recording(True)
        until(lambda: taken(x, CANCEL))
        x.press(CTRL, ALT, SPACE)
        x.tap(ESCAPE)
        x.release(SPACE)
        heard.expect("press", "cancel", "release")

    def test_a_taken_cancel_key_is_told_once_and_the_hotkey_works(
        self, x: Server, heard: Heard, listener: Listener
    ) -> None:
        from Xlib import X

        root = x.display.screen().root
        root.grab_key(x.keys[ESCAPE], 0, False, X.GrabModeAsync, X.GrabModeAsync)
        x.display.sync()
        for wanted in (True, False, True):
            listener.recording(wanted)
        heard.expect("lost")
        assert "Escape" in heard.lost[0].message
        x.press(CTRL, ALT)
        x.tap(SPACE)
        heard.expect("lost", "press", "release")


class TestTakenKeys:
    def test_a_taken_key_is_named_with_the_next_free_one(self, x: Server, heard: Heard) -> None:
        others = [listen(x, Heard(), parse(text)) for text in ("Ctrl+Alt+Space", "F9")]
        with pytest.raises(HotkeyTaken) as caught:
            listen(x, heard)
        assert "Ctrl+Alt+Space" in caught.value.message
        assert "Ctrl+Shift+Space" in caught.value.hint
        for other in others:
            other.close()
        listen(x, heard).close()

    def test_a_key_taken_in_one_lock_state_alone_is_taken(self, x: Server, heard: Heard) -> None:
        from Xlib import X

        mask = X.ControlMask | X.Mod1Mask | X.LockMask
        root = x.display.screen().root
        root.grab_key(x.keys[SPACE], mask, False, X.GrabModeAsync, X.GrabModeAsync)
        x.display.sync()
        with pytest.raises(HotkeyTaken):
            listen(x, heard)

    def test_free_keys_are_found_and_left_free(self, x: Server) -> None:
        other = listen(x, Heard(), parse("F9"))
        candidates = [parse(text) for text in ("F8", "F9", "Pause")]
        for _ in range(2):
            assert [str(key) for key in x11.free_keys(candidates, x.desktop)] == ["F8", "Pause"]
        other.close()

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_no_x_server_is_an_error_that_says_so(self, heard: Heard) -> None:
        # python-xlib leaves the socket to the garbage collector when it can't connect.
        nowhere = Desktop("linux", "x11", "", ":987")
        assert "does not answer" in x11.probe(nowhere).why
        gc.collect()

    def test_probe_works_where_keys_can_be_taken(self, x: Server) -> None:
        assert x11.probe(x.desktop).works
        assert not x11.probe(Desktop("linux", "wayland", "gnome", x.name)).works
        assert not x11.probe(Desktop("windows", "native")).works

    def test_a_key_that_the_layout_lacks_is_named(self, x: Server, heard: Heard) -> None:
        layout(x, SPACE, 0)
        with pytest.raises(HotkeyError, match="no key Space"):
            listen(x, heard)


def layout(x: Server, symbol: int, code: int) -> None:
    """Moves a symbol to another key, or away with code 0."""
    columns = len(x.display.get_keyboard_mapping(x.keys[symbol], 1)[0])
    x.display.change_keyboard_mapping(x.keys[symbol], [[0] * columns])
    if code:
        x.display.change_keyboard_mapping(code, [[symbol] * columns])
        x.keys[symbol] = code
    x.display.sync()


class TestChanges:
    FREE_CODE = 8 + 240

    @pytest.mark.usefixtures("listener")
    def test_follows_the_key_to_its_new_place(self, x: Server, heard: Heard) -> None:
        layout(x, SPACE, self.FREE_CODE)
        until(lambda: taken(x, HOTKEY))
        x.press(CTRL, ALT)
        x.tap(SPACE)
        heard.expect("press", "release")

    @pytest.mark.usefixtures("listener")
    def test_a_key_that_moves_while_held_counts_as_released(self, x: Server, heard: Heard) -> None:
        x.press(CTRL, ALT, SPACE)
        heard.expect("press")
        layout(x, SPACE, self.FREE_CODE)
        heard.expect("press", "release")

    @pytest.mark.usefixtures("listener")
    def test_a_key_that_leaves_the_layout_is_told_and_works_again_when_back(
        self, x: Server, heard: Heard
    ) -> None:
        layout(x, SPACE, 0)
        heard.expect("lost")
        assert "Space" in heard.lost[0].message
        layout(x, SPACE, self.FREE_CODE)
        until(lambda: taken(x, HOTKEY))
        x.press(CTRL, ALT)
        x.tap(SPACE)
        heard.expect("lost", "press", "release")

    def test_closing_while_held_releases_and_gives_the_key_back(
        self, x: Server, heard: Heard
    ) -> None:
        made = listen(x, heard)
        x.press(CTRL, ALT, SPACE)
        heard.expect("press")
        made.close()
        heard.expect("press", "release")
        assert not taken(x, HOTKEY)
        made.close()
        made.recording(True)

    def test_a_dead_x_server_is_told(self, x: Server, heard: Heard) -> None:
        made = listen(x, heard)
        x.press(CTRL, ALT, SPACE)
        heard.expect("press")
        x.process.kill()
        heard.expect("press", "release", "lost")
        made.close()

    @pytest.mark.usefixtures("listener")
    def test_an_idle_listener_never_wakes(self) -> None:
        (thread,) = [one for one in threading.enumerate() if one.name == "hotkey"]
        status = Path(f"/proc/self/task/{thread.native_id}/status")

        def wakes() -> list[str]:
            return [line for line in status.read_text().splitlines() if "ctxt_switches" in line]

        pause(0.1)
        before = wakes()
        pause(0.6)
        assert wakes() == before

    def test_fifty_listeners_leave_nothing_behind(self, x: Server) -> None:
        listen(x, Heard()).close()
        gc.collect()
        before = open_files(), threading.active_count()
        for _ in range(50):
            made = listen(x, Heard())
            made.recording(True)
            made.close()
        gc.collect()
        assert (open_files(), threading.active_count()) == before


class TestSeveralKeys:
    def test_each_of_them_is_the_hotkey(self, x: Server, heard: Heard) -> None:
        made = listen(x, heard, "Ctrl+Alt+Space, F9, Mouse4")
        x.press(CTRL, ALT)
        x.tap(SPACE)
        x.release(CTRL, ALT)
        heard.expect("press", "release")
        x.tap(F9)
        x.click(8)
        heard.expect(*["press", "release"] * 3)
        made.close()

    def test_each_action_is_told_by_its_name(self, x: Server, heard: Heard) -> None:
        others = {"talk:german": "F9", "paste-last": "Mouse5"}
        made = listen(x, heard, **others)
        x.tap(F9)
        x.click(9)
        x.press(CTRL, ALT)
        x.tap(SPACE)
        heard.expect(
            *("press talk:german", "release talk:german"),
            *("press paste-last", "release paste-last"),
            *("press", "release"),
        )
        made.close()

    def test_one_that_is_taken_is_told_and_the_others_work(self, x: Server, heard: Heard) -> None:
        other = listen(x, Heard(), "F9")
        made = listen(x, heard, "F9, Ctrl+Alt+Space")
        heard.expect("lost")
        assert "F9" in heard.lost[0].message
        x.press(CTRL, ALT)
        x.tap(SPACE)
        heard.expect("lost", "press", "release")
        made.close()
        other.close()

    def test_a_pedal_that_sends_f13_is_heard_whatever_the_layout_calls_it(
        self, x: Server, heard: Heard
    ) -> None:
        assert x.display.keysym_to_keycode(0xFFCA) == 0, "the layout has no F13"
        made = listen(x, heard, "F13")
        x.keys[0xFFCA] = 191
        x.tap(0xFFCA)
        heard.expect("press", "release")
        made.close()


class TestMouseButtons:
    def test_a_hold_with_and_without_num_lock(self, x: Server, heard: Heard) -> None:
        made = listen(x, heard, "Mouse4")
        for _ in range(2):
            x.click(8, up=False)
            pause(0.7)  # longer than a look at what is held
            x.click(8, down=False)
            x.tap(NUM)
        heard.expect(*["press", "release"] * 2)
        made.close()

    def test_the_other_buttons_go_where_the_pointer_is(self, x: Server, heard: Heard) -> None:
        from Xlib import X

        made = listen(x, heard, "Mouse4")
        window = x.window()
        window.change_attributes(event_mask=X.ButtonPressMask)
        x.display.xtest_fake_input(X.MotionNotify, x=20, y=20)
        x.click(1)
        x.click(8)
        heard.expect("press", "release")
        x.display.sync()
        events = [x.display.next_event() for _ in range(x.display.pending_events())]
        assert [event.detail for event in events if event.type == X.ButtonPress] == [1]
        made.close()

    def test_a_taken_button_is_told(self, x: Server, heard: Heard) -> None:
        other = listen(x, Heard(), "Mouse4")
        with pytest.raises(HotkeyTaken, match="Mouse4"):
            listen(x, heard, "Mouse4")
        other.close()


class TestLoneModifiers:
    def test_a_tap_is_told_at_its_end_and_a_hold_soon(self, x: Server, heard: Heard) -> None:
        made = listen(x, heard, "RightCtrl")
        x.tap(RIGHT_CTRL)
        heard.expect("press", "release")
        x.press(RIGHT_CTRL)
        heard.expect("press", "release", "press")
        pause(0.7)
        x.release(RIGHT_CTRL)
        heard.expect(*["press", "release"] * 2)
        made.close()

    def test_with_another_key_it_is_no_hotkey_and_the_program_gets_both(
        self, x: Server, heard: Heard
    ) -> None:
        made = listen(x, heard, "RightCtrl")
        x.window()
        x.press(RIGHT_CTRL)
        x.tap(LETTER_C)
        x.release(RIGHT_CTRL)
        x.press(SHIFT, RIGHT_CTRL)
        x.release(RIGHT_CTRL, SHIFT)
        x.press(RIGHT_CTRL)
        x.click(1)
        x.release(RIGHT_CTRL)
        pause(0.3)
        assert heard.calls == []
        assert x.keys[LETTER_C] in x.typed()
        made.close()

    def test_the_other_side_is_another_key(self, x: Server, heard: Heard) -> None:
        made = listen(x, heard, "RightCtrl")
        x.tap(CTRL)
        x.tap(RIGHT_CTRL)
        heard.expect("press", "release")
        made.close()

    def test_while_recording_it_is_told_at_its_release_alone(self, x: Server, heard: Heard) -> None:
        made = listen(x, heard, "RightCtrl")
        made.recording(True)
        x.press(RIGHT_CTRL)
        pause(0.4)
        x.tap(LETTER_C)  # copies something in the middle of a dictation
        x.release(RIGHT_CTRL)
        pause(0.2)
        assert heard.calls == []
        x.tap(RIGHT_CTRL)
        heard.expect("press", "release")
        made.close()

    def test_does_not_hold_a_key_that_another_program_has(self, x: Server, heard: Heard) -> None:
        made = listen(x, heard, "RightCtrl")
        other = listen(x, Heard(), "Ctrl+Alt+Space")
        x.tap(RIGHT_CTRL)
        heard.expect("press", "release")
        other.close()
        made.close()


class FakeKeyboard:
    """A keyboard whose server forgets to tell a release."""

    grabbed = Grab(65, 12, (2,))

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        self._pending: list[KeyEvent] = []
        self.is_down = False

    def tell(self, *events: KeyEvent) -> None:
        self._pending += events
        os.write(self._write, b"!")

    def fileno(self) -> int:
        return self._read

    def events(self) -> Iterator[KeyEvent]:
        if self._pending:
            os.read(self._read, 100)
        while self._pending:
            yield self._pending.pop(0)

    def grab(self, _binding: Binding) -> Grab:
        return self.grabbed

    def pressed(self) -> set[int]:
        return {self.grabbed.code} if self.is_down else set()

    def down(self, _grab: Grab) -> bool:
        return self.is_down

    def close(self) -> None:
        os.close(self._read)
        os.close(self._write)


def listen_on(keyboard: FakeKeyboard, heard: Heard) -> X11Listener:
    grabs = Grabs(keyboard, actions(str(HOTKEY)))  # type: ignore[arg-type]
    assert not grabs.take()
    return X11Listener(
        keyboard,  # type: ignore[arg-type]
        grabs,
        hearer=Hearer(heard.press, heard.release, heard.note_lost),
    )


class TestLostRelease:
    def start(self, heard: Heard) -> tuple[FakeKeyboard, X11Listener]:
        keyboard = FakeKeyboard()
        made = listen_on(keyboard, heard)
        keyboard.is_down = True
        keyboard.tell(KeyEvent("press", 65, 12, 1000))
        heard.expect("press")
        return keyboard, made

    def test_is_noticed_at_the_next_event(self, heard: Heard) -> None:
        keyboard, made = self.start(heard)
        keyboard.is_down = False
        keyboard.tell(KeyEvent("release", 37, 12, 2000))
        heard.expect("press", "release")
        made.close()

    def test_is_noticed_without_any_event(self, heard: Heard) -> None:
        keyboard, made = self.start(heard)
        keyboard.is_down = False
        heard.expect("press", "release")
        made.close()

    def test_does_not_swallow_the_next_press(self, heard: Heard) -> None:
        keyboard, made = self.start(heard)
        keyboard.tell(KeyEvent("press", 65, 12, 9000))
        heard.expect("press", "press")
        keyboard.is_down = False
        keyboard.tell(KeyEvent("release", 65, 12, 9100))
        heard.expect("press", "press", "release")
        made.close()


class BrokenKeyboard(FakeKeyboard):
    """A keyboard whose library fails with what is no error of ours."""

    def down(self, _grab: Grab) -> bool:
        raise AttributeError("sequence_number")


def test_a_listener_that_fails_unexpectedly_lets_go_and_tells(heard: Heard) -> None:
    keyboard = BrokenKeyboard()
    made = listen_on(keyboard, heard)
    keyboard.tell(KeyEvent("press", 65, 12, 1000))
    heard.expect("press", "release", "lost")
    assert "sequence_number" in heard.lost[0].message
    made.close()
