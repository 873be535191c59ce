"""What a bench prints of one measurement."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """Ours and the baseline of the same run, and how many times the baseline ours may be."""

    name: str
    ours: float
    floor: float
    target: float
    unit: str = "ms"

    def __str__(self) -> str:
        ratio = self.ours / self.floor
        verdict = "met" if ratio <= self.target else "missed"
        return (
            f"{self.name:<28} {self.ours:9.2f} {self.unit} / {self.floor:9.2f} {self.unit}"
            f" = {ratio:5.2f} x  (target {self.target:g})  {verdict}"
        )
