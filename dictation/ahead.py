"""A take's text while it is being spoken: what has been said is sent before the rest is.

A long take is cut in pauses, and each piece transcribed while the user goes on. Where the server
takes it, a piece is sent while it is spoken itself. What fails here fails for nobody: the rest of
the take is then sent as a whole, in the ordinary way, with its tries and fallbacks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from dictation import long_takes, transcription
from dictation.audio import RATE, Encoded, Recording
from dictation.audio_files.streaming import STREAMABLE
from dictation.errors import Cancelled, DictationError, EmptyAnswer
from dictation.growing import Growing, Lengths
from dictation.joining import Costs, joined, text_of, without_repeated
from dictation.judging import doubted
from dictation.pieces import Piece, Stretch
from dictation.settings import Settings
from dictation.transcription import Plan, Services
from dictation.truth import Experience
from dictation.uploads import Uploads
from dictation.values import Transcript, Watch

# Some 40 s give a model context enough, and end before any server's time is up.
PIECES = Lengths(30.0, 40.0, 55.0)
# The basic recogniser has no use for context; what it hears while the user speaks need not wait.
PIECES_OFFLINE = Lengths(6.0, 8.0, 20.0)
LIVE_FROM = 2.0  # seconds: a slip of the finger is not sent
MUCH = 3.0  # seconds of speech that can't be without words
BEFORE = 200  # characters of the text before a piece that are given with it
NOTHING = Transcript("", "", "", "")


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
        self._heard: list[Transcript] = []  # one a piece; the text is empty where nobody spoke
        self._starts: list[float] = []  # of these pieces, in seconds
        self._rest: int | None = 0  # the sample from which on nothing is transcribed yet
        self._costs = Costs()
        self._whole: Piece | None = None
        self._live = False
        self.asking = False  # a request is under way
        self._over = threading.Event()

    def run(self) -> None:
        """Until the take has ended, or the first failure."""
        try:
            planned = transcription.plan(self._settings, self._services)
            self._live = self._may_grow(planned)
            if planned.provider == "offline":
                self._growing.cut_by(PIECES_OFFLINE)
            elif self._settings.upload != "whole":
                self._growing.cut_by(PIECES)
            index = 0
            while self._advance(planned, index):
                index += 1
        except DictationError:
            return  # told where the take itself meets it; one that was given up has no end
        finally:
            self._over.set()

    @property
    def coded(self) -> Encoded | None:
        """The take in the format that it will be sent in, where none of it was sent yet."""
        return self._whole.coded if self._whole else None

    def result(self, recording: Recording) -> Transcript | None:
        """The take's text; None where nothing of it was sent yet. Raises as the ordinary way does.

        Call it once the take has ended.
        """
        self._over.wait()
        if not any(heard.text for heard in self._heard):
            return None
        heard, starts = list(self._heard), list(self._starts)
        if self._rest is not None:
            rest = Stretch(recording, self._rest, recording.stop)
            if rest.track().spoken:
                answer = long_takes.transcribe(rest, self._settings, self._services, self._onward())
                heard.append(self._costs.of(answer))
                starts.append(self._rest / RATE)
        return replace(joined(heard, starts), cost_usd=self._costs.known)

    def _may_grow(self, planned: Plan) -> bool:
        """Whether pieces are sent while they are being spoken."""
        if planned.provider == "offline" or self._settings.upload == "whole":
            return False
        taken = self._uploads.taken(planned.destination)
        return taken is not False if self._settings.upload == "live" else taken is True

    def _advance(self, planned: Plan, index: int) -> bool:
        """Sees one piece through; whether another follows."""
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
        if not grows and not piece.track().spoken:
            heard: Transcript | None = NOTHING
        elif grows:
            heard = self._grown(piece, planned)
        else:
            heard = self._asked(piece)
        if heard is None:
            return False
        self._heard.append(heard)
        self._starts.append(piece.start / RATE)
        self._rest = None if piece.is_last else piece.stop
        return not piece.is_last

    def _encode(self, planned: Plan, piece: Piece) -> None:
        """Has the piece ready in the format that it will be sent in."""
        wanted = self._services.providers[planned.way].FORMATS
        refused = self._services.models.refused(planned.request.base_url, planned.choice.model)
        name = next((name for name in planned.request.formats if name in wanted), "wav")
        if name in STREAMABLE - {"pcm"} and not refused & {"format", "mp3"}:
            piece.encode(name)

    def _grown(self, piece: Piece, planned: Plan) -> Transcript | None:
        """The text of a piece that is sent while it is spoken, and if need be whole after it.

        Some servers refuse a body without a length, others read it as empty: where the piece goes
        better whole, it was not taken.
        """
        heard = self._asked(piece)
        if heard is not None and heard.text and not self._too_short(heard, piece):
            self._uploads.learn(planned.destination, taken=True)
            return heard
        piece.wait()
        again = self._asked(piece)
        if again is None or (heard is not None and len(again.text) <= len(heard.text)):
            return heard
        self._uploads.learn(planned.destination, taken=False)
        self._live = False
        return again

    def _asked(self, piece: Piece) -> Transcript | None:
        """The piece's text, for one attempt; None where it could not be had."""
        before = self._text[-BEFORE:].partition(" ")[2]
        try:
            self.asking = True
            answer = transcription.transcribe(
                piece,
                self._settings,
                self._services,
                self._onward(),
                before=before,
                live=piece.stop is None,
            )
            heard = self._costs.of(answer)
        except Cancelled:
            raise
        except EmptyAnswer:
            return None if piece.track().seconds >= MUCH else NOTHING
        except DictationError:
            return None
        finally:
            self.asking = False
        return replace(heard, text=without_repeated(heard.text, before))

    def _too_short(self, heard: Transcript, piece: Piece) -> bool:
        found = doubted(heard, piece, self._settings, self._experience())
        return found is not None and found.kind == "too_short"

    @property
    def _text(self) -> str:
        return text_of(heard.text for heard in self._heard)

    def _onward(self) -> Watch:
        """Tells of a piece's text with that of the pieces before it in front."""
        partial, before = self._watch.partial, self._text
        return replace(self._watch, partial=lambda text: partial(text_of((before, text))))
