"""`dictation transcribe FILE…`: the text of audio files, on stdout."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, TextIO

from dictation import settings
from dictation.audio import Speech
from dictation.audio_files import open_audio
from dictation.cli import tell
from dictation.commands.flags import SENDING, add_settings, given
from dictation.errors import AudioFileError, DictationError, NoDecoder, NoSpeech, UsageError
from dictation.history import History
from dictation.i18n import _
from dictation.paths import open_private, places
from dictation.speech import hear
from dictation.takes import Status, Take, begin
from dictation.wiring import Wiring

# What a failed take's sound may be kept as; all else becomes a WAV.
EVERY_FORMAT = ("wav", "mp3", "aiff", "aac", "ogg", "flac", "m4a", "webm")


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="audio files; - is stdin")
    parser.add_argument("--format", choices=("txt", "json"), default="txt", help="[txt]")
    parser.add_argument("--output", type=Path, metavar="PATH", help="a file instead of stdout")
    parser.add_argument("--rate", type=int, metavar="HZ", help="the sample rate of raw PCM [16000]")
    add_settings(parser, SENDING)


def run(args: argparse.Namespace) -> int:
    """Each file in order; a bad one doesn't stop the rest, the first failure's code is ours."""
    if args.rate is not None and not 1_000 <= args.rate <= 768_000:
        raise UsageError(
            _("--rate {rate}: this is between 1000 and 768000.").format(rate=args.rate)
        )
    chosen, problems = settings.load(places().settings, flags=given(args))
    for problem in problems:
        tell(problem)
    work = Wiring(places())
    work.purse.tell(partial(print, file=sys.stderr))
    code = 0
    with _opened(args.output, args.files) as out:
        for name in args.files:
            take, error = _one(work, chosen, name, args.rate, segments=args.format == "json")
            if error is not None:
                if len(args.files) > 1:
                    print(f"{name}:", file=sys.stderr)
                tell(error)
                code = code or error.code
            if args.format == "json":
                print(json.dumps(take.as_json(), ensure_ascii=False), file=out, flush=True)
            elif error is None:
                print(take.text, file=out, flush=True)
    return code


def _opened(output: Path | None, files: Sequence[str]) -> AbstractContextManager[TextIO | None]:
    """The output, made before anything is sent and paid for; None is stdout."""
    if output is None:
        return nullcontext()
    if any(name != "-" and _same(Path(name), output) for name in files):
        raise UsageError(
            _("{output}: this is the recording itself.").format(output=output),
            hint=_("Name another file."),
        )
    try:
        return output.open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(
            f"{output}: {error.strerror}.", hint=_("Name a file that you may write to.")
        ) from error


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False  # one of them is not there yet


def _one(
    work: Wiring, chosen: settings.Settings, name: str, rate: int | None, *, segments: bool
) -> tuple[Take, DictationError | None]:
    """One file's take and, where it failed, why; a failed one leaves a row and its sound."""
    take, began = begin(), time.monotonic()
    try:
        speech = open_audio(_stdin() if name == "-" else Path(name), rate=rate)
    except DictationError as error:
        return _failed(take, None, error), error
    take = replace(take, seconds=speech.seconds)
    try:
        if chosen.speech_gate == "auto" and not _spoken(speech):
            what = f"No one speaks in {name}."
            raise NoSpeech(what, hint=_("Send it anyway with `--speech-gate off`."))
        transcript = work.transcribe(speech, chosen, segments=segments)
    except DictationError as error:
        return _failed(take, speech, error), error
    for told in filter(None, (transcript.note, transcript.doubt)):
        print(told, file=sys.stderr)
    timings: dict[str, float | None] = {
        step: round((at - began) * 1e3, 2) for step, at in transcript.timings.items()
    }
    return replace(take.heard(transcript), timings=timings), None


def _stdin() -> IO[bytes]:
    if sys.stdin is None:
        raise AudioFileError(
            _("The standard input is closed."), hint=_("Pipe a recording into it.")
        )
    return sys.stdin.buffer


def _spoken(speech: Speech) -> bool:
    try:
        return hear(speech.pcm(), only_whether=True).spoken
    except NoDecoder:
        return True  # nothing here can listen into it, but the service may take it as it is


def _failed(take: Take, speech: Speech | None, error: DictationError) -> Take:
    status: Status = "no_speech" if isinstance(error, NoSpeech) else "failed"
    take = replace(take, status=status, error=error.as_json())
    try:
        return _kept(take, None if isinstance(error, AudioFileError) else speech)
    except (DictationError, OSError) as trouble:  # it must not hide what it came from
        print(f"This is not in the history: {trouble}", file=sys.stderr)
        return take


def _kept(take: Take, speech: Speech | None) -> Take:
    with closing(History(places().history, places().recordings)) as history:
        if speech is not None:
            sound = speech.encoded(EVERY_FORMAT)
            path = history.recording(take.id).with_suffix(f".{sound.format}")
            with open_private(path) as file:
                file.writelines(sound.blocks())
            take = replace(take, audio=str(path))
        history.put(take)
    return take
