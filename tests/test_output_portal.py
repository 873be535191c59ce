"""Pastes by the desktop's portals: a real bus, and portals that do what the test says."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dictation.errors import NotDelivered, WayClosed
from dictation.output import Delivery
from dictation.paths import places
from dictation.settings import Settings
from dictation.values import Receipt
from tests.buses import Bus
from tests.desktop import until
from tests.portal_paste import KDE, TEXT, Note, PastePortal

pytestmark = pytest.mark.skipif(
    not shutil.which("dbus-daemon"), reason="missing here: apt install dbus"
)
WORDS = "Grüße: 中文 🎤 don't — مرحبا"
OLD = {"text/html": b"<b>old</b>", TEXT: b"old", "image/png": b"\x89PNG" + bytes(range(256)) * 400}
Make = Callable[..., PastePortal]


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    made = Bus(tmp_path)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", made.address)
    monkeypatch.setenv("PATH", str(tmp_path))  # no other tools
    yield made
    made.stop()


@pytest.fixture
def make(bus: Bus) -> Iterator[Make]:
    made: list[PastePortal] = []

    def portal(**how: bool | int | str) -> PastePortal:
        made.append(PastePortal(bus.address, **how))  # type: ignore[arg-type]
        return made[-1]

    yield portal
    for each in made:
        if not each.closed:
            each.close()


@pytest.fixture
def note() -> Note:
    return Note()


@pytest.fixture
def delivery(note: Note) -> Iterator[Delivery]:
    made = Delivery(KDE, [note])
    yield made
    made.close()


def token() -> Path:
    return places().state / "portal-token"


def allow(text: str = "token 0") -> str:
    """The user said yes in an earlier run."""
    token().parent.mkdir(parents=True, exist_ok=True)
    token().write_text(text)
    return text


def deliver(delivery: Delivery, text: str = WORDS) -> Receipt:
    return delivery.deliver(text, Settings(spacing="none"), None)


def answered(delivery: Delivery) -> None:
    """The user's answer has come."""
    until("the answer", lambda: deliver(delivery).backend == "portal")


def test_a_paste_is_confirmed_and_all_formats_come_back(make: Make, delivery: Delivery) -> None:
    portal = make(allowed=allow())
    portal.content = dict(OLD)
    for text in (WORDS, "another"):
        receipt = deliver(delivery, text)
        assert (receipt.backend, receipt.confirmed, receipt.note) == ("portal", True, "")
        portal.expect(text)
        until("the old content", lambda: portal.offered == list(OLD))
        assert portal.held() == OLD
    assert portal.members().count("Start") == 1  # the session stays open


@pytest.mark.parametrize("old", [{TEXT: b"old"}, {}])
def test_an_old_text_is_back_before_anybody_is_told_of_a_change(
    make: Make, delivery: Delivery, old: dict[str, bytes]
) -> None:
    """Chromium drops what it has read where it is told before its page has taken it."""
    portal = make(allowed=allow())
    portal.content = dict(old)
    deliver(delivery)
    portal.expect(WORDS)
    offered = portal.offered
    until("the old text", lambda: portal.held()[TEXT] == old.get(TEXT, b""))
    assert portal.offered == offered
    assert len(offered) > 2
    until("it is told", lambda: portal.offered != offered)
    assert portal.held().get(TEXT) == old.get(TEXT)


def test_histories_are_told_to_leave_it_alone(make: Make, delivery: Delivery) -> None:
    portal = make(allowed=allow())
    seen: list[list[str]] = []
    portal.on_key = lambda: seen.append(portal.offered)
    deliver(delivery)
    delivery.deliver(WORDS, Settings(clipboard_history=True), None)
    hint = "x-kde-passwordManagerHint"
    assert [hint in offered for offered in seen] == [True, False]


def test_what_the_user_copies_meanwhile_stays(make: Make, delivery: Delivery) -> None:
    portal = make(allowed=allow())
    portal.content = dict(OLD)
    deliver(delivery)
    portal.copy({TEXT: b"newer"})
    delivery.close()  # waits for what is to be given back
    assert (portal.offered, portal.content) == ([], {TEXT: b"newer"})


def test_where_nobody_reads_the_user_is_told_and_the_text_stays(
    make: Make, delivery: Delivery
) -> None:
    portal = make(allowed=allow())
    portal.content, portal.reads = dict(OLD), False
    start = time.monotonic()
    with pytest.raises(NotDelivered, match="did not take"):
        deliver(delivery)
    assert time.monotonic() - start < 2
    assert portal.held()[TEXT].decode() == WORDS


def test_the_first_text_is_copied_while_the_user_is_asked(
    make: Make, delivery: Delivery, note: Note
) -> None:
    portal = make()
    receipt = deliver(delivery)
    assert (receipt.backend, receipt.confirmed, note.text) == ("note", False, WORDS)
    assert "asks" in receipt.note
    assert "press Ctrl+V" in receipt.note
    assert deliver(delivery, "second").backend == "note"
    assert len(portal.dialogs) == 1  # one question, however many takes
    portal.say()
    answered(delivery)
    assert token().read_text() == "token 1"
    assert token().stat().st_mode & 0o077 == 0
    assert not any(member.startswith("Screen") for member in portal.members())


def test_a_permission_lasts_over_restarts_by_a_token_good_for_one(make: Make) -> None:
    portal = make(allowed=allow())
    for number in (1, 2):
        delivery = Delivery(KDE)
        assert deliver(delivery).backend == "portal"
        delivery.close()
        given = portal.body("SelectDevices")[1]
        assert given["restore_token"] == ("s", f"token {number - 1}")
        assert (given["types"], given["persist_mode"]) == (("u", 1), ("u", 2))
        assert token().read_text() == f"token {number}"


def test_a_token_that_is_no_good_means_one_question(
    make: Make, delivery: Delivery, note: Note
) -> None:
    allow("forgotten")
    portal = make()
    for _each in range(3):
        assert deliver(delivery).backend == "note"
    assert note.text == WORDS
    assert portal.members().count("Start") == 1
    portal.say()
    answered(delivery)
    assert token().read_text() == "token 1"


def test_who_says_no_is_not_asked_again_until_settings_are_saved(
    make: Make, delivery: Delivery, note: Note
) -> None:
    portal = make()
    deliver(delivery)
    portal.say(1)
    until("the answer", lambda: not dict(delivery.verdicts(Settings()))["portal"].works)
    start = time.monotonic()
    receipt = deliver(delivery, "next")
    assert (receipt.backend, note.text) == ("note", "next")
    assert "asks" not in receipt.note
    assert time.monotonic() - start < 0.9  # it is not waited for
    assert portal.members().count("Start") == 1
    delivery.applied()
    deliver(delivery)
    assert len(portal.dialogs) == 1


def test_a_permission_without_the_keyboard_is_none(make: Make, delivery: Delivery) -> None:
    make(devices=2, allowed=allow())
    assert deliver(delivery).backend == "note"
    assert not dict(delivery.verdicts(Settings()))["portal"].works


def test_the_question_comes_when_the_user_wants_it(make: Make, delivery: Delivery) -> None:
    portal = make()
    asked = Settings()
    notice = delivery.notice(asked)
    assert notice
    assert "will ask" in notice.title
    assert "Nothing of the screen" in notice.hint
    assert portal.members() == []

    asking = threading.Thread(target=delivery.allow)
    asking.start()
    until("the question", lambda: portal.dialogs)
    portal.say()
    asking.join(5)
    assert not asking.is_alive()
    notice = delivery.notice(asked)
    assert notice
    assert "shows when" in notice.title
    assert deliver(delivery).backend == "portal"


def test_a_no_to_that_question_is_told(make: Make, delivery: Delivery) -> None:
    portal = make(devices=0)
    portal.tokens.add("")  # answers at once
    with pytest.raises(WayClosed, match="told not to"):
        delivery.allow()


def test_a_session_that_ended_is_opened_again(make: Make, delivery: Delivery) -> None:
    portal = make(allowed=allow())
    assert deliver(delivery).backend == "portal"
    portal.end_session()

    def reopened() -> bool:  # once its end is heard
        return deliver(delivery).confirmed and portal.members().count("Start") == 2

    until("another session", reopened)


def test_a_session_that_ends_before_the_key_is_given_up_for_the_next_way(
    make: Make, delivery: Delivery, note: Note
) -> None:
    portal = make(allowed=allow())
    portal.content, portal.refuses = dict(OLD), "NotifyKeyboardKeysym"
    assert deliver(delivery).backend == "note"
    assert note.text == WORDS
    until("the old content", lambda: portal.offered == list(OLD))


def test_a_session_that_ends_amid_the_keys_leaves_the_text(make: Make, delivery: Delivery) -> None:
    portal = make(allowed=allow())
    portal.reads = False

    def end() -> None:
        portal.refuses = "NotifyKeyboardKeysym"

    portal.on_key = end
    with pytest.raises(NotDelivered) as caught:
        deliver(delivery)
    assert "press Ctrl+V" in caught.value.hint
    assert portal.held()[TEXT].decode() == WORDS


def test_portals_that_go_are_missed_and_found_again(
    make: Make, delivery: Delivery, note: Note
) -> None:
    first = make(allowed=allow())
    assert deliver(delivery).backend == "portal"
    first.close()
    assert deliver(delivery, "meanwhile").backend == "note"
    assert note.text == "meanwhile"
    second = make(allowed="token 1")
    until("the portal", lambda: deliver(delivery, "after").backend == "portal")
    second.expect("after")


def test_without_a_clipboard_the_verdict_says_so(make: Make, delivery: Delivery) -> None:
    make(clipboard=False)
    verdict = dict(delivery.verdicts(Settings()))["portal"]
    assert not verdict.works
    assert "clipboard" in verdict.why


def test_an_old_portal_remembers_nothing_and_is_not_asked_to(
    make: Make, delivery: Delivery
) -> None:
    portal = make(version=1)
    portal.tokens.add("")  # as Plasma 5, it asks no question for keys alone
    assert deliver(delivery).backend == "portal"
    assert set(portal.body("SelectDevices")[1]) == {"types", "handle_token"}
    assert not token().exists()
