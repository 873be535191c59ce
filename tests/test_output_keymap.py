"""Where keys are, by keymaps: of every layout that is installed, as xkb itself reads them."""

from __future__ import annotations

import ctypes
import re
import time
from collections.abc import Callable
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_uint32, c_void_p
from pathlib import Path

import pytest

from dictation.output.keymap import FROM_XKB, LAYOUTS, Layout, layouts, place

RULES = Path("/usr/share/X11/xkb/rules/evdev.lst")


class Names(Structure):
    """Of a layout, as users choose it."""

    _fields_ = tuple(
        (each, c_char_p) for each in ("rules", "model", "layout", "variant", "options")
    )


class Xkb:
    """The library that compositors have for keymaps, as Qt's windows need it, too."""

    def __init__(self) -> None:
        if not RULES.exists():
            pytest.skip("missing here: apt install xkb-data libxkbcommon0")
        self._library = ctypes.CDLL("libxkbcommon.so.0")
        for name in ("context_new", "keymap_new_from_names", "keymap_get_as_string"):
            getattr(self._library, f"xkb_{name}").restype = c_void_p
        self._context = c_void_p(self._library.xkb_context_new(0))

    def read(self, layout: str, variant: str) -> tuple[str, list[dict[str, int]]]:
        """The text of a keymap, and of each of its layouts the keys by what they give alone."""
        chosen = (b"evdev", b"pc105", layout.encode(), variant.encode(), b"")
        made = self._library.xkb_keymap_new_from_names(self._context, byref(Names(*chosen)), 0)
        assert made, (layout, variant)
        keymap = c_void_p(made)
        text = ctypes.string_at(self._library.xkb_keymap_get_as_string(keymap, 1)).decode()
        groups = range(self._library.xkb_keymap_num_layouts(keymap))
        found = [self._layout(keymap, group) for group in groups]
        self._library.xkb_keymap_unref(keymap)
        return text, found

    def _layout(self, keymap: c_void_p, group: int) -> dict[str, int]:
        library, found = self._library, dict[str, int]()
        codes = library.xkb_keymap_min_keycode(keymap), library.xkb_keymap_max_keycode(keymap)
        for code in range(codes[0], codes[1] + 1):
            symbols = POINTER(c_uint32)()
            of = library.xkb_keymap_num_layouts_for_key(keymap, code)
            arguments = (keymap, c_uint32(code), c_uint32(group % of if of else 0), c_uint32(0))
            if library.xkb_keymap_key_get_syms_by_level(*arguments, byref(symbols)) and symbols[0]:
                name = ctypes.create_string_buffer(64)
                library.xkb_keysym_get_name(symbols[0], name, c_int(64))
                found.setdefault(name.value.decode(), code - FROM_XKB)
        return found


def installed() -> list[tuple[str, str]]:
    """Every layout with its variants; "custom" is a file of the user's, which is not there."""
    text = RULES.read_text()
    rows = re.findall(r"^  (\S+)\s+(\w+): ", text.split("! variant")[1], re.MULTILINE)
    plain = re.findall(r"^  (\w+) ", text.split("! layout")[1].split("!")[0], re.MULTILINE)
    named = [(layout, variant) for variant, layout in rows]
    return [(layout, "") for layout in plain if layout != "custom"] + named


@pytest.mark.only_on("linux")
def test_every_layout_is_read_as_xkb_reads_it(sample: Callable[[int, int], int]) -> None:
    xkb, names = Xkb(), installed()
    assert len(names) > 400
    for layout, variant in names[:: len(names) // sample(100, len(names))]:
        text, expected = xkb.read(f"us,{layout}", f",{variant}")
        found = layouts(text)
        for each in found:
            each.pop("NoSymbol", None)
        assert found == expected, (layout, variant)


NUMBERS = {"v": 0x76, "Control_L": 0xFFE3}
# The same two keys by libxkbcommon 1.5, by 1.13, and by that without care for the reader.
OLD = """key <LCTL> { [ Control_L ] };
key <AB04> { type= "ALPHABETIC", symbols[Group1]= [ v, V ], symbols[Group2]= [ Cyrillic_em ],
    actions[Group1]= [ NoAction(), Private(type=0x11,data[0]=0x50) ] };"""
PRETTY = """key <LCTL> { [ Control_L ] };
key <AB04> { symbols[1]= [ v, V ], symbols[2]= [ Cyrillic_em, Cyrillic_EM ] };"""
PLAIN = "key <LCTL> {[0xffe3]};key <AB04> {symbols[1]=[0x76,0x56],symbols[2]=[0x6cd,0x6ed]};"
US: Layout = {"v": 47, "Control_L": 29}
RUSSIAN: Layout = {"Cyrillic_em": 47, "Control_L": 29}
DVORAK: Layout = {"v": 52, "Control_L": 58}


@pytest.mark.parametrize(
    ("found", "group", "name", "code"),
    [
        ([US], 0, "v", 47),
        ([US, DVORAK], 1, "v", 52),
        ([US, DVORAK], 1, "Control_L", 58),
        ([RUSSIAN, DVORAK], 0, "v", 52),  # programs look there, too
        ([RUSSIAN], 0, "v", 1),
        ([], 3, "v", 1),
        ([US, DVORAK], 3, "v", 52),  # as xkb does with a number too high
    ],
)
def test_a_key_is_looked_for_where_programs_do(
    found: list[Layout], group: int, name: str, code: int
) -> None:
    assert place(found, group, NUMBERS[name], name, 1) == code


@pytest.mark.parametrize("text", [PRETTY, PLAIN, OLD])
def test_it_is_read_as_each_version_of_the_library_writes_it(text: str) -> None:
    found = layouts(f"xkb_keycodes {{ <LCTL> = 37; <AB04> = 55; }}; xkb_symbols {{ {text} }};")
    assert len(found) == 2
    assert place(found, 0, 0x76, "v", 1) == 47
    assert place(found, 1, 0x6CD, "Cyrillic_em", 1) == 47
    assert place(found, 1, 0xFFE3, "Control_L", 1) == 29


KEY = "<A> = 9; key <A> {"
ODD = [
    *("[" * 2**20, "<" * 2**20, " " * 2**20, "key <A> {" * 2**17, "a[b]=" * 2**18),
    *("<A>=" + " " * 2**20, "key " + " " * 2**20, KEY + "[" * 2**20, KEY + "a = " * 2**18),
    *(KEY + "a" * 2**20, KEY + "a=" + " " * 2**20, KEY * 1000 + "[]" * 2**18, "\ufffd" * 2**19),
]


@pytest.mark.parametrize("text", ODD, ids=lambda text: repr(text[:24]))
def test_no_text_takes_long(text: str) -> None:
    start = time.process_time()
    assert len(layouts(text)) <= LAYOUTS
    assert time.process_time() - start < 2  # 0.3 at most were seen
