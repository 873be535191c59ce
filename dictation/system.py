"""What the system must bring along on Linux, and how to install it: Qt's libraries, PortAudio.

Everything else comes with `pip install`. Nothing of Qt is imported here: it could not be, yet.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from dictation.desktop import Desktop, detect
from dictation.environment import without_keys
from dictation.errors import MissingPart
from dictation.i18n import _

WINDOWS = _("windows")
SOUND = _("sound")
SOUND_SERVER = _("microphones of the sound server")

# Package names by package manager, in this order.
MANAGERS = ("apt", "dnf", "pacman", "zypper")
LIBRARIES: dict[str, tuple[str, ...]] = {
    "libportaudio.so.2": ("libportaudio2", "portaudio", "portaudio", "libportaudio2"),
    "libGL.so.1": ("libgl1", "libglvnd-glx", "libglvnd", "Mesa-libGL1"),
    "libEGL.so.1": ("libegl1", "libglvnd-egl", "libglvnd", "Mesa-libEGL1"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2", "glib2", "libglib-2_0-0"),
    "libgthread-2.0.so.0": ("libglib2.0-0", "glib2", "glib2", "libgthread-2_0-0"),
    "libzstd.so.1": ("libzstd1", "libzstd", "zstd", "libzstd1"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig", "fontconfig", "libfontconfig1"),
    "libfreetype.so.6": ("libfreetype6", "freetype", "freetype2", "libfreetype6"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs", "dbus", "libdbus-1-3"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon", "libxkbcommon", "libxkbcommon0"),
    "libxkbcommon-x11.so.0": (
        *("libxkbcommon-x11-0", "libxkbcommon-x11"),
        *("libxkbcommon-x11", "libxkbcommon-x11-0"),
    ),
    "libX11.so.6": ("libx11-6", "libX11", "libx11", "libX11-6"),
    "libX11-xcb.so.1": ("libx11-xcb1", "libX11-xcb", "libx11", "libX11-xcb1"),
    "libxcb.so.1": ("libxcb1", "libxcb", "libxcb", "libxcb1"),
    "libxcb-randr.so.0": ("libxcb-randr0", "libxcb", "libxcb", "libxcb-randr0"),
    "libxcb-render.so.0": ("libxcb-render0", "libxcb", "libxcb", "libxcb-render0"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb", "libxcb", "libxcb-shape0"),
    "libxcb-shm.so.0": ("libxcb-shm0", "libxcb", "libxcb", "libxcb-shm0"),
    "libxcb-sync.so.1": ("libxcb-sync1", "libxcb", "libxcb", "libxcb-sync1"),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0", "libxcb", "libxcb", "libxcb-xfixes0"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb", "libxcb", "libxcb-xkb1"),
    "libxcb-util.so.1": ("libxcb-util1", "xcb-util", "xcb-util", "libxcb-util1"),
    "libxcb-cursor.so.0": (
        *("libxcb-cursor0", "xcb-util-cursor"),
        *("xcb-util-cursor", "libxcb-cursor0"),
    ),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm", "libxcb-icccm4"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image", "xcb-util-image", "libxcb-image0"),
    "libxcb-keysyms.so.1": (
        *("libxcb-keysyms1", "xcb-util-keysyms"),
        *("xcb-util-keysyms", "libxcb-keysyms1"),
    ),
    "libxcb-render-util.so.0": (
        *("libxcb-render-util0", "xcb-util-renderutil"),
        *("xcb-util-renderutil", "libxcb-render-util0"),
    ),
}
# Through one of these PortAudio finds the sound server; bare sound cards need none.
ROUTES = ("libasound_module_pcm_pulse.so", "libasound_module_pcm_pipewire.so")
ROUTE_PACKAGES = (
    *("libasound2-plugins", "alsa-plugins-pulseaudio"),
    *("alsa-plugins", "alsa-plugins-pulse"),
)
ROUTE_FOLDERS = ("lib64/alsa-lib", "lib/alsa-lib", "lib/*/alsa-lib")

LISTS = Path("/var/lib/apt/lists")

BY_DISTRIBUTION = {
    **dict.fromkeys(("debian", "ubuntu"), "apt"),
    **dict.fromkeys(("fedora", "rhel", "centos"), "dnf"),
    **dict.fromkeys(("arch", "archlinux"), "pacman"),
    **dict.fromkeys(("suse", "opensuse", "sles"), "zypper"),
}
INSTALL = {
    "apt": ("apt-get", "install", "-y", "--no-install-recommends"),
    "dnf": ("dnf", "install", "-y"),
    "pacman": ("pacman", "-S", "--needed", "--noconfirm"),
    "zypper": ("zypper", "--non-interactive", "install"),
}


@dataclass(frozen=True, slots=True)
class Missing:
    """A library that the system lacks, what needs it, and the packages that carry it."""

    library: str
    purpose: str
    packages: tuple[str, ...] = ()  # one for each of MANAGERS; none where nobody knows


Load = Callable[[str], object]


def missing(load: Load | None = None, desktop: Desktop | None = None) -> list[Missing]:
    """What the app needs and the system's loader does not find; 10 ms where all is there."""
    if (desktop or detect()).system != "linux":
        return []
    load = load or _dlopen
    lacking = [
        Missing(soname, SOUND if soname == "libportaudio.so.2" else WINDOWS, packages)
        for soname, packages in LIBRARIES.items()
        if _refusal(soname, load)
    ]
    # Another Qt may need more than the table knows: then the loader names it.
    plugin = _plugin()
    if not lacking and plugin and (said := _refusal(str(plugin), load)):
        lacking.append(Missing(said.partition(":")[0], WINDOWS))
    return lacking


def useful(root: Path = Path("/usr"), desktop: Desktop | None = None) -> list[Missing]:
    """What is lacking without which dictation still works, on some computers."""
    if (desktop or detect()).system != "linux":
        return []
    found = (root.glob(f"{folder}/{route}") for folder in ROUTE_FOLDERS for route in ROUTES)
    if any(next(files, None) for files in found):
        return []
    return [Missing(ROUTES[0], SOUND_SERVER, ROUTE_PACKAGES)]


def _dlopen(library: str) -> object:
    from ctypes import CDLL

    return CDLL(library)


def _refusal(library: str, load: Load) -> str:
    """Why the loader does not load it; empty if it does."""
    try:
        load(library)
    except OSError as error:
        return str(error) or library
    return ""


def _plugin() -> Path | None:
    """Qt's way to X11, which needs all that the windows need."""
    qt = find_spec("PySide6")
    folders = (qt and qt.submodule_search_locations) or []
    plugins = (Path(folder) / "Qt/plugins/platforms/libqxcb.so" for folder in folders)
    return next((plugin for plugin in plugins if plugin.exists()), None)


def manager(os_release: Mapping[str, str]) -> str:
    """The package manager of this distribution, by its os-release; empty for an unknown one."""
    names = (os_release.get("ID", ""), *os_release.get("ID_LIKE", "").split())
    known = (BY_DISTRIBUTION.get(name.partition("-")[0], "") for name in names)
    return next(filter(None, known), "")


def install_command(
    lacking: Sequence[Missing],
    os_release: Mapping[str, str],
    *,
    root: bool,
    which: Callable[[str], str | None] = shutil.which,
) -> list[str]:
    """The command that installs what is lacking; empty where the packages are not known."""
    chosen = manager(os_release)
    if not lacking or not chosen or not all(lack.packages for lack in lacking):
        return []
    column = MANAGERS.index(chosen)
    packages = sorted({lack.packages[column] for lack in lacking})
    return _as_root([*INSTALL[chosen], *packages], root=root, which=which)


def _as_root(
    command: list[str], *, root: bool, which: Callable[[str], str | None] = shutil.which
) -> list[str]:
    if root:
        return command
    for way in ("sudo", "pkexec"):
        if which(way):
            return [way, *command]
    return ["su", "-c", shlex.join(command)]


def os_release() -> dict[str, str]:
    """What the distribution says of itself; empty where it says nothing."""
    from platform import freedesktop_os_release

    try:
        return freedesktop_os_release()
    except OSError:
        return {}


def told(lacking: Sequence[Missing]) -> MissingPart:
    """The error that names what is lacking, and the line that installs it."""
    names = ", ".join(lack.library for lack in lacking)
    command = shlex.join(_command(lacking))
    return MissingPart(
        _("The system lacks {names}.").format(names=names),
        hint=_("Run `{command}`, or `dictation setup`.").format(command=command)
        if command
        else _("Install the packages of your system that carry these libraries."),
    )


def ensure(*, yes: bool = False, look: Callable[[], list[Missing]] = missing) -> None:
    """Installs what the app needs and the system lacks, after asking on the terminal.

    `yes` does not ask. Raises MissingPart where that can't be, or did not help.
    """
    lacking = look()
    if not lacking:
        return
    error, command = told(lacking), _command(lacking)
    if not command or not (yes or (sys.stdin.isatty() and sys.stderr.isatty())):
        raise error
    wanted = useful()
    lines = [shlex.join(line) for line in (command, _command(wanted)) if line]
    sys.stderr.write("\n  ".join([error.message, *lines]) + "\n")
    if not yes:
        sys.stderr.write(_("Install it now? [Y/n] "))
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() not in ("", "y", "yes", *_("y yes").split()):
            raise error
    install(lacking)
    install(wanted)
    if still := look():
        raise told(still)


def install(lacking: Sequence[Missing]) -> None:
    """Runs the command that installs what is lacking, and lets it say what it does."""
    import subprocess

    command = _command(lacking)
    environment = {**without_keys(os.environ), "DEBIAN_FRONTEND": "noninteractive"}

    def run(line: list[str]) -> int:
        # What installers say is progress: stdout is for results.
        return subprocess.run(line, env=environment, stdout=sys.stderr, check=False).returncode

    update = _as_root(["apt-get", "update"], root=_root()) if "apt-get" in command else []
    if update and not any(LISTS.glob("*Packages*")):
        run(update)
    if command and run(command) and update:  # it may know only packages that are no more
        run(update)
        run(command)


def _command(lacking: Sequence[Missing]) -> list[str]:
    return install_command(lacking, os_release(), root=_root())


def _root() -> bool:
    return os.geteuid() == 0
