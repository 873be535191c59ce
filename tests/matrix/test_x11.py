"""Every kind of program, text, clipboard, layout and lock on X11: whole, once, in order, always.

A random change of focus during a take is a part of it: no text ever lands in another window.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

import pytest

from dictation.desktop import detect
from dictation.errors import NotDelivered, TargetLost
from dictation.output import Delivery
from dictation.settings import Settings
from dictation.text import for_terminal, safe
from tests.desktop import VirtualDesktop, until
from tests.matrix.texts import Case, cases, picture
from tests.programs import Program
from tests.test_output_x11 import Field, History, Owner, clipboard_as, delivery

pytestmark = pytest.mark.only_on("linux")

__all__ = ["delivery"]  # a fixture
PASTE = Settings(spacing="none")
SEED = 20261126
SPIN = "while True: pass"


def formats(case: Case) -> Mapping[str, bytes]:
    """What was on the clipboard before."""
    chance = random.Random(len(case.text))
    match case.clipboard:
        case "picture":
            return {"image/png": picture(chance)}
        case "files":
            uri = b"file:///tmp/a%20file.txt\r\nfile:///tmp/another.png"
            return {"text/uri-list": uri, "x-special/gnome-copied-files": b"copy\n" + uri}
        case _:
            text = f"what was there before, {chance.random()}"
            return {"UTF8_STRING": text.encode(), "text/html": f"<b>{text}</b>".encode()}


@contextmanager
def circumstances(desktop: VirtualDesktop, case: Case) -> Iterator[None]:
    """The desktop as the case wants it; as it was, afterwards."""
    locks = [name for name, on in (("Caps_Lock", case.caps), ("Num_Lock", case.num)) if on]
    spinning = [
        subprocess.Popen([sys.executable, "-c", SPIN]) for _ in range(2 if case.busy else 0)
    ]
    desktop.run("setxkbmap", *case.layout)
    if case.layout == ("us,ru",):  # the user has switched to the second one
        desktop.run("xdotool", "key", "ISO_Next_Group")
    for lock in locks:
        desktop.run("xdotool", "key", lock)
    try:
        yield
    finally:
        for lock in locks:
            desktop.run("xdotool", "key", lock)
        desktop.run("setxkbmap", "us")
        for process in spinning:
            process.kill()
            process.wait()


def take(desktop: VirtualDesktop, delivery: Delivery, case: Case) -> float:
    """Delivers the case's text; the time from its key to the receipt, in seconds."""
    target = delivery.target()
    with ExitStack() as stack:
        if case.history:
            stack.enter_context(History(desktop))
        before = formats(case)
        stack.enter_context(Owner(desktop, before))
        stack.enter_context(circumstances(desktop, case))
        releasing: threading.Timer | None = None
        if case.held:
            desktop.key("ctrl+alt", "down")
            releasing = threading.Timer(0.2, desktop.key, ("ctrl+alt", "up"))
            releasing.start()
        receipt = delivery.deliver(case.text, PASTE, target)
        if releasing:
            releasing.join()
        assert receipt.confirmed
        assert receipt.confirmed_at
        assert receipt.chord_sent
        for name, data in before.items():
            until(f"{name} is back", lambda n=name, d=data: clipboard_as(desktop, n) == d)
        return receipt.confirmed_at - receipt.chord_sent


@pytest.mark.parametrize("name", ["xterm", "mousepad", "featherpad", "chromium", "libreoffice"])
def test_every_text_comes_whole_once_and_in_order_and_the_clipboard_comes_back(
    desktop: VirtualDesktop,
    delivery: Delivery,
    name: str,
    sample: Callable[[int, int], int],
    record_property: Callable[[str, object], None],
) -> None:
    count, waits = sample(10, 100), []
    with Program(desktop, name) as program:
        expected = ""
        for number, case in enumerate(cases(SEED, count)):
            text = safe(case.text)  # a piece of an emoji alone is no text
            program.focus()
            try:
                waits.append(take(desktop, delivery, case))
            except (AssertionError, NotDelivered) as error:
                raise AssertionError(f"take {number} ({case}): {error}") from error
            expected += for_terminal(text) if program.kind == "terminal" else text
        program.expect(expected, 30)
    waits.sort()
    middle, worst = waits[len(waits) // 2], waits[-1]
    record_property(
        "figures",
        f"X11 {name}: {count} of {count} takes whole, {len(expected):,} characters; key to receipt "
        f"{1e3 * middle:.1f} ms median, {1e3 * worst:.0f} ms at most",
    )


def test_no_text_is_ever_put_into_another_window(
    desktop: VirtualDesktop,
    sample: Callable[[int, int], int],
    record_property: Callable[[str, object], None],
) -> None:
    """The focus goes from window to window at random while takes are delivered."""
    count, chance = sample(100, 1000), random.Random(SEED)
    changes = late = 0
    made = Delivery(detect())
    with Field(desktop) as first, Field(desktop) as second, Field(desktop) as third:
        fields = (first, second, third)
        expected = dict.fromkeys(range(3), "")
        stop = threading.Event()

        def wander() -> None:
            nonlocal changes
            while not stop.wait(chance.uniform(0.0, 0.04)):
                window = chance.choice(fields).window.id
                desktop.run("xdotool", "windowactivate", str(window))
                changes += 1

        number = 0
        while changes < count:
            home = number % 3
            desktop.run("xdotool", "windowactivate", str(fields[home].window.id))
            fields[home].focus()
            target = made.target()
            assert target
            assert target.window == fields[home].window.id
            stop.clear()
            wandering = threading.Thread(target=wander)
            wandering.start()
            text = f"{number}-{home} "
            time.sleep(chance.uniform(0.0, 0.05))
            try:
                made.deliver(text, PASTE, target)
                expected[home] += text
            except TargetLost:
                late += 1
            finally:
                stop.set()
                wandering.join()
            number += 1
        made.close()
        for home, field in enumerate(fields):
            strangers = [part for part in field.text.split() if not part.endswith(f"-{home}")]
            assert strangers == []
            assert field.text == expected[home]
    record_property(
        "figures",
        f"X11 focus: {changes} changes during {number} takes, 0 texts in another window, "
        f"{number - late} put into their own, {late} told as late",
    )
