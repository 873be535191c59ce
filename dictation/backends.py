"""The only chooser: of several ways to do a thing, the first that works on this desktop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from dictation.desktop import Desktop
from dictation.errors import MissingPart, SettingsError


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a way works here; if not, `why`, and the `fix` where there is one."""

    works: bool
    why: str = ""
    fix: str = ""


class Backend(Protocol):
    """A module or object with a name and a probe; the probe does, it does not guess."""

    NAME: str

    def probe(self, desktop: Desktop) -> Verdict:
        """Whether this way works on this desktop."""
        ...


B = TypeVar("B", bound=Backend)


def verdicts(rows: Iterable[B], desktop: Desktop) -> list[tuple[B, Verdict]]:
    """Every row with its verdict, in order of preference; what `doctor` prints."""
    return [(row, row.probe(desktop)) for row in rows]


def choose(rows: Sequence[B], desktop: Desktop, wanted: str = "auto", *, setting: str = "") -> B:
    """The first row that works, or the `wanted` one.

    Raises SettingsError for an unknown name, MissingPart (with every row's reason) when none works.
    """
    if wanted != "auto":
        rows = [row for row in rows if wanted == row.NAME]
        if not rows:
            raise SettingsError(f"{setting} = {wanted}: there is no such backend.")
    reasons: list[str] = []
    fix = ""
    for row in rows:
        verdict = row.probe(desktop)
        if verdict.works:
            return row
        reasons.append(f"{row.NAME}: {verdict.why}")
        fix = fix or verdict.fix
    raise MissingPart("; ".join(reasons), hint=fix or None)
