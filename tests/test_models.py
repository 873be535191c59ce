"""Which model is asked, and where: the preference list against the server's own."""

from __future__ import annotations

import threading
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dictation.errors import BrokenAnswer, NoConnection
from dictation.listing import Model, preference
from dictation.models import DAY, Choice, Models
from dictation.paths import resource
from dictation.settings import Settings
from dictation.values import Secret

BASE = "https://openrouter.ai/api/v1"
OWN = "http://127.0.0.1:8000/v1"
OURS = {
    "openrouter": (
        Model("a/hears", endpoint="chat"),
        Model("b/writes", endpoint="transcriptions"),
        Model("c/writes", endpoint="transcriptions"),
        Model("d/hears", endpoint="chat"),
    ),
    "openai": (Model("new", endpoint="transcriptions"), Model("old", endpoint="transcriptions")),
}


def chat(id_: str, **more: Any) -> dict[str, Any]:
    modalities = {"input_modalities": ["text", "audio"], "output_modalities": ["text"]}
    return {"id": id_, "name": id_.title(), "architecture": modalities, **more}


def writer(id_: str) -> dict[str, Any]:
    modalities = {"input_modalities": ["audio"], "output_modalities": ["transcription"]}
    return {"id": id_, "name": id_.title(), "architecture": modalities}


class Server:
    """The two listings of a server; counts how often they are read."""

    def __init__(self, hearing: list[Any], writing: list[Any]) -> None:
        self.hearing, self.writing = hearing, writing
        self.reads = 0
        self.keys: list[Secret | None] = []
        self.fault: Exception | None = None
        self.open = threading.Event()
        self.open.set()

    def json(self, method: str, url: str, *, key: Secret | None) -> dict[str, Any]:
        assert method == "GET"
        assert self.open.wait(10)
        if self.fault:
            raise self.fault
        self.reads += 1
        self.keys.append(key)
        return {"data": self.writing if "transcription" in url else self.hearing}


@pytest.fixture
def server() -> Server:
    return Server([chat("a/hears"), chat("d/hears")], [writer("b/writes"), writer("c/writes")])


@pytest.fixture
def make(server: Server, tmp_path: Path) -> Callable[..., Models]:
    def made(**changes: Any) -> Models:
        options = {"preferred": OURS, **changes}
        return Models(server, tmp_path / "cache", **options)  # type: ignore[arg-type]

    return made


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


def test_the_default_is_the_first_preferred_model_that_the_list_carries(
    make: Callable[..., Models], server: Server
) -> None:
    server.hearing = [chat("d/hears")]
    assert make().choose("", "openrouter", BASE) == Choice("b/writes", "transcriptions")


def test_a_list_whose_first_two_entries_are_gone_gives_the_third(
    make: Callable[..., Models], server: Server
) -> None:
    server.hearing, server.writing = [chat("d/hears")], [writer("c/writes")]
    assert make().choose("", "openrouter", BASE) == Choice("c/writes", "transcriptions")


def test_a_list_that_carries_none_of_them_gives_the_first_preferred(
    make: Callable[..., Models], server: Server
) -> None:
    server.hearing, server.writing = [chat("x/other")], []
    assert make().choose("", "openrouter", BASE) == Choice("a/hears", "chat")


def test_a_list_that_cant_be_read_gives_the_first_preferred_and_no_error(
    make: Callable[..., Models], server: Server
) -> None:
    server.fault = NoConnection("down")
    assert make().choose("", "openrouter", BASE) == Choice("a/hears", "chat")


def test_a_list_that_is_slow_holds_a_take_up_for_a_second_and_no_more(
    make: Callable[..., Models], server: Server
) -> None:
    server.open.clear()
    models, began = make(), time.monotonic()
    assert models.choose("", "openrouter", BASE) == Choice("a/hears", "chat")
    assert 0.9 < time.monotonic() - began < 3
    server.open.set()
    until(lambda: server.reads == 2)


def test_a_server_that_failed_once_is_not_waited_for_at_the_next_take(
    make: Callable[..., Models], server: Server
) -> None:
    server.fault = NoConnection("down")
    models = make()
    models.choose("", "openrouter", BASE)
    server.open.clear()
    began = time.monotonic()
    models.choose("", "openrouter", BASE)
    assert time.monotonic() - began < 0.5


def test_the_list_is_kept_for_a_day_per_base_address(
    make: Callable[..., Models], server: Server
) -> None:
    clock = [1000.0]
    make(now=lambda: clock[0]).all("openrouter", BASE)
    clock[0] += DAY - 1
    later = make(now=lambda: clock[0])
    later.choose("", "openrouter", BASE)
    later.refresh_soon("openrouter", BASE)
    assert server.reads == 2
    later.all("openrouter", "https://gateway.example/v1")
    assert server.reads == 4


def test_a_stale_list_is_used_while_it_is_renewed(
    make: Callable[..., Models], server: Server
) -> None:
    clock = [1000.0]
    server.hearing = []
    models = make(now=lambda: clock[0])
    models.all("openrouter", BASE)
    clock[0] += DAY + 1
    server.hearing = [chat("a/hears")]
    server.open.clear()
    began = time.monotonic()
    assert models.choose("", "openrouter", BASE).model == "b/writes"
    assert time.monotonic() - began < 0.5
    server.open.set()
    until(lambda: models.choose("", "openrouter", BASE).model == "a/hears")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"read": 1, "models": [{"x": 1}]}', b"\xff"]
)
def test_a_kept_list_that_is_broken_is_read_anew(
    make: Callable[..., Models], server: Server, tmp_path: Path, content: bytes
) -> None:
    make().all("openrouter", BASE)
    for file in (tmp_path / "cache").iterdir():
        file.write_bytes(content)
    assert [model.id for model in make().all("openrouter", BASE)] == [
        "a/hears",
        "d/hears",
        "b/writes",
        "c/writes",
    ]
    assert server.reads == 4


def test_a_named_model_is_never_replaced_and_goes_where_the_list_says(
    make: Callable[..., Models], server: Server
) -> None:
    server.writing.append(writer("x/writes"))
    models = make()
    assert models.choose("x/writes", "openrouter", BASE) == Choice("x/writes", "transcriptions")
    assert models.choose("d/hears", "openrouter", BASE) == Choice("d/hears", "chat")


def test_a_named_model_that_no_list_knows_goes_to_chat_as_it_is(
    make: Callable[..., Models],
) -> None:
    assert make().choose("my/own", "openrouter", BASE) == Choice("my/own", "chat")


def test_a_named_model_of_our_own_list_waits_for_no_server(
    make: Callable[..., Models], server: Server
) -> None:
    server.open.clear()
    began = time.monotonic()
    assert make().choose("c/writes", "openrouter", BASE) == Choice("c/writes", "transcriptions")
    assert time.monotonic() - began < 0.5
    server.open.set()


def test_the_endpoint_can_be_forced(make: Callable[..., Models]) -> None:
    models = make()
    assert models.choose("a/hears", "openrouter", BASE, "transcriptions").endpoint == (
        "transcriptions"
    )
    assert models.choose("my/own", "openrouter", BASE, "chat") == Choice("my/own", "chat")
    assert models.choose("", "openrouter", BASE, "transcriptions") == (
        Choice("b/writes", "transcriptions")
    )


def test_a_model_that_is_gone_makes_place_for_the_next_of_the_renewed_list(
    make: Callable[..., Models], server: Server
) -> None:
    models = make()
    assert models.choose("", "openrouter", BASE).model == "a/hears"
    server.hearing, server.writing = [chat("d/hears")], [writer("c/writes")]
    assert models.next_after("a/hears", "openrouter", BASE, "auto") == (
        Choice("c/writes", "transcriptions")
    )
    assert models.choose("", "openrouter", BASE).model == "c/writes"


def test_a_model_that_is_gone_though_the_list_still_carries_it_is_not_taken_again(
    make: Callable[..., Models],
) -> None:
    models = make()
    models.next_after("a/hears", "openrouter", BASE, "auto")
    assert models.choose("", "openrouter", BASE).model == "b/writes"


def test_a_slow_list_is_waited_for_once_and_not_by_each_take(
    make: Callable[..., Models], server: Server
) -> None:
    server.open.clear()
    models = make()
    models.choose("", "openrouter", BASE)
    began = time.monotonic()
    for _take in range(5):
        models.choose("", "openrouter", BASE)
    assert time.monotonic() - began < 0.5
    server.open.set()
    until(lambda: server.reads == 2)


def test_where_the_list_cant_be_renewed_the_next_preferred_model_is_taken(
    make: Callable[..., Models], server: Server
) -> None:
    server.fault = NoConnection("down")
    models = make()
    assert models.next_after("a/hears", "openrouter", BASE, "auto") == (
        Choice("b/writes", "transcriptions")
    )


def test_where_every_model_is_gone_there_is_no_next(make: Callable[..., Models]) -> None:
    models = make()
    tried = ["a/hears"]
    while found := models.next_after(tried[-1], "openrouter", BASE, "auto"):
        tried.append(found.model)
    assert tried == ["a/hears", "b/writes", "c/writes", "d/hears"]


def test_an_openai_server_is_asked_with_its_key_and_has_one_endpoint(
    make: Callable[..., Models], server: Server
) -> None:
    server.hearing = [{"id": "old"}, {"id": "chatty"}]
    models = make(key_for=lambda provider, base_url: Secret(f"{provider} {base_url}"))
    assert models.choose("", "openai", OWN) == Choice("old", "transcriptions")
    assert [key.reveal() for key in server.keys if key] == [f"openai {OWN}"]
    assert models.choose("chatty", "openai", OWN) == Choice("chatty", "transcriptions")


def test_openrouters_listing_is_read_without_a_key(
    make: Callable[..., Models], server: Server
) -> None:
    make(key_for=lambda _provider, _base_url: Secret("sk")).all("openrouter", BASE)
    assert server.keys == [None, None]


def test_an_own_server_with_one_model_has_it_taken_when_ours_are_gone(
    make: Callable[..., Models], server: Server
) -> None:
    server.hearing = [{"id": "the-only-one"}]
    models = make()
    assert models.choose("", "openai", OWN).model == "new"
    found = models.next_after("new", "openai", OWN, "auto")
    assert found is not None
    assert found.model == "the-only-one"


def test_a_gateway_that_ignores_what_it_is_asked_for_is_sorted_by_its_own_words(
    make: Callable[..., Models], server: Server
) -> None:
    deaf = {"id": "x/deaf", "architecture": {"input_modalities": ["text"], "output_modalities": []}}
    server.hearing = server.writing = [deaf, chat("a/hears"), writer("b/writes")]
    found = {model.id: model.endpoint for model in make().all("openrouter", BASE)}
    assert found == {"a/hears": "chat", "b/writes": "transcriptions"}


@pytest.mark.parametrize(
    ("row", "effort"),
    [
        ({}, "none"),
        ({"supported_parameters": ["temperature"]}, ""),
        ({"supported_parameters": ["reasoning"]}, "none"),
        ({"reasoning": {"mandatory": False, "supported_efforts": ["high", "low"]}}, "none"),
        ({"reasoning": {"mandatory": True, "supported_efforts": ["high", "minimal"]}}, "minimal"),
        ({"reasoning": {"mandatory": True, "supported_efforts": ["high", "low"]}}, "low"),
        ({"reasoning": {"mandatory": True, "supported_efforts": None}}, "minimal"),
        ({"reasoning": {"mandatory": True, "supported_efforts": []}}, ""),
    ],
)
def test_the_least_reasoning_a_model_offers_is_asked_for(
    make: Callable[..., Models], server: Server, row: dict[str, Any], effort: str
) -> None:
    server.hearing = [chat("a/hears", **row)]
    assert make().choose("", "openrouter", BASE) == Choice("a/hears", "chat", effort)


def test_what_is_listed_is_told_with_name_context_and_age(
    make: Callable[..., Models], server: Server
) -> None:
    server.hearing = [chat("a/hears", context_length=1048576, created=1770000000, pricing={})]
    server.writing = [{"id": "b/odd", "name": 3, "context_length": "x"}, {"no": "id"}, None]
    assert make().all("openrouter", BASE) == (
        Model("a/hears", "A/Hears", "chat", 1048576, 1770000000),
        Model("b/odd", "b/odd", "transcriptions"),
    )


@pytest.mark.parametrize("odd", [7, "audio", {}, None])
def test_a_row_with_odd_words_of_what_it_hears_goes_by_what_was_asked_for(
    make: Callable[..., Models], server: Server, odd: object
) -> None:
    row = chat("x/odd")
    row["architecture"] = {"input_modalities": odd, "output_modalities": odd}
    server.hearing, server.writing = [row], []
    assert make().choose("x/odd", "openrouter", BASE, "auto").endpoint == "chat"


@pytest.mark.parametrize("rows", [None, {}, "text"])
def test_a_listing_that_is_none_is_a_broken_answer(
    make: Callable[..., Models], server: Server, rows: Any
) -> None:
    server.hearing = rows
    with pytest.raises(BrokenAnswer):
        make().all("openrouter", BASE)


def test_reading_the_list_on_request_tells_what_went_wrong(
    make: Callable[..., Models], server: Server
) -> None:
    server.fault = NoConnection("down")
    with pytest.raises(NoConnection):
        make().all("openrouter", BASE)


def test_the_likely_model_is_told_without_asking_anyone(
    make: Callable[..., Models], server: Server
) -> None:
    server.hearing = []
    models = make()
    assert models.likely("openrouter", BASE) == "a/hears"
    assert server.reads == 0
    models.all("openrouter", BASE)
    assert models.likely("openrouter", BASE) == "b/writes"


def test_refused_parts_are_remembered_for_each_model(make: Callable[..., Models]) -> None:
    models = make()
    models.refuse(BASE, "a", "keyterms")
    models.refuse(BASE, "a", "temperature")
    assert models.refused(BASE, "a") == {"keyterms", "temperature"}
    assert models.refused(BASE, "b") == frozenset()


def test_the_preference_list_holds_both_kinds_and_nothing_that_is_shut_down() -> None:
    ours = preference()
    assert {row.endpoint for row in ours["openrouter"]} == {"chat", "transcriptions"}
    assert {row.endpoint for row in ours["openai"]} == {"transcriptions"}
    assert len({row.id for row in ours["openrouter"]}) == len(ours["openrouter"]) >= 4
    assert not [row.id for row in ours["openrouter"] if "gemini-2" in row.id]


def test_every_row_of_the_preference_list_is_plain() -> None:
    table = tomllib.loads(resource("models.toml").read_text(encoding="utf-8"))
    for rows in table.values():
        for row in rows:
            assert set(row) <= {"id", "endpoint", "usd_per_minute"}
            assert 0 <= row.get("usd_per_minute", 0) < 0.1
            assert row.get("endpoint", "chat") in ("chat", "transcriptions")


def test_what_is_listed_is_told_with_what_a_minute_costs_and_its_day(
    make: Callable[..., Models], server: Server
) -> None:
    pricing = {"prompt": "0", "completion": "0", "audio": "0.000001"}
    server.hearing = [chat("google/hears", pricing=pricing, created=1770000000)]
    server.writing = [{"id": "b/odd", "created": 10**30, "pricing": "free"}]
    priced, odd = make().all("openrouter", BASE)
    assert (priced.usd_per_minute, priced.date) == (pytest.approx(0.00192), "2026-02-02")
    assert (odd.usd_per_minute, odd.date) == (None, "")


def test_a_listing_names_what_is_taken_and_what_would_be_where_none_is_named(
    make: Callable[..., Models], server: Server
) -> None:
    models = make(now=lambda: 1000.0)
    assert models.kept(Settings(), "openrouter", BASE) is None
    listing = models.listing(Settings(model="my/own"), "openrouter", BASE, refresh=False)
    assert (listing.taken, listing.usual, listing.read) == ("my/own", "a/hears", 1000.0)
    assert {model.id for model in listing.models} == {"a/hears", "b/writes", "c/writes", "d/hears"}
    server.fault = NoConnection("down")
    kept = models.kept(Settings(openrouter_endpoint="transcriptions"), "openrouter", BASE)
    assert kept is not None
    assert (kept.models, kept.taken) == (listing.models, "b/writes")


def test_a_listing_is_kept_until_it_is_to_be_read_anew(
    make: Callable[..., Models], server: Server
) -> None:
    models = make()
    models.listing(Settings(), "openrouter", BASE, refresh=False)
    server.hearing = [chat("d/hears")]
    again = models.listing(Settings(), "openrouter", BASE, refresh=False)
    assert "a/hears" in {model.id for model in again.models}
    anew = models.listing(Settings(), "openrouter", BASE, refresh=True)
    assert "a/hears" not in {model.id for model in anew.models}


@pytest.mark.expects_warnings
def test_a_listing_that_cant_be_kept_is_told_all_the_same(
    make: Callable[..., Models], tmp_path: Path
) -> None:
    (tmp_path / "cache").touch()
    listing = make().listing(Settings(), "openrouter", BASE, refresh=False)
    assert listing.taken == "a/hears"
