"""A clean Debian in a folder, made by debootstrap; its programs reach the virtual desktop."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.installed.story import files

MIRROR = "http://deb.debian.org/debian"
RELEASE = "bookworm"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
# In a mount namespace of its own, so that nothing stays mounted: the host's devices, processes and,
# for the desktop's sockets and the test's folders, its /tmp.
ENTER = """
mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && mount --bind /tmp "$0/tmp" &&
exec chroot "$0" "$@"
"""
# What its own tools write whenever a package comes or goes.
KEPT_BOOKS = (
    *("var/lib/dpkg/", "var/lib/apt/", "var/cache/", "var/log/", "etc/ld.so.cache"),
    *("dev/", "proc/", "sys/", "tmp/", "run/", "var/lib/systemd/"),
)


class CleanDebian:
    """`enter` comes before a command that is to run in it."""

    def __init__(self, root: Path) -> None:
        """Makes it, which takes the network and half a minute."""
        self.root = root
        self.enter = (
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            ENTER,
            str(root),
        )
        subprocess.run(
            ["debootstrap", "--variant=minbase", RELEASE, root, MIRROR],
            stdout=subprocess.DEVNULL,
            check=True,
        )

    def run(self, *command: str | Path) -> str:
        """The output of a command that succeeds in it."""
        done = subprocess.run(
            [*self.enter, *command],
            env={"PATH": PATH, "DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def install(self, *packages: str | Path) -> None:
        """By apt, as a user does."""
        self.run("apt-get", "install", "-q", "-y", "--no-install-recommends", *packages)

    def files(self) -> set[str]:
        """All files in it, but for the books that its own tools keep."""
        return {f"/{name}" for name in files(self.root, KEPT_BOOKS)}
