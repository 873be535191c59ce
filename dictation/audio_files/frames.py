"""MP3 and AAC (ADTS) files have no header: they are told by frames that follow one another."""

from __future__ import annotations

import struct
from collections.abc import Callable

SEARCHED = (
    16 * 1024
)  # bytes in which the first frame must begin; a ripped stream starts in mid-frame
NEEDED = 3  # frames in a row: fewer are met by chance in any file
TAG_SLACK = 512  # bytes of tags at the end that a Xing frame does not count

# Hz by the header's rate index, for MPEG 1; version 2 has half of it, 2.5 a quarter.
MP3_RATES = (44_100, 48_000, 32_000)
MP3_HALVINGS = {3: 0, 2: 1, 0: 2}  # by the header's version bits
# kbit/s by the header's bit rate index, layer III
MP3_KBITS = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def tag_size(head: bytes) -> int:
    """Bytes that an ID3v2 tag in front takes; 0 where there is none."""
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    a, b, c, d = head[6:10]
    footer = 10 if head[5] & 0x10 else 0
    return 10 + (a << 21 | b << 14 | c << 7 | d) + footer


def mp3_frame(header: bytes) -> int:
    """Length in bytes of the MPEG layer III frame that begins so; 0 if none does."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version, bits, rate = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or bits in (0, 15) or rate == 3:
        return 0
    first = version == 3
    hertz = MP3_RATES[rate] >> MP3_HALVINGS[version]
    return (144 if first else 72) * 1000 * MP3_KBITS[first][bits] // hertz + (header[2] >> 1 & 1)


def adts_frame(header: bytes) -> int:
    """Length in bytes of the ADTS frame that begins so; 0 if none does."""
    if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0 or header[2] >> 2 & 15 > 12:
        return 0
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return length if length > 7 else 0


def first_frame(head: bytes, frame: Callable[[bytes], int], whole: bool) -> int | None:
    """Where the first of NEEDED like frames begins, or None; `whole`: the file ends with `head`."""
    start = head.find(b"\xff")
    while 0 <= start < SEARCHED:
        offset, met = start, 0
        while met < NEEDED and (length := frame(head[offset : offset + 8])):
            offset += length
            met += 1
        if met == NEEDED or (whole and met and start == 0 and offset >= len(head)):
            return start
        start = head.find(b"\xff", start + 1)
    return None


def mp3_lead(head: bytes, size: int) -> bytes:
    """A frame to put before an MP3 of `size` bytes whose own length can't be trusted, or b"".

    libsndfile stops where it believes the end to be: guessed from the first frame where no Xing
    frame says it (a quarter of a file with a variable bit rate was lost), or at the end of the
    first of two joined files. This frame promises more than there is, so all of it is decoded.
    """
    version, mono = head[1] >> 3 & 3, head[3] >> 6 == 3
    first = version == 3
    side = (17 if mono else 32) if first else (9 if mono else 17)
    own = head[4 + side : 4 + side + 16]
    if own[:4] in (b"Xing", b"Info") and len(own) == 16:
        flags, _frames, counted = struct.unpack(">III", own[4:])
        if flags & 3 == 3 and counted <= size <= counted + TAG_SLACK:
            return b""
    # No checksum, and a bit rate whose frame has room for the promise at any sampling rate.
    header = bytes((0xFF, head[1] | 1, 0x80 | head[2] & 12, head[3]))
    promise = b"Xing" + struct.pack(">II", 1, 0x7FFFFF)
    return (header + bytes(side) + promise).ljust(mp3_frame(header), b"\0")
