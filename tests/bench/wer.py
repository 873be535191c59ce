"""Word error rate of a provider: `python -m tests.bench.wer FOLDER [--provider … --model …]`.

FOLDER holds clips, NAME.wav or another format, each with its words beside it in NAME.txt.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from dictation import settings
from dictation.audio_files import open_audio
from dictation.calibration.comparing import compare
from dictation.commands.flags import SENDING, add_settings, given
from dictation.errors import DictationError, EmptyAnswer
from dictation.paths import places
from dictation.wiring import Wiring


def main() -> int:
    """Prints a line for each clip, then the total."""
    parser = argparse.ArgumentParser(prog="wer", description=__doc__)
    parser.add_argument("folder", type=Path)
    add_settings(parser, SENDING)
    args = parser.parse_args()
    chosen, _problems = settings.load(places().settings, flags=given(args))
    work = Wiring(places())
    clips = [path for path in sorted(args.folder.iterdir()) if said_in(path)]
    wrong = total = 0
    seconds = spent = 0.0
    for clip in clips:
        speech = open_audio(clip)
        began = time.monotonic()
        try:
            text = work.transcribe(speech, chosen).text
        except EmptyAnswer:
            text = ""
        except DictationError as error:
            print(f"{clip.name}: {error.title}: {error.message}")
            return error.code
        took, found = time.monotonic() - began, compare(said_in(clip), text, "en")
        print(f"{found.rate:7.1%}  {took:6.2f} s  {clip.name}: {text}", flush=True)
        wrong, total = wrong + found.errors, total + found.words
        seconds, spent = seconds + speech.seconds, spent + took
    if not total:
        parser.error(f"{args.folder}: no clips with a .txt of their words beside them")
    ratio = spent / seconds
    print(f"{wrong / total:7.1%}  {spent:6.2f} s  all: {wrong} of {total} words wrong,", end=" ")
    print(f"{seconds:.1f} s of speech, {ratio:.2f} times real time")
    return 0


def said_in(clip: Path) -> str:
    """What is said in the clip; empty for a file that is none."""
    if clip.suffix == ".txt" or not clip.with_suffix(".txt").exists():
        return ""
    return clip.with_suffix(".txt").read_text(encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
