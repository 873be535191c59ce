"""The only chooser: of several ways to do a thing, the first that works on this desktop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from dictation.desktop import Desktop
from dictation.errors import MissingPart, SettingsError
from dictation.i18n import _


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

    Raises SettingsError for an unknown name, MissingPart when none works.
    """
    if wanted != "auto":
        rows = [row for row in rows if wanted == row.NAME]
        if not rows:
            raise SettingsError(
                _("{setting} = {wanted}: there is no such backend.").format(
                    setting=setting, wanted=wanted
                )
            )
    failed: list[tuple[B, Verdict]] = []
    for row in rows:
        verdict = row.probe(desktop)
        if verdict.works:
            return row
        failed.append((row, verdict))
    # What can be mended is worth reading; of the rest, what was to be expected here.
    mendable = [(row, verdict) for row, verdict in failed if verdict.fix] or failed[:1]
    reasons = "; ".join(f"{row.NAME}: {verdict.why}" for row, verdict in mendable)
    raise MissingPart(f"{reasons}.", hint=mendable[0][1].fix or None)
