"""What the system tells of other programs' processes (Linux' /proc)."""

from __future__ import annotations

from pathlib import Path

PROC = Path("/proc")
# Of Chromium, Electron and what is built like them; of Firefox.
CONTENT = (b"--type=renderer", b"--type=zygote", b"-contentproc", b"WebKitWebProcess")


def has_children_for_content(process: int) -> bool:
    """Whether other processes do a program's work: its window answers before they have seen a key.

    Where that can't be read, it may be so.
    """
    try:
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
