"""What a desktop has to run to reach this program."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import sys
from collections.abc import Mapping
from pathlib import Path

NAME = "dictation"
APP_ID = "io.github.dictation.Dictation"  # what portals, bus, menu and notifications know it by


def program(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The command in its parts; in full where the desktop would not find it by its name."""
    if environment.get("FLATPAK_ID"):  # from outside the sandbox
        return ("flatpak", "run", APP_ID)
    if getattr(sys, "frozen", False):  # a build that brings its own Python
        if file := environment.get("APPIMAGE"):  # what it is unpacked to is gone once it ends
            return (file,)
        windowed = Path(sys.executable).with_name(f"{NAME}w.exe")  # on Windows, without a console
        return (str(windowed) if windowed.exists() else sys.executable,)
    if shutil.which(NAME, path=_compositors_path(environment) or environment.get("PATH")):
        return (NAME,)
    beside = Path(sys.executable).with_name(NAME)
    return (str(beside),) if beside.exists() else (sys.executable, "-m", NAME)


def _compositors_path(environment: Mapping[str, str]) -> str:
    """The PATH that the Wayland compositor was started with: a shell's often has more folders.

    Empty where it can't be told.
    """
    folder, display = environment.get("XDG_RUNTIME_DIR"), environment.get("WAYLAND_DISPLAY")
    if not folder or not display:
        return ""
    try:
        with socket.socket(socket.AF_UNIX) as end:
            end.connect(str(Path(folder, display)))
            peer = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        told = Path(f"/proc/{struct.unpack_from('=i', peer)[0]}/environ").read_bytes()
    except OSError:
        return ""
    variables = dict(part.partition(b"=")[::2] for part in told.split(b"\0"))
    return os.fsdecode(variables.get(b"PATH", b""))
