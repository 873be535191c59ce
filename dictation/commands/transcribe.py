"""`dictation transcribe FILE…`: the text of audio files, on stdout."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from dictation import settings
from dictation.audio import Speech
from dictation.audio_files import open_audio
from dictation.cli import tell
from dictation.commands.flags import SENDING, add_settings, given
from dictation.errors import DictationError, NoSpeech, UsageError
from dictation.history import History
from dictation.paths import open_private, places
from dictation.speech import hear
from dictation.takes import Status, Take, begin
from dictation.wiring import Wiring

# What a failed take's sound may be kept as; all else becomes a WAV.
EVERY_FORMAT = frozenset({"wav", "mp3", "aiff", "aac", "ogg", "flac", "m4a", "webm"})


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
        raise UsageError(f"--rate {args.rate}: this is between 1000 and 768000.")
    chosen, problems = settings.load(places().settings, flags=given(args))
    for problem in problems:
        tell(problem)
    work = Wiring(places())
    code = 0
    results: list[str] = []
    for name in args.files:
        take, error = _one(work, chosen, name, args.rate)
        if error is not None:
            if len(args.files) > 1:
                print(f"{name}:", file=sys.stderr)
            tell(error)
            code = code or error.code
        if args.format == "json":
            results.append(json.dumps(take.as_json(), ensure_ascii=False))
        elif error is None:
            results.append(take.text)
        if results and args.output is None:
            print(results.pop(), flush=True)
    if args.output is not None:
        try:
            args.output.write_text("".join(f"{result}\n" for result in results), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{args.output}: {error.strerror}.") from error
    return code


def _one(
    work: Wiring, chosen: settings.Settings, name: str, rate: int | None
) -> tuple[Take, DictationError | None]:
    """One file's take and, where it failed, why; a failed one leaves a row and its sound."""
    take = begin()
    try:
        speech = open_audio(sys.stdin.buffer if name == "-" else Path(name), rate=rate)
    except DictationError as error:
        return _failed(take, None, error), error
    take = replace(take, seconds=speech.seconds)
    try:
        if chosen.speech_gate == "auto" and not hear(speech.pcm(), only_whether=True).spoken:
            what = f"No one speaks in {name}."
            raise NoSpeech(what, hint="Send it anyway with `--speech-gate off`.")
        transcript = work.transcribe(speech, chosen)
    except DictationError as error:
        return _failed(take, speech, error), error
    if transcript.note:
        print(transcript.note, file=sys.stderr)
    return take.heard(transcript), None


def _failed(take: Take, speech: Speech | None, error: DictationError) -> Take:
    status: Status = "no_speech" if isinstance(error, NoSpeech) else "failed"
    take = replace(take, status=status, error=error.as_json())
    with closing(History(places().history, places().recordings)) as history:
        if speech is not None:
            sound = speech.encoded(EVERY_FORMAT)
            path = history.recording(take.id).with_suffix(f".{sound.format}")
            with open_private(path) as file:
                file.writelines(sound.blocks())
            take = replace(take, audio=str(path))
        history.put(take)
    return take
