"""An independent judge of requests: OpenRouter's own SDK for JSON, a strict reader for forms."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

OPENAI_FIELDS = {
    *("file", "model", "language", "prompt", "response_format", "temperature", "stream"),
    *("timestamp_granularities[]", "chunking_strategy", "include[]"),
    *("languages[]", "keywords[]"),  # since gpt-transcribe
}


def openrouter_fields() -> set[str]:
    """The names that OpenRouter's form of /audio/transcriptions knows."""
    from openrouter.operations import CreateAudioTranscriptionsMultipartRequestBody as Form

    return {field.alias or name for name, field in Form.model_fields.items()} | {"keyterms"}


def openrouter_models() -> dict[str, type[BaseModel]]:
    """The SDK's model of what each address takes as JSON; loading them takes a second once."""
    from openrouter import components, operations

    return {
        "/api/v1/chat/completions": components.ChatRequest,
        "/api/v1/audio/transcriptions": components.STTRequest,
        "/api/v1/auth/keys": operations.ExchangeAuthCodeForAPIKeyRequestBody,
    }


def complaint(model: type[BaseModel], value: Any) -> str:
    """What the model has against a document; "" for nothing."""
    try:
        read = model.model_validate(value)
    except ValidationError as error:
        return str(error)
    # The SDK ignores names that it does not know; written out again, they are missing.
    kept = read.model_dump(mode="json", by_alias=True, exclude_unset=True, warnings=False)
    lost = sorted(_paths(value) - _paths(kept))
    return f"unknown: {', '.join(lost)}" if lost else ""


def _paths(value: Any, at: str = "") -> set[str]:
    if isinstance(value, dict):
        inner = [_paths(part, f"{at}.{name}") | {f"{at}.{name}"} for name, part in value.items()]
    elif isinstance(value, list):
        inner = [_paths(part, f"{at}[]") for part in value]
    else:
        return set()
    return set().union(*inner)


@dataclass(frozen=True)
class Part:
    """One part of a form; `filename` is None for a plain field."""

    name: str
    filename: str | None
    content_type: str
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()


def read_form(content_type: str, body: bytes, names: set[str]) -> tuple[list[Part], list[str]]:
    """The parts of multipart/form-data, and what is wrong with them."""
    found = re.fullmatch(
        r'multipart/form-data; ?boundary="?([\w\'()+,./:=? -]{1,70})"?', content_type
    )
    if not found:
        return [], [f"no boundary in {content_type!r}"]
    mark = b"--" + found[1].encode()
    if not body.startswith(mark + b"\r\n") or not body.endswith(b"\r\n" + mark + b"--\r\n"):
        return [], ["the form does not begin or end with its boundary"]
    inner = body[len(mark) + 2 : -len(mark) - 6]
    parts, wrong = [], []
    for piece in inner.split(b"\r\n" + mark + b"\r\n"):
        head, gap, content = piece.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
        given = re.fullmatch(
            r'form-data; name="([^"]+)"(?:; filename="([^"]+)")?',
            headers.get("content-disposition", ""),
        )
        if not gap or not given:
            wrong.append(f"a part without a proper head: {head[:80]!r}")
            continue
        parts.append(Part(given[1], given[2], headers.get("content-type", ""), content))
    return parts, wrong + [problem for part in parts for problem in _wrong_with(part, names)] + (
        [] if [part.name for part in parts].count("file") == 1 else ["not exactly one file"]
    )


def _wrong_with(part: Part, names: set[str]) -> list[str]:
    wrong = [] if part.name in names else [f"unknown field {part.name}"]
    if part.name == "file":
        if not part.filename or "." not in part.filename:
            wrong.append("the file has no name with an ending")
        if not part.content_type.startswith("audio/"):
            wrong.append(f"the file is no audio: {part.content_type!r}")
        if not part.content:
            wrong.append("the file is empty")
        return wrong
    if part.filename is not None:
        wrong.append(f"{part.name} is sent as a file")
    try:
        text = part.text
        if part.name == "provider" and not isinstance(json.loads(text), dict):
            wrong.append("provider is no JSON object")
    except ValueError as error:  # UnicodeDecodeError is one
        wrong.append(f"{part.name}: {error}")
    return wrong
