"""Sleep, waking and lock on Windows, by its messages."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator

import pytest

from dictation.desktop import Desktop
from dictation.watch import windows
from dictation.watch.moments import Moment, Presence
from dictation.watch.windows import WindowsWatcher
from dictation.win32.values import POWER, SESSION
from tests.taps import Thread


class FakeNews(Thread):
    """`watch.windows.News`."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = False
        self._told: Callable[[int, int], None] = lambda _message, _detail: None

    def open(self, told: Callable[[int, int], None]) -> None:
        self._told = told

    def close(self) -> None:
        self.closed = True

    def tell(self, message: int, detail: int) -> None:
        """As Windows does, which waits for the answer."""
        self.do(lambda: self._told(message, detail))


class Ear:
    """What was heard, and what may let the computer go on."""

    def __init__(self) -> None:
        self.moments: list[Moment] = []
        self.done: queue.Queue[Callable[[], None]] = queue.Queue()

    def __call__(self, moment: Moment, done: Callable[[], None]) -> None:
        self.moments.append(moment)
        self.done.put(done)


@pytest.fixture
def news() -> FakeNews:
    return FakeNews()


@pytest.fixture
def ear(news: FakeNews) -> Iterator[Ear]:
    heard = Ear()
    watcher = WindowsWatcher(heard, Presence(heard), news)
    yield heard
    watcher.close()
    assert news.closed


def test_a_sleep_waits_until_all_is_kept_and_the_waking_is_told_once(
    news: FakeNews, ear: Ear
) -> None:
    sleeps = threading.Thread(target=lambda: news.tell(POWER, 4))
    sleeps.start()
    let_go = ear.done.get(timeout=5)
    sleeps.join(0.2)
    assert sleeps.is_alive()
    let_go()
    sleeps.join(5)
    news.tell(POWER, 0x12)
    news.tell(POWER, 7)
    assert ear.moments == ["suspending", "resumed"]


def test_a_sleep_waits_for_nobody_longer_than_windows_does(news: FakeNews) -> None:
    ear = Ear()
    watcher = WindowsWatcher(ear, Presence(ear), news, delay=0.05)
    news.tell(POWER, 4)
    assert ear.moments == ["suspending"]
    watcher.close()


def test_lock_and_another_users_turn_count_as_away(news: FakeNews, ear: Ear) -> None:
    for detail in (7, 8, 2, 1, 4, 3):
        news.tell(SESSION, detail)
    for detail in (7, 2, 1):  # back from another user, but locked
        news.tell(SESSION, detail)
    assert ear.moments == [*(["away", "back"] * 3), "away"]
    news.tell(SESSION, 8)
    news.tell(SESSION, 9)  # remote control, which means nothing here
    news.tell(POWER, 0xA)  # the battery
    assert ear.moments == ["away", "back"] * 4


def test_elsewhere_nobody_tells() -> None:
    assert "not Windows" in windows.probe(Desktop("linux", "x11")).why
    assert "not Windows" in windows.probe(Desktop("macos", "native")).why
