"""The shortcuts by which GNOME runs a command of ours for each key.

They are the user's own: GNOME's settings show them under Keyboard, Custom Shortcuts.
"""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dictation.desktop import Desktop
from dictation.errors import HotkeyError, HotkeyTaken
from dictation.hotkeys.actions import PASTE_LAST, TALK, Action
from dictation.hotkeys.binding import Binding
from dictation.hotkeys.xkb_names import modifiers, name
from dictation.i18n import _
from dictation.program import program

DESKTOPS = ("gnome", "ubuntu", "unity", "pop", "budgie")
MEDIA = "org.gnome.settings-daemon.plugins.media-keys"
CUSTOM = f"{MEDIA}.custom-keybinding"
FOLDER = f"/{MEDIA.replace('.', '/')}/custom-keybindings/"
OURS = f"{FOLDER}dictation"
# Who else has keys; not all of them are there in every version.
OTHERS = (
    "org.gnome.desktop.wm.keybindings",
    "org.gnome.mutter.keybindings",
    "org.gnome.mutter.wayland.keybindings",
    "org.gnome.shell.keybindings",
    MEDIA,
)
# Taking the cancel key from all programs at all times would be too much.
SERVED = (TALK, PASTE_LAST)
_GTK = ("<Control>", "<Alt>", "<Shift>", "<Super>")
WITHIN = 5.0  # seconds for a call, which takes 10 ms

Run = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One custom shortcut; `path` is where GNOME keeps it."""

    path: str
    title: str
    command: str
    binding: Binding

    @property
    def keys(self) -> str:
        """As GTK writes them."""
        return modifiers(self.binding, _GTK) + name(self.binding.key)


def gsettings(*arguments: str) -> str:
    """What the program prints; HotkeyError where it fails."""
    try:
        done = subprocess.run(
            ["gsettings", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=WITHIN,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HotkeyError(_("gsettings failed: {error}").format(error=error)) from error
    if done.returncode:
        raise HotkeyError(_("gsettings failed: {error}").format(error=done.stderr.strip()))
    return done.stdout.strip()


def cannot(desktop: Desktop) -> str | None:
    """Why GNOME can run nothing for a key here, if so."""
    if desktop.session != "wayland" or desktop.compositor not in DESKTOPS:
        return _("this is not GNOME on Wayland")
    if has_no_program():
        return _("gsettings is not installed")
    return None


def has_no_program() -> bool:
    """Whether gsettings is missing, by which GNOME's settings are read and written."""
    return shutil.which("gsettings") is None


def entries(actions: Sequence[Action], command: Sequence[str]) -> list[Entry]:
    """What GNOME is to run: for keys that talk and those that paste again."""
    found: list[Entry] = []
    for action in actions:
        profile = ("--profile", action.profile) if action.profile else ()
        if not (action.is_talk or action.name in SERVED):
            continue
        words = ("press", *profile) if action.is_talk else (PASTE_LAST,)
        for binding in action.bindings:
            if binding.is_lone or binding.key.startswith("Mouse"):
                continue  # GNOME binds neither
            path = f"{OURS}{len(found) or ''}/"
            found.append(Entry(path, action.title, shlex.join([*command, *words]), binding))
    if not found:
        raise HotkeyError(_("GNOME binds no modifier alone, and no mouse button."))
    return found


def ours(run: Run = gsettings) -> list[str]:
    """The paths of our own shortcuts that GNOME knows."""
    return [path for path in _known(run) if path.startswith(OURS)]


def are(actions: Sequence[Action], run: Run = gsettings) -> bool:
    """Whether GNOME knows exactly these keys of ours; HotkeyError."""
    wanted = entries(actions, program())
    if ours(run) != [entry.path for entry in wanted]:
        return False
    return all(_told(run, entry.path) == (entry.command, entry.keys) for entry in wanted)


def write(actions: Sequence[Action], run: Run = gsettings) -> None:
    """Has GNOME know exactly these keys of ours; HotkeyTaken, HotkeyError.

    What the user has beside them stays, in its order.
    """
    wanted = entries(actions, program())
    taken = _taken(run)
    for entry in wanted:
        if owner := taken.get(_normal(entry.keys)):
            raise HotkeyTaken(
                _("{keys} is taken by GNOME: {owner}.").format(keys=entry.binding, owner=owner),
                hint=_("Choose another key, or free it in GNOME's settings under Keyboard."),
            )
    before = _known(run)
    for entry in wanted:
        for key, value in (("name", entry.title), ("command", entry.command)):
            run("set", f"{CUSTOM}:{entry.path}", key, _quoted(value))
        run("set", f"{CUSTOM}:{entry.path}", "binding", _quoted(entry.keys))
    paths = [entry.path for entry in wanted]
    for path in before:
        if path.startswith(OURS) and path not in paths:
            run("reset-recursively", f"{CUSTOM}:{path}")
    others = [path for path in before if not path.startswith(OURS)]
    if before != [*others, *paths]:
        _set_known(run, [*others, *paths])


def remove(run: Run = gsettings) -> None:
    """Has GNOME forget all keys of ours; HotkeyError."""
    before = _known(run)
    _set_known(run, [path for path in before if not path.startswith(OURS)])
    for path in before:
        if path.startswith(OURS):
            run("reset-recursively", f"{CUSTOM}:{path}")


def told(actions: Sequence[Action]) -> tuple[str, ...]:
    """What `write` has GNOME run, for a person to read."""
    return tuple(f"{entry.binding}: {entry.command}" for entry in entries(actions, program()))


def lines(actions: Sequence[Action], command: Sequence[str]) -> tuple[str, ...]:
    """What `write` does, for a shell."""
    wanted = entries(actions, command)
    told = [
        shlex.join(["gsettings", "set", f"{CUSTOM}:{entry.path}", key, value])
        for entry in wanted
        for key, value in (
            ("name", entry.title),
            ("command", entry.command),
            ("binding", entry.keys),
        )
    ]
    # The list of bindings is the user's: ours are put at its end, once.
    told.append(f"list=$(gsettings get {MEDIA} custom-keybindings)")
    told += [
        f'case $list in *"{path}"*) ;; *\'[]\') list="[{path}]" ;; '
        f'*) list="${{list%]}}, {path}]" ;; esac'
        for path in (_quoted(entry.path) for entry in wanted)
    ]
    return *told, f'gsettings set {MEDIA} custom-keybindings "$list"'


def _known(run: Run) -> list[str]:
    found = run("get", MEDIA, "custom-keybindings").removeprefix("@as ")
    return [str(path) for path in ast.literal_eval(found)]


def _told(run: Run, path: str) -> tuple[str, str]:
    """Command and keys of a shortcut."""
    rows = run("list-recursively", f"{CUSTOM}:{path}").splitlines()
    found = {
        key: ast.literal_eval(value) for _schema, key, value in (r.split(" ", 2) for r in rows)
    }
    return found["command"], found["binding"]


def _set_known(run: Run, paths: list[str]) -> None:
    run("set", MEDIA, "custom-keybindings", f"[{', '.join(map(_quoted, paths))}]")


def _taken(run: Run) -> dict[tuple[str, ...], str]:
    """Who has which keys: GNOME itself, and the user's other shortcuts."""
    taken: dict[tuple[str, ...], str] = {}
    schemas = set(run("list-schemas").split())
    for schema in OTHERS:
        if schema in schemas:
            for line in run("list-recursively", schema).splitlines():
                _schema, key, value = line.split(" ", 2)
                if key != "custom-keybindings":
                    for keys in re.findall(r"'([^']+)'", value):
                        taken[_normal(keys)] = key
    for path in _known(run):
        if not path.startswith(OURS):
            command, keys = _told(run, path)
            taken[_normal(keys)] = command
    return taken


def _normal(keys: str) -> tuple[str, ...]:
    """Keys that GTK writes in several ways, in one."""
    names = keys.lower().replace("<primary>", "<control>").replace("<ctrl>", "<control>")
    *held, key = names.split(">")
    return (*sorted(held), key)


def _quoted(text: str) -> str:
    """As GVariant's text format has it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
