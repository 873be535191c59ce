"""Compiles each `resources/languages/CODE.po` to the CODE.mo beside it: a step of the build.

By hand, for a checkout that is run as it is: `python packaging/languages.py`.
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compiled(source: Path) -> Path:
    """The catalogue as gettext reads it. Nothing marked as unsure is in it."""
    target = source.with_suffix(".mo")
    with source.open("rb") as read, target.open("wb") as written:
        write_mo(written, read_po(read, locale=source.stem), use_fuzzy=False)
    return target


def all_compiled(root: Path) -> list[Path]:
    """Those of every language."""
    return [compiled(each) for each in sorted(root.glob("resources/languages/*.po"))]


if __name__ == "__main__":
    all_compiled(Path(__file__).parents[1])
