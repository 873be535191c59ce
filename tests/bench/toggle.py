"""`dictation toggle` and `dictation press` as whole processes, against a bare Python.

Times an installed program, so: pip install ., start the app, then
`python -m tests.bench.toggle PATH/TO/dictation`.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

RUNS = 20
TARGET = 100.0  # ms, the median


def milliseconds(command: Sequence[str]) -> float:
    """How long a command takes from start to end."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dictation", type=Path, help="the installed command; its app runs")
    dictation = str(parser.parse_args().dictation.absolute())
    python = str(Path(dictation).with_name(Path(sys.executable).name))
    commands = {
        "toggle": (dictation, "toggle"),
        "press": (dictation, "press"),
        "python": (python, "-I", "-c", ""),
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(RUNS):  # in turns, so that all meet the same noise
        for name, command in commands.items():
            times[name].append(milliseconds(command))
    toggle, press, bare = (statistics.median(taken) for taken in times.values())
    for name, median in (("toggle", toggle), ("press", press)):
        verdict = "met" if median < TARGET else "missed"
        print(
            f"dictation {name}: median {median:.0f} ms of {RUNS}, {median / bare:.1f} x a bare "
            f"Python; target {TARGET:.0f} ms: {verdict}"
        )


if __name__ == "__main__":
    main()
