"""OpenRouter's transcription models: /audio/transcriptions, raw bytes where they fit."""

from __future__ import annotations

import json
from typing import Any

from dictation.audio import Encoded, Speech
from dictation.net import Http
from dictation.net.bodies import Body
from dictation.providers import wire
from dictation.values import Request, Transcript, Watch

NAME = "openrouter"
FORMATS = frozenset({"wav", "mp3", "flac", "m4a", "ogg", "webm", "aac", "pcm"})
MULTIPART_LIMIT = 25_000_000  # bytes; above, base64 carries a third more but has no such limit


def transcribe(speech: Speech, request: Request, http: Http, watch: Watch) -> Transcript:
    """Asks once; `segments` come where they were asked for and the model gives them."""
    sound = wire.encoded(speech, FORMATS, request)
    url = f"{request.base_url}/audio/transcriptions"
    with http.open(
        "POST",
        url,
        key=request.key,
        headers=wire.OPENROUTER,
        body=body(request, sound),
        watch=watch,
        seconds=speech.seconds,
    ) as answer:
        value = answer.json()
    return wire.transcript(NAME, request, sound, value, speech.seconds)


def body(request: Request, sound: Encoded) -> Body:
    """The request as form data up to 25 MB of sound, else as JSON."""
    value = _fields(request)
    if sound.size is not None and sound.size > MULTIPART_LIMIT:
        audio = {"data": wire.PLACE, "format": sound.format}
        return wire.json_body({**value, "input_audio": audio}, sound)
    fields = []
    for name, entry in value.items():
        if isinstance(entry, list):
            fields += [(f"{name}[]", item) for item in entry]
        else:
            fields.append((name, entry if isinstance(entry, str) else json.dumps(entry)))
    return wire.multipart(fields, sound)


def _fields(request: Request) -> dict[str, Any]:
    value: dict[str, Any] = {"model": request.model}
    if "temperature" not in request.without:
        value["temperature"] = 0
    if request.language:
        value["language"] = request.language
    elif len(request.languages) == 1:
        value["language"] = request.languages[0]
    if request.keyterms and "keyterms" not in request.without:
        value["keyterms"] = list(request.keyterms)
    if request.segments and "segments" not in request.without:
        value["response_format"] = "verbose_json"
        value["timestamp_granularities"] = ["segment"]
    if provider := wire.policy(request.data_policy):
        value["provider"] = provider
    return value
