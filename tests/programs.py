"""Real programs to dictate into: opened, focused, read and closed on the virtual desktop."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import urllib.parse
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.desktop import VirtualDesktop, need, until

# Without line editing `cat` gets each letter at once; the title tells that it does.
TERMINAL = ["sh", "-c", r'stty -icanon; printf "\033]2;text:\a"; exec cat > "$0"', "{file}"]
# The title carries the text: about 4 kB of it, percent-encoded. Chromium drops the keys that come
# before a page's first paint, so the text area asks for them only then.
PAGE = """<!doctype html><meta charset=utf-8><title>no focus yet</title>
<textarea rows=30 cols=100>.</textarea><script>
const area = document.querySelector("textarea")
area.oninput = area.onfocus = () => document.title = "text:" + encodeURIComponent(area.value)
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
COMMANDS: dict[str, tuple[Literal["editor", "terminal", "browser"], list[str]]] = {
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
}


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
        self._command = [part.replace("{file}", str(self.file)) for part in command]
        self._command = [part.replace("{folder}", str(self.folder)) for part in self._command]

    def __enter__(self) -> Program:
        if self.name == "mousepad":  # else it offers what it held when it was ended last
            shutil.rmtree(self.desktop.home / ".local/share/Mousepad", ignore_errors=True)
        self._process = self.desktop.start(*self._command)
        try:
            ready = "" if self.kind == "editor" else "text:"
            self.focus()
            until(f"{self.name} is ready", lambda: ready in self.window.title, 40)
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
        if self.kind == "editor" and self.window.title.startswith("*"):
            self.focus()
            self.desktop.key("ctrl+s")
            until(f"{self.name} saves", lambda: not self.window.title.startswith("*"))
        return self.file.read_text(encoding="utf-8", errors="replace")  # half a letter may be there

    def expect(self, text: str, seconds: float = 10) -> None:
        """Waits until the program holds exactly this text, but for a final newline."""
        held = ""

        def arrived() -> bool:
            nonlocal held
            held = self.text()
            return held.removesuffix("\n") == text.removesuffix("\n")

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
