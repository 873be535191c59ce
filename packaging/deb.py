"""Builds the Debian package: `python packaging/deb.py FOLDER` puts it there.

On a Debian or Ubuntu with `debhelper`, `python3-venv` and the network; for the Python that it has.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from share import ROOT, releases

NEEDED = ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "dictation", "resources")
BUILD = ("dpkg-buildpackage", "--build=binary", "--unsigned-source", "--unsigned-changes")


def changelog() -> str:
    """Debian's, with an entry for each version."""
    maintainer = next(
        line.partition(": ")[2]
        for line in (ROOT / "packaging/debian/control").read_text("utf-8").splitlines()
        if line.startswith("Maintainer")
    )
    return "\n".join(
        f"dictation-desktop ({version}) stable; urgency=medium\n\n"
        f"  * CHANGELOG.md tells what is new.\n\n"
        f" -- {maintainer}  {_at(date)}\n"
        for version, date in releases()
    )


def _at(date: str) -> str:
    return format_datetime(datetime.fromisoformat(date).replace(tzinfo=UTC))


def build(target: Path) -> list[Path]:
    """Builds it in a folder of its own; the packages."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "dictation-desktop"
        source.mkdir()
        for name in (*NEEDED, "packaging"):
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
            copy(ROOT / name, source / name)
        shutil.copytree(source / "packaging" / "debian", source / "debian")
        (source / "debian" / "changelog").write_text(changelog(), encoding="utf-8")
        subprocess.run(BUILD, cwd=source, check=True)
        target.mkdir(parents=True, exist_ok=True)
        built = sorted(Path(folder).glob("*.deb"))
        return [Path(shutil.copy(path, target)) for path in built]


if __name__ == "__main__":
    for made in build(Path(sys.argv[1])):
        print(f"{made}: {made.stat().st_size / 1e6:.0f} MB")
