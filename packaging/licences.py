"""Prints the licences of what a site-packages folder holds: `python packaging/licences.py FOLDER`.

What each package says of itself in its metadata, and the texts that came with it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

TOOLS = ("pip", "setuptools")  # of the environment, none of the program's
NAMES = ("licen", "copying", "notice", "authors")


def packages(site: Path) -> list[Distribution]:
    """Those in a site-packages folder, by name."""
    found = (each for each in distributions(path=[str(site)]) if each.metadata["Name"] not in TOOLS)
    return sorted(found, key=lambda each: each.metadata["Name"].lower())


def licence(package: Distribution) -> str:
    """What it is under, in a line."""
    told = package.metadata
    named = told.get("License-Expression") or told.get("License") or ""
    if not named.strip() or "\n" in named.strip() or len(named) > 100:
        kinds = [
            each.rpartition(" :: ")[2]
            for each in told.get_all("Classifier", [])
            if each.startswith("License ::")
        ]
        named = ", ".join(kinds) or named.strip().partition("\n")[0] or "see its text"
    return named.strip()


def texts(package: Distribution) -> Iterator[tuple[str, str]]:
    """The texts that came with it, by name."""
    folder = Path(str(package._path))  # its .dist-info, which has no public name
    for path in sorted(folder.rglob("*")):
        if path.is_file() and any(name in path.name.lower() for name in NAMES):
            yield path.name, path.read_text("utf-8", "replace")


def plain(site: Path) -> Iterator[str]:
    """A list, then the texts."""
    found = packages(site)
    yield "What this program is made of, and under which licences.\n"
    yield from (f"{p.metadata['Name']} {p.version}: {licence(p)}" for p in found)
    for package in found:
        for name, text in texts(package):
            yield f"\n{'=' * 79}\n{package.metadata['Name']} {package.version}: {name}\n\n{text}"


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    print("\n".join(plain(Path(sys.argv[1]))))
