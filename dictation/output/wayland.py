"""Wayland's plain rungs: wl-copy for the text, wtype or ydotool for the keys.

Nobody tells here who has read the clipboard, so nothing is ever confirmed.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.errors import NotDelivered
from dictation.i18n import _
from dictation.settings import Settings
from dictation.values import Receipt, Target

WITHIN = 2.0  # seconds for any of these programs
RESTORE_AFTER = 1.0  # seconds: without a receipt the old text waits until a slow program has read


def run(*command: str, given: bytes | None = None) -> None:
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
            timeout=WITHIN,
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


class WlCopy:
    """Leaves the text on the clipboard, by wl-clipboard."""

    NAME = "wl-copy"

    def probe(self, desktop: Desktop) -> Verdict:
        return lacks(desktop, "wl-copy", "wl-clipboard") or Verdict(True)

    def copy(self, text: str) -> None:
        """Puts the text on the clipboard and, where the compositor has one, on PRIMARY."""
        run("wl-copy", "--type", "text/plain;charset=utf-8", given=text.encode())
        try:
            run("wl-copy", "--primary", "--type", "text/plain;charset=utf-8", given=text.encode())
        except NotDelivered:
            return  # older compositors have no PRIMARY

    def held(self) -> str | None:
        """The text on the clipboard; None where there is none, or something else."""
        try:
            done = subprocess.run(
                ["wl-paste", "--no-newline", "--type", "text/plain;charset=utf-8"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=WITHIN / 4,
                check=False,
            )
            return None if done.returncode else done.stdout.decode()
        except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
            return None


class Wtype:
    """Keys by the compositor's virtual keyboard; GNOME and KDE offer none."""

    NAME = "wtype"
    CHORD = ("wtype", "-M", "shift", "-k", "Insert", "-m", "shift")

    def probe(self, desktop: Desktop) -> Verdict:
        found = lacks(desktop, "wtype", "wtype")
        if found is None:
            try:
                run("wtype", "-s", "1")  # a pause: connects, presses nothing
            except NotDelivered:
                return Verdict(False, _("the compositor offers wtype no virtual keyboard"))
        return found or Verdict(True)


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
    """wl-copy, then the chord; a text that was there before comes back a little later."""

    def __init__(self, keys: Wtype | Ydotool) -> None:
        self.NAME = keys.NAME
        self._keys = keys
        self._clipboard = WlCopy()
        self._lock = threading.Lock()
        self._pending: tuple[str, str] | None = None  # our text, and the one before it

    def probe(self, desktop: Desktop) -> Verdict:
        verdict = self._keys.probe(desktop)
        return self._clipboard.probe(desktop) if verdict.works else verdict

    def deliver(
        self,
        text: str,
        settings: Settings,
        target: Target | None,
        still_wanted: Callable[[], bool],
        patience: float,
    ) -> Receipt:
        """Pastes and hopes; NotDelivered with the text on the clipboard where no key goes out."""
        self.give_back()
        before = self._clipboard.held() if settings.restore_clipboard else None
        if not still_wanted():
            raise NotDelivered(_("The dictation was taken back before it was pasted."))
        self._clipboard.copy(text)
        try:
            run(*self._keys.CHORD)
        except NotDelivered as error:
            raise NotDelivered(
                error.message,
                hint=_("It is on the clipboard: press Ctrl+V, in a terminal Ctrl+Shift+V."),
            ) from error
        if before is not None:
            with self._lock:
                self._pending = text, before
            timer = threading.Timer(RESTORE_AFTER, self.give_back)
            timer.daemon = True
            timer.start()
        return Receipt(self.NAME, confirmed=False)

    def give_back(self) -> None:
        """Puts the earlier text back, unless something else was copied since."""
        with self._lock:
            pending, self._pending = self._pending, None
            if pending is not None and self._clipboard.held() == pending[0]:
                with suppress(NotDelivered):  # nobody is left to be told
                    self._clipboard.copy(pending[1])


class WtypeType:
    """Types by wtype, which brings a keyboard layout of its own for the text."""

    NAME = "wtype-type"

    def probe(self, desktop: Desktop) -> Verdict:
        return Wtype().probe(desktop)

    def deliver(
        self,
        text: str,
        settings: Settings,
        target: Target | None,
        still_wanted: Callable[[], bool],
        patience: float,
    ) -> Receipt:
        """Types the text; nobody confirms it."""
        if not still_wanted():
            raise NotDelivered(_("The dictation was taken back."))
        run("wtype", "-", given=text.encode())
        return Receipt(self.NAME, confirmed=False)
