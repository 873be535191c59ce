"""The RemoteDesktop portal: keys, once the user has said yes. Nothing of the screen is asked for.

The session stays open: with each that begins KDE shows a notification, which would come with every
take, and while it lasts a sign in the tray. The token that spares the user the same question is
worth something to this user's programs alone, so a file will do, where a keyring would have to be
unlocked first. It is good for one session; each session brings the next.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from dictation import portal
from dictation.bus import BusFault, BusGone, Refused, Signal
from dictation.errors import MissingPart, WayClosed
from dictation.i18n import _
from dictation.lanes import fulfil
from dictation.output.remote_clipboard import RemoteClipboard
from dictation.paths import places, write_private
from dictation.portal import Denied, Portal

log = logging.getLogger(__name__)

INTERFACE, CLIPBOARD = "RemoteDesktop", "Clipboard"
KEYBOARD = 1  # of the kinds of devices
UNTIL_REVOKED = 2  # how long the permission lasts
PERSISTS_FROM = 2  # the portal's version that remembers permissions
ASKED_WITHIN = 1.0  # seconds for a session that needs no answer of the user's; 5 to 30 ms were seen
# Keycodes (linux/input-event-codes.h) where no layout matters, keysyms where one does.
SHIFT_INSERT = "NotifyKeyboardKeycode", (42, 110)
CONTROL_V = "NotifyKeyboardKeysym", (0xFFE3, 0x76)


class PortalSession:
    """The right to press keys, and where it was granted the clipboard, while the portal lives."""

    KINDS = "mime_types"

    def __init__(self, made: Portal) -> None:
        self.portal = made
        self.clipboard: RemoteClipboard | None = None

    def chord(self, by: str, keys: tuple[int, ...]) -> float:
        """Presses keys, the last one while the others are held; when.

        WayClosed where the first is refused, so that none is down; else BusFault.
        """
        sent = time.monotonic()
        for at, key in enumerate(keys):
            try:
                self._key(by, key, 1)
            except (BusGone, Refused) as fault:
                if at:
                    raise
                raise ended(fault) from fault
        for key in reversed(keys):
            self._key(by, key, 0)
        return sent

    def _key(self, by: str, key: int, down: int) -> None:
        self.portal.call(by, "oa{sv}iu", (self.portal.session, {}, key, down))

    # As a carrier of the clipboard.

    def call(self, member: str, signature: str, body: tuple[Any, ...]) -> tuple[Any, ...]:
        """A method of the clipboard's portal for this session; raises BusFault."""
        about = (self.portal.session, *body)
        return self.portal.bus.call(portal.remote(CLIPBOARD), member, f"o{signature}", about)

    def ask(
        self,
        member: str,
        signature: str,
        body: tuple[Any, ...],
        on_answer: Callable[[tuple[Any, ...] | None], None],
    ) -> None:
        """A method whose answer comes later; raises BusFault."""
        about = (self.portal.session, *body)
        self.portal.bus.ask(portal.remote(CLIPBOARD), member, f"o{signature}", about, on_answer)

    def of_ours(self, signal: Signal) -> tuple[Any, ...] | None:
        """What a signal says of this session; None where it is of another."""
        session, *rest = signal.body
        return tuple(rest) if session == self.portal.session else None


class PortalKeys:
    """The session, opened when first needed and again where it has ended; any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opening: Future[PortalSession] | None = None
        self._portal: Portal | None = None
        self.refused = False  # by the user, who is not asked again before `forgive`

    @property
    def is_allowed(self) -> bool:
        """Whether the user said yes before."""
        return self._is_open() or _token().exists()

    def open(self, *, clipboard: bool, within: float | None = ASKED_WITHIN) -> PortalSession:
        """A session that lives, with the clipboard if wanted and to be had.

        WayClosed where the user is asked something and has not answered in time: the question
        stays, and the answer counts the next time. Also where they, or the desktop, said no.
        """
        with self._lock:
            if self.refused:
                raise _declined()
            if self._opening is None or (self._opening.done() and not self._is_open()):
                self._opening = Future()
                job = partial(fulfil, self._opening, partial(self._open, clipboard=clipboard))
                threading.Thread(target=job, name="portal-question", daemon=True).start()
            opening = self._opening
        try:
            return opening.result(within)
        except TimeoutError:
            raise WayClosed(
                _("Your desktop asks whether Dictation may press keys: say yes to have it paste."),
                asks=True,
            ) from None
        except Denied as denied:
            raise _declined() from denied
        except (BusFault, MissingPart) as error:
            raise ended(error) from error

    def forgive(self) -> None:
        """The user may be asked again."""
        self.refused = False

    def close(self) -> None:
        """Ends the session, once the clipboard is given back, and a question that stands."""
        if self._opening and self._is_open() and (clipboard := self._opening.result().clipboard):
            clipboard.wait_settled()
        if self._portal:
            self._portal.close()

    def _is_open(self) -> bool:
        opening = self._opening
        if opening is None or not opening.done() or opening.exception():
            return False
        return opening.result().portal.is_open

    def _open(self, *, clipboard: bool) -> PortalSession:
        board = RemoteClipboard(lasts=True)
        made = self._portal = Portal(INTERFACE, board.heard, also=(CLIPBOARD,), descriptors=True)
        try:
            session = PortalSession(made)
            board.attach(session)
            if self._start(session, clipboard=clipboard):
                session.clipboard = board
        except BusFault as fault:
            self.refused = isinstance(fault, Denied)
            made.close()
            raise
        return session

    def _start(self, session: PortalSession, *, clipboard: bool) -> bool:
        """Whether the clipboard came with it."""
        made, about = session.portal, (session.portal.open_session(),)
        if clipboard:
            with suppress(Refused):  # there is no such portal
                session.call("RequestClipboard", "a{sv}", ({},))
        options: dict[str, tuple[str, Any]] = {"types": ("u", KEYBOARD)}
        if portal.version(made.bus, INTERFACE) >= PERSISTS_FROM:
            options["persist_mode"] = "u", UNTIL_REVOKED
            if token := _read():
                options["restore_token"] = "s", token
        made.request("SelectDevices", "o", about, options)
        try:
            results = made.request("Start", "os", (*about, ""), within=None)
        except Denied:
            _keep("")
            raise
        _keep(results.get("restore_token", ""))
        if not results.get("devices", KEYBOARD) & KEYBOARD:
            raise Denied("keyboard")
        return bool(results.get("clipboard_enabled", False))


def ended(error: Exception) -> WayClosed:
    """Nothing was touched."""
    what = _("The desktop's portal let no keys be pressed ({error}).")
    return WayClosed(what.format(error=error))


def _declined() -> WayClosed:
    return WayClosed(
        _("Your desktop was told not to let Dictation press keys."),
        hint=_("Save the settings once more to be asked again."),
    )


def _token() -> Path:
    return places().state / "portal-token"


def _read() -> str:
    try:
        return _token().read_text()
    except (OSError, UnicodeDecodeError):
        return ""  # then the user is asked


def _keep(token: str) -> None:
    try:
        if token:
            write_private(_token(), token.encode())
        else:
            _token().unlink(missing_ok=True)
    except OSError as error:
        log.info("the desktop's permission was not noted: %s", error.strerror)  # it asks once more
