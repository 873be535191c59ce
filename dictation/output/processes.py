"""What the system tells of other programs' processes (Linux' /proc)."""

from __future__ import annotations

from pathlib import Path

PROC = Path("/proc")
# What programs are made with that paste at Shift+Insert, but come to the key long after their
# window has answered: GTK answers before its own queue, browsers have other processes do the work.
TOOLKITS = (b"libgtk-", b"libQt5Gui", b"libQt6Gui", b"libvcl")
CONTENT = (b"--type=renderer", b"--type=zygote", b"-contentproc", b"WebKitWebProcess")


def surely_knows_shift_insert(process: int) -> bool:
    """Whether a program pastes at that key, so that it has only not come to it yet.

    Where that can't be told, it may be so.
    """
    try:
        loaded = (PROC / str(process) / "maps").read_bytes()
        if not loaded or any(name in loaded for name in TOOLKITS):
            return True
        tasks = (PROC / str(process) / "task").iterdir()
        children = {pid for task in tasks for pid in (task / "children").read_text().split()}
        lines = [(PROC / pid / "cmdline").read_bytes() for pid in children]
    except OSError:
        return True
    return any(mark in line for line in lines for mark in CONTENT)


def name_of(process: int) -> str:
    """The name of a process; empty where there is none."""
    try:
        return (PROC / str(process) / "comm").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
