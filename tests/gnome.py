"""GNOME itself, Wayland with Xwayland, without a screen: private, and gone with its block."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import pytest
from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection

from tests.buses import CONFIGURATION
from tests.desktop import VirtualDesktop, need, until
from tests.programs import COMMANDS, TERMINAL, Program, Window

PARTS = ["setpriv", "gnome-shell", "Xwayland", "dbus-daemon", "xclip", "wl-copy"]
SHORTCUTS = "/usr/libexec/gsd-media-keys"
CONTROL = "org.gnome.Mutter.RemoteDesktop"
# Looks into the shell. Its own Eval works in its unsafe mode alone, which allows more than this.
LOOK = """
const {Gio} = imports.gi;
const Main = imports.ui.main;
const INTERFACE = '<node><interface name="test.Look"><method name="Eval">' +
    '<arg type="s" direction="in"/><arg type="s" direction="out"/></method></interface></node>';
const windows = () => global.get_window_actors().map(actor => actor.meta_window);
function init() {
    let object;
    return {
        enable() {
            object = Gio.DBusExportedObject.wrapJSObject(INTERFACE, {
                Eval: code => JSON.stringify(eval(code) ?? null),
            });
            object.export(Gio.DBus.session, '/test/Look');
        },
        disable() {
            object.unexport();
        },
    };
}
"""
WINDOWS = """windows().map(w => ({number: w.get_stable_sequence(), process: w.get_pid(),
    kind: w.get_wm_class(), title: w.get_title() ?? '', focused: w.has_focus(),
    above: w.is_above(), x11: w.get_client_type() === imports.gi.Meta.WindowClientType.X11}))"""
CURSOR = "Main.inputMethod.currentFocus !== null"  # a text field asks for input methods
SETTINGS = """[org/gnome/shell]
enabled-extensions={extensions}
welcome-dialog-last-shown-version='99'

[org/gnome/desktop/interface]
enable-animations=false

[org/gnome/desktop/session]
idle-delay=uint32 0
"""
CODES = {"ctrl": 29, "alt": 56, "shift": 42, "space": 57, "insert": 110, "home": 102, "end": 107}
CODES |= {name: 16 + n for n, name in enumerate("qwertyuiop")}
CODES |= {name: 30 + n for n, name in enumerate("asdfghjkl")}
CODES |= {name: 44 + n for n, name in enumerate("zxcvbnm")}
GNOME_COMMANDS = {
    "mousepad": COMMANDS["mousepad"],  # GTK 3
    "gnome-text-editor": ("editor", ["gnome-text-editor", "--standalone", "{file}"]),  # GTK 4
    "gnome-terminal": ("terminal", ["gnome-terminal", "--wait", "--", *TERMINAL]),
    "chromium": ("browser", [*COMMANDS["chromium"][1], "--ozone-platform=wayland"]),
    "xterm": COMMANDS["xterm"],  # this and the next under Xwayland
    "mousepad-x11": ("editor", ["env", "GDK_BACKEND=x11", *COMMANDS["mousepad"][1]]),
}


def release() -> str:
    """GNOME's number, such as 43."""
    told = subprocess.run(["gnome-shell", "--version"], capture_output=True, text=True, check=True)
    return told.stdout.split()[-1].partition(".")[0]


def need_gnome() -> None:
    """Skips the test where GNOME is missing, or is one that can't be looked into."""
    need(*PARTS)
    if not Path(SHORTCUTS).exists():
        pytest.skip("missing here: apt install gnome-settings-daemon")
    if int(release()) > 44:
        pytest.skip("the tests look into GNOME Shell up to 44, whose extensions are no modules")


class Gnome(VirtualDesktop):
    """A context manager; the keyboard is one that stays, so no program misses its first keys."""

    def __init__(self, *extensions: str) -> None:
        super().__init__()
        self._extensions = ["look@test", *extensions]

    def _start(self) -> None:
        portals = self.folder / "portals"  # none, whatever is installed
        portals.mkdir()
        self.env |= {
            "XDG_SESSION_TYPE": "wayland",
            "XDG_CURRENT_DESKTOP": "GNOME",
            "XDG_DESKTOP_PORTAL_DIR": str(portals),
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "GSETTINGS_BACKEND": "keyfile",
            "GTK_A11Y": "none",
        }
        keyfile = self.home / ".config/glib-2.0/settings/keyfile"
        look = self.home / ".local/share/gnome-shell/extensions/look@test"
        for folder in (keyfile.parent, look):
            folder.mkdir(parents=True)
        keyfile.write_text(SETTINGS.format(extensions=self._extensions))
        (look / "extension.js").write_text(LOOK)
        about = {"uuid": "look@test", "name": "Look", "description": "Looks"}
        (look / "metadata.json").write_text(json.dumps(about | {"shell-version": [release()]}))
        sockets = Path("/tmp/.X11-unix")
        sockets.mkdir(exist_ok=True)
        # As any system has it. An X server started by root makes it for root alone.
        if os.geteuid() == 0 and stat.S_IMODE(sockets.stat().st_mode) != 0o1777:
            sockets.chmod(0o1777)
        self._buses()
        self._part(
            *("gnome-shell", "--headless", "--virtual-monitor", "1280x800"),
            *("--wayland", "--wayland-display", "wayland-test"),
        )
        until("the shell", lambda: self._says("!Main.layoutManager._startingUp"), 30)
        self.look("Main.overview.hide()")  # it would take the keys
        until("the desktop", lambda: self._says("!Main.overview.visible"))
        shell = self.look("['DISPLAY', 'XAUTHORITY'].map(name => imports.gi.GLib.getenv(name))")
        self.env |= dict(zip(("DISPLAY", "XAUTHORITY"), shell, strict=True))
        self.env["WAYLAND_DISPLAY"] = "wayland-test"
        self.run("dbus-update-activation-environment", "--all")
        self.plug_in()

    def plug_in(self) -> None:
        """Gives the desktop its keyboard; GNOME takes it where it refuses all remote control."""
        (self._session,) = self._call(CONTROL, "/org/gnome/Mutter/RemoteDesktop", "CreateSession")
        self._control("Start")
        self.key("shift")

    def _buses(self) -> None:
        """The session's bus, and a system bus without anybody on it."""
        address = self.env["DBUS_SESSION_BUS_ADDRESS"]
        daemon = ("dbus-daemon", "--nofork")
        session = (*daemon, "--session", f"--address={address}", "--print-address={}")
        configuration = self.folder / "system-bus.conf"
        system = self.env["DBUS_SYSTEM_BUS_ADDRESS"]
        configuration.write_text(CONFIGURATION.format(address=system))
        pipes = [
            self._telling(*session),
            self._telling(*daemon, f"--config-file={configuration}", "--print-address={}"),
        ]
        for pipe in pipes:
            self._heard(pipe)
        self._bus = open_dbus_connection(address)

    def __exit__(self, *_: object) -> None:
        self._bus.close()
        self._end()

    def _call(
        self, service: str, path: str, member: str, signature: str = "", body: tuple[Any, ...] = ()
    ) -> Any:
        interface = {"/test/Look": "test.Look"}.get(path, service)
        if path.startswith("/org/gnome/Mutter/RemoteDesktop/"):
            interface = f"{CONTROL}.Session"
        address = DBusAddress(path, bus_name=service, interface=interface)
        message = new_method_call(address, member, signature or None, body)
        reply = self._bus.send_and_get_reply(message, timeout=10)
        assert reply.header.message_type.name == "method_return", f"{member}: {reply.body}"
        return reply.body

    def _control(self, member: str, signature: str = "", *body: Any) -> None:
        self._call(CONTROL, self._session, member, signature, body)

    def look(self, code: str) -> Any:
        """What JavaScript says inside the shell."""
        (said,) = self._call("org.gnome.Shell", "/test/Look", "Eval", "s", (code,))
        return json.loads(said)

    def _says(self, code: str) -> bool:
        try:
            return bool(self.look(code))
        except AssertionError:
            return False  # it is not there yet

    def windows(self) -> list[dict[str, Any]]:
        """All windows, the topmost last."""
        found: list[dict[str, Any]] = self.look(WINDOWS)
        return found

    def run_shortcuts(self, **more: str) -> None:
        """Starts the part of GNOME that runs what the user's own shortcuts say."""
        self.start(SHORTCUTS, **more)
        name = "org.gnome.SettingsDaemon.MediaKeys"
        until("GNOME's shortcuts", lambda: self._owned(name))

    def layout(self, name: str) -> None:
        """Chooses the keyboard's layout, such as us, ru or us+dvorak."""
        settings = "new Gio.Settings({schema_id: 'org.gnome.desktop.input-sources'})"
        value = f"new imports.gi.GLib.Variant('a(ss)', [['xkb', '{name}']])"
        self.look(f"{settings}.set_value('sources', {value})")
        current = "imports.ui.status.keyboard.getInputSourceManager().currentSource?.id"
        until(f"the layout {name}", lambda: self.look(current) == name)

    def key(self, chord: str, action: Literal["tap", "down", "up"] = "tap") -> None:
        """Presses keys such as ctrl+alt+space the way a keyboard does, lets them go, or both."""
        codes = [CODES[part.lower()] for part in chord.split("+")]
        presses = [(code, True) for code in codes]
        releases = [(code, False) for code in reversed(codes)]
        for code, down in {"down": presses, "up": releases, "tap": presses + releases}[action]:
            self._control("NotifyKeyboardKeycode", "ub", code, down)


class GnomeProgram(Program):
    """A program under GNOME, on Wayland where it can."""

    commands: Mapping[str, Any] = GNOME_COMMANDS

    def __init__(self, desktop: Gnome, name: str) -> None:
        super().__init__(desktop, name)
        self._gnome = desktop

    @property
    def process(self) -> int:
        """Its number, where the program is no window of another one's."""
        return self._process.pid

    def text(self) -> str:
        if self.name != "gnome-text-editor":
            return super().text()
        self._gnome.key("ctrl+s")  # its title does not tell whether there is something to save
        return self.file.read_text(encoding="utf-8")

    def _found(self) -> list[dict[str, Any]]:
        server = "gnome-terminal-server"  # all of its windows are one process's
        return [
            each
            for each in self._gnome.windows()
            if (each["kind"] == server if "terminal" in self.name else self._ours(each["process"]))
        ]

    def _windows(self) -> list[Window]:
        return [Window(each["number"], each["title"]) for each in self._found()]

    def focus(self) -> None:
        number = self.window.number
        which = f"windows().find(w => w.get_stable_sequence() === {number})"
        self._gnome.look(f"{which}.activate(global.get_current_time())")
        focused = {"number": number, "focused": True}
        until(
            f"{self.name}'s focus",
            lambda: any(focused.items() <= each.items() for each in self._found()),
        )
        if (
            self.kind == "editor" and "x11" not in self.name
        ):  # its window has the focus before its text has
            until(f"{self.name}'s cursor", lambda: self._gnome.look(CURSOR))

    def close(self) -> None:
        if self.name == "gnome-terminal":
            for each in self._found():
                with suppress(ProcessLookupError):
                    os.kill(each["process"], signal.SIGKILL)
        super().close()
        until(f"{self.name} is gone", lambda: not self._found())
