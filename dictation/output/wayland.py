"""Wayland's plain rungs: wl-copy for the text, wtype or ydotool for the keys.

Nobody tells here who has read the clipboard, so nothing is ever confirmed.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.errors import NotDelivered
from dictation.i18n import _
from dictation.output.insert import Insert
from dictation.values import Receipt

WITHIN = 2.0  # seconds for any of these programs
TYPED = 0.02  # seconds for each character that wtype types; 0.005 were seen
RESTORE_AFTER = 1.0  # seconds: without a receipt the old text waits until a slow program has read

TEXT = "text/plain;charset=utf-8"
CLIPBOARD: tuple[str, ...] = ()
PRIMARY = ("--primary",)
# wl-copy offers one kind of content, and beside any kind of text the plain one, too. What
# programs copy has several: these are tried first.
KINDS = ("text/uri-list", TEXT, "UTF8_STRING", "text/plain", "image/png")
# No compositor of these has the protocol that wtype needs.
NO_VIRTUAL_KEYBOARD = ("gnome", "ubuntu", "unity", "pop", "budgie", "kde")


def run(*command: str, given: bytes | None = None, within: float = WITHIN) -> None:
    """Runs a program; NotDelivered where it fails or hangs.

    Never with a pipe to read from: wl-copy leaves a child behind that would hold it open.
    """
    try:
        done = subprocess.run(
            command,
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=within,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotDelivered(_("{program} failed.").format(program=command[0])) from error
    if done.returncode:
        raise NotDelivered(
            _("{program} failed with status {status}.").format(
                program=command[0], status=done.returncode
            )
        )


def lacks(desktop: Desktop, program: str, package: str) -> Verdict | None:
    """Why a program of a Wayland desktop can't be used at all."""
    if desktop.session != "wayland":
        return Verdict(False, _("this is not a Wayland session"))
    if shutil.which(program) is None:
        why = _("{program} is not installed").format(program=program)
        return Verdict(False, why, _("Install the package {package}.").format(package=package))
    return None


@dataclass(frozen=True, slots=True)
class Content:
    """What a selection holds, as the one kind that can be put back."""

    kind: str
    data: bytes

    @classmethod
    def of(cls, text: str) -> Content:
        """A text, as it is put and found again."""
        return cls(TEXT, text.encode())


class WlCopy:
    """Leaves the text on the clipboard, by wl-clipboard."""

    NAME = "wl-copy"

    def probe(self, desktop: Desktop) -> Verdict:
        return lacks(desktop, "wl-copy", "wl-clipboard") or Verdict(True)

    def copy(self, text: str) -> None:
        """Puts the text on the clipboard and, where the compositor has one, on PRIMARY."""
        self.put(Content.of(text), CLIPBOARD)
        with suppress(NotDelivered):  # older compositors have no PRIMARY
            self.put(Content.of(text), PRIMARY)

    def put(self, content: Content, selection: tuple[str, ...]) -> None:
        """Makes this the content of a selection; raises NotDelivered."""
        run("wl-copy", *selection, "--type", content.kind, given=content.data)

    def held(self, selection: tuple[str, ...]) -> Content | None:
        """What the selection holds; None where it is nothing, or its owner does not answer."""
        kinds = self._paste(*selection, "--list-types").decode(errors="replace").splitlines()
        kind = next((kind for kind in KINDS if kind in kinds), kinds[0] if kinds else "")
        data = self._paste(*selection, "--no-newline", "--type", kind) if kind else b""
        return Content(kind, data) if data else None

    def _paste(self, *arguments: str) -> bytes:
        try:
            done = subprocess.run(
                ["wl-paste", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=WITHIN / 4,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return b""
        return b"" if done.returncode else done.stdout


def round_trip(desktop: Desktop) -> Verdict:
    """Whether a text comes back from PRIMARY, which is missed least; it holds the old one again."""
    clipboard, text = WlCopy(), Content.of("naïve 中文 🎤")
    verdict = clipboard.probe(desktop)
    if not verdict.works:
        return verdict
    before = clipboard.held(PRIMARY)
    try:
        clipboard.put(text, PRIMARY)
        found = clipboard.held(PRIMARY)
        if before is None:
            run("wl-copy", *PRIMARY, "--clear")
        else:
            clipboard.put(before, PRIMARY)
    except NotDelivered as error:
        return Verdict(False, error.message)
    return Verdict(True) if found == text else Verdict(False, _("the text did not come back"))


class Wtype:
    """Keys by the compositor's virtual keyboard; GNOME and KDE offer none."""

    NAME = "wtype"
    # wtype's keyboard has no keys but those named here. GTK looks for shortcuts on all of a
    # keyboard but its last key: without another one after Insert it pastes nothing.
    CHORD = ("wtype", "-M", "shift", "-k", "Insert", "-m", "shift", "-k", "VoidSymbol")

    def probe(self, desktop: Desktop) -> Verdict:
        found = lacks(desktop, "wtype", "wtype")
        refused = Verdict(False, _("the compositor offers wtype no virtual keyboard"))
        if found is None:
            try:
                run("wtype", "-s", "1")  # a pause: connects, presses nothing
            except NotDelivered:
                return refused
            return Verdict(True)
        installing_helps = desktop.compositor not in NO_VIRTUAL_KEYBOARD
        return found if installing_helps or desktop.session != "wayland" else refused


class Ydotool:
    """Keys by the kernel, below any compositor; its service has to run."""

    NAME = "ydotool"
    CHORD = ("ydotool", "key", "42:1", "110:1", "110:0", "42:0")  # Shift and Insert by place

    def probe(self, desktop: Desktop) -> Verdict:
        found = lacks(desktop, "ydotool", "ydotool")
        if found is None and not any(answers(path) for path in sockets()):
            why = _("ydotool's service does not run (versions before 1.0 have none)")
            return Verdict(False, why, _("Start it: systemctl --user enable --now ydotool"))
        return found or Verdict(True)


def sockets() -> list[Path]:
    """Where ydotool's service listens."""
    if named := os.environ.get("YDOTOOL_SOCKET"):
        return [Path(named)]
    folder = os.environ.get("XDG_RUNTIME_DIR", "/tmp")  # noqa: S108 - ydotool's own choice
    return [Path(folder, ".ydotool_socket"), Path("/tmp/.ydotool_socket")]  # noqa: S108


def answers(path: Path) -> bool:
    """Whether someone listens at a datagram socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


class WaylandPaste:
    """wl-copy, then the chord; what was there before comes back a little later."""

    def __init__(self, keys: Wtype | Ydotool) -> None:
        self.NAME = keys.NAME
        self._keys = keys
        self._clipboard = WlCopy()
        self._lock = threading.Lock()
        self._ours = Content.of("")
        self._before: dict[tuple[str, ...], Content] = {}  # what is still to be given back

    def probe(self, desktop: Desktop) -> Verdict:
        verdict = self._clipboard.probe(desktop)
        return self._keys.probe(desktop) if verdict.works else verdict

    def deliver(self, insert: Insert) -> Receipt:
        """Pastes and hopes; NotDelivered with the text on the clipboard where no key goes out."""
        self.give_back()
        before: dict[tuple[str, ...], Content] = {}
        if insert.settings.restore_clipboard:
            held = {where: self._clipboard.held(where) for where in (CLIPBOARD, PRIMARY)}
            before = {where: content for where, content in held.items() if content}
        insert.check_wanted()
        self._clipboard.copy(insert.text)
        sent = time.monotonic()
        try:
            run(*self._keys.CHORD)
        except NotDelivered as error:
            raise NotDelivered(
                error.message,
                hint=_("It is on the clipboard: press Ctrl+V, in a terminal Ctrl+Shift+V."),
            ) from error
        if before:
            with self._lock:
                self._ours, self._before = Content.of(insert.text), before
            timer = threading.Timer(RESTORE_AFTER, self.give_back)
            timer.daemon = True
            timer.start()
        return Receipt(self.NAME, confirmed=False, chord_sent=sent)

    def give_back(self) -> None:
        """Puts back what was there before, where nothing else was copied since."""
        with self._lock:
            before, self._before = self._before, {}
            for where, content in before.items():
                if self._clipboard.held(where) == self._ours:
                    with suppress(NotDelivered):  # nobody is left to be told
                        self._clipboard.put(content, where)


class WtypeType:
    """Types by wtype, which brings a keyboard layout of its own for the text."""

    NAME = "wtype-type"

    def probe(self, desktop: Desktop) -> Verdict:
        return Wtype().probe(desktop)

    def deliver(self, insert: Insert) -> Receipt:
        """Types the text; nobody confirms it."""
        insert.check_wanted()
        by_line = insert.settings.newlines == "shift_enter"
        for number, line in enumerate(insert.text.split("\n") if by_line else [insert.text]):
            if number:
                run("wtype", "-M", "shift", "-k", "Return", "-m", "shift")
            if line:
                run("wtype", "-", given=line.encode(), within=WITHIN + TYPED * len(line))
        return Receipt(self.NAME, confirmed=False)
