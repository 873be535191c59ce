"""The basic recogniser on a long take: in pieces, as it hears one, against all of it at once.

`python -m tests.bench.offline FOLDER`, with clips as for `tests.bench.wer`; they are spoken one
after the other until ten minutes are full.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import numpy as np
import soundfile

from dictation.audio import RATE
from dictation.audio_files import open_audio
from dictation.calibration.comparing import compare
from dictation.providers.offline import recogniser
from dictation.settings import Settings
from tests.bench.takes import Speaker
from tests.bench.wer import said_in
from tests.speaking import silence

SECONDS, SPEED = 590.0, 4.0
PAUSE = 0.7  # seconds between clips
TARGET = 0.01  # of all words more than at once


def joined(folder: Path, seconds: float) -> tuple[np.ndarray, str]:
    """Clips up to so many seconds, and what is said in them."""
    parts, said, length = list[np.ndarray](), list[str](), 0.0
    for clip in cycle(path for path in sorted(folder.iterdir()) if said_in(path)):
        sound = np.frombuffer(b"".join(open_audio(clip, rate=RATE).pcm()), "<i2")
        parts += [sound, silence(PAUSE)]
        said.append(said_in(clip))
        length += len(sound) / RATE + PAUSE
        if length >= seconds:
            return np.concatenate(parts), " ".join(said)
    raise AssertionError(f"{folder}: no clips with a .txt of their words beside them")


def offline(folder: Path, seconds: float = SECONDS) -> Iterator[str]:
    """One row: the share of wrong words both ways."""
    sound, said = joined(folder, seconds)
    settings = Settings(provider="offline")
    with tempfile.TemporaryDirectory() as root:
        speaker = Speaker(Path(root), 1, "auto", exact=False)
        speaker.settings = settings
        soundfile.write(speaker.wav, sound, RATE, subtype="PCM_16")
        at_once = speaker.wiring.transcribe(open_audio(speaker.wav), settings).text
        in_pieces = speaker.record(len(sound) / RATE, SPEED, patience=seconds).text
        speaker.engine.quit()
    recogniser.end()
    compared = [compare(said, text, "en") for text in (in_pieces, at_once)]
    shares = [found.rate for found in compared]
    verdict = "met" if shares[0] <= shares[1] + TARGET else "missed"
    told = f"offline {len(sound) / RATE:.0f} s, {compared[0].words} words"
    told += f": {shares[0]:.1%} wrong in pieces"
    yield f"{told}, {shares[1]:.1%} at once  (target {TARGET:+.0%})  {verdict}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    for row in offline(parser.parse_args().folder):
        print(row, flush=True)


if __name__ == "__main__":
    main()
