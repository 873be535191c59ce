"""`dictation toggle` as a whole process, against a bare Python in the same run.

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
    times: dict[str, list[float]] = {"toggle": [], "python": []}
    for _ in range(RUNS):  # in turns, so that both meet the same noise
        times["toggle"].append(milliseconds((dictation, "toggle")))
        times["python"].append(milliseconds((python, "-I", "-c", "")))
    toggle, bare = (statistics.median(times[name]) for name in ("toggle", "python"))
    verdict = "met" if toggle < TARGET else "missed"
    print(
        f"dictation toggle: median {toggle:.0f} ms of {RUNS}, {toggle / bare:.1f} x a bare Python"
    )
    print(f"target {TARGET:.0f} ms: {verdict}")


if __name__ == "__main__":
    main()
