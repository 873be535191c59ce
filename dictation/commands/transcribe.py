"""`dictation transcribe FILE…`: the text of audio files, on stdout."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from dictation import settings, wiring
from dictation.audio import Speech
from dictation.audio_files import open_audio
from dictation.cli import tell
from dictation.commands.flags import SENDING, add_settings, given
from dictation.errors import DictationError, NoSpeech, UsageError
from dictation.history import History
from dictation.paths import places
from dictation.speech import hear
from dictation.takes import Status, Take, begin


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
    work = wiring.Wiring(places())
    code = 0
    texts: list[str] = []
    for name in args.files:
        take = begin()
        try:
            take = _transcribe(work, chosen, take, name, args.rate)
        except DictationError as error:
            if len(args.files) > 1:
                print(f"{name}:", file=sys.stderr)
            tell(error)
            code = code or error.code
            take = _failed(take, name, error)
        if args.format == "json":
            texts.append(json.dumps(take.as_json(), ensure_ascii=False))
        elif take.status == "kept":
            texts.append(take.text)
        if texts and args.output is None:
            print(texts.pop(), flush=True)
    if args.output is not None:
        try:
            args.output.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{args.output}: {error.strerror}.") from error
    return code


def _transcribe(
    work: wiring.Wiring, chosen: settings.Settings, take: Take, name: str, rate: int | None
) -> Take:
    if name == "-":
        speech: Speech = open_audio(sys.stdin.buffer, rate=rate, name="stdin")
    else:
        speech = open_audio(Path(name), rate=rate)
    take = replace(take, seconds=speech.seconds)
    if chosen.speech_gate == "auto" and not hear(speech.pcm(), only_whether=True).spoken:
        raise NoSpeech(f"No one speaks in {name}.", hint="Send it anyway with `--speech-gate off`.")
    transcript = work.transcribe(speech, chosen)
    if transcript.note:
        print(transcript.note, file=sys.stderr)
    return replace(
        take,
        status="kept",
        text=transcript.text,
        raw_text=transcript.raw_text,
        provider=transcript.provider,
        model=transcript.model,
        language=transcript.language,
        cost_usd=transcript.cost_usd,
        segments=transcript.segments,
    )


def _failed(take: Take, name: str, error: DictationError) -> Take:
    """A failed take leaves a row, with a copy of its sound where there is any."""
    status: Status = "no_speech" if isinstance(error, NoSpeech) else "failed"
    take = replace(take, status=status, error=error.as_json())
    history = History(places().history, places().recordings)
    source = Path(name)
    if name != "-" and take.seconds and source.is_file():
        copy = history.recording(take.id).with_suffix(source.suffix)
        shutil.copyfile(source, copy)
        take = replace(take, audio=str(copy))
    history.put(take)
    history.close()
    return take
