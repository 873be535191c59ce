"""A key with its modifiers, as people write it: `Ctrl+Alt+Space`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dictation.errors import SettingsError
from dictation.i18n import _

MODIFIERS = ("ctrl", "alt", "shift", "super")  # in the order in which they are written

_ALIASES = {
    "control": "ctrl",
    "ctl": "ctrl",
    "primary": "ctrl",
    "option": "alt",
    "mod1": "alt",
    "win": "super",
    "windows": "super",
    "meta": "super",
    "cmd": "super",
    "command": "super",
    "mod4": "super",
}

PUNCTUATION = {
    "Apostrophe": "'",
    "Backslash": "\\",
    "BracketLeft": "[",
    "BracketRight": "]",
    "Comma": ",",
    "Equal": "=",
    "Grave": "`",
    "Minus": "-",
    "Period": ".",
    "Plus": "+",
    "Semicolon": ";",
    "Slash": "/",
}
FUNCTION_KEYS = tuple(f"F{number}" for number in range(1, 25))
SPECIAL_KEYS = ("Escape", "Insert", "Menu", "Pause", "Print", "ScrollLock")
MEDIA_KEYS = (
    "AudioMicMute",
    "AudioMute",
    "AudioNext",
    "AudioPlay",
    "AudioPrev",
    "AudioRecord",
    "AudioStop",
    "Calculator",
    "Launch1",
    "Launch2",
    "Mail",
    "Search",
)
MOUSE_BUTTONS = ("Mouse4", "Mouse5")  # those at the thumb: back and forward
# A modifier that is pressed and released alone; which side it is on can be told.
LONE_MODIFIERS = tuple(
    side + modifier for side in ("Left", "Right") for modifier in ("Alt", "Ctrl", "Shift", "Super")
)
# These write or move in every program, so alone they can't be a hotkey.
TYPING_KEYS = (
    *"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    *PUNCTUATION,
    *("Space", "Tab", "Return", "Backspace", "Delete"),
    *("Home", "End", "PageUp", "PageDown", "Left", "Right", "Up", "Down"),
)

KEYS = (*TYPING_KEYS, *FUNCTION_KEYS, *SPECIAL_KEYS, *MEDIA_KEYS, *MOUSE_BUTTONS, *LONE_MODIFIERS)
_NAMES = {name.lower(): name for name in KEYS} | {sign: name for name, sign in PUNCTUATION.items()}
_NAMES |= {"esc": "Escape", "ins": "Insert", "enter": "Return", "del": "Delete"}
_NAMES |= {"altgr": "RightAlt"}
_COMMA = re.compile(r"(?<=[^+\s])\s*,")  # between keys; in `Ctrl+,` it is the key

_ALLOWED = _(
    "Write it like Ctrl+Alt+Space: any of Ctrl, Alt, Shift and Super, then one key: a letter, "
    "a digit, F1 to F24, Space, Escape, Insert, Pause, ScrollLock, a sign such as Comma or "
    "Period, a media key such as AudioPlay, Mouse4 or Mouse5; or a modifier of one side alone, "
    "such as RightCtrl. Several are separated by commas."
)


@dataclass(frozen=True, slots=True)
class Binding:
    """Keys to press together: `modifiers` out of MODIFIERS and one `key` out of KEYS."""

    modifiers: frozenset[str]
    key: str

    @property
    def is_lone(self) -> bool:
        """Whether it is a modifier by itself."""
        return self.key in LONE_MODIFIERS

    def __str__(self) -> str:
        held = [name.capitalize() for name in MODIFIERS if name in self.modifiers]
        return "+".join([*held, self.key])


def parse_all(text: str) -> tuple[Binding, ...]:
    """Each of the keys that do the same, separated by commas; SettingsError says what is wrong."""
    return tuple(dict.fromkeys(parse(part) for part in _COMMA.split(text) if part.strip()))


def written(bindings: Iterable[Binding]) -> str:
    """The keys as a setting holds them."""
    return ", ".join(map(str, bindings))


def parse(text: str) -> Binding:
    """The keys that the text names, in any case; SettingsError says what may be written."""
    *before, last = (part.strip().lower() for part in text.split("+"))
    modifiers = [_ALIASES.get(part, part) for part in before]
    if unknown := [part for part in modifiers if part not in MODIFIERS]:
        raise SettingsError(
            _("{text}: there is no modifier {name!r}.").format(text=text or "''", name=unknown[0]),
            hint=_ALLOWED,
        )
    if _ALIASES.get(last, last) in MODIFIERS:
        raise SettingsError(
            _("{text}: a modifier needs a key beside it.").format(text=text), hint=_ALLOWED
        )
    if last not in _NAMES:
        raise SettingsError(
            _("{text}: there is no key {name!r}.").format(text=text or "''", name=last),
            hint=_ALLOWED,
        )
    binding = Binding(frozenset(modifiers), _NAMES[last])
    if binding.is_lone and modifiers:
        raise SettingsError(
            _("{binding}: {key} is a hotkey only by itself.").format(
                binding=binding, key=binding.key
            ),
            hint=_ALLOWED,
        )
    if binding.key in TYPING_KEYS and not binding.modifiers - {"shift"}:
        raise SettingsError(
            _("{binding} would no longer reach any program.").format(binding=binding),
            hint=_("Add Ctrl, Alt or Super, such as Ctrl+Alt+{key}.").format(key=binding.key),
        )
    return binding
