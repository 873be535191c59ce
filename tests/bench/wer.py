"""Word error rate of a provider: `python -m tests.bench.wer FOLDER [--provider … --model …]`.

FOLDER holds clips, NAME.wav or another format, each with its words beside it in NAME.txt.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Sequence
from pathlib import Path

from dictation import settings
from dictation.audio_files import open_audio
from dictation.commands.flags import SENDING, add_settings, given
from dictation.errors import DictationError, EmptyAnswer
from dictation.paths import places
from dictation.wiring import Wiring

SMALL = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def words(text: str) -> list[str]:
    """The words as they are compared: lower case, no punctuation, numbers spelled out."""
    plain = re.sub(r"[^\w' ]", "", re.sub(r"[-\s]", " ", text.lower().replace("’", "'")))
    return [
        spelled
        for word in plain.split()
        for spelled in (number(word) if word.isdecimal() else ["mr" if word == "mister" else word])
    ]


def number(digits: str) -> list[str]:
    """A number up to 99 as it is said; a longer one digit by digit."""
    value = int(digits)
    if len(digits) > 2:
        return [SMALL[int(digit)] for digit in digits]
    if value < 20:
        return [SMALL[value]]
    return [TENS[value // 10 - 2], *([SMALL[value % 10]] if value % 10 else [])]


def errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """The least number of words to replace, add or leave out to come from one to the other."""
    row = list(range(len(heard) + 1))
    for number_said, word in enumerate(said, start=1):
        above, row[0] = row[0], number_said
        for number_heard, other in enumerate(heard, start=1):
            cost = min(row[number_heard] + 1, row[number_heard - 1] + 1, above + (word != other))
            above, row[number_heard] = row[number_heard], cost
    return row[-1]


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
        speech, said = open_audio(clip), words(said_in(clip))
        began = time.monotonic()
        try:
            text = work.transcribe(speech, chosen).text
        except EmptyAnswer:
            text = ""
        except DictationError as error:
            print(f"{clip.name}: {error.title}: {error.message}")
            return error.code
        took, missed = time.monotonic() - began, errors(said, words(text))
        print(f"{missed / len(said):7.1%}  {took:6.2f} s  {clip.name}: {text}", flush=True)
        wrong, total = wrong + missed, total + len(said)
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
