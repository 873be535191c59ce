"""The RemoteDesktop portal: keys, once the user has said yes. Nothing of the screen is asked for.

The session stays open: with each that begins KDE shows a notification, which would come with every
take, and while it lasts a sign in the tray. The token that spares the user the same question is
worth something to this user's programs alone, so a file will do, where a keyring would have to be
unlocked first. It is good for one session; each session brings the next.

Where the portal can, the session hands out a socket to the compositor itself, which takes the keys
by libei's protocol; from then on the portal's own calls for keys are refused in that session.
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
from dictation.bus import BusFault, BusGone, NoAnswer, Refused, Signal
from dictation.errors import MissingPart, WayClosed
from dictation.i18n import _
from dictation.lanes import fulfil
from dictation.output.ei import Keyboard
from dictation.output.ei_wire import EiFault
from dictation.output.remote_clipboard import RemoteClipboard
from dictation.paths import places, write_private
from dictation.portal import Denied, Portal

log = logging.getLogger(__name__)

INTERFACE, CLIPBOARD = "RemoteDesktop", "Clipboard"
KEYBOARD = 1  # of the kinds of devices
UNTIL_REVOKED = 2  # how long the permission lasts
PERSISTS_FROM = 2  # the portal's version that remembers permissions
EI_FROM = 2  # the one that hands out sockets for keys
ASKED_WITHIN = 1.0  # seconds for a session that needs no answer of the user's; 5 to 30 ms were seen
# Keycodes (linux/input-event-codes.h) where no layout matters, keysyms where one does.
SHIFT_INSERT = "NotifyKeyboardKeycode", (42, 110)
CONTROL_V = "NotifyKeyboardKeysym", (0xFFE3, 0x76)
NAMES = {0xFFE3: ("Control_L", 29), 0x76: ("v", 47)}  # of keysyms, and their keys' usual codes


class PortalSession:
    """The right to press keys, and where it was granted the clipboard, while the portal lives."""

    KINDS = "mime_types"

    def __init__(self, made: Portal) -> None:
        self.portal = made
        self.clipboard: RemoteClipboard | None = None
        self.keyboard: Keyboard | None = None  # where keys go by it alone

    @property
    def is_open(self) -> bool:
        """Whether keys may still be pressed."""
        return self.portal.is_open and (self.keyboard is None or self.keyboard.is_open)

    def close(self) -> None:
        """Ends it, once the clipboard is given back."""
        if self.clipboard and self.portal.is_open:
            self.clipboard.wait_settled()
            self.clipboard.tell()
        if self.keyboard:
            self.keyboard.close()
        self.portal.close()

    def connect(self) -> None:
        """Has keys go to the compositor itself; they go by the portal where it refuses that.

        EiFault where now they go in neither way, BusGone.
        """
        try:
            (handle,) = self.portal.call("ConnectToEIS", "oa{sv}", (self.portal.session, {}))
        except Refused as refused:
            log.info("keys go by the portal: ConnectToEIS was refused (%s)", refused)
            return
        except NoAnswer as silence:
            raise EiFault("the portal does not answer") from silence
        try:
            its = handle.to_socket()
        except OSError as error:
            handle.close()
            raise EiFault("the portal gave no socket") from error
        self.keyboard = Keyboard(its)

    def chord(self, by: str, keys: tuple[int, ...]) -> float:
        """Presses keys, the last one while the others are held; when.

        WayClosed where the first is refused, so that none is down; else BusFault.
        """
        sent = time.monotonic()
        if self.keyboard:
            try:
                self.keyboard.chord([self._code(self.keyboard, by, key) for key in keys])
            except EiFault as fault:
                raise ended(fault) from fault
            return sent
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

    @staticmethod
    def _code(keyboard: Keyboard, by: str, key: int) -> int:
        """Where a key is: a code tells, and of a keysym the layout."""
        return key if by == SHIFT_INSERT[0] else keyboard.place(key, *NAMES[key])

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
        self._session: PortalSession | None = None  # the newest, be it not started yet
        self._by_portal = False  # as the compositor's own way for keys has failed
        self.refused = False  # by the user, who is not asked again before `forgive`

    @property
    def is_allowed(self) -> bool:
        """Whether the user said yes before."""
        return self._is_open() or _token().exists()

    @property
    def way(self) -> str:
        """How keys go in the session that lives, to be told; "" where none does."""
        if not self._session or not self._is_open():
            return ""
        return _("by libei") if self._session.keyboard else _("by its portal")

    def ways(self, version: int) -> str:
        """How they go, or may go by such a portal."""
        if version < EI_FROM or self._by_portal:
            return _("by its portal")
        return self.way or _("by libei, where it takes them so, else by its portal")

    def open(self, *, clipboard: bool, within: float | None = ASKED_WITHIN) -> PortalSession:
        """A session that takes keys, with the clipboard if wanted and to be had.

        WayClosed where the user is asked something and has not answered in time: the question
        stays, and the answer counts the next time. Also where they, or the desktop, said no.
        """
        session = self._opened(clipboard=clipboard, within=within)
        if session.keyboard:
            try:
                if session.keyboard.ready():
                    return session
            except EiFault as fault:
                if session.keyboard.is_open or session.keyboard.fault:  # not on purpose
                    self._distrust(fault)
                session.close()
                return self._opened(clipboard=clipboard, within=within)
            raise ended(_("keys are paused"))
        return session

    def _opened(self, *, clipboard: bool, within: float | None) -> PortalSession:
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
        """The user may be asked again, and the compositor's own way tried."""
        self.refused = self._by_portal = False

    def close(self) -> None:
        """Ends the session, once the clipboard is given back, and a question that stands."""
        if self._session:
            self._session.close()

    def _is_open(self) -> bool:
        opening = self._opening
        if opening is None or not opening.done() or opening.exception():
            return False
        return opening.result().is_open

    def _distrust(self, fault: EiFault) -> None:
        log.info("keys go by the portal from now on: %s", fault)
        self._by_portal = True

    def _open(self, *, clipboard: bool) -> PortalSession:
        before = self._session
        if before:
            before.close()
            if before.keyboard and before.keyboard.fault:
                self._distrust(before.keyboard.fault)
        session = self._begin(clipboard=clipboard)
        if self._by_portal or portal.version(session.portal.bus, INTERFACE) < EI_FROM:
            return session
        try:
            session.connect()
        except EiFault as fault:
            self._distrust(fault)
            session.close()
            return self._begin(clipboard=clipboard)
        return session

    def _begin(self, *, clipboard: bool) -> PortalSession:
        board = RemoteClipboard(lasts=True)
        made = Portal(INTERFACE, board.heard, also=(CLIPBOARD,), descriptors=True)
        session = self._session = PortalSession(made)
        try:
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


def ended(error: Exception | str) -> WayClosed:
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
