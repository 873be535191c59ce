"""How sound and words are laid out in a request, and what of an answer all providers share."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from dictation.audio import Encoded, Speech
from dictation.errors import BrokenAnswer
from dictation.i18n import _
from dictation.net.bodies import Body, base64_blocks, base64_size
from dictation.providers import prompt
from dictation.text import safe, whole
from dictation.values import Request, Segment, Transcript

# How OpenRouter tells its apps apart.
OPENROUTER = {
    "HTTP-Referer": "https://github.com/dictation-desktop/dictation",
    "X-OpenRouter-Title": "Dictation",
}
MIME = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "m4a": "audio/mp4",
    "webm": "audio/webm",
    "aac": "audio/aac",
    "aiff": "audio/aiff",
    "pcm": "audio/pcm",
}
# Nobody speaks so fast, five times over: what is longer is no dictation.
LEAST_BOUND = 20_000  # characters
BOUND_A_SECOND = 200
MOST_USD = 1e6  # that a take costs; more is no price
PLACE = "the recording goes here"  # stands in the JSON until the base64 takes its place


def policy(data_policy: str) -> dict[str, Any]:
    """OpenRouter's `provider` fields for the setting `data_policy`."""
    if data_policy == "any":
        return {}
    return {"data_collection": "deny", **({"zdr": True} if data_policy == "zero-retention" else {})}


def encoded(speech: Speech, formats: Collection[str], request: Request) -> Encoded:
    """The sound in a format of the endpoint's.

    Where the model refused one, it gets MP3 or WAV, which all know, and WAV where it refused MP3.
    """
    if "format" in request.without:
        formats = {"wav", "mp3"} & set(formats)
    if "mp3" in request.without:
        formats = {"wav"}
    return speech.encoded([name for name in request.formats if name in formats])


def described(sound: Encoded) -> str:
    """How the sound was sent, for the take's record."""
    return sound.format if sound.size is not None else f"{sound.format} while speaking"


def json_body(value: dict[str, Any], sound: Encoded) -> Body:
    """The value as JSON with the sound as base64 where it says PLACE, made as it is sent."""
    before, after = json.dumps(value, ensure_ascii=False).split(f'"{PLACE}"')
    head, tail = _bytes(f'{before}"'), _bytes(f'"{after}')

    def blocks() -> Iterator[bytes]:
        yield head
        if sound.size is None:  # each piece as soon as it is spoken
            yield from base64_blocks(sound.blocks(), piece=3)
        else:
            yield from base64_blocks(sound.blocks())
        yield tail

    size = None if sound.size is None else len(head) + base64_size(sound.size) + len(tail)
    return Body("application/json", size, blocks)


def multipart(fields: Iterable[tuple[str, str]], sound: Encoded) -> Body:
    """The fields and the sound's raw bytes as form data; a field may come more than once."""
    boundary = os.urandom(16).hex()
    opening = f"--{boundary}\r\nContent-Disposition: form-data; name="
    parts = [f'{opening}"{name}"\r\n\r\n{value}\r\n' for name, value in fields]
    parts.append(
        f'{opening}"file"; filename="recording.{sound.format}"\r\n'
        f"Content-Type: {MIME[sound.format]}\r\n\r\n"
    )
    head, tail = _bytes("".join(parts)), _bytes(f"\r\n--{boundary}--\r\n")

    def blocks() -> Iterator[bytes]:
        yield head
        yield from sound.blocks()
        yield tail

    size = None if sound.size is None else len(head) + sound.size + len(tail)
    return Body(f"multipart/form-data; boundary={boundary}", size, blocks)


def _bytes(text: str) -> bytes:
    """UTF-8; half characters, as a broken environment gives them, become question marks."""
    return text.encode(errors="replace")


def cost_of(answer: dict[str, Any]) -> float | None:
    """What it cost in USD; None where the answer does not say."""
    usage = answer.get("usage")
    cost = usage.get("cost") if isinstance(usage, dict) else None
    if not isinstance(cost, int | float) or isinstance(cost, bool):
        return None
    return float(cost) if 0 <= cost < MOST_USD else None  # NaN is neither


def text_of(answer: Any) -> str:
    """The `text` of a transcription; BrokenAnswer where there is none."""
    text = answer.get("text") if isinstance(answer, dict) else None
    if not isinstance(text, str):
        raise BrokenAnswer(_("The answer holds no text."))
    return whole(text)


def check_length(text: str, seconds: float) -> None:
    """Raises BrokenAnswer where the text is far longer than anyone says in so many seconds."""
    if len(text) > LEAST_BOUND + BOUND_A_SECOND * seconds:
        raise BrokenAnswer(
            _("The answer is far longer than {seconds} s of speech.").format(
                seconds=round(seconds)
            ),
            hint=_("Send the recording again, or choose another model."),
        )


def transcript(
    provider: str, request: Request, sound: Encoded, answer: dict[str, Any], seconds: float
) -> Transcript:
    """What a transcriptions endpoint answered, OpenRouter's or OpenAI's, to so much speech."""
    raw = text_of(answer)
    check_length(raw, seconds)
    named = answer.get("language")
    known = isinstance(named, str) and re.fullmatch(r"[\w -]{1,40}", named)
    return Transcript(
        text=prompt.plain(raw),
        raw_text=raw,
        provider=provider,
        model=request.model,
        language=str(named) if known else request.language,
        cost_usd=cost_of(answer),
        segments=segments_of(answer, seconds),
        sent_as=described(sound),
    )


def segments_of(answer: dict[str, Any], seconds: float) -> tuple[Segment, ...] | None:
    """The stretches of a `verbose_json` answer to so much speech; None where it has none."""
    found = answer.get("segments")
    if not isinstance(found, list):
        return None
    try:
        check_length("".join(part["text"] for part in found), seconds)
        return tuple(
            Segment(
                _finite(part["start"]),
                _finite(part["end"]),
                safe(whole(part["text"])).strip(),
                _speaker(part),
            )
            for part in found
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BrokenAnswer(_("The answer's segments can't be read.")) from error


def _finite(value: Any) -> float:
    """A number of seconds; ValueError for what JSON has no word for."""
    seconds = float(value)
    if not math.isfinite(seconds):
        raise ValueError(value)
    return seconds


def _speaker(part: dict[str, Any]) -> str | None:
    label = part.get("speaker_label", part.get("speaker"))
    return safe(whole(str(label)))[:100] if isinstance(label, str | int) else None
