"""Whether a folder is on a network: there SQLite has to do without a shared memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

# The kinds as the systems name them; FUSE mounts say what they are after a dot.
NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "webdav", "davfs", "9p", "afs", "ceph"}
NETWORK |= {"glusterfs", "lustre", "ncpfs", "virtiofs", "vboxsf", "prl_fs", "sshfs", "rclone"}


class Mount(Protocol):
    """A mounted file system."""

    mountpoint: str
    fstype: str
    opts: str


def is_remote(folder: Path, mounts: Callable[[], Sequence[Mount]] | None = None) -> bool:
    """Whether the folder is on a network drive, as far as the system tells."""
    try:
        here, there = folder.resolve(), (mounts or _mounts)()
    except OSError:
        return False
    on = [mount for mount in there if here.is_relative_to(mount.mountpoint)]
    if not on:
        return str(here).startswith("\\\\")  # Windows: a share without a drive's letter
    mount = max(reversed(on), key=lambda each: len(each.mountpoint))  # the last one lies on top
    return bool({mount.fstype, mount.fstype.rpartition(".")[2]} & NETWORK) or (
        "remote" in mount.opts.split(",")  # so Windows calls a drive that is on a network
    )


@dataclass(slots=True)
class Mounted:
    """A line of Linux' own list."""

    mountpoint: str
    fstype: str
    opts: str


def _mounts() -> Sequence[Mount]:
    """Linux' own list, else psutil's: that takes 9 MB, for an app that should be small at rest."""
    try:
        listed = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        import psutil

        found: Sequence[Mount] = psutil.disk_partitions(all=True)
        return found
    lines = [line.split() for line in listed.splitlines()]
    return [Mounted(_plain(line[1]), line[2], line[3]) for line in lines if len(line) > 3]


def _plain(name: str) -> str:
    """Blanks and the like are written there as a backslash and three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), name)
