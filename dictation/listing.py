"""Models as they are listed: in our preference list, and by servers that say what they offer."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dictation.errors import BrokenAnswer
from dictation.i18n import _
from dictation.paths import resource
from dictation.prices import a_minute

# Efforts of reasoning from the least, as the API names them.
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


@dataclass(frozen=True, slots=True)
class Model:
    """A model that hears, as the server lists it."""

    id: str
    name: str = ""
    endpoint: str = "chat"
    context_length: int | None = None
    created: int | None = None  # Unix time
    effort: str = "none"  # the least reasoning it can be asked for; "" = it can't be asked
    usd_per_minute: float | None = None  # of speech, about; None where nobody tells

    @property
    def date(self) -> str:
        """The day that the server has it since, as 2026-07-31; "" where it does not tell."""
        if self.created is None:
            return ""
        try:
            return datetime.fromtimestamp(self.created, UTC).date().isoformat()
        except (ValueError, OverflowError, OSError):  # a server may tell any number
            return ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a server offers, and which of it is taken."""

    provider: str  # whose list it is, also where another transcribes
    base_url: str
    models: tuple[Model, ...]
    read: float  # Unix time
    taken: str  # the model in force
    usual: str  # the one that is taken where none is named


Preference = Mapping[str, tuple[Model, ...]]


def preference(path: Path | None = None) -> Preference:
    """The list of resources/models.toml, by provider."""
    table = tomllib.loads((path or resource("models.toml")).read_text(encoding="utf-8"))
    return {
        provider: tuple(
            Model(
                row["id"],
                endpoint=row.get("endpoint", "transcriptions"),
                usd_per_minute=row.get("usd_per_minute"),
            )
            for row in rows
        )
        for provider, rows in table.items()
    }


def parsed(answer: Any, endpoint: str) -> list[Model]:
    """The models of a listing that was asked for this endpoint; BrokenAnswer where it is none."""
    rows = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise BrokenAnswer(_("The server's model list is no list."))
    return [
        Model(
            row["id"],
            name if isinstance(name := row.get("name"), str) else row["id"],
            kind,
            length if isinstance(length := row.get("context_length"), int) else None,
            created if isinstance(created := row.get("created"), int) else None,
            _least_effort(row),
            a_minute(row["id"], kind, row.get("pricing")),
        )
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("id"), str)
        if (kind := _endpoint(row, endpoint))
    ]


def _endpoint(row: Mapping[str, Any], asked: str) -> str:
    """Where a listed model is served, "" if it does not hear.

    By its own words where it has them: a gateway may give the whole list whatever it is asked for.
    """
    architecture = row.get("architecture")
    if not isinstance(architecture, dict):
        return asked
    inputs, outputs = (architecture.get(f"{way}_modalities") for way in ("input", "output"))
    if isinstance(outputs, list) and "transcription" in outputs:
        return "transcriptions"
    if not isinstance(inputs, list):
        return asked
    return "chat" if "audio" in inputs else ""


def by_id(models: Iterable[Model]) -> tuple[Model, ...]:
    """One row a model; a transcription model is refused in chat, so that endpoint wins."""
    return tuple({model.id: model for model in models}.values())


def _least_effort(row: Mapping[str, Any]) -> str:
    """The least reasoning the model can be asked for; "" where it takes no such field."""
    reasoning, parameters = row.get("reasoning"), row.get("supported_parameters")
    if isinstance(reasoning, dict):
        efforts = reasoning.get("supported_efforts")
        if not reasoning.get("mandatory"):
            return "none"
        offered = efforts if isinstance(efforts, list) else EFFORTS
        return next((effort for effort in EFFORTS[1:] if effort in offered), "")
    if isinstance(parameters, list) and "reasoning" not in parameters:
        return ""
    return "none"
