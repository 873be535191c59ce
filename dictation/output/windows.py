"""Windows' windows, keys and clipboard as a delivery sees them. Untried on Windows so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Protocol, cast

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.errors import MissingPart, NotDelivered
from dictation.i18n import _
from dictation.output import programs
from dictation.output.native import Native
from dictation.values import Target
from dictation.win32.values import NOTHING, Key

_CODES = {
    "Return": 0x0D,
    "Tab": 0x09,
    "Insert": 0x2D,
    "V": ord("V"),
    "Ctrl": 0xA2,
    "Shift": 0xA0,
}
# Left and right Shift, Ctrl, Alt, and the two Windows keys.
_MODIFIERS = (0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0x5B, 0x5C)
# These paste at Shift+Insert what was selected last, or nothing.
_CTRL_SHIFT_V = ("alacritty", "hyper", "tabby", "wezterm-gui")
_TEXT = 13  # CF_UNICODETEXT
_MOST = 64 << 20  # bytes of one format that are given back
# Of the formats without a name these are no memory: pictures have another one that is.
_HANDLES = {2, 3, 9, 14, 0x80, 0x82, 0x83, 0x8E, *range(0x200, 0x400)}
_OF_OLE = ("DataObject", "Ole Private Data")  # of use only to who put them there
# Each says that no history is to keep it (learn.microsoft.com, "Clipboard Formats").
_HIDDEN = {
    "ExcludeClipboardContentFromMonitorProcessing": b"\0\0\0\0",
    "CanIncludeInClipboardHistory": b"\0\0\0\0",
    "CanUploadToCloudClipboard": b"\0\0\0\0",
}


class System(Protocol):
    """What Windows is asked; on any thread."""

    def front(self) -> int: ...
    def is_shown(self, window: int) -> bool: ...
    def process_of(self, window: int) -> int: ...
    def program_of(self, process: int) -> str: ...
    def class_of(self, window: int) -> str: ...
    def is_above_us(self, process: int) -> bool: ...
    def bring(self, window: int) -> None: ...
    def is_down(self, code: int) -> bool: ...
    def send(self, keys: list[Key]) -> bool:
        """In one go; False where Windows took not all."""
        ...


class Clipboard(Protocol):
    """The clipboard itself; on any thread. NotDelivered where it can't be had."""

    def number_of(self, name: str) -> int: ...
    def put(
        self,
        formats: Mapping[int, bytes],
        promised: Mapping[int, bytes],
        asked: Callable[[int], None],
    ) -> None:
        """Replaces all; `asked` hears the process that has a promised format handed out."""
        ...

    def content(self, wanted: Callable[[int, str], bool]) -> dict[int, bytes]: ...
    def is_ours(self) -> bool: ...
    def close(self) -> None: ...


def real() -> System:
    """Windows' own; MissingPart elsewhere."""
    from dictation.win32.screen import RealScreen

    return RealScreen()


def real_clipboard() -> Clipboard:
    """Windows' own; MissingPart elsewhere."""
    from dictation.win32.clipboard import RealClipboard

    return RealClipboard()


class WindowsDesk:
    """`output.native.Desk`."""

    NAME = "windows"
    COPIED = _("Copied: press Ctrl+V, in a terminal Ctrl+Shift+V.")

    def __init__(self, system: Callable[[], System] = real) -> None:
        """Asks nothing yet."""
        self._make = system

    def here(self, desktop: Desktop) -> Verdict:
        if desktop.system != "windows":
            return Verdict(False, _("this is not Windows"))
        try:
            self._system.front()
        except MissingPart as error:
            return Verdict(False, error.message)
        return Verdict(True)

    def probe(self, desktop: Desktop) -> Verdict:
        return self.here(desktop)

    def active(self) -> int:
        return self._system.front()

    def target(self) -> Target | None:
        window = self._system.front()
        if not window:
            return None
        process = self._system.process_of(window)
        found = (self._system.program_of(process), self._system.class_of(window))
        names = tuple(name.lower() for name in found if name)
        return Target(window, names, programs.is_terminal(names), process)

    def may_activate(self, target: Target) -> bool:
        system, window = self._system, target.window
        return system.is_shown(window) and system.process_of(window) == target.process

    def activate(self, number: int) -> None:
        self._system.bring(number)

    def usual(self, target: Target | None) -> programs.How:
        if target is None or not target.terminal:
            return "Ctrl+V"
        return "Ctrl+Shift+V" if set(_CTRL_SHIFT_V) & set(target.names) else "Shift+Insert"

    def obstacle(self, target: Target | None) -> NotDelivered | None:
        process = target.process if target else self._system.process_of(self._system.front())
        if not self._system.is_above_us(process):
            return None
        return NotDelivered(
            _("That window runs as administrator: Windows lets no key through to it."),
            hint=_("The text is on the clipboard: press Ctrl+V."),
        )

    def held(self) -> bool:
        return any(map(self._system.is_down, _MODIFIERS))

    def press(self, keys: str) -> None:
        *modifiers, key = (_CODES[name] for name in keys.split("+"))
        down = [code for code in _MODIFIERS if self._system.is_down(code)]
        # Alt or Win, let go alone, would open a menu.
        hidden = [Key(NOTHING), Key(NOTHING, down=False)] if down else []
        self._send(
            [
                *hidden,
                *(Key(code, down=False) for code in down),
                *(Key(code) for code in modifiers),
                *(Key(key), Key(key, down=False)),
                *(Key(code, down=False) for code in reversed(modifiers)),
            ]
        )

    def write(self, text: str) -> None:
        tab = _CODES["Tab"]
        keys: list[Key] = []
        for character in text:
            if character == "\t":
                keys += [Key(tab), Key(tab, down=False)]
                continue
            for unit in memoryview(character.encode("utf-16-le")).cast("H"):
                keys += [Key(unit=unit), Key(unit=unit, down=False)]
        self._send(keys)

    def _send(self, keys: list[Key]) -> None:
        if not self._system.send(keys):
            raise NotDelivered(
                _("Windows let no key through."),
                hint=_("A text that was to be pasted is on the clipboard: press Ctrl+V."),
            )

    @cached_property
    def _system(self) -> System:
        return self._make()


class WindowsBoard:
    """`output.promised.Board`."""

    def __init__(self, clipboard: Callable[[], Clipboard] = real_clipboard) -> None:
        """Asks nothing yet."""
        self._make = clipboard
        self._made = False

    def promise(self, text: str, *, hidden: bool, asked: Callable[[int], None]) -> None:
        clipboard = self._clipboard
        marks = {clipboard.number_of(name): no for name, no in _HIDDEN.items()} if hidden else {}
        clipboard.put(marks, {_TEXT: _encoded(text)}, asked)

    def put(self, text: str) -> None:
        self._clipboard.put({_TEXT: _encoded(text)}, {}, lambda _process: None)

    def content(self) -> object:
        found = self._clipboard.content(_is_memory)
        return {number: data for number, data in found.items() if len(data) <= _MOST}

    def bring_back(self, content: object) -> None:
        self._clipboard.put(cast(dict[int, bytes], content), {}, lambda _process: None)

    def is_ours(self) -> bool:
        return self._clipboard.is_ours()

    def close(self) -> None:
        if self._made:
            self._clipboard.close()

    @cached_property
    def _clipboard(self) -> Clipboard:
        made = self._make()
        self._made = True
        return made


def native() -> Native:
    """Windows' ways; asks nothing yet."""
    return Native(WindowsDesk(), WindowsBoard())


def _is_memory(number: int, name: str) -> bool:
    return number not in _HANDLES and name not in _OF_OLE


def _encoded(text: str) -> bytes:
    return (text.replace("\n", "\r\n") + "\0").encode("utf-16-le")
