"""Builds the portable folder: `python packaging/portable.py FOLDER` puts `dictation` there.

For the system it runs on, with the Python it runs on, by PyInstaller (its version is pinned below).
"""

from __future__ import annotations

import os
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
        subprocess.run([*pip, "install", "--quiet", ROOT], check=True)
        site = subprocess.run(
            [scripts / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        if LINUX:
            from slim import slim

            slim(Path(site), WITHOUT)
        licences = [scripts / "python", ROOT / "packaging" / "licences.py", site]
        with Path(site, "dictation", "resources", "LICENCES.txt").open("wb") as file:
            subprocess.run(licences, stdout=file, check=True)
        subprocess.run([*pip, "install", "--quiet", PYINSTALLER], check=True)
        places = ("--distpath", target, "--workpath", Path(folder) / "work")
        recipe = ROOT / "packaging" / "portable" / "dictation.spec"
        command = [scripts / "pyinstaller", "--noconfirm", "--log-level=WARN", *places, recipe]
        # The installed program is packed, and not a checkout that Python was told of.
        environment = {name: it for name, it in os.environ.items() if name != "PYTHONPATH"}
        subprocess.run(command, cwd=folder, env=environment, check=True)
    if LINUX:  # of a Python with its symbols; a wheel's library, once stripped, may load no more
        for library in target.glob("dictation/_internal/libpython*.so*"):
            subprocess.run(["strip", "--strip-unneeded", library], check=True)
    return target / ("Dictation.app" if sys.platform == "darwin" else "dictation")


def size(folder: Path) -> int:
    """The bytes of all its files."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


if __name__ == "__main__":
    made = build(Path(sys.argv[1]).resolve())
    print(f"{made}: {size(made) / 1e6:.0f} MB")
