"""What a file's bytes say it is: how the API calls it, where its samples are, who decodes it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from dictation.audio import RATE
from dictation.audio_files.frames import adts_frame, first_frame, mp3_frame, mp3_lead, tag_size

HEAD = 64 * 1024  # bytes looked at to tell the format
CHUNKS = 1000  # a WAV with more chunks before its samples is none

Read = Callable[[int, int], bytes]  # (offset, count); fewer bytes at the end

# Raw files have nothing to be told by but their name. The sample types are named as by libsndfile.
RAW_ENDINGS = {".pcm": "PCM_16", ".raw": "PCM_16", ".pcm16": "PCM_16", ".pcm24": "PCM_24"}
WIDTHS = {"PCM_U8": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "FLOAT": 4, "DOUBLE": 8}
WIDTHS |= {"ALAW": 1, "ULAW": 1}
# WAVE's own format numbers, with the bytes a sample takes.
WAVE_PCM = 1
WAVE_EXTENSIBLE = 0xFFFE
WAVE_KINDS = {
    **{(1, 1): "PCM_U8", (1, 2): "PCM_16", (1, 3): "PCM_24", (1, 4): "PCM_32"},
    **{(3, 4): "FLOAT", (3, 8): "DOUBLE", (6, 1): "ALAW", (7, 1): "ULAW"},
}
WEBM_VIDEO = (b"V_VP8", b"V_VP9", b"V_AV1")


@dataclass(frozen=True, slots=True)
class Samples:
    """Uncompressed little-endian samples, interleaved; `start` and `size` in bytes."""

    kind: str
    channels: int
    rate: int
    start: int
    size: int

    @property
    def frame(self) -> int:
        """Bytes that one sample of all channels takes."""
        return WIDTHS[self.kind] * self.channels


@dataclass(frozen=True, slots=True)
class Sound:
    """What was recognised. `names`: the API's formats as which the file may travel as it is."""

    names: tuple[str, ...] = ()
    start: int = 0  # where decoding begins: behind a tag, or a torn frame
    lead: bytes = b""  # what the decoder is given before that
    samples: Samples | None = None  # where no codec is in the way
    demuxer: str = ""  # FFmpeg's name where PyAV decodes; else soundfile does


def recognise(read: Read, size: int, *, ending: str = "", rate: int | None = None) -> Sound | None:
    """The sound in `size` bytes, or None; `ending` and `rate` count only where no header is."""
    head = read(0, HEAD)
    start = tag_size(head)
    if start:
        head = read(start, HEAD)
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return _wav(read, size)
    if found := _container(head, start):
        return found
    if ending in RAW_ENDINGS:
        return _raw(RAW_ENDINGS[ending], size, rate or RATE)
    whole = start + len(head) >= size
    for frame in (mp3_frame, adts_frame):
        first = first_frame(head, frame, whole)
        if first is not None and frame is mp3_frame:
            lead = mp3_lead(head[first:], size - start - first)
            return Sound(("mp3",), start + first, lead)
        if first is not None:
            return Sound(("aac",), start + first, demuxer="aac")
    return _raw("PCM_16", size, rate) if rate else None


def _container(head: bytes, start: int) -> Sound | None:
    magic = head[:4]
    if magic == b"fLaC":
        return Sound(("flac",), start)
    if magic == b"OggS":
        known = b"OpusHead" in head[:128] or b"\x01vorbis" in head[:128]
        return Sound(("ogg",) if known else (), start)
    if magic == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return Sound(("aiff",), start)
    if magic == b"RIFX" and head[8:12] == b"WAVE":
        return Sound((), start)
    if magic == b"\x1aE\xdf\xa3":
        # Matroska is more than WebM, and WebM may be a video.
        webm = b"webm" in head[:64] and not any(codec in head for codec in WEBM_VIDEO)
        return Sound(("webm",) if webm else (), start, demuxer="matroska")
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide"):
        # Of these brands only sound is known to come; PyAV looks into the others.
        return Sound(("m4a",) if head[8:12] in (b"M4A ", b"M4B ") else (), start, demuxer="mov")
    return None


def _raw(kind: str, size: int, rate: int) -> Sound:
    # Chat's pcm16 and pcm24 say no rate, so raw samples go there as a WAV.
    names = ("pcm",) if (kind, rate) == ("PCM_16", RATE) else ()
    return Sound(names, samples=Samples(kind, 1, rate, 0, size))


def _wav(read: Read, size: int) -> Sound | None:
    form, riff_size = struct.unpack("<4sI", read(0, 8))
    tag = channels = rate = align = bits = 0
    long_size = None
    offset = 12
    for _ in range(CHUNKS):
        header = read(offset, 8)
        if len(header) < 8:
            return None
        name, length = struct.unpack("<4sI", header)
        offset += 8
        if name == b"data":
            break
        if name == b"ds64" and form == b"RF64":
            long_size = int.from_bytes(read(offset + 8, 8), "little")
        if name == b"fmt ":
            body = read(offset, min(length, 40))
            if len(body) < 16:
                return None
            tag, channels, rate, _speed, align, bits = struct.unpack("<HHIIHH", body[:16])
            extensible = tag == WAVE_EXTENSIBLE and len(body) >= 26
            if extensible:
                tag = int.from_bytes(body[24:26], "little")
            plain = tag == WAVE_PCM and bits == 16 and not extensible
        offset += length + length % 2
    else:
        return None
    if not channels or not rate:
        return None
    width = align // channels if align % channels == 0 and align * 8 >= bits * channels else 0
    kind = WAVE_KINDS.get((tag, width or (bits + 7) // 8))
    if kind is None:
        return Sound()  # ADPCM, GSM and the like
    claimed = length if long_size is None else long_size
    there = _there(read, offset, claimed, size)
    samples = Samples(kind, channels, rate, offset, there)
    true = (
        there == claimed and riff_size + 8 == size and not there % samples.frame and form != b"RF64"
    )
    return Sound(("wav",) if plain and true and align == samples.frame else (), samples=samples)


def _there(read: Read, start: int, claimed: int, size: int) -> int:
    """Bytes of samples from `start`: as claimed if that ends the file or a chunk follows, else all.

    A WAV that was streamed, or whose writer died, claims 0, 2 or 4 GB, or a length long passed.
    """
    end = start + claimed
    if end > size:
        return size - start
    after = read(end + claimed % 2, 8)
    if len(after) < 8 or (
        after[:4].isascii()
        and after[:4].decode().isprintable()
        and end + 8 + int.from_bytes(after[4:], "little") <= size
    ):
        return claimed
    return size - start
