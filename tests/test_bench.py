"""The benches run: a small size of each that needs no desktop."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import pytest

from tests.bench.memory import memory
from tests.bench.net import net
from tests.bench.takes import seams, thin_lines

TINY: dict[str, Callable[[], Iterable[object]]] = {
    "net": partial(net, runs=1),
    "thin": partial(thin_lines, seconds=2.0, runs=1),
    "seams": partial(seams, seconds=80.0),
    "memory": partial(memory, seconds=5.0),
}


@pytest.mark.parametrize("name", TINY)
def test_a_bench_prints_its_rows(name: str) -> None:
    for row in TINY[name]():
        assert str(row).endswith(("met", "missed"))
        if name == "seams":
            assert "0 lost, 0 doubled" in str(row)
