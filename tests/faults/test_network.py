"""Every fault of the network and the services: what the user is told, and that nothing is lost."""

from __future__ import annotations

import pytest

from tests.faults.desk import Outcome, outcomes
from tests.faults.rows import Row, rows
from tests.faults.services import KEY, TEXT

ROWS = rows()
SLACK = 10.0  # times what a quiet machine takes: all rows are driven at once, and none may hang


@pytest.fixture(scope="module")
def driven() -> dict[str, Outcome | BaseException]:
    return outcomes(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_fault_is_told_once_and_costs_nothing_that_was_said(
    row: Row, driven: dict[str, Outcome | BaseException]
) -> None:
    found = driven[row.name]
    if isinstance(found, BaseException):
        raise found
    [shown] = found.shown
    assert (type(shown) if shown else None) is row.error, shown
    assert found.troubles == ()
    assert found.posts == row.posts
    assert found.seconds < row.within * SLACK
    if shown is None:
        assert (found.take.status, found.take.text) == ("delivered", TEXT)
    else:
        assert found.take.status == row.status
        assert found.take.error == shown.as_json()
        assert shown.title
        assert shown.hint
        assert row.says in shown.message + shown.hint
    assert found.samples == found.spoken
    assert (found.again.text, found.again.status) == (TEXT, "kept")
    told = f"{found.log}{found.take.error}"
    assert KEY not in told
    assert TEXT not in told


def test_what_is_logged_was_listened_to(driven: dict[str, Outcome | BaseException]) -> None:
    logs = [found.log for found in driven.values() if isinstance(found, Outcome)]
    assert any("the model list was not read" in log for log in logs)
