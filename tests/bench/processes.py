"""What a program and its children take: memory, processor time, wake-ups; as Linux tells it."""

from __future__ import annotations

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """The process and all its descendants."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    return [
        pid,
        *(
            each
            for child in children
            for one in child.read_text().split()
            for each in family(int(one))
        ),
    ]


def resident(pid: int) -> float:
    """MB (2**20) of all of them together, each counted whole, shared libraries and all."""
    pages = sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in family(pid))
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def seconds(pid: int) -> float:
    """Of the processor's time that they took, children that ended included."""
    spent = 0
    for each in family(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        spent += sum(map(int, fields[11:13])) + (each == pid) * sum(map(int, fields[13:15]))
    return spent / TICKS


def wakes(pid: int) -> int:
    """How often one of their threads has gone to sleep so far."""
    told = (
        status.read_text()
        for each in family(pid)
        for status in Path(f"/proc/{each}/task").glob("*/status")
    )
    lines = (line for status in told for line in status.splitlines())
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt"))
