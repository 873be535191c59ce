"""Builds the portable folder: `python packaging/portable.py FOLDER` puts `dictation` there.

By PyInstaller, for the system and the Python that it runs on, of the lock's versions.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from pins import PROGRAM, pinned
from share import ROOT

LINUX = sys.platform.startswith("linux")
# With it come GTK and all that GTK needs; Qt looks much the same without.
WITHOUT = ("platformthemes/libqgtk3.so",) if LINUX else ()


class Environment:
    """An empty one, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=True)
        self.python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
        told = subprocess.run([self.python, "-c", ask], capture_output=True, text=True, check=True)
        self.site = Path(told.stdout.strip())

    def install(self, *what: str | Path) -> None:
        """By pip."""
        self.run("pip", "--disable-pip-version-check", "install", "--quiet", *what)

    def run(self, module: str, *arguments: str | Path) -> None:
        """A module of it, and not one of the folder that we are in."""
        subprocess.run([self.python, "-P", "-m", module, *arguments], check=True)


def build(target: Path) -> Path:
    """Builds it; what is to be taken along."""
    with tempfile.TemporaryDirectory() as folder:
        own = Environment(Path(folder) / "own")
        own.install("--require-hashes", "--requirement", PROGRAM)
        own.install("--no-deps", ROOT)
        _tell_parts(own, Environment(Path(folder) / "scribe"))
        if LINUX:
            from slim import slim

            slim(own.site, WITHOUT)
        own.install(pinned("pyinstaller"))
        places = ("--distpath", target, "--workpath", Path(folder) / "work")
        recipe = ROOT / "packaging" / "portable" / "dictation.spec"
        own.run("PyInstaller", "--noconfirm", "--log-level=WARN", *places, recipe)
    if LINUX:  # of a Python with its symbols; a wheel's library, once stripped, may load no more
        for library in target.glob("dictation/_internal/libpython*.so*"):
            subprocess.run(["strip", "--strip-unneeded", library], check=True)
    return target / ("Dictation.app" if sys.platform == "darwin" else "dictation")


def _tell_parts(own: Environment, scribe: Environment) -> None:
    """What it is made of, into the program's resources: licences, and a bill of materials."""
    resources = own.site / "dictation" / "resources"
    with (resources / "LICENCES.txt").open("wb") as file:
        licences = [own.python, ROOT / "packaging" / "licences.py", own.site]
        subprocess.run(licences, stdout=file, check=True)
    scribe.install(pinned("cyclonedx-bom"))
    bill = ("environment", "--output-reproducible", "--output-file", resources / "sbom.cdx.json")
    scribe.run("cyclonedx_py", *bill, own.python)


def size(folder: Path) -> int:
    """The bytes of all its files."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)  # the installed program is packed, and no checkout
    made = build(Path(sys.argv[1]).resolve())
    print(f"{made}: {size(made) / 1e6:.0f} MB")
