"""Real programs to dictate into: opened, focused, read and closed on the virtual desktop."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import tempfile
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.desktop import VirtualDesktop, need, until

# Without line editing `cat` gets each letter at once; the title tells that it does.
TERMINAL = ["sh", "-c", r'stty -icanon; printf "\033]2;text:\a"; exec cat > "$0"', "{file}"]
# The title carries the text, percent-encoded; of a longer one its length and SHA-256, for a title
# holds about 4 kB. Chromium drops the keys that come before a page's first paint, so the text area
# asks for them only then.
PAGE = """<!doctype html><meta charset=utf-8><title>no focus yet</title>
<textarea rows=30 cols=100>.</textarea><script>
const area = document.querySelector("textarea")
const sum = async text => {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))
  const hex = [...new Uint8Array(hash)].map(byte => byte.toString(16).padStart(2, "0")).join("")
  if (text === area.value) document.title = "sum:" + text.length + ":" + hex
}
area.oninput = area.onfocus = () => {
  const title = "text:" + encodeURIComponent(area.value)
  if (title.length < 3000) document.title = title
  else sum(area.value)
}
const paint = new PerformanceObserver(() => {
  paint.disconnect()
  area.value = ""
  area.focus()
})
paint.observe({ type: "paint", buffered: true })
</script>"""
CHROMIUM = ["--no-sandbox", "--no-first-run", "--no-default-browser-check", "--disable-gpu"]
CHROMIUM += ["--password-store=basic", "--disable-background-networking", "--disable-sync"]
CHROMIUM += ["--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND"]
# No tip of the day, no news, no question about formats.
OFFICE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="ShowTipOfTheDay"
 oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Setup/Product"><prop oor:name="ooSetupLastVersion"
 oor:op="fuse"><value>99.9</value></prop></item>
</oor:items>"""
COMMANDS: dict[str, tuple[Literal["editor", "terminal", "browser", "office"], list[str]]] = {
    "xterm": ("terminal", ["xterm", "-u8", "-fa", "DejaVu Sans Mono", "-e", *TERMINAL]),
    "mousepad": ("editor", ["mousepad", "--disable-server", "{file}"]),  # GTK 3
    "featherpad": ("editor", ["featherpad", "--standalone", "{file}"]),  # Qt 5
    "chromium": (
        "browser",
        [
            "chromium",
            *CHROMIUM,
            "--user-data-dir={folder}/profile",
            "--app=file://{folder}/page.html",
        ],
    ),
    "libreoffice": (
        "office",
        [
            *("libreoffice", "--writer", "--norestore", "--nologo", "--nofirststartwizard"),
            "-env:UserInstallation=file://{folder}/profile",
        ],
    ),
}


@contextmanager
def stalled_pages(browser: int) -> Iterator[Callable[[], None]]:
    """What stalls all pages of the Chromium with that process, until the block ends."""
    pages = [page for page in _below(browser) if b"type=renderer" in _command(page)]
    assert pages

    def tell(number: int) -> None:
        for page in pages:
            os.kill(page, number)

    try:
        yield lambda: tell(signal.SIGSTOP)
    finally:
        tell(signal.SIGCONT)


def _below(process: int) -> list[int]:
    """The processes that it started, and those that these did."""
    found = Path(f"/proc/{process}/task").glob("*/children")
    children = [int(child) for file in found for child in file.read_text().split()]
    return children + [each for child in children for each in _below(child)]


def _command(process: int) -> bytes:
    return Path(f"/proc/{process}/cmdline").read_bytes()


@dataclass(frozen=True)
class Window:
    """A window as the window manager lists it."""

    number: int
    title: str


class Program:
    """A program that holds text; open and focused inside its `with` block."""

    commands = COMMANDS

    def __init__(self, desktop: VirtualDesktop, name: str) -> None:
        self.kind, command = self.commands[name]
        need(command[0])
        self.name, self.desktop = name, desktop
        self.folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=desktop.folder))
        self.file = self.folder / "text.txt"
        self.file.touch()
        (self.folder / "page.html").write_text(PAGE)
        if self.kind == "office":
            (self.folder / "profile/user").mkdir(parents=True)
            (self.folder / "profile/user/registrymodifications.xcu").write_text(OFFICE)
        self._command = [part.replace("{file}", str(self.file)) for part in command]
        self._command = [part.replace("{folder}", str(self.folder)) for part in self._command]

    def __enter__(self) -> Program:
        if self.name == "mousepad":  # else it offers what it held when it was ended last
            shutil.rmtree(self.desktop.home / ".local/share/Mousepad", ignore_errors=True)
        self._process = self.desktop.start(*self._command)
        try:
            ready = {"editor": "", "office": "Writer"}.get(self.kind, "text:")
            self.focus()
            until(f"{self.name} is ready", lambda: ready in self.window.title, 40)
            if self.kind == "office":
                until(f"{self.name} takes keys", self._takes_keys, 40)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def window(self) -> Window:
        """The program's window; waits for it."""
        return until(f"{self.name}'s window", self._windows, 40)[0]

    def _windows(self) -> list[Window]:
        """The program's windows, the oldest first."""
        found = []
        for number in self._property(self.desktop.x.screen().root, "_NET_CLIENT_LIST"):
            window = self.desktop.x.create_resource_object("window", number)
            if any(self._ours(pid) for pid in self._property(window, "_NET_WM_PID")):
                # xterm sets the older name alone.
                title = self._property(window, "_NET_WM_NAME") or self._property(window, "WM_NAME")
                found.append(Window(number, bytes(title).decode(errors="replace")))
        return found

    def _ours(self, pid: int) -> bool:
        try:  # each program leads a process group of its own
            return os.getpgid(pid) == self._process.pid
        except ProcessLookupError:
            return False

    def _property(self, window: Any, name: str) -> Any:
        from Xlib import X
        from Xlib.error import BadWindow

        kind = self.desktop.x.intern_atom(name)
        try:
            # One request for all of it: between two, a title may have become shorter.
            found = window.get_property(kind, X.AnyPropertyType, 0, 1 << 16)
        except BadWindow:
            return []  # closed meanwhile
        return found.value if found else []

    def focus(self) -> None:
        """Brings the window to the front and waits until keys go to it."""
        from Xlib import X
        from Xlib.protocol.event import ClientMessage

        x, number = self.desktop.x, self.window.number
        root = x.screen().root
        active = x.intern_atom("_NET_ACTIVE_WINDOW")
        data = (32, [2, X.CurrentTime, 0, 0, 0])
        message = ClientMessage(window=number, client_type=active, data=data)
        root.send_event(message, X.SubstructureRedirectMask | X.SubstructureNotifyMask)
        x.flush()
        until(f"{self.name}'s focus", lambda: self._focused(number))

    def _focused(self, number: int) -> bool:
        """Whether the input focus is in the window or in one inside it, and openbox says so too."""
        if list(self._property(self.desktop.x.screen().root, "_NET_ACTIVE_WINDOW")) != [number]:
            return False
        focus = self.desktop.x.get_input_focus().focus
        while not isinstance(focus, int):
            if focus.id == number:
                return True
            focus = focus.query_tree().parent or 0
        return False

    def text(self) -> str:
        """What the program holds now; an editor is made to save it first."""
        if self.kind == "browser":
            return urllib.parse.unquote(self.window.title.partition("text:")[2])
        if self.kind == "office":
            return self._copied()
        if self.kind == "editor" and self.window.title.startswith("*"):
            self.focus()
            self.desktop.key("ctrl+s")
            until(f"{self.name} saves", lambda: not self.window.title.startswith("*"))
        return self.file.read_text(encoding="utf-8", errors="replace")  # half a letter may be there

    def _takes_keys(self) -> bool:
        """Its window is there a second before it takes any."""
        self.desktop.key("x")
        taken = bool(self._copied())
        self.desktop.key("ctrl+a")
        self.desktop.key("BackSpace")
        return taken

    def _copied(self) -> str:
        """All of the text, as the program copies it."""
        self.focus()
        self.desktop.set_clipboard("")
        self.desktop.key("ctrl+a")
        self.desktop.key("ctrl+c")
        with suppress(AssertionError):  # an empty document copies nothing
            until("a copy", self.desktop.clipboard, 2)
        self.desktop.key("ctrl+End")
        return self.desktop.clipboard()

    def _holds(self, text: str) -> tuple[bool, str]:
        """Whether it holds exactly this, and what it holds, as far as it tells."""
        if self.kind == "browser" and (told := self.window.title.partition("sum:")[2]):
            length = len(text.encode("utf-16-le")) // 2
            return told == f"{length}:{hashlib.sha256(text.encode()).hexdigest()}", told
        held = self.text()
        return held.removesuffix("\n") == text.removesuffix("\n"), held

    def expect(self, text: str, seconds: float = 10) -> None:
        """Waits until the program holds exactly this text, but for a final newline."""
        held = ""

        def arrived() -> bool:
            nonlocal held
            same, held = self._holds(text)
            return same

        try:
            until(f"{self.name} holds the text", arrived, seconds)
        except AssertionError:
            raise AssertionError(f"{self.name} holds {held!r}, not {text!r}") from None

    def close(self) -> None:
        """Ends the program without asking it."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)
