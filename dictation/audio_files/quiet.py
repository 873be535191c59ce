"""Where a recording is quietest: the places at which a long one may be cut.

The voice detector would tell better, but takes minutes for an hour. This takes a second.
"""

from __future__ import annotations

import numpy as np

from dictation.audio import RATE, Speech

WINDOW = RATE // 50  # samples: 20 ms
PAUSE = 15  # windows: 0.3 s, a pause between two words
SEARCHED = 20 * RATE  # samples in front of the last place possible


def cuts(speech: Speech, longest: int) -> list[tuple[int, int]]:
    """Pieces (start, stop) of at most `longest` samples, cut where it is quietest near their end.

    Raises what reading the sound raises.
    """
    total, start, found = round(speech.seconds * RATE), 0, []
    while total - start > longest:
        stop = _quietest(speech, start + max(longest - SEARCHED, longest // 2), start + longest)
        found.append((start, stop))
        start = stop
    return [*found, (start, total)] if total > start else found


def _quietest(speech: Speech, first: int, last: int) -> int:
    """The middle of the quietest pause between two samples."""
    samples = np.frombuffer(b"".join(speech.pcm(first, last)), "<i2").astype(np.float32)
    windows = len(samples) // WINDOW
    if windows <= PAUSE:
        return last
    power = np.square(samples[: windows * WINDOW]).reshape(windows, WINDOW).mean(axis=1)
    sums = np.convolve(power, np.ones(PAUSE), "valid")
    # Of pauses that are equally quiet the last: pieces should be long.
    quietest = len(sums) - 1 - int(np.argmin(sums[::-1]))
    return first + quietest * WINDOW + PAUSE * WINDOW // 2
