"""What the app tells unasked of newer versions: nothing before it was wanted, and then once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from dictation import settings, state
from dictation.desktop import Desktop
from dictation.paths import places
from dictation.ui.notices import Notices, Parts
from dictation.updates import EVERY, SERVER
from tests.loopback import Loopback
from tests.replies import Reply
from tests.test_credentials import own_wiring

LONG_AGO = 1_700_000_000.0


class Told:
    """What notifications there were."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.choose: Callable[[str], None]
        self.newer_ones: list[tuple[str, str]] = []

    def ask_about_updates(self, server: str, choose: Callable[[str], None]) -> None:
        self.asked.append(server)
        self.choose = choose

    def newer(self, version: str, page: str) -> None:
        self.newer_ones.append((version, page))


class Story:
    """An app on a desktop with a tray, and a server that has a newer version."""

    def __init__(self, server: Loopback) -> None:
        self.server, self.told, self.crashes = server, Told(), list[Exception]()
        server.answer = lambda _request: Reply(body=json.dumps({"tag_name": "v99.0"}).encode())
        self.wiring = own_wiring()
        self.engine: Any = SimpleNamespace(settings=settings.load(places().settings)[0])
        unused: Any = None
        tray: Any = SimpleNamespace(has_place=lambda: True)
        news: Any = self.told
        self.notices = Notices(
            Parts(
                desktop=Desktop("linux", "x11"),
                engine=self.engine,
                wiring=self.wiring,
                delivery=unused,
                keys=unused,
                floats=unused,
                tray=tray,
                news=news,
                post=lambda job: job(),
                apply=self.apply,
                crash=self.crashes.append,
                show_history=lambda: None,
            ),
            f"{server.origin}/latest",
        )

    def apply(self) -> None:
        self.engine.settings = settings.load(places().settings)[0]


@pytest.fixture
def story(qtbot: QtBot, server: Loopback) -> Iterator[Story]:
    made = Story(server)
    yield made
    made.wiring.http(made.engine.settings).close()
    assert made.crashes == []


def test_nothing_is_asked_of_the_web_before_the_user_was(story: Story) -> None:
    story.notices.look_for_updates()  # the first use
    assert story.told.asked == []
    state.note(places(), updates_since=LONG_AGO)
    story.notices.look_for_updates()
    story.notices.look_for_updates()
    assert story.told.asked == [SERVER]
    assert story.server.requests == []


def test_who_says_yes_is_told_of_a_newer_version_once(story: Story, qtbot: QtBot) -> None:
    state.note(places(), updates_since=LONG_AGO)
    story.notices.look_for_updates()
    story.told.choose("weekly")
    qtbot.waitUntil(lambda: story.told.newer_ones != [])
    [(version, page)] = story.told.newer_ones
    assert (version, page.rpartition("/")[2]) == ("99.0", "v99.0")
    state.note(places(), updates_read=LONG_AGO - EVERY)
    story.notices.look_for_updates()
    qtbot.waitUntil(lambda: len(story.server.requests) == 2)
    assert len(story.told.newer_ones) == 1


def test_who_says_no_is_left_alone(story: Story) -> None:
    state.note(places(), updates_since=LONG_AGO)
    story.notices.look_for_updates()
    story.told.choose("never")
    assert story.engine.settings.update_check == "never"
    story.notices.look_for_updates()
    assert story.server.requests == []


def test_a_server_that_is_down_is_noted_and_left_alone_for_a_week(
    story: Story, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    story.server.answer = lambda _request: Reply(503)
    settings.save(places().settings, update_check="weekly")
    story.apply()
    story.notices.look_for_updates()
    qtbot.waitUntil(lambda: "no look at newer versions" in caplog.text)
    count = len(story.server.requests)
    story.notices.look_for_updates()
    assert len(story.server.requests) == count
    assert story.told.newer_ones == []
