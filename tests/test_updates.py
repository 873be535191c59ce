"""Newer versions: what the server tells, when it is asked, and who is told."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from dictation import __version__
from dictation.errors import BrokenAnswer, DictationError
from dictation.net import Http
from dictation.paths import places
from dictation.updates import EVERY, PAGES, Release, Reminder, newest
from tests.loopback import Loopback
from tests.replies import Reply


def told(server: Loopback, reply: Reply) -> Release:
    """What is made of an answer."""
    server.replies.append(reply)
    with closing(Http()) as http:
        return newest(http, f"{server.origin}/repos/x/y/releases/latest")


def release(answer: object) -> Reply:
    """An answer in JSON."""
    return Reply(body=json.dumps(answer).encode())


@pytest.mark.parametrize(
    ("tag", "version", "newer"),
    [
        ("v99.1", "99.1", True),
        ("99.1.2", "99.1.2", True),
        (f"v{__version__}", __version__, False),
        (f"v{__version__}.0", f"{__version__}.0", False),
        (f"v{__version__}.1", f"{__version__}.1", True),
        ("v0.0.9", "0.0.9", False),
        ("v0.0.10", "0.0.10", False),
    ],
)
def test_the_newest_release_is_compared_with_this_one(
    server: Loopback, tag: str, version: str, newer: bool
) -> None:
    answer = {"tag_name": tag, "html_url": "https://elsewhere.example/"}
    found = told(server, release(answer))
    assert (found.version, found.is_newer) == (version, newer)
    assert found.page == f"{PAGES}/tag/{tag}"  # our own, whatever the answer says
    [request] = server.requests
    assert "authorization" not in {name.lower() for name in request.headers}


@pytest.mark.parametrize(
    "answer", [{}, [], None, {"tag_name": None}, {"tag_name": "v1/../../evil"}, {"tag_name": "１"}]
)
def test_an_answer_that_names_no_version_is_no_release(server: Loopback, answer: object) -> None:
    with pytest.raises(BrokenAnswer):
        told(server, release(answer))


def test_a_server_that_refuses_is_told(server: Loopback) -> None:
    with pytest.raises(DictationError):
        told(server, Reply(403, body=b'{"message": "rate limit"}'))


class Clock:
    """The time, moved by hand."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def test_it_is_looked_for_once_a_week_and_told_of_once(home: Path) -> None:
    clock = Clock()
    reminder = Reminder(places(), clock)
    assert reminder.is_due()
    assert not reminder.is_due()
    clock.now += EVERY - 1
    assert not Reminder(places(), clock).is_due()  # another run knows of it
    clock.now += 1
    assert reminder.is_due()
    clock.now -= 10 * EVERY  # the clock was set right
    assert reminder.is_due()
    newer = Release("99.0", "page")
    assert reminder.is_news(newer)
    assert not Reminder(places(), clock).is_news(newer)
    assert reminder.is_news(Release("99.1", "page"))
    assert not reminder.is_news(Release("0.0.1", "page"))


def test_it_is_asked_once_after_a_week_of_use(home: Path) -> None:
    clock = Clock()
    assert not Reminder(places(), clock).may_ask()
    clock.now += EVERY
    assert Reminder(places(), clock).may_ask()
    clock.now += 10 * EVERY
    assert not Reminder(places(), clock).may_ask()
