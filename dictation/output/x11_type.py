"""Types on X11, key by key: for what takes no paste, such as remote desktops and games."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import partial

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.errors import NotDelivered, TargetLost
from dictation.i18n import _, plural
from dictation.output import focus
from dictation.output.insert import Insert
from dictation.output.keyboard import keysym
from dictation.output.rest import LONGEST
from dictation.output.screen import Screen
from dictation.output.submit import submit
from dictation.output.x11 import X11, wait_for_fingers
from dictation.values import Receipt, Target

AT_ONCE = 20  # characters between looks at the focus


class X11Type:
    """Types by the layout in use; what it lacks comes from keys lent for the moment."""

    NAME = "x11-type"

    def __init__(self, x11: X11) -> None:
        self._x11 = x11

    def probe(self, desktop: Desktop) -> Verdict:
        return self._x11.probe_keys(desktop)

    def deliver(self, insert: Insert) -> Receipt:
        """Types the text; nobody confirms it."""
        screen, deadline = self._x11.screen, time.monotonic() + LONGEST
        settings, target = insert.settings, insert.target
        focus.check(screen, target, may_bring=insert.may_bring_focus)
        if not wait_for_fingers(self._x11, insert, insert.patience, deadline):
            # Nobody would tell where the text went.
            raise NotDelivered(_("A key was held down, so nothing was typed."))
        with focus.on(screen, target, may_bring=insert.may_bring_focus):
            insert.check_wanted()
            self._type(insert.text, target, shift_enter=settings.newlines == "shift_enter")
            submit(insert, screen, partial(self._x11.press, target=target))
        return Receipt(self.NAME, confirmed=False)

    def _type(self, text: str, target: Target | None, *, shift_enter: bool) -> None:
        screen = self._x11.screen
        number = screen.active()
        with screen.held() as connection, self._x11.typing.pressing():
            keyboard = screen.keyboard
            window = connection.display.create_resource_object("window", number) if number else None
            layout = keyboard.layout()
            known = layout.strokes()
            if shift_enter and "\n" in known:
                known["\n"] = (*layout.shift, *known["\n"])
            typed = 0
            with keyboard.caps_off(), keyboard.loan(layout, window) as loan:
                for part in parts(text, known, loan.size):
                    lent = loan.strokes(list({keysym(c): None for c in part if c not in known}))
                    for start in range(0, len(part), AT_ONCE):
                        letters = part[start : start + AT_ONCE]
                        with connection.alone():
                            _check(screen, target, typed)
                            for written in letters:
                                keyboard.press(known.get(written) or lent[keysym(written)])
                        typed += len(letters)


def _check(screen: Screen, target: Target | None, typed: int) -> None:
    try:
        screen.check_focus(target)
    except TargetLost as lost:
        if not typed:
            raise
        what = plural(
            "Another window got the focus when {number} character was typed.",
            "Another window got the focus when {number} characters were typed.",
            typed,
        )
        raise NotDelivered(what.format(number=typed)) from lost


def parts(text: str, known: Mapping[str, object], room: int) -> Iterator[str]:
    """The text in parts with at most `room` different characters each that are not known."""
    start, missing = 0, set[str]()
    for end, written in enumerate(text):
        if written not in known and written not in missing and missing and len(missing) == room:
            yield text[start:end]
            start, missing = end, set()
        if written not in known:
            missing.add(written)
    yield text[start:]
