"""Where the keys of a layout are, by the text of its xkb keymap, as compositors hand it out.

https://xkbcommon.org/doc/current/keymap-text-format-v1.html
"""

from __future__ import annotations

import re

LAYOUTS = 32  # that a keymap has at most
FROM_XKB = 8  # xkb counts the kernel's keys from there
# None of these looks far ahead, so that no text takes long.
CODE = re.compile(r"<([^<>]+)>\s*=\s*(\d{1,6})$")
KEY = re.compile(r"\bkey\s*<([^<>]+)>\s*\{")
GROUP = re.compile(r"(?:\b(\w+)(?:\[\w+\])?\s*=\s*|(?<!\w))\[([^\[\]]*)\]")  # symbols or actions

Layout = dict[str, int]  # the keys' codes (linux/input-event-codes.h) by what they give alone


def layouts(text: str) -> list[Layout]:
    """The layouts of a keymap, in order; none where the text is no keymap."""
    parts = text.split(";")
    codes = {found[1]: int(found[2]) - FROM_XKB for part in parts if (found := CODE.search(part))}
    rows = [
        (codes[key[1]], _firsts(part[key.end() :]))
        for part in parts
        if (key := KEY.search(part)) and key[1] in codes
    ]
    most = max((len(firsts) for _code, firsts in rows), default=0)
    made: list[Layout] = [{} for _each in range(min(most, LAYOUTS))]
    for code, firsts in rows:
        for group, layout in enumerate(made):
            if firsts and (name := firsts[group % len(firsts)]):
                layout.setdefault(name, code)
    return made


def _firsts(body: str) -> list[str]:
    """What a key gives without a modifier, in each layout."""
    groups = [each for what, each in GROUP.findall(body) if what in ("symbols", "")]
    return [symbols.split(",")[0].strip() for symbols in groups]


def place(found: list[Layout], group: int, symbol: int, name: str, usual: int) -> int:
    """The code of the key that gives a keysym, of a number and name, in the layout in force.

    Else of the one that does in another: programs take their shortcuts from there where the layout
    has no such letter. Else its `usual` code.
    """
    if not found:
        return usual
    wanted = name, f"{symbol:#x}"  # newer libraries write the number
    rows = [found[group % len(found)], *found]
    return next((row[each] for row in rows for each in wanted if each in row), usual)
