"""Which format suits a line: what is lost by waiting, weighed against what is lost by encoding.

Bits that a second of speech takes, as measured, and where JSON carries it as base64 (a third more):

| | as it is | base64 | 30 s of it at 10 Mbit/s |
| --- | --- | --- | --- |
| WAV, PCM | 256 k | 341 k | 1.02 s |
| FLAC | 160 k | 213 k | 0.64 s |
| MP3 | 48 k | 64 k | 0.19 s |
| Opus | 30 k | 40 k | 0.12 s |
"""

from __future__ import annotations

FAST = 80e6  # bits a second: from here on FLAC saves less than 50 ms of 30 s of speech
# Below this Opus saves half a second and more of those 30 s against FLAC, which is felt. Above it
# a model gets to hear every bit: MP3 and Opus are the last resort.
SLOW = 10e6
# While it is spoken only what the codec holds back is left to send, 72 ms of FLAC: nothing on any
# line that keeps up. It should do so twice over, for a line is shared and its speed changes.
SLOW_LIVE = 2 * 213e3

ON_FAST = ("wav", "pcm", "flac", "mp3", "ogg")
ON_MIDDLING = ("flac", "wav", "pcm", "mp3", "ogg")
ON_SLOW = ("ogg", "mp3", "flac", "pcm", "wav")
OF_FILES = ("m4a", "webm", "aac", "aiff")  # which nothing here makes, but a file may have them


def order(chosen: str, speed: float | None, *, live: bool = False) -> tuple[str, ...]:
    """Formats, most wanted first: `chosen` is the setting, `speed` the line's bits a second.

    `live`: it is sent while it is spoken. A speed of None, not known yet, is taken for a middling
    one: FLAC loses nothing, and at worst takes two thirds of the WAV's time.
    """
    if chosen != "auto":
        return tuple(dict.fromkeys((chosen, "wav")))
    if speed is not None and speed < (SLOW_LIVE if live else SLOW):
        return ON_SLOW + OF_FILES
    if speed is not None and speed >= FAST:
        return ON_FAST + OF_FILES
    return ON_MIDDLING + OF_FILES
