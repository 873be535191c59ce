"""The basic recogniser on this computer: PocketSphinx, English, lower case, no punctuation.

It needs no key and no network. A take is cut at its pauses and heard piece by piece in a child
process, which is started when needed and ends by itself when it is not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from threading import Lock, Timer

from dictation.audio import RATE, Speech
from dictation.backends import Verdict
from dictation.environment import without_keys
from dictation.errors import Cancelled, MissingPart, ServerFault
from dictation.i18n import _
from dictation.net import Http
from dictation.speech import Track
from dictation.values import Request, Segment, Transcript, Watch

NAME = "offline"
FORMATS = frozenset({"wav"})
MODEL = "pocketsphinx en-us"

LONGEST = 8 * RATE  # samples a piece: 31 words in 100 are wrong; with 3 s 33, with 20 s 46
MARGIN = RATE // 10  # samples of silence left around the speech of a piece
PATIENCE = 120.0  # seconds that one piece may take
# By its path: run as a module it would load the package, and with it httpx.
COMMAND = (sys.executable, "-P", str(Path(__file__).with_name("pocketsphinx_child.py")))


class Recogniser:
    """The child process, one at most, whoever asks."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self.child: subprocess.Popen[bytes] | None = None
        self.turn = Lock()  # held for a whole take: the earlier one is wanted first

    def warm(self) -> None:
        """Starts the child, which takes 0.4 s to be ready, ahead of need; waits for nothing."""
        if self.turn.acquire(blocking=False):
            try:
                self._running()
            finally:
                self.turn.release()

    def hear(self, pcm: bytes) -> str:
        """The words in one piece. Call it in one's turn. Raises ServerFault."""
        for _attempt in range(2):  # the child may have ended a moment ago, unused or killed
            child = self._running()
            answer = _exchange(child, pcm)
            if answer.endswith(b"\n"):
                break
            self.end()
        else:
            raise ServerFault(
                _("The recogniser's process ended while it was listening."),
                title=_("The basic recogniser failed"),
            )
        said: dict[str, str] = json.loads(answer)
        if "error" in said:
            raise MissingPart(
                _("The basic recogniser does not start: {why}.").format(why=said["error"]),
                hint=_("Install it again: `pip install --force-reinstall pocketsphinx`."),
            )
        return said["text"]

    def _running(self) -> subprocess.Popen[bytes]:
        if self.child is None or self.child.poll() is not None:
            self.end()
            self.child = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=without_keys(os.environ),
                start_new_session=True,  # a Ctrl+C that ends a recording is not meant for it
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        return self.child

    def end(self) -> None:
        """Ends the child."""
        if self.child is not None:
            self.child.kill()
            self.child.communicate()
            self.child = None


def _exchange(child: subprocess.Popen[bytes], pcm: bytes) -> bytes:
    """The child's answer to a piece; empty where it has ended, or had to be."""
    assert child.stdin is not None
    assert child.stdout is not None
    limit = Timer(PATIENCE, child.kill)
    limit.start()
    try:
        child.stdin.write(len(pcm).to_bytes(4, "big") + pcm)
        child.stdin.flush()
        return child.stdout.readline()
    except OSError:  # the pipe's other end is gone
        return b""
    finally:
        limit.cancel()


recogniser = Recogniser()
warm = recogniser.warm


def pieces(track: Track, total: int) -> list[tuple[int, int]]:
    """What to hear of `total` samples: stretches of speech, in samples (start, stop).

    In silence PocketSphinx hears words that nobody said: with 6 s of faint noise between the
    sentences 52 words in 100 were wrong, without it 20.
    """
    if not track.spoken:
        return track.cuts(total, LONGEST)
    end = min(total, track.end)
    starts = [0, *(loud for _quiet, loud in track.pauses)]
    stops = [*(quiet for quiet, _loud in track.pauses), end]
    spoken = [
        (max(0, start - MARGIN), min(end, stop + MARGIN))
        for start, stop in zip(starts, stops, strict=True)
        if start < stop  # not so where the take began with a pause
    ]
    found: list[tuple[int, int]] = []
    for start, stop in spoken:
        first = start
        if found and stop - found[-1][0] <= LONGEST:
            first = found.pop()[0]
        found += [(at, min(at + LONGEST, stop)) for at in range(first, stop, LONGEST)]
    return found


def transcribe(
    speech: Speech,
    request: Request,
    http: Http,
    watch: Watch,
    *,
    through: Recogniser = recogniser,
) -> Transcript:
    """The words heard, piece by piece; nothing of the request counts here but the sound."""
    if why := probe().why:
        raise MissingPart(why, hint=probe().fix)
    heard: list[Segment] = []
    while not through.turn.acquire(timeout=0.1):
        _go_on(watch)
    try:
        for start, stop in pieces(speech.track(), round(speech.seconds * RATE)):
            _go_on(watch)
            text = through.hear(b"".join(speech.pcm(start, stop)))
            if text:
                heard.append(Segment(start / RATE, stop / RATE, text))
                watch.partial(_joined(heard))
    finally:
        through.turn.release()
    text = _joined(heard)
    return Transcript(text, text, NAME, MODEL, language="en", segments=tuple(heard))


def _joined(heard: Sequence[Segment]) -> str:
    return " ".join(segment.text for segment in heard)


def _go_on(watch: Watch) -> None:
    if watch.cancelled():
        raise Cancelled(_("The recognition was given up."))


def probe() -> Verdict:
    """Whether the basic recogniser is installed."""
    if find_spec("pocketsphinx"):
        return Verdict(True)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return Verdict(
        False,
        _("PocketSphinx is not installed here (Python {version}).").format(version=version),
        _("Use Python 3.11 to 3.13, for which it is offered, or store a key: `dictation key set`."),
    )
