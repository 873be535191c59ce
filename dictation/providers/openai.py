"""Any server that speaks OpenAI's form: OpenAI, Groq, vLLM, Speaches, whisper.cpp, LiteLLM."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dictation.audio import Speech
from dictation.errors import BrokenAnswer
from dictation.i18n import _
from dictation.net import Answer, Http
from dictation.net.answers import is_page
from dictation.providers import wire
from dictation.values import Request, Transcript, Watch

NAME = "openai"
FORMATS = frozenset({"wav", "mp3", "flac", "m4a", "ogg", "webm"})
PROMPT_LIMIT = 896  # characters that Groq takes; Whisper hears the last 224 tokens alone


def transcribe(speech: Speech, request: Request, http: Http, watch: Watch) -> Transcript:
    """Asks once. The server may answer with JSON or with the bare text."""
    # whisper.cpp's own server has one address and, unless told otherwise, reads WAV alone.
    own = request.base_url.endswith("/inference")
    sound = wire.encoded(speech, {"wav"} if own else FORMATS, request)
    url = request.base_url if own else f"{request.base_url}/audio/transcriptions"
    body = wire.multipart(fields(request), sound)
    with http.open(
        "POST", url, key=request.key, body=body, watch=watch, seconds=speech.seconds
    ) as answer:
        value = _read(answer)
    return wire.transcript(NAME, request, sound, value, speech.seconds)


def fields(request: Request) -> Iterator[tuple[str, str]]:
    """The form's fields but the file. Temperature is left at its default, 0, that some refuse."""
    yield "model", request.model
    verbose = request.segments and "segments" not in request.without
    yield "response_format", "verbose_json" if verbose else "json"
    # From gpt-transcribe on the hints are lists, and a lone `language` is ignored.
    lists = request.model.rpartition("/")[2].startswith("gpt-transcribe")
    known = (request.language,) if request.language else request.languages
    if lists and "languages" not in request.without:
        yield from (("languages[]", language) for language in known)
    elif not lists and len(known) == 1:
        yield "language", known[0]
    if "keyterms" in request.without:
        if request.before:
            yield "prompt", request.before
        return
    terms = _fitting(request.keyterms)
    if hint := " ".join(filter(None, [", ".join(terms), request.before])):
        yield "prompt", hint[-PROMPT_LIMIT:]
    if lists:
        yield from (("keywords[]", term) for term in terms)


def _fitting(keyterms: tuple[str, ...]) -> list[str]:
    """As many terms as a prompt holds; `<`, `>` and line ends would have the whole refused."""
    found: list[str] = []
    for term in keyterms:
        word = " ".join(term.replace("<", " ").replace(">", " ").split())
        if word and len(", ".join([*found, word])) <= PROMPT_LIMIT:
            found.append(word)
    return found


def _read(answer: Answer) -> dict[str, object]:
    if answer.content_type.startswith("text/plain"):
        text = "\n".join(answer.lines())
        value = _parsed(text)
        if isinstance(value, dict) and value.get("error"):
            raise answer.error(value)
        if is_page(text):
            raise answer.no_json(text)
        return value if isinstance(value, dict) and "text" in value else {"text": text}
    value = answer.json()
    if not isinstance(value, dict):
        raise BrokenAnswer(_("The server sent something that is no transcription."))
    return value


def _parsed(text: str) -> object:
    """The JSON that some gateways send as plain text; None where it is the bare words."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
