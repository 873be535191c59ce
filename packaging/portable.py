"""Builds the portable folder: `python packaging/portable.py FOLDER` puts `dictation` there.

For the system it runs on, with the Python it runs on, by PyInstaller (its version is pinned below).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from share import ROOT

PYINSTALLER = "pyinstaller==6.22.3"
LINUX = sys.platform.startswith("linux")
# With it come GTK and all that GTK needs; Qt looks much the same without.
WITHOUT = ("platformthemes/libqgtk3.so",) if LINUX else ()


def build(target: Path) -> Path:
    """Builds it; the folder that is to be taken along."""
    with tempfile.TemporaryDirectory() as folder:
        tools = Path(folder) / "tools"
        venv.create(tools, with_pip=True)
        scripts = tools / ("Scripts" if sys.platform == "win32" else "bin")
        pip = (scripts / "python", "-m", "pip", "--disable-pip-version-check")
        subprocess.run([*pip, "install", "--quiet", ROOT, PYINSTALLER], check=True)
        site = subprocess.run(
            [scripts / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        if LINUX:
            from slim import slim

            slim(Path(site), WITHOUT)
        places = ("--distpath", target, "--workpath", Path(folder) / "work")
        recipe = ROOT / "packaging" / "portable" / "dictation.spec"
        command = [scripts / "pyinstaller", "--noconfirm", "--log-level=WARN", *places, recipe]
        subprocess.run(command, check=True)
        licences = [scripts / "python", ROOT / "packaging" / "licences.py", site]
        with (target / "dictation" / "LICENCES.txt").open("wb") as file:
            subprocess.run(licences, stdout=file, check=True)
    return target / "dictation"


def size(folder: Path) -> int:
    """The bytes of all its files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if not path.is_symlink())


if __name__ == "__main__":
    made = build(Path(sys.argv[1]).resolve())
    print(f"{made}: {size(made) / 1e6:.0f} MB")
