"""What every way of delivering a text keeps to."""

from __future__ import annotations

import pytest

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.desktop_names import name_of
from dictation.errors import MissingPart, NotDelivered, SettingsError
from dictation.output import Delivery, Way, macos, ways, windows
from dictation.output.wayland_paste import Wayland
from dictation.output.x11 import X11
from dictation.settings import Settings

# python-xlib leaves the sockets of a connection that failed to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
NATIVES = [windows.native(), macos.native()]
NOWHERE = Desktop("linux", "x11", "", ":9999")
DESKTOPS = [
    NOWHERE,
    Desktop("linux", "none"),
    Desktop("linux", "wayland", "gnome"),
    Desktop("windows", "native"),
    Desktop("macos", "native"),
]


class Note:
    """A clipboard such as the windows hand in."""

    NAME = "note"

    def __init__(self) -> None:
        self.text = ""

    def probe(self, desktop: Desktop) -> Verdict:
        return Verdict(True)

    def copy(self, text: str) -> None:
        self.text = text


ROWS = [
    (kind, way.NAME)
    for kind, rows in ways(X11(NOWHERE), Wayland(), NATIVES).items()
    for way in rows
]


def row(kind: str, name: str, desktop: Desktop) -> Way:
    return next(way for way in ways(X11(desktop), Wayland(), NATIVES)[kind] if name == way.NAME)


@pytest.mark.parametrize("desktop", DESKTOPS, ids=name_of)
@pytest.mark.parametrize(("kind", "name"), ROWS)
def test_probe_answers_on_every_desktop_and_says_why_not(
    kind: str, name: str, desktop: Desktop
) -> None:
    verdict = row(kind, name, desktop).probe(desktop)
    assert verdict.works or verdict.why


def test_names_are_unique_for_each_output() -> None:
    assert len(set(ROWS)) == len(ROWS)


@pytest.mark.parametrize("desktop", DESKTOPS, ids=name_of)
def test_where_nothing_works_every_reason_is_told(desktop: Desktop) -> None:
    delivery = Delivery(Desktop("linux", "none", desktop.compositor))
    with pytest.raises(NotDelivered, match="x11: this is not an X11 session"):
        delivery.deliver("text", Settings(), None)
    assert isinstance(delivery.shortcoming(Settings()), MissingPart)
    assert delivery.shortcoming(Settings(output="display")) is None
    delivery.close()


def test_a_backend_of_another_output_is_no_mistake_and_an_unknown_one_is() -> None:
    note = Note()
    delivery = Delivery(Desktop("windows", "native"), [note], natives=[])
    delivery.deliver("text", Settings(output="clipboard", output_backend="wtype"), None)
    assert note.text == "text"
    wrong = Settings(output_backend="nonsense")
    with pytest.raises(NotDelivered, match="output_backend = nonsense"):
        delivery.deliver("text", wrong, None)
    assert isinstance(delivery.shortcoming(wrong), SettingsError)


def test_where_nothing_pastes_the_text_is_copied_and_the_user_told() -> None:
    note = Note()
    delivery = Delivery(Desktop("windows", "native"), [note], natives=[])
    receipt = delivery.deliver("a\x1b[201~b", Settings(), None)
    assert note.text == "ab"
    assert (receipt.backend, receipt.confirmed) == ("note", False)
    assert "Ctrl+V" in receipt.note
    before = delivery.shortcoming(Settings())
    assert before is not None
    assert "copied, not pasted" in before.title
    assert delivery.shortcoming(Settings(output="clipboard")) is None
    told = dict(delivery.verdicts(Settings()))["note"]
    assert told.works
    assert "Ctrl+V" in told.why
    delivery.close()


def test_what_is_no_longer_wanted_is_not_copied() -> None:
    note = Note()
    delivery = Delivery(Desktop("windows", "native"), [note], natives=[])
    with pytest.raises(NotDelivered):
        delivery.deliver("text", Settings(), None, lambda: False)
    assert note.text == ""


def test_nothing_is_known_of_the_cursor_where_no_server_answers() -> None:
    for desktop in DESKTOPS:
        delivery = Delivery(desktop, natives=[])
        assert delivery.target() is None
        delivery.close()
