"""Tools at the versions of the lock: `pip install $(python packaging/pins.py NAME…)`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

LOCKS = Path(__file__).parent / "lock"
PROGRAM = LOCKS / "program.txt"


def pinned(name: str) -> str:
    """NAME==VERSION, as development has it; KeyError where it has not."""
    text = (LOCKS / "development.txt").read_text("utf-8")
    found = re.search(rf"^{re.escape(name)}==\S+", text, re.MULTILINE)
    if found is None:
        raise KeyError(f"{name} is not in the lock")
    return found[0]


if __name__ == "__main__":
    print(*map(pinned, sys.argv[1:]))
