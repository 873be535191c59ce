"""The benches run: a small size of each."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import pytest

from tests.bench.browse import browse
from tests.bench.first import first
from tests.bench.memory import memory
from tests.bench.net import net
from tests.bench.offline import offline
from tests.bench.overlay import overlay
from tests.bench.program import program
from tests.bench.takes import seams, thin_lines
from tests.desktop import PARTS, need

TINY: dict[str, Callable[[], Iterable[object]]] = {
    "net": partial(net, runs=1),
    "thin": partial(thin_lines, seconds=2.0, runs=1),
    "seams": partial(seams, seconds=80.0),
    "browse": partial(browse, 300),
    "memory": partial(memory, seconds=5.0),
    "first": partial(first, runs=1),
    "overlay": partial(overlay, watched=1.0, settled=0.3),
    "program": partial(program, takes=2, long_takes=0, short=1, rest=0.1),
}


LONG = {"program", "thin"}  # which run under --all


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "name" in metafunc.fixturenames:
        all_ = metafunc.config.getoption("--all")
        metafunc.parametrize("name", [name for name in TINY if all_ or name not in LONG])


def test_a_bench_prints_its_rows(name: str) -> None:
    if name in ("first", "overlay", "program"):
        need(*PARTS)
    for row in TINY[name]():
        assert str(row).endswith(("met", "missed", "of a core"))
        if name == "seams":
            assert "0 lost, 0 doubled" in str(row)


def test_the_offline_bench_compares_pieces_with_all_at_once(tmp_path: Path) -> None:
    need("flite")
    (tmp_path / "clip.txt").write_text("the meeting starts at ten tomorrow morning")
    command = ("flite", "-t", "The meeting starts at ten tomorrow morning.", "-o")
    subprocess.run((*command, str(tmp_path / "clip.wav")), check=True)
    [row] = offline(tmp_path, 8.0)
    assert ", 21 words: " in row
    assert row.endswith(("met", "missed"))


def test_the_bench_of_the_event_loop_prints_its_rows() -> None:
    # A process of its own, as it sets the environment of a whole app.
    command = (sys.executable, "-m", "tests.bench.loop", "60")
    root = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=60)
    rows = done.stdout.splitlines()
    assert len(rows) >= 7
    assert all(row.endswith(("met", "missed")) for row in rows)
