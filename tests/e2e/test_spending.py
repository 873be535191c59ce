"""What dictating costs, as the command line tells it and keeps to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.e2e.shell import Shell, told
from tests.loopback import TEXT, Loopback

COST = 0.00042  # of each answer


def spending(dictation: Shell) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(dictation("spending", "--json")[1])
    return found


def test_a_file_that_is_transcribed_counts_and_leaves_no_row(dictation: Shell, clip: Path) -> None:
    for _ in range(2):
        assert dictation("transcribe", clip.name) == (0, f"{TEXT}\n", "")
    found = spending(dictation)
    assert dictation.history() == []
    count = {"takes": 2, "seconds": 2.0, "words": 14, "words_per_minute": 420.0}
    assert found["this_month"] == {**count, "cost_usd": 2 * COST, "takes_without_cost": 0}
    assert found["today"] == found["this_month"] == found["all_time"]
    [model] = found["models"]
    assert (model["provider"], model["model"], model["cost_usd"]) == ("openrouter", "a/b", 2 * COST)
    assert len(found["days"]) == 30
    assert found["days"][-1]["takes"] == 2
    _code, out, err = dictation("spending")
    assert ("0.0008 USD  2 takes, 0.0 min, 14 words" in out, err) == (True, "")


def test_a_command_refuses_to_spend_past_the_budget(
    dictation: Shell, service: Loopback, clip: Path
) -> None:
    budget = {"DICTATION_MONTHLY_BUDGET_USD": str(COST)}
    assert dictation("transcribe", clip.name, **budget)[0] == 0
    code, out, err = dictation("transcribe", clip.name, **budget)
    assert (code, out, told(err)) == (5, "", True)
    assert "--monthly-budget-usd 0" in err
    recorded = ("record", "--transcribe", "--microphone", f"file:{clip}@20", "--seconds", "1")
    code, out, err = dictation(*recorded, **budget)
    assert (code, out) == (5, "")
    assert [take["status"] for take in dictation.history()] == ["waiting", "failed"]
    assert len([each for each in service.requests if each.method == "POST"]) == 1


def test_a_flag_goes_on_past_the_budget(dictation: Shell, clip: Path) -> None:
    budget = {"DICTATION_MONTHLY_BUDGET_USD": str(COST)}
    dictation("transcribe", clip.name, **budget)
    on = dictation("transcribe", clip.name, "--monthly-budget-usd", "0", **budget)
    assert on == (0, f"{TEXT}\n", "")
    dictation("transcribe", clip.name, **budget)
    assert dictation("history", "retry", "last", **budget)[0] == 5
    again = dictation("history", "retry", "last", "--monthly-budget-usd", "0", **budget)
    assert again == (0, f"{TEXT}\n", "")


def test_a_command_tells_that_the_budget_comes_to_its_end(dictation: Shell, clip: Path) -> None:
    budget = {"DICTATION_MONTHLY_BUDGET_USD": str(1.2 * COST)}
    _code, out, err = dictation("transcribe", clip.name, **budget)
    assert out == f"{TEXT}\n"
    assert "83 % of the budget" in err


def test_a_server_that_tells_no_cost_is_counted_apart(
    dictation: Shell, service: Loopback, clip: Path
) -> None:
    service.cost = None
    dictation("transcribe", clip.name)
    found = spending(dictation)["all_time"]
    assert (found["cost_usd"], found["takes_without_cost"]) == (0, 1)
