"""Pastes on KDE's own compositor, by its own portals: into an editor and into a terminal."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dictation.desktop import detect
from dictation.errors import NotDelivered
from dictation.output import Delivery
from dictation.settings import Settings
from tests.desktop import until
from tests.kwin import Kwin

pytestmark = pytest.mark.only_on("linux")
WORDS = "Grüße: 中文 🎤 don't — مرحبا"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400


@pytest.fixture(scope="module")
def running() -> Iterator[Kwin]:
    with Kwin() as kwin:
        yield kwin


@pytest.fixture
def kwin(running: Kwin, home: Path, monkeypatch: pytest.MonkeyPatch) -> Kwin:
    monkeypatch.setitem(running.env, "DICTATION_HOME", str(home))
    monkeypatch.delenv("QT_QPA_PLATFORM")
    for name, value in running.env.items():
        monkeypatch.setenv(name, value)
    return running


@pytest.fixture
def delivery(kwin: Kwin) -> Iterator[Delivery]:
    made = Delivery(detect())
    yield made
    made.close()


def copy(content: bytes, kind: str, *more: str) -> None:
    subprocess.run(["wl-copy", *more, "--type", kind], input=content, check=True)


def pasted(kind: str) -> bytes:
    command = ["wl-paste", "--no-newline", "--type", kind]
    return subprocess.run(command, capture_output=True, check=False, timeout=5).stdout


def test_a_paste_is_confirmed_and_the_old_content_comes_back(
    kwin: Kwin, delivery: Delivery, record_property: Callable[[str, object], None]
) -> None:
    with kwin.program("mousepad") as file:
        for kind, old in (("text/html", b"<b>old</b>"), ("image/png", PICTURE)):
            copy(old, kind)
            start = time.monotonic()
            receipt = delivery.deliver(f"{kind} {WORDS}", Settings(spacing="none"), None)
            whole = time.monotonic() - start
            assert (receipt.backend, receipt.confirmed) == ("portal", True)
            assert receipt.chord_sent
            assert receipt.confirmed_at
            key = receipt.confirmed_at - receipt.chord_sent
            record_property(
                "figures", f"KDE, key to receipt: {1e3 * key:.0f} ms; all: {1e3 * whole:.0f} ms"
            )
            kwin.expect(file, f"{kind} {WORDS}")
            until("the old content", lambda k=kind, o=old: pasted(k) == o)


def test_terminals_take_it_too(kwin: Kwin, delivery: Delivery) -> None:
    with kwin.program("terminal") as file:
        assert delivery.deliver(WORDS, Settings(spacing="none"), None).confirmed
        kwin.expect(file, WORDS)


def test_where_nobody_reads_the_user_is_told_and_the_text_stays(
    kwin: Kwin, delivery: Delivery
) -> None:
    copy(b"old", "text/plain")
    start = time.monotonic()
    with pytest.raises(NotDelivered, match="did not take"):
        delivery.deliver(WORDS, Settings(spacing="none"), None)
    assert time.monotonic() - start < 2
    assert pasted("text/plain").decode() == WORDS


def test_what_is_to_be_typed_is_pasted_and_the_sign_is_told(kwin: Kwin, delivery: Delivery) -> None:
    typed = Settings(output="type", spacing="none")
    notice = delivery.notice(typed)
    assert notice
    assert "pasted here" in notice.message
    assert "tray" in notice.message
    with kwin.program("mousepad") as file:
        assert delivery.deliver("ž", typed, None).backend == "portal"
        kwin.expect(file, "ž")
