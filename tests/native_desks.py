"""Windows and macOS as a delivery sees them: windows, keys, a clipboard, programs that paste."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dictation.win32.values import Key

TEXT, DIB, BITMAP, HTML, OLE = 13, 8, 2, 0xC0A1, 0xC009
NAMES = {
    HTML: "HTML Format",
    OLE: "DataObject",
    0xC101: "ExcludeClipboardContentFromMonitorProcessing",
    0xC102: "CanIncludeInClipboardHistory",
    0xC103: "CanUploadToCloudClipboard",
}
EDITOR, BROWSER = 11, 22  # windows; their processes are ten times that
CHORDS = {(0xA2, ord("V")): "Ctrl+V", (0xA0, 0x2D): "Shift+Insert"}
CHORDS |= {(0xA2, 0xA0, ord("V")): "Ctrl+Shift+V", (0x0D,): "Return", (0xA0, 0x0D): "Shift+Return"}
CHORDS |= {(0xA2, 0x0D): "Ctrl+Return"}


@dataclass
class Window:
    """`reads`: what it does at a paste key."""

    program: str
    kind: str = ""
    above: bool = False
    shown: bool = True
    pastes: bool = True


class FakeWindows:
    """`output.windows.System`: keys go to the window in front, which pastes as it does."""

    def __init__(self) -> None:
        self.log: list[str] = []  # all that happened, in order
        self.clipboard = FakeClipboard(self.log)
        self.windows = {EDITOR: Window("notepad"), BROWSER: Window("firefox")}
        self.in_front = EDITOR
        self.brings = True  # whether Windows lets us bring a window to the front
        self.takes = True  # whether it lets our keys through
        self.down: set[int] = set()
        self.sent: list[Key] = []
        self.texts: dict[int, str] = dict.fromkeys(self.windows, "")
        self.after_keys: Callable[[], None] = lambda: None
        self._half = ""

    def front(self) -> int:
        return self.in_front

    def is_shown(self, window: int) -> bool:
        return window in self.windows and self.windows[window].shown

    def process_of(self, window: int) -> int:
        return 10 * window

    def program_of(self, process: int) -> str:
        return self.windows[process // 10].program

    def class_of(self, window: int) -> str:
        return self.windows[window].kind

    def is_above_us(self, process: int) -> bool:
        return self.windows[process // 10].above

    def bring(self, window: int) -> None:
        if self.brings:
            self.in_front = window
            self.log.append(f"front {self.windows[window].program}")

    def is_down(self, code: int) -> bool:
        return code in self.down

    def send(self, keys: list[Key]) -> bool:
        if not self.takes:
            return False
        self.sent += keys
        held: list[int] = []
        for key in keys:
            if key.unit and key.down:
                self._write(key.unit)
            elif key.code and key.down:
                held.append(key.code)
                self._press(tuple(held))
            elif key.code in held:
                held.remove(key.code)
            else:
                self.down.discard(key.code)
        self.after_keys()
        return True

    def _write(self, unit: int) -> None:
        pair = self._half + unit.to_bytes(2, "little").decode("latin-1")
        try:
            self.texts[self.in_front] += pair.encode("latin-1").decode("utf-16-le")
            self._half = ""
        except UnicodeDecodeError:
            self._half = pair

    def _press(self, codes: tuple[int, ...]) -> None:
        keys = CHORDS.get(codes)
        if keys is None:
            return
        self.log.append(keys)
        window = self.windows[self.in_front]
        if keys in ("Return", "Shift+Return"):
            self.texts[self.in_front] += "\n"
        elif window.pastes and keys != "Ctrl+Return":
            number = self.in_front
            # A program takes its time to come to the key.
            threading.Timer(0.02, lambda: self._paste(number)).start()

    def _paste(self, number: int) -> None:
        self.texts[number] += self.clipboard.read(10 * number)


class FakeClipboard:
    """`output.windows.Clipboard`."""

    def __init__(self, log: list[str]) -> None:
        self.log = log
        self.formats: dict[int, bytes] = {
            TEXT: "before\0".encode("utf-16-le"),
            DIB: b"picture",
            BITMAP: b"a handle",
            HTML: b"<b>before</b>",
            OLE: b"a pointer",
        }
        self.marks: set[str] = set()
        self.closed = False
        self._promised: Mapping[int, bytes] = {}
        self._asked: Callable[[int], None] = lambda _process: None
        self._ours = False
        self._on_put: Callable[[], None] = lambda: None
        self._changed = threading.Condition()

    def on_put(self, job: Callable[[], None]) -> None:
        """What a history does whenever the clipboard changes."""
        self._on_put = job

    def text(self) -> str:
        return self.formats.get(TEXT, b"").decode("utf-16-le").removesuffix("\0")

    def read(self, process: int) -> str:
        """As another program does; the promise is kept once."""
        promised, self._promised = self._promised, {}
        self.formats |= promised
        self.log.append(f"read by {process}")
        if promised:
            self._asked(process)
        return self.text().replace("\r\n", "\n")

    def copy(self, text: str) -> None:
        """As the user does in another program."""
        self.formats, self._promised, self._ours = (
            {TEXT: f"{text}\0".encode("utf-16-le")},
            {},
            False,
        )

    def wait(self, done: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(done, 5), (self.formats, self.log)

    def number_of(self, name: str) -> int:
        return next(number for number, its in NAMES.items() if its == name)

    def put(
        self,
        formats: Mapping[int, bytes],
        promised: Mapping[int, bytes],
        asked: Callable[[int], None],
    ) -> None:
        with self._changed:
            self.formats, self._promised, self._asked = dict(formats), promised, asked
            self.marks = {NAMES[number] for number in formats if number in NAMES}
            self._ours = True
            self.log.append("promised" if promised else "put")
            self._changed.notify_all()
        self._on_put()

    def content(self, wanted: Callable[[int, str], bool]) -> dict[int, bytes]:
        return {n: data for n, data in self.formats.items() if wanted(n, NAMES.get(n, ""))}

    def is_ours(self) -> bool:
        return self._ours

    def close(self) -> None:
        self.formats |= self._promised
        self.closed = True


class FakeMac:
    """`output.macos.System` and `Pasteboard` in one."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.trusted, self.secured = True, None  # type: bool, str | None
        self.in_front = (EDITOR, 110)
        self.names = {110: ("com.apple.TextEdit", "TextEdit"), 220: ("com.apple.Terminal",)}
        self.keys = {"v": 47}  # Dvorak's
        self.held = False
        self.pastes = True
        self.written: list[str] = []
        self.items: list[dict[str, object]] = [{"public.utf8-plain-text": "before", "png": b"p"}]
        self.texts: dict[str, str] = {}
        self._promised: dict[str, str] = {}
        self._asked: Callable[[], None] = lambda: None
        self._changes = 7

    def front(self) -> tuple[int, int]:
        return self.in_front

    def is_shown(self, window: int, process: int) -> bool:
        return process == 10 * window and process in self.names

    def names_of(self, process: int) -> tuple[str, ...]:
        return self.names[process]

    def process_of(self, window: int) -> int:
        return 10 * window

    def bring(self, process: int) -> None:
        self.in_front = (process // 10, process)
        self.log.append(f"front {process}")

    def is_trusted(self) -> bool:
        return self.trusted

    def secure_input(self) -> str | None:
        return self.secured

    def modifiers(self) -> bool:
        return self.held

    def key_of(self, sign: str) -> int | None:
        return self.keys.get(sign)

    def press(self, key: int, flags: int) -> None:
        self.log.append(f"key {key} {flags:#x}")
        if self.pastes and flags == 1 << 20 and key != 36:
            threading.Timer(0.02, self.read).start()

    def write(self, text: str) -> None:
        self.written.append(text)

    def read(self) -> str:
        """As a program does that pastes."""
        promised, self._promised = self._promised, {}
        self.texts |= promised
        self.log.append("read")
        if promised:
            self._asked()
        return self.texts["public.utf8-plain-text"]

    def copy(self, text: str) -> None:
        """As the user does in another program."""
        self.items, self._promised, self._changes = [{"user": text}], {}, self._changes + 1

    def put(
        self, texts: Mapping[str, str], promised: Mapping[str, str], asked: Callable[[], None]
    ) -> int:
        self.texts, self._promised, self._asked = dict(texts), dict(promised), asked
        self.items = [{**texts, **promised}]
        self.log.append("promised" if promised else "put")
        self._changes += 1
        return self._changes

    def content(self) -> list[dict[str, object]]:
        return self.items

    def bring_back(self, content: list[dict[str, object]]) -> int:
        self.items = content
        self.log.append("back")
        self._changes += 1
        return self._changes

    def changes(self) -> int:
        return self._changes
