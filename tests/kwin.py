"""KDE's compositor and portals themselves, without a screen: private, and gone with its block."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dictation.output.wire import Wire
from tests.desktop import VirtualDesktop, need, until
from tests.gnome import CODES
from tests.programs import TERMINAL

PORTAL = "/usr/libexec/xdg-desktop-portal"
KDE_PORTALS = ("/usr/lib/*/libexec/xdg-desktop-portal-kde", "/usr/libexec/xdg-desktop-portal-kde")
NAME = "org.freedesktop.portal.Desktop"
AUTHENTICATE, KEY = 0, 10  # of org_kde_kwin_fake_input
PROGRAMS = {
    "mousepad": ["mousepad", "--disable-server", "{file}"],
    "terminal": ["gnome-terminal", "--wait", "--", *TERMINAL],
}


def kde_portal() -> str:
    """KDE's part of the portals; skips the test where it is missing."""
    need("kwin_wayland", "dbus-daemon", "setpriv", "wl-copy", "mousepad", "gnome-terminal")
    found = [path for each in KDE_PORTALS for path in Path("/").glob(each.removeprefix("/"))]
    if not found or not Path(PORTAL).exists():
        pytest.skip("missing here: apt install xdg-desktop-portal-kde")
    return str(found[0])


class Kwin(VirtualDesktop):
    """A context manager; the keyboard is one that stays, so no program misses its first keys."""

    def __init__(self, *, shortcuts: bool = False) -> None:
        """`shortcuts`: it has keys of its own, too, and those that portals give."""
        super().__init__()
        self._more = () if shortcuts else ("--no-global-shortcuts",)

    def _start(self) -> None:
        portal = kde_portal()
        portals = self.folder / "portals"
        portals.mkdir()
        shutil.copy("/usr/share/xdg-desktop-portal/portals/kde.portal", portals)
        # A copy has not the right to real-time priority, with which containers let it not start.
        compositor = self.folder / "kwin_wayland"
        shutil.copyfile(shutil.which("kwin_wayland") or "", compositor)
        compositor.chmod(0o755)
        self.env |= {
            "XDG_SESSION_TYPE": "wayland",
            "XDG_CURRENT_DESKTOP": "KDE",
            "XDG_DESKTOP_PORTAL_DIR": str(portals),
            "KWIN_WAYLAND_NO_PERMISSION_CHECKS": "1",  # for the keyboard
            "WAYLAND_DISPLAY": "wayland-test",
            "GDK_BACKEND": "wayland",
            "GSETTINGS_BACKEND": "memory",
            "GTK_A11Y": "none",
        }
        address = self.env["DBUS_SESSION_BUS_ADDRESS"]
        daemon = ("dbus-daemon", "--nofork", "--session", f"--address={address}")
        self._heard(self._telling(*daemon, "--print-address={}"))
        size = ("--width", "1000", "--height", "700")
        self._part(
            *(str(compositor), "--virtual", *size, "--socket", "wayland-test"),
            *("--no-lockscreen", *self._more),
        )
        until("a compositor", (self._run / "wayland-test").exists, 30)
        self.run("dbus-update-activation-environment", "--all")
        self._spawn("setpriv", "--pdeathsig", "TERM", portal, more={"QT_QPA_PLATFORM": "wayland"})
        until("KDE's portals", lambda: self._owned("org.freedesktop.impl.portal.desktop.kde"), 30)
        self._part(PORTAL)
        until("the portals", lambda: self._owned(NAME), 30)
        self._wire = Wire(str(self._run / "wayland-test"))
        self._keyboard = self._wire.bind("org_kde_kwin_fake_input", 4)
        self._wire.request(self._keyboard, AUTHENTICATE, "tests", "keys")
        self.key("shift")

    def __exit__(self, *_: object) -> None:
        self._wire.close()
        self._end()

    def key(self, chord: str, action: Any = "tap") -> None:
        """Presses keys such as ctrl+alt+space the way a keyboard does, and lets them go."""
        assert action == "tap"
        codes = [CODES[part.lower()] for part in chord.split("+")]
        presses = [(code, 1) for code in codes]
        for code, down in [*presses, *((code, 0) for code in reversed(codes))]:
            self._wire.request(self._keyboard, KEY, code, down)
        for _event in self._wire.round_trip():
            pass  # none is of interest

    @contextmanager
    def program(self, name: str) -> Iterator[Path]:
        """A program that has the focus; the file tells what it holds, an editor's once saved."""
        file = self.folder / f"{name}.txt"
        file.write_text("")
        running = self.start(*(part.replace("{file}", str(file)) for part in PROGRAMS[name]))
        try:
            until(f"{name} takes keys", lambda: self._typed(file), 40)
            yield file
        finally:
            for pid in self.processes():
                if Path(f"/proc/{pid}/comm").read_text().startswith("gnome-terminal"):
                    os.kill(pid, signal.SIGKILL)  # its window is another process's
            running.kill()
            running.wait(10)

    def expect(self, file: Path, text: str) -> None:
        """Waits until the program holds this."""
        held = ""

        def arrived() -> bool:
            nonlocal held
            held = self._saved(file)
            return text in held

        try:
            until("the text", arrived)
        except AssertionError:
            raise AssertionError(f"{file.name} holds {held!r}, not {text!r}") from None

    def _typed(self, file: Path) -> bool:
        self.key("x")
        return "x" in self._saved(file)

    def _saved(self, file: Path) -> str:
        if file.name == "mousepad.txt":
            threading.Event().wait(0.3)  # a paste that comes while it saves is lost
            self.key("ctrl+s")
        return file.read_text(encoding="utf-8", errors="replace").removesuffix("\n")
