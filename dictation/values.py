"""What passes between modules and threads: frozen values, no behaviour of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

# Milliseconds from the key press, by step (the contract's `timings`).
TIMINGS = (
    "microphone_open",
    "first_sample",
    "stopped",
    "request_first_byte",
    "request_last_byte",
    "response_first_byte",
    "response_last_byte",
    "text_ready",
    "chord_sent",
    "confirmed",
)

# The API's audio formats.
FORMATS = ("wav", "pcm", "flac", "mp3", "ogg", "m4a", "webm", "aac", "aiff")


class Secret:
    """A key that shows itself in no log, no traceback and no repr."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The key itself, for the one header that carries it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a transcript; `start` and `end` in seconds of the take."""

    start: float
    end: float
    text: str
    speaker: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The segment as a take's record holds it; `speaker` only where one is known."""
        found = {"start": self.start, "end": self.end, "text": self.text}
        return found if self.speaker is None else {**found, "speaker": self.speaker}


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a provider heard. `raw_text` is its answer as it came, `text` what is delivered."""

    text: str
    raw_text: str
    provider: str
    model: str
    language: str = ""
    cost_usd: float | None = None
    segments: tuple[Segment, ...] | None = None
    note: str = ""  # what the user should be told once, e.g. that another model was taken
    timings: dict[str, float] = field(default_factory=dict)  # time.monotonic() by step
    sent_to: tuple[str, ...] = ()  # the servers that got the sound, as scheme, host and port
    instead: bool = False  # by another provider or model than was asked for first
    cut_off: bool = False  # the service said that it stopped early
    doubt: str | None = None  # why it may not be all that was said
    sent_as: str = ""  # the sound's format, and whether it was sent while it was spoken
    pattern: str = ""  # of a doubted text: how it is called where the user says that it is right


@dataclass(frozen=True, slots=True)
class Target:
    """Where the cursor was at key press. `window` is the window system's own number."""

    window: int
    names: tuple[str, ...] = ()  # of its program: WM_CLASS and the like, lower case
    terminal: bool = False
    process: int = 0  # a window's number is given again once it is closed; 0 where not known
    middle: tuple[int, int] | None = None  # the window's, in pixels from the desktop's top left


@dataclass(frozen=True, slots=True)
class Hotkey:
    """A hotkey as an X server knows it: its keysym; `chorded` where it is none by itself."""

    symbol: int
    chorded: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a text was delivered; `confirmed` only where the target was seen reading it."""

    backend: str
    confirmed: bool
    chord_sent: float | None = None  # time.monotonic()
    confirmed_at: float | None = None
    note: str = ""  # what is left for the user to do, e.g. press Ctrl+V

    def as_json(self) -> dict[str, str | bool]:
        """The receipt as a take's record holds it."""
        return {"backend": self.backend, "confirmed": self.confirmed}


@dataclass(frozen=True, slots=True)
class Request:
    """One transcription as it is asked for: what is sent beside the sound, and where."""

    base_url: str
    model: str
    key: Secret | None = None
    language: str = ""
    languages: tuple[str, ...] = ()
    keyterms: tuple[str, ...] = ()
    style: str = "clean"
    instruction: str = ""
    data_policy: str = "no-collection"
    segments: bool = False  # ask for times, where the model gives them
    effort: str = "none"  # of reasoning, the least that the model offers; "" sends none
    without: frozenset[str] = frozenset()  # optional parts that this model was seen to refuse
    formats: tuple[str, ...] = FORMATS  # of the sound, most wanted first
    before: str = ""  # the last words of the piece before this one


@dataclass(frozen=True, slots=True)
class Watch:
    """What the one who waits for a transcript wants to hear meanwhile; called on any thread."""

    mark: Callable[[str], None] = lambda _step: None  # a step of TIMINGS happens now
    partial: Callable[[str], None] = lambda _text: None  # the text so far
    cancelled: Callable[[], bool] = lambda: False  # asked between blocks: give up quietly
