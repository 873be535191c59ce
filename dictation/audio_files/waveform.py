"""How loud a recording is from beginning to end, to be drawn."""

from __future__ import annotations

import numpy as np

from dictation.audio import RATE, Speech


def peaks(speech: Speech, count: int) -> tuple[float, ...]:
    """The loudest sample of each of `count` equal stretches, 0 to 1; raises AudioFileError."""
    total = max(1, round(speech.seconds * RATE))
    found = np.zeros(count, np.float64)
    at = 0
    for block in speech.pcm():
        levels = np.abs(np.frombuffer(block, "<i2").astype(np.int32))
        places = np.minimum((at + np.arange(len(levels))) * count // total, count - 1)
        np.maximum.at(found, places, levels)
        at += len(levels)
    return tuple((found / 32768).tolist())
