"""Texts, clipboards, layouts and locks at random, by a seed: what a paste has to come through."""

from __future__ import annotations

import random
import struct
import zlib
from dataclasses import dataclass

ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 ",
    "one, two; three: four! five? 'six' \"seven\" (8) [9] {10} <11> a/b\\c|d @#$%&*-+= ",
    "äöüßÄÖÜ éèêàçœ ñ¿¡ žščřďťňů ąęłżź ğış ĳ €£§ „“”‘’–—… ",
    "Привет мир Ελληνικά Հայերեն ქართული ",
    "שלום עולם مرحبا بالعالم فارسی ",
    "你好世界，今天天气很好。日本語の文章です。안녕하세요 ",
    "😀🎤🏳️‍🌈👩‍🔬👍🏽🇩🇪 e\u0301a\u0308o\u0302 ",
    "\t\n ab\n\tcd ",
)
LAYOUTS = (("us",), ("de",), ("fr",), ("us", "-variant", "dvorak"), ("us,ru",), ("ru",))
LONGEST = 10_000
CLIPBOARDS = ("text", "picture", "files")


@dataclass(frozen=True, slots=True)
class Case:
    """One take, and what the desktop is like when it comes."""

    text: str
    clipboard: str
    layout: tuple[str, ...]
    caps: bool
    num: bool
    held: bool  # the hotkey's modifiers, still
    busy: bool  # both cores
    history: bool  # a clipboard manager runs

    def __str__(self) -> str:
        told = [self.clipboard, "-".join(self.layout)]
        told += [name for name in ("caps", "num", "held", "busy", "history") if getattr(self, name)]
        return f"{len(self.text)} characters, {', '.join(told)}"


def cases(seed: int, count: int) -> list[Case]:
    """The same ones for the same seed; each length from 1 to 10,000 is as likely as its tenfold."""
    chance = random.Random(seed)

    def maybe() -> bool:
        return chance.random() < 0.4

    made = []
    for number in range(count):
        length = LONGEST if number == 1 else max(1, int(10 ** chance.uniform(0, 4)))
        layout = LAYOUTS[number % len(LAYOUTS)]
        clipboard = CLIPBOARDS[number % len(CLIPBOARDS)]
        text = _text(chance, 1 if number == 0 else length)
        made.append(
            Case(text, clipboard, layout, maybe(), maybe(), maybe(), maybe(), maybe()),
        )
    return made


def _text(chance: random.Random, length: int) -> str:
    parts = []
    while sum(map(len, parts)) < length:
        letters = chance.choice(ALPHABETS)
        start = chance.randrange(len(letters))
        parts.append(letters[start : start + chance.randint(1, 30)])
    # Each ends with a letter, so that none vanishes as a program's own final newline.
    text = "".join(parts)[: length - 1].replace("\r", "")
    return text + chance.choice("xyz.")


def picture(chance: random.Random) -> bytes:
    """A PNG of noise, 40 kB."""
    side = 200

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = b"".join(b"\0" + chance.randbytes(side) for _ in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows, 1)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
