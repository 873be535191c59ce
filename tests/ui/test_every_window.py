"""Every window, empty and full, light and dark, in fonts of 12 to 24 pt, at 200 %, in German."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.ui.contrast import LEAST
from tests.ui.every_window import WRONG, look
from tests.ui.looks import TARGET

Looks = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Looks:
    """What processes found that look at the same time."""
    folder: Path = tmp_path_factory.mktemp("looks")
    all_ = pytestconfig.getoption("--all")
    fonts = (12, 14, 18, 24) if all_ else (12, 24)
    with ThreadPoolExecutor() as pool:
        asked = {
            "full": pool.submit(look, folder / "full", "full", fonts=fonts, themes=True),
            "200 %": pool.submit(look, folder / "large", "full", scale=2, fonts=(18,)),
            "German": pool.submit(look, folder / "German", "full", language="de"),
        }
        if all_:
            asked["empty"] = pool.submit(look, folder / "empty", "empty", themes=True)
        return {name: future.result() for name, future in asked.items()}


@pytest.mark.parametrize("kind", WRONG)
def test_no_window_has(found: Looks, kind: str) -> None:
    wrong = {look: seen["wrong"][kind] for look, seen in found.items() if seen["wrong"][kind]}
    assert not wrong, WRONG[kind]


def test_all_was_looked_at(found: Looks, record_property: Callable[[str, object], None]) -> None:
    full = found["full"]
    assert full["windows"] >= 26
    assert full["controls"] >= 180  # some are there only for a while
    smallest = min(seen["smallest"] for seen in found.values())
    palest = min(seen["contrast"] for seen in found.values())
    assert smallest >= TARGET
    assert palest >= LEAST
    record_property(
        "figures",
        f"{full['windows']} windows and pages with {full['controls']} controls: the smallest is "
        f"{smallest} px, the palest of {full['texts']} texts has a contrast of {palest:.1f} : 1",
    )
