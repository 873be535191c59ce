"""Compiles each `resources/languages/CODE.po` to the CODE.mo beside it: the build's first step.

By hand, for a checkout that is run as it is: `python packaging/languages.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def compiled(source: Path) -> Path:
    """The catalogue as gettext reads it. Nothing marked as unsure is in it."""
    target = source.with_suffix(".mo")
    with source.open("rb") as read, target.open("wb") as written:
        write_mo(written, read_po(read, locale=source.stem), use_fuzzy=False)
    return target


def all_compiled(root: Path) -> list[Path]:
    """Those of every language."""
    return [compiled(each) for each in sorted(root.glob("resources/languages/*.po"))]


class Languages(BuildHookInterface[Any]):
    """What hatchling calls."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Adds them to what goes into the wheel."""
        if self.target_name == "wheel":
            for made in all_compiled(Path(self.root)):
                build_data["force_include"][str(made)] = (
                    f"dictation/resources/languages/{made.name}"
                )


if __name__ == "__main__":
    all_compiled(Path(__file__).parents[1])
