"""Balance, limit and usage of a key, asked of the loopback server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dictation import account
from dictation.account import Account
from dictation.errors import BrokenAnswer, KeyRefused, ProviderError
from dictation.net import Http
from dictation.values import Secret
from tests.connections import Received
from tests.loopback import Loopback
from tests.replies import Reply, error

KEY = "sk-or-v1-of-this-test"


@pytest.fixture
def http() -> Iterator[Http]:
    made = Http(timeout=10)
    yield made
    made.close()


def answering(path: str, reply: Reply) -> Any:
    def answer(request: Received) -> Reply | None:
        return reply if request.path.endswith(path) else None

    return answer


def read(server: Loopback, http: Http) -> Account:
    return account.read(server.openrouter, Secret(KEY), http)


def test_tells_balance_limit_and_usage_by_two_decimals(server: Loopback, http: Http) -> None:
    server.key = KEY
    assert read(server, http).lines() == [
        ("Balance of the account", "$7.50"),
        ("Limit of the key", "$20.00"),
        ("Left of the limit", "$17.50"),
        ("Used today", "$0.10"),
        ("Used this week", "$0.40"),
        ("Used this month", "$1.20"),
        ("Used in all", "$2.50"),
    ]


def test_a_key_without_a_limit_and_with_less_told_has_fewer_lines(
    server: Loopback, http: Http
) -> None:
    told = {"limit": None, "usage": 0, "usage_daily": "much", "is_free_tier": True}
    server.answer = answering("/key", Reply(body={"data": told}))
    lines = dict(read(server, http).lines())
    assert lines["Limit of the key"] == "none"
    assert lines["Used in all"] == "$0.00"
    assert "Used today" not in lines
    assert "Left of the limit" not in lines
    assert "paid in" in lines["Free tier"]


def test_a_limit_that_begins_anew_says_how_often(server: Loopback, http: Http) -> None:
    told = {"limit": 5, "limit_remaining": 1.239, "limit_reset": "monthly"}
    server.answer = answering("/key", Reply(body={"data": told}))
    lines = dict(read(server, http).lines())
    assert (lines["Limit of the key"], lines["Left of the limit"]) == ("$5.00 a month", "$1.24")


def test_a_debt_is_one(server: Loopback, http: Http) -> None:
    told = {"total_credits": 1.0, "total_usage": 3.5}
    server.answer = answering("/credits", Reply(body={"data": told}))
    assert ("Balance of the account", "-$2.50") in read(server, http).lines()


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_balance_that_is_kept_from_the_key_is_said_to_be(
    server: Loopback, http: Http, status: int
) -> None:
    server.answer = answering("/credits", error(status, "Only management keys"))
    lines = dict(read(server, http).lines())
    assert "not told to this key" in lines["Balance of the account"]
    assert lines["Used in all"] == "$2.50"


def test_a_balance_that_fails_leaves_the_rest_and_says_why(server: Loopback, http: Http) -> None:
    server.answer = answering("/credits", Reply(body={"data": []}))
    lines = dict(read(server, http).lines())
    assert "does not answer as OpenRouter" in lines["Balance of the account"]
    assert lines["Limit of the key"] == "$20.00"


def test_a_wrong_key_is_told(server: Loopback, http: Http) -> None:
    server.key = "another"
    with pytest.raises(KeyRefused):
        read(server, http)


def test_a_server_that_is_no_openrouter_is_told(server: Loopback, http: Http) -> None:
    server.answer = answering("/key", Reply(body=["x"]))
    with pytest.raises(BrokenAnswer, match="does not answer as OpenRouter"):
        read(server, http)


def test_a_server_out_of_order_is_told_without_words_about_recordings(
    server: Loopback, http: Http
) -> None:
    server.answer = answering("/key", error(500, "broken"))
    with pytest.raises(ProviderError) as raised:
        read(server, http)
    assert "recording" not in raised.value.hint
