"""Whether a server takes sound while it is being spoken: a short take is sent so once more.

Some refuse a body without a length, others read it as empty. It is learnt at the first use of a
server and model, on a take of the user's own whose text is known already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dictation import transcription
from dictation.audio import Encoded, Speech
from dictation.audio_files.streaming import STREAMABLE, encoder
from dictation.errors import Cancelled, DictationError, KeyProblem, NoCredits, RateLimited
from dictation.pieces.uploads import Uploads
from dictation.settings import Settings
from dictation.speech import Track
from dictation.transcription import Services
from dictation.values import Transcript, Watch

SHORTEST, LONGEST = 2.0, 15.0  # seconds of a take that is sent twice
ALIKE = 0.7  # of the words: a model does not write the same each time
TELLS_NOTHING = (
    Cancelled,
    KeyProblem,
    NoCredits,
    RateLimited,
)  # these are not about how it was sent


@dataclass(frozen=True, slots=True)
class Streamed:
    """Speech that has ended, sent as if it had not."""

    whole: Speech

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.whole.seconds

    def encoded(self, formats: Sequence[str]) -> Encoded:
        """In a format that needs no length in front, where there is one among them."""
        name = next((name for name in formats if name in STREAMABLE), None)
        if name is None:
            return self.whole.encoded(formats)
        return Encoded(name, None, lambda: self._blocks(name))

    def pcm(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Samples start to stop."""
        return self.whole.pcm(start, stop)

    def track(self) -> Track:
        """Where in it someone speaks."""
        return self.whole.track()

    def _blocks(self, name: str) -> Iterator[bytes]:
        codec = encoder(name)
        for block in self.whole.pcm():
            yield codec.feed(block)
        yield codec.finish()


def is_due(
    speech: Speech, heard: Transcript, settings: Settings, services: Services, uploads: Uploads
) -> bool:
    """Whether this take, whose text was got by sending it whole, is one to learn from."""
    if settings.upload != "auto" or not SHORTEST <= speech.seconds <= LONGEST:
        return False
    if heard.doubt or heard.instead or heard.provider == "offline":
        return False
    try:
        planned = transcription.plan(settings, services)
    except DictationError:
        return False  # the take had its text: by now the settings or the key are others
    return uploads.taken(planned.destination) is None and planned.choice.model == heard.model


def probe(
    speech: Speech, heard: Transcript, settings: Settings, services: Services, uploads: Uploads
) -> Transcript | None:
    """Sends it once more and learns; what came back, which cost something."""
    destination = transcription.plan(settings, services).destination
    try:
        answer = transcription.transcribe(Streamed(speech), settings, services, Watch(), live=True)
    except TELLS_NOTHING:
        return None
    except DictationError:
        uploads.learn(destination, taken=False)
        return None
    uploads.learn(destination, taken=answer.sent_as.endswith("speaking") and _alike(answer, heard))
    return answer


def _alike(one: Transcript, other: Transcript) -> bool:
    from difflib import SequenceMatcher

    first, second = (text.casefold().split() for text in (one.text, other.text))
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= ALIKE
