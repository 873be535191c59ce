"""What a user waits for, each row against a baseline of the same run.

`python -m tests.bench.wait [ROW…]` prints them all, or those named: net, long, thin, seams, memory,
first, program.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Iterable

from tests.bench.first import first
from tests.bench.memory import memory
from tests.bench.net import net
from tests.bench.program import program
from tests.bench.takes import long_takes, seams, thin_lines

ROWS: dict[str, Callable[[], Iterable[object]]] = {
    "net": net,
    "long": long_takes,
    "thin": thin_lines,
    "seams": seams,
    "memory": memory,
    "first": first,
    "program": program,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    logging.disable(logging.WARNING)
    for name in parser.parse_args().rows or ROWS:
        for row in ROWS[name]():
            print(row, flush=True)


if __name__ == "__main__":
    main()
