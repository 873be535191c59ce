"""OpenRouter's chat models that hear: /chat/completions with the sound as base64, streamed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dictation.audio import Speech
from dictation.errors import BrokenAnswer, CutShort, Refused, ServerFault, TimedOut
from dictation.i18n import _
from dictation.net import Answer, Http
from dictation.net.sse import sse
from dictation.providers import prompt, wire
from dictation.text import whole
from dictation.values import Request, Transcript, Watch

NAME = "openrouter"
FORMATS = frozenset({"wav", "mp3", "aiff", "aac", "ogg", "flac", "m4a"})
# A loop of repeated words ends here: four times what the fastest speaker needs.
TOKENS_A_SECOND = 25
MOST_TOKENS = 32_000


def transcribe(speech: Speech, request: Request, http: Http, watch: Watch) -> Transcript:
    """Asks once, and tells `watch` the text as it grows."""
    sound = wire.encoded(speech, FORMATS, request)
    part = {"type": "input_audio", "input_audio": {"data": wire.PLACE, "format": sound.format}}
    value: dict[str, Any] = {
        "model": request.model,
        "messages": prompt.messages(request, part),
        "stream": True,
        "max_tokens": min(2_000 + int(TOKENS_A_SECOND * speech.seconds), MOST_TOKENS),
        "provider": {"sort": "latency", **wire.policy(request.data_policy)},
    }
    if "temperature" not in request.without:
        value["temperature"] = 0
    if request.effort and "reasoning" not in request.without:
        value["reasoning"] = {"effort": request.effort}
    url = f"{request.base_url}/chat/completions"
    body = wire.json_body(value, sound)
    with http.open(
        "POST",
        url,
        key=request.key,
        headers=wire.OPENROUTER,
        body=body,
        watch=watch,
        seconds=speech.seconds,
    ) as answer:
        heard = _Heard(watch, answer, speech.seconds)
        try:
            for chunk in _chunks(answer):
                heard.add(chunk)
        except (BrokenAnswer, TimedOut):
            # Where the model had finished, only the stream's own end is missing.
            if heard.ending != "stop":
                raise
    raw = heard.finish()
    return Transcript(
        text=prompt.tidy(raw),
        raw_text=raw,
        provider=NAME,
        model=request.model,
        language=request.language,
        cost_usd=heard.cost,
        sent_as=wire.described(sound),
        cut_off=heard.ending == "length",
    )


def _chunks(answer: Answer) -> Iterator[Any]:
    """The answer's pieces; a server that ignores `stream` gives one."""
    if not answer.content_type.startswith("text/event-stream"):
        yield answer.json()
        return
    for data in sse(answer.lines()):
        try:
            yield json.loads(data)
        except (ValueError, RecursionError) as error:
            raise BrokenAnswer(_("The service sent a piece that is no JSON.")) from error


@dataclass(slots=True)
class _Heard:
    """The text so far, and how it ended."""

    watch: Watch
    answer: Answer
    seconds: float  # of speech
    text: str = ""
    cost: float | None = None
    ending: str | None = None
    started: bool = False

    def add(self, chunk: Any) -> None:
        """Takes in a piece of a stream or a whole answer; raises the error that it holds."""
        if not isinstance(chunk, dict):
            raise BrokenAnswer(_("The service sent something that is no answer."))
        self._check(chunk)
        cost = wire.cost_of(chunk)
        self.cost = self.cost if cost is None else cost
        choices = chunk.get("choices")
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            return  # the piece with the usage may come without
        choice = choices[0]
        self._check(choice)
        self.started = True
        if more := _words(choice.get("delta")) or _words(choice.get("message")):
            text = self.text + more
            wire.check_length(text, self.seconds)
            self.text = text
            self.watch.partial(self.text)
        if isinstance(ending := choice.get("finish_reason"), str):
            self.ending = ending

    def finish(self) -> str:
        """The whole text; an error where it did not end well."""
        if not self.started:
            raise BrokenAnswer(_("The answer is empty: it holds no choices."))
        if self.ending is None:
            raise BrokenAnswer(_("The answer ended in the middle."))
        if self.ending == "length" and not self.text.strip():
            raise CutShort(_("The model stopped at its longest answer."))
        if self.ending == "content_filter":
            raise Refused(_("The model's filter held the text back."))
        if self.ending == "error":
            raise ServerFault(_("The model failed while it was writing."))
        return whole(self.text)  # a character may have come in halves

    def _check(self, holder: dict[str, Any]) -> None:
        if found := holder.get("error"):
            raise self.answer.error({"error": found})


def _words(message: Any) -> str:
    """The text of a message or of a piece of one: a string, or a list of parts."""
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        return "".join(
            part["text"]
            for part in content
            if isinstance(part, dict) and isinstance(part.get("text"), str)
        )
    return content if isinstance(content, str) else ""
