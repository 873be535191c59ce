"""The month's budget in the running app: told before its end, asked at it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.app import App
from tests.desktop import VirtualDesktop, until
from tests.loopback import Loopback

COST = 0.00042  # of each answer


@pytest.fixture
def app(desktop: VirtualDesktop, service: Loopback) -> Iterator[App]:
    settings: dict[str, Any] = {
        "BASE_URL": service.openrouter,
        "MODEL": "a/b",
        "MICROPHONE": f"file:{desktop.speech('Hello there.')}@20",
        "OUTPUT": "none",
        "UPLOAD": "whole",
        "MONTHLY_BUDGET_USD": str(1.9 * COST),
    }
    environment = {f"DICTATION_{name}": value for name, value in settings.items()}
    with App(desktop, OPENROUTER_API_KEY="sk-or-test", **environment) as app:
        yield app


def test_at_its_end_the_user_is_asked_and_sends_it_anyway(
    desktop: VirtualDesktop, service: Loopback, app: App
) -> None:
    # GIVEN a budget of which two takes leave nothing
    for _ in range(2):
        app.does("start")
        app.does("stop", "--wait")
    # WHEN a third is dictated
    app.does("start")
    assert app.command("stop", "--wait")[0] == 5
    # THEN it waits, unsent, and a notification asks
    told = desktop.notifications.expect("budget is used up")
    assert list(told.actions.values()) == [
        "Show",
        "Send anyway",
        "On this computer",
        "Raise the budget…",
    ]
    assert app.takes()[0]["status"] == "waiting"
    assert app.status()["waiting"] == 1
    # WHEN the user says so
    desktop.notifications.press(told, "over")
    # THEN it is sent, and counts
    until("it has its text", lambda: app.takes()[0]["text"] == service.text)
    month = json.loads(app.does("spending", "--json"))["this_month"]
    assert month["cost_usd"] == pytest.approx(3 * COST)


def test_that_it_comes_to_its_end_is_told_with_a_way_to_the_window(
    desktop: VirtualDesktop, service: Loopback, app: App
) -> None:
    service.cost = 1.6 * COST
    app.does("start")
    app.does("stop", "--wait")
    told = desktop.notifications.expect("84 % of the budget")
    assert told.actions == {"budget": "Spending…"}
    desktop.notifications.press(told, "budget")
    assert desktop.run("xdotool", "search", "--sync", "--name", "Spending").strip()
