"""A take's text while it is being spoken: what has been said is sent before the rest is.

A long take is cut in pauses, and each piece transcribed while the user goes on. Where the server
takes it, a piece is sent while it is spoken itself. What fails here fails for nobody: the rest of
the take is then sent as a whole, in the ordinary way, with its tries and fallbacks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from dictation import transcription
from dictation.audio import RATE, Encoded, Recording, Speech
from dictation.audio_files.streaming import STREAMABLE
from dictation.errors import Cancelled, DictationError, EmptyAnswer
from dictation.i18n import _
from dictation.lanes import Crash, spawn
from dictation.pieces import Piece, Stretch, long_takes
from dictation.pieces.growing import Growing, Lengths
from dictation.pieces.joining import Costs, joined, text_of, without_repeated
from dictation.pieces.judging import doubted
from dictation.pieces.uploads import Uploads
from dictation.settings import Settings
from dictation.spending import OverBudget
from dictation.transcription import Plan, Services
from dictation.truth import Experience
from dictation.values import Transcript, Watch

# Most takes are shorter, and are heard best in one. Of a longer one the last piece is waited for:
# it should be short. The words before it are its context.
FIRST_PIECE = Lengths(30.0, 40.0, 55.0)
LATER_PIECES = Lengths(10.0, 14.0, 20.0)
# The basic recogniser has no use for context, and hears pieces of 8 s best (see
# `providers.offline`): of ten minutes read by people 27 words in 100 are wrong so, 33 at once.
PIECES_OFFLINE = Lengths(4.0, 6.5, 8.0)
AT_ONCE = 4  # pieces on their way: a slow service is not flooded
LIVE_FROM = 2.0  # seconds: a slip of the finger is not sent
MUCH = 3.0  # seconds of speech that can't be without words
BEFORE = 200  # characters of the text before a piece that are given with it
NOTHING = Transcript("", "", "", "")


@dataclass(slots=True)
class Part:
    """A piece, and what came of it: nothing yet, or where it failed; no text where nobody spoke."""

    piece: Piece
    heard: Transcript | None = None
    over: threading.Event = field(default_factory=threading.Event)


class Ahead:
    """Works on one take; `run` on a thread of its own, `result` on that of whoever needs it."""

    def __init__(
        self,
        growing: Growing,
        settings: Settings,
        services: Services,
        uploads: Uploads,
        *,
        watch: Watch,
        experience: Callable[[], Experience],
    ) -> None:
        self._growing, self._settings, self._services = growing, settings, services
        self._uploads, self._watch, self._experience = uploads, watch, experience
        self._parts: list[Part] = []
        self._room = threading.Semaphore(AT_ONCE)
        self._costs = Costs()
        self._whole: Piece | None = None
        self._live = self._failed = False
        self._over = threading.Event()
        self._telling = threading.Lock()
        self._told = 0  # characters

    def run(self, crash: Crash) -> None:
        """Until the take has ended, or the first failure; `crash` hears of what is none of ours."""
        try:
            planned = transcription.plan(self._settings, self._services)
            self._live = self._may_grow(planned)
            if planned.provider == "offline":
                self._growing.cut_by(PIECES_OFFLINE, PIECES_OFFLINE)
            elif self._settings.upload != "whole":
                self._growing.cut_by(FIRST_PIECE, LATER_PIECES)
            while self._advance(planned, crash):
                pass
        except DictationError:
            return  # told where the take itself meets it; one that was given up has no end
        finally:
            self._over.set()

    @property
    def coded(self) -> Encoded | None:
        """The take in the format that it will be sent in, where none of it was sent yet."""
        return self._whole.coded if self._whole else None

    @property
    def asking(self) -> bool:
        """Whether a request is under way."""
        return any(not part.over.is_set() for part in self._parts)

    def result(self, recording: Recording) -> Transcript | None:
        """The take's text; None where nothing of it was sent yet. Raises as the ordinary way does.

        Call it once the take has ended.
        """
        self._over.wait()
        for part in self._parts:
            part.over.wait()
        done = [(part.piece, part.heard) for part in self._parts if part.heard is not None]
        if not any(heard.text for _piece, heard in done):
            return None
        heard, starts, at = list[Transcript](), list[float](), 0
        for begin, end, known in (
            *((piece.start, piece.stop or 0, transcript) for piece, transcript in done),
            (recording.stop, recording.stop, None),
        ):
            rest = Stretch(recording, at, min(begin, recording.stop))  # a cut may lie behind it
            if at < rest.stop and self._holds_speech(rest):
                try:
                    heard.append(self._rest(rest, text_of(piece.text for piece in heard)))
                except OverBudget as error:
                    error.draft = error.draft or self._draft(heard, starts)
                    raise
                starts.append(at / RATE)
            if known is not None:
                heard.append(known)
                starts.append(begin / RATE)
            at = end
        return replace(joined(heard, starts), cost_usd=self._costs.known)

    def _may_grow(self, planned: Plan) -> bool:
        """Whether pieces are sent while they are being spoken."""
        if planned.provider == "offline" or self._settings.upload == "whole":
            return False
        taken = self._uploads.taken(planned.destination)
        return taken is not False if self._settings.upload == "live" else taken is True

    def _advance(self, planned: Plan, crash: Crash) -> bool:
        """Sees to the next piece, to its end; whether another follows."""
        index = len(self._parts)
        piece = Piece(self._growing, index)
        if self._live:
            piece.wait(LIVE_FROM)
        else:
            self._encode(planned, piece)
            piece.wait()
        grows = piece.stop is None
        if not grows and piece.is_last and not index:
            self._whole = piece  # all of it, in the ordinary way
            return False
        part = Part(piece)
        self._parts.append(part)
        if not grows and not self._holds_speech(piece):
            part.heard = NOTHING
            part.over.set()
        else:
            self._room.acquire()
            work = partial(self._work, part, planned, self._before(index), grows=grows)
            spawn("piece", work, crash)
            piece.wait()
        return not (piece.is_last or self._failed)

    def _work(self, part: Part, planned: Plan, before: str, *, grows: bool) -> None:
        """Has one piece transcribed; on a thread of its own."""
        try:
            if grows:
                part.heard = self._grown(part, planned, before)
            else:
                part.heard = self._asked(part, before)
            self._failed = self._failed or part.heard is None
            if part.heard is not None:
                self._tell(part, part.heard.text)
        except Cancelled:
            return
        finally:
            part.over.set()
            self._room.release()

    def _encode(self, planned: Plan, piece: Piece) -> None:
        """Has the piece ready in the format that it will be sent in."""
        wanted = self._services.providers[planned.way].FORMATS
        refused = self._services.models.refused(planned.request.base_url, planned.choice.model)
        name = next((name for name in planned.request.formats if name in wanted), "wav")
        if name in STREAMABLE - {"pcm"} and not refused & {"format", "mp3"}:
            piece.encode(name)

    def _grown(self, part: Part, planned: Plan, before: str) -> Transcript | None:
        """The text of a piece that is sent while it is spoken, and if need be whole after it.

        Some servers refuse a body without a length, others read it as empty: where the piece goes
        better whole, it was not taken.
        """
        heard = self._asked(part, before)
        if heard is not None and heard.text and not self._too_short(heard, part.piece):
            self._uploads.learn(planned.destination, taken=True)
            return heard
        part.piece.wait()
        again = self._asked(part, before)
        if again is None or (heard is not None and len(again.text) <= len(heard.text)):
            return heard
        self._uploads.learn(planned.destination, taken=False)
        self._live = False
        return again

    def _asked(self, part: Part, before: str) -> Transcript | None:
        """The piece's text, for one attempt; None where it could not be had."""
        piece = part.piece
        try:
            answer = transcription.transcribe(
                piece,
                self._settings,
                self._services,
                replace(self._watch, partial=partial(self._tell, part)),
                before=before,
                live=piece.stop is None,
            )
        except Cancelled:
            raise
        except EmptyAnswer:
            return None if piece.track().seconds >= MUCH else NOTHING
        except DictationError:
            return None
        heard = self._costs.of(answer)
        return replace(heard, text=without_repeated(heard.text, before))

    def _rest(self, rest: Stretch, before: str) -> Transcript:
        """The text of what was not transcribed while it was spoken."""
        watch = self._watch
        onward = replace(watch, partial=lambda text: watch.partial(text_of((before, text))))
        answer = long_takes.transcribe(rest, self._settings, self._services, onward)
        return self._costs.of(answer)

    def _draft(self, heard: list[Transcript], starts: list[float]) -> Transcript | None:
        """What was paid for before the month's budget was used up."""
        if not any(piece.text for piece in heard):
            return None
        note = _("A part of it: the month's budget did not last for the rest.")
        return replace(joined(heard, starts), note=note, cost_usd=self._costs.known)

    def _holds_speech(self, part: Speech) -> bool:
        """Whether to send it at all: not where the gate hears nothing whatever in it."""
        return self._settings.speech_gate == "off" or part.track().windows > 0

    def _too_short(self, heard: Transcript, piece: Piece) -> bool:
        found = doubted(heard, piece, self._settings, self._experience())
        return found is not None and found.kind == "too_short"

    def _before(self, index: int) -> str:
        """The last words in front of a piece, where they are there already."""
        heard = self._parts[index - 1].heard if index else None
        return heard.text[-BEFORE:].partition(" ")[2] if heard else ""

    def _tell(self, part: Part, text: str) -> None:
        """Tells of a piece's text so far, with that of all before it, once it is there."""
        with self._telling:
            texts: list[str] = []
            for each in self._parts:  # up to the first that is not all there yet
                if each is part:
                    texts.append(text)
                elif each.heard is not None:
                    texts.append(each.heard.text)
                if each.heard is None:
                    break
            so_far = text_of(texts)
            if part in self._parts[: len(texts)] and len(so_far) > self._told:
                self._told = len(so_far)
                self._watch.partial(so_far)
