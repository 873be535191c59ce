"""A private desktop without a screen: X server, window manager, tray, bus, keyring, sound.

Everything is real, lives in one temporary folder and ends with it; nothing of the user's own
session is touched.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Literal, TypeVar

import pytest

from tests.notifications import Notifications

T = TypeVar("T")
MARK = "VIRTUAL_DESKTOP"  # in the environment of all that runs here: how it is found at the end
PACKAGES = {  # Debian's, where they aren't called like the program
    "/usr/libexec/at-spi-bus-launcher": "at-spi2-core",
    "Xvfb": "xvfb",
    "Xwayland": "xwayland",
    "dbus-daemon": "dbus",
    "gnome-keyring-daemon": "gnome-keyring",
    "ip": "iproute2",
    "kwin_wayland": "kwin-wayland",
    "pactl": "pulseaudio-utils",
    "paplay": "pulseaudio-utils",
    "setpriv": "util-linux",
    "swaymsg": "sway",
    "wl-copy": "wl-clipboard",
    "xrandr": "x11-xserver-utils",
}
PARTS = ["setpriv", "Xvfb", "openbox", "trayer", "dbus-daemon", "gnome-keyring-daemon"]
PARTS += ["pulseaudio", "pactl", "paplay", "flite", "xclip", "maim"]
MODIFIERS = {"ctrl": "Control_L", "alt": "Alt_L", "shift": "Shift_L", "super": "Super_L"}


def need(*programs: str) -> None:
    """Skips the test where one of the programs is missing, and says what to install."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the virtual desktop needs Linux")
    if missing := {PACKAGES.get(name, name) for name in programs if not shutil.which(name)}:
        pytest.skip(f"missing here: apt install {' '.join(sorted(missing))}")


def foreign(name: str) -> bool:
    """Whether a variable ties a program to the user's own session, settings, keys or proxy."""
    return name.startswith(("DICTATION_", "XDG_", "PULSE_")) or name.lower().endswith(
        (
            *("display", "dbus_session_bus_address", "swaysock", "hyprland_instance_signature"),
            *("xauthority", "_api_key", "_proxy"),
        )
    )


def until(what: str, probe: Callable[[], T], seconds: float = 10) -> T:
    """The first true answer of `probe`, asked every 10 ms; AssertionError after `seconds`."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while not (answer := probe()):
        assert time.monotonic() < end, f"waited {seconds:g} s in vain: {what}"
        pause.wait(0.01)
    return answer


class VirtualDesktop:
    """A context manager; `env` is the environment of programs that run on it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="virtual-desktop-"))
        self.home, self._run = self.folder / "home", self.folder / "run"
        self._sound_socket = self._run / "pulse" / "native"
        self.log = self.folder / "log"  # what all that runs here says
        for folder in (self.home, self._run / "pulse"):
            folder.mkdir(mode=0o700, parents=True)
        kept = {name: value for name, value in os.environ.items() if not foreign(name)}
        kept.pop("QT_QPA_PLATFORM", None)
        self.env = kept | {
            MARK: str(self.folder),
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self._run),
            "XDG_SESSION_TYPE": "x11",
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self._run}/bus",
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self._run}/system-bus",  # none, at first
            "PULSE_SERVER": f"unix:{self._sound_socket}",
            "LANG": "C.UTF-8",
            "NO_AT_BRIDGE": "1",
        }
        self._programs: list[subprocess.Popen[bytes]] = []
        self._modules: dict[str, list[str]] = {}

    def __enter__(self) -> VirtualDesktop:
        try:
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.notifications.close()
        self.x.close()
        self._end()

    def _start(self) -> None:
        """Starts what depends on nothing, then what waits for it."""
        screen = ("-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset")
        display = self._telling("Xvfb", *screen, "-displayfd", "{}")
        address = self.env["DBUS_SESSION_BUS_ADDRESS"]
        # Named, as it would look for services in the home that /etc/passwd knows.
        data = f"XDG_DATA_HOME={self.home}/.local/share"
        daemon = ("env", data, "dbus-daemon", "--session", "--nofork", f"--address={address}")
        bus = self._telling(*daemon, "--print-address={}")
        self._sound = self._pulseaudio()
        self._heard(bus)
        self.notifications = Notifications(address)
        # An empty login password: the keyring is made on first use and never locked.
        unlock = ("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
        keyring = self._part(*unlock, stdin=subprocess.PIPE)
        assert keyring.stdin
        with keyring.stdin as password:
            password.write(b"\n")
        self.env["DISPLAY"] = ":" + self._heard(display)
        self._part("openbox")
        from Xlib import X
        from Xlib.display import Display

        self.x = Display(self.env["DISPLAY"])
        root, managed = self.x.screen().root, self.x.intern_atom("_NET_SUPPORTING_WM_CHECK")
        until("a window manager", lambda: root.get_full_property(managed, X.AnyPropertyType))
        place = ("--edge", "top", "--align", "right", "--widthtype", "request", "--height", "28")
        self._part("trayer", *place, "--SetDockType", "true")
        tray = self.x.intern_atom("_NET_SYSTEM_TRAY_S0")
        until("a tray", lambda: self.x.get_selection_owner(tray))
        self._sound_ready()
        until("a keyring", lambda: self._owned("org.freedesktop.secrets"))

    def _end(self) -> None:
        """Ends all that runs here, and nothing else; then removes the folder."""
        for number, seconds in ((signal.SIGTERM, 3), (signal.SIGKILL, 3)):
            for pid in self.processes():
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    continue
            end = time.monotonic() + seconds
            while self.processes() and time.monotonic() < end:
                threading.Event().wait(0.01)
        for program in self._programs:
            program.wait(5)
        shutil.rmtree(self.folder, ignore_errors=True)

    def processes(self) -> list[int]:
        """The processes that carry this desktop's mark and have not ended."""
        for program in self._programs:
            program.poll()  # else an ended one stays as a zombie
        mark, found = f"{MARK}={self.folder}".encode(), []
        for entry in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark in entry.read_bytes().split(b"\0"):
                    found.append(int(entry.parent.name))
            except (OSError, ValueError):
                continue  # ended meanwhile, or not ours to read
        return [pid for pid in found if pid != os.getpid()]

    def _spawn(
        self,
        *command: str,
        more: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
        tells: tuple[int, ...] = (),
    ) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            program = subprocess.Popen(
                command,
                env={**self.env, **(more or {})},
                cwd=self.home,
                stdin=stdin,
                stdout=log,
                stderr=log,
                pass_fds=tells,
                start_new_session=True,
            )
        self._programs.append(program)
        return program

    def _part(self, *command: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """Starts a part of the desktop, which ends even where the tests are killed."""
        return self._spawn("setpriv", "--pdeathsig", "TERM", *command, stdin=stdin)

    def _telling(self, *command: str) -> IO[str]:
        """Starts a part whose last argument takes the descriptor on which it says it is ready."""
        read, write = os.pipe()
        prefix = ("setpriv", "--pdeathsig", "TERM")
        self._spawn(*prefix, *command[:-1], command[-1].format(write), tells=(write,))
        os.close(write)
        return os.fdopen(read)

    def _heard(self, pipe: IO[str]) -> str:
        with pipe:
            said = pipe.readline().strip()
        assert said, f"a part of the desktop did not start:\n{self.log.read_text()}"
        return said

    def _owned(self, name: str) -> bool:
        from jeepney.bus_messages import message_bus
        from jeepney.io.blocking import open_dbus_connection

        with open_dbus_connection(self.env["DBUS_SESSION_BUS_ADDRESS"]) as bus:
            reply = bus.send_and_get_reply(message_bus.NameHasOwner(name))
        return bool(reply.body[0])

    def start(self, *command: str, **more: str) -> subprocess.Popen[bytes]:
        """Starts a program here, with `more` in its environment; it ends with the desktop."""
        return self._spawn(*command, more=more)

    def run(self, *command: str, seconds: float = 30, **more: str) -> str:
        """Runs a program here to its end and returns its output; AssertionError if it fails."""
        done = subprocess.run(
            command,
            env=self.env | more,
            cwd=self.home,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def screenshot(self, path: Path | str) -> None:
        """Writes a PNG of the whole screen."""
        self.run("maim", str(path))

    def key(self, chord: str, action: Literal["tap", "down", "up"] = "tap") -> None:
        """Presses keys such as ctrl+alt+space the way a keyboard does, lets them go, or both."""
        from Xlib import XK, X
        from Xlib.ext import xtest

        names = [MODIFIERS.get(part.lower(), part) for part in chord.split("+")]
        codes = [self.x.keysym_to_keycode(XK.string_to_keysym(name)) for name in names]
        assert all(codes), f"{chord}: the keyboard has no such key"
        presses = [(X.KeyPress, code) for code in codes]
        releases = [(X.KeyRelease, code) for code in reversed(codes)]
        for kind, code in {"down": presses, "up": releases, "tap": presses + releases}[action]:
            xtest.fake_input(self.x, kind, code)
        self.x.sync()

    def clipboard(self, selection: str = "clipboard") -> str:
        """The text on the clipboard, or in `primary`; empty where nobody owns it."""
        command = ["xclip", "-o", "-selection", selection, "-t", "UTF8_STRING"]
        done = subprocess.run(command, env=self.env, capture_output=True, timeout=5, check=False)
        return done.stdout.decode()

    def set_clipboard(self, text: str, selection: str = "clipboard") -> None:
        """Puts text on the clipboard, or into `primary`; an own process holds it from then on."""
        command = ["xclip", "-i", "-selection", selection, "-t", "UTF8_STRING"]
        with self.log.open("ab") as log:  # the process that stays would keep a pipe open
            xclip = subprocess.Popen(
                command, env=self.env, stdin=subprocess.PIPE, stdout=log, stderr=log
            )
        xclip.communicate(text.encode(), timeout=5)
        assert xclip.returncode == 0, self.log.read_text()
        # Its child may take the selection only after it has ended.
        until("the clipboard holds the text", lambda: self.clipboard(selection) == text)

    def _pulseaudio(self) -> subprocess.Popen[bytes]:
        """What programs play goes to `speakers`, which no microphone hears."""
        self._sound_socket.unlink(missing_ok=True)  # a killed server leaves it
        listen = f"module-native-protocol-unix auth-anonymous=1 socket={self._sound_socket}"
        speakers = "module-null-sink sink_name=speakers norewinds=1"
        daemon = ("pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1")
        return self._part(*daemon, "--log-target=stderr", "-L", listen, "-L", speakers)

    def _sound_ready(self) -> None:
        until("a sound server", self._sound_listens)
        self.add_microphone("microphone")
        self._pactl("set-default-sink", "speakers")
        self.set_default_microphone("microphone")

    def _sound_listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            return connection.connect_ex(str(self._sound_socket)) == 0

    def _pactl(self, *command: str) -> str:
        return self.run("pactl", *command).strip()

    def stop_sound(self) -> None:
        """Ends the sound server, as a crash does."""
        self._sound.kill()
        self._sound.wait(5)
        self._modules.clear()

    def start_sound(self) -> None:
        """Starts the sound server with the one microphone."""
        self._sound = self._pulseaudio()
        self._sound_ready()

    def add_microphone(self, name: str) -> None:
        """Plugs in a microphone; it hears what is played to `NAME-mouth`, else exact zeros."""
        # Without norewinds the first two seconds are lost. A source made of the monitor is listed
        # by programs that hide monitors.
        mouth = f"{name}-mouth"
        sink = ["module-null-sink", f"sink_name={mouth}", "norewinds=1", "rate=48000"]
        source = ["module-remap-source", f"source_name={name}", f"master={mouth}.monitor"]
        source += [f"source_properties=device.description={name.capitalize()}"]
        self._modules[name] = [self._pactl("load-module", *made) for made in (sink, source)]

    def remove_microphone(self, name: str) -> None:
        """Pulls the microphone out."""
        for module in reversed(self._modules.pop(name)):
            self._pactl("unload-module", module)

    def set_default_microphone(self, name: str) -> None:
        """Makes this the microphone that programs get who name none."""
        self._pactl("set-default-source", name)

    def speech(self, text: str, voice: str = "slt") -> Path:
        """A WAV of the text, spoken by one of flite's voices; made once."""
        wav = self.folder / f"{voice}-{abs(hash(text)):x}.wav"
        if not wav.exists():
            self.run("flite", "-voice", voice, "-t", text, "-o", str(wav))
        return wav

    def say(self, text: str, voice: str = "slt", microphone: str = "microphone") -> None:
        """Speaks into the microphone; returns when the last sample has been heard."""
        self.play(self.speech(text, voice), microphone)

    def play(self, wav: Path | str, microphone: str = "microphone") -> None:
        """Plays a file into the microphone; returns when the last sample has been heard."""
        self.run("paplay", f"--device={microphone}-mouth", str(wav), seconds=600)
