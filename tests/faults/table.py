"""Every fault, what the user sees and what is kept: `python -m tests.faults.table` drives them all
and prints what came of them."""

from __future__ import annotations

import sys

from tests.faults.desk import Outcome, outcomes
from tests.faults.rows import Row, rows
from tests.guards import no_network


def lines(table: list[Row], found: dict[str, Outcome | BaseException]) -> list[str]:
    """A line a fault, for all ways on which the same came of it."""
    ways: dict[tuple[str, str, str], list[str]] = {}
    for row in table:
        cells = (row.fault, *_cells(found[row.name]))
        ways.setdefault(cells, []).append(row.way)
    head = ("fault (ways)", "what the user sees", "what is kept")
    body = [
        (fault if len(on) == 3 else f"{fault} ({', '.join(on)})", seen, kept)
        for (fault, seen, kept), on in ways.items()
    ]
    widths = [max(len(line[column]) for line in [head, *body]) for column in range(3)]
    return [
        " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [head, *body]
    ]


def _cells(found: Outcome | BaseException) -> tuple[str, str]:
    if isinstance(found, BaseException):
        return f"NOT AS PROMISED: {type(found).__name__}: {found}", "?"
    seen = " + ".join(
        f"{error.title} ({type(error).__name__}, {error.code})" if error else "the text"
        for error in found.shown
    )
    whole = "recording whole" if found.samples == found.spoken else "RECORDING TORN"
    again = "sent again with success" if found.again.text else "NOT SENT AGAIN"
    times = "request" if found.posts == 1 else "requests"
    return seen, f"{found.take.status}, {whole}, {again}; {found.posts} {times}"


def main() -> None:
    sys.addaudithook(no_network)
    table = rows()
    print(*lines(table, outcomes(table)), sep="\n")


if __name__ == "__main__":
    main()
