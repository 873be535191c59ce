"""The thread that asks the GlobalShortcuts portal, and what its signals mean."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dictation.bus import BusFault, BusGone, Signal
from dictation.desktop import Desktop
from dictation.errors import HotkeyError, MissingPart
from dictation.hotkeys import portal
from dictation.hotkeys.actions import Action
from dictation.hotkeys.hearer import Hearer
from dictation.hotkeys.presses import InOrder
from dictation.i18n import _
from dictation.portal import APP_ID, Denied, Portal

PATIENCE = 2.0  # seconds that closing waits for the thread
AGAIN_AFTER = 10.0  # seconds: a portal that goes sooner than that goes each time

Shortcuts = Iterable[tuple[str, Mapping[str, tuple[str, Any]]]]


class PortalListener:
    """Asks for the keys from construction on; whatever goes wrong, the hearer is told."""

    def __init__(
        self,
        actions: Sequence[Action],
        desktop: Desktop,
        *,
        hearer: Hearer,
        again_after: float = AGAIN_AFTER,
    ) -> None:
        self._again_after = again_after
        self._actions, self._desktop = actions, desktop
        self._names = {portal.identifier(action): action.name for action in actions}
        self._hearer = hearer
        self._orders = {name: InOrder() for name in self._names.values()}
        self._down: set[str] = set()
        self.triggers: dict[str, str] = {}  # by action: its keys, as the desktop calls them
        self.is_unknown = False  # the desktop does not know the program, and so refuses it
        self._portal: Portal | None = None
        self._closed = threading.Event()
        self._again = threading.Event()  # the portal is gone, or we are
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="hotkey", daemon=True)
        self._thread.start()

    def recording(self, recording: bool) -> None:
        """Nothing: the desktop takes the cancel key at all times, as the user has it there."""

    def close(self) -> None:
        """Gives the keys back; a hotkey that is down counts as released."""
        with self._lock:
            self._closed.set()
            self._again.set()
            asked = self._portal
        if asked is not None:
            asked.close()
        if self._thread is not threading.current_thread():
            self._thread.join(PATIENCE)
        self._let_all_go()

    def _run(self) -> None:
        """A portal that was updated, or crashed, is asked anew: the bus starts it again."""
        while not self._closed.is_set():
            self._again.clear()
            asked = time.monotonic()
            try:
                made = Portal(portal.INTERFACE, self._heard, self._ended)
            except (BusFault, MissingPart) as error:
                self._lost(_refused(error))
                return
            with self._lock:
                self._portal = made
            try:
                if self._ask(made):
                    self._again.wait()
            finally:
                made.close()
            if not self._again.is_set():
                return
            if time.monotonic() - asked < self._again_after:
                self._lost(_taken_back())
                return

    def _ask(self, made: Portal) -> bool:
        """Whether the keys are ours for the time being."""
        try:
            body = (made.open_session(), portal.shortcuts(self._actions), "")
            bound = made.request("BindShortcuts", "oa(sa{sv})s", body, within=None)
        except BusGone:
            return True  # closed, or gone, which is told elsewhere
        except Denied:
            self._lost(_declined())
            return False
        except BusFault as fault:
            self.is_unknown = not made.registered
            self._lost(_unknown() if self.is_unknown else _refused(fault))
            return False
        self._changed(bound.get("shortcuts", []))
        return True

    def _changed(self, shortcuts: Shortcuts) -> None:
        """What the user has made of the keys."""
        told = {key: str(rest.get("trigger_description", ("s", ""))[1]) for key, rest in shortcuts}
        self.triggers = {self._names[key]: keys for key, keys in told.items() if key in self._names}
        talk = self._actions[0]
        if not self.triggers.get(talk.name):
            self._lost(_without_key(self._desktop, talk))

    def _lost(self, error: HotkeyError) -> None:
        if not self._closed.is_set():
            self._hearer.lost(error)

    # On the portal's thread.

    def _heard(self, signal: Signal) -> None:
        now = time.monotonic()
        match signal.member, signal.body:
            case ("Activated" | "Deactivated") as member, (session, key, *_rest):
                if self._portal and session == self._portal.session and key in self._names:
                    self._moved(self._names[key], member == "Activated", now)
            case "ShortcutsChanged", (session, shortcuts):
                if self._portal and session == self._portal.session:
                    self._changed(shortcuts)

    def _moved(self, name: str, down: bool, now: float) -> None:
        order = self._orders[name]
        for event, at in order.press(now) if down else order.release(now):
            (self._down.add if event == "press" else self._down.discard)(name)
            tell = self._hearer.press if event == "press" else self._hearer.release
            tell(name, at)

    def _ended(self, gone: bool) -> None:
        self._let_all_go()
        if gone:
            self._again.set()
        else:
            self._lost(_taken_back())

    def _let_all_go(self) -> None:
        while self._down:
            self._hearer.release(self._down.pop(), time.monotonic())


def _taken_back() -> HotkeyError:
    return HotkeyError(
        _("The desktop has ended its hotkeys for this program."),
        hint=_("Open the settings and press OK to ask for them again."),
    )


def _declined() -> HotkeyError:
    return HotkeyError(
        _("The desktop was not allowed to give this program its hotkeys."),
        hint=_("Open the settings and press OK to be asked again."),
    )


def _unknown() -> HotkeyError:
    return HotkeyError(
        _("The desktop gives hotkeys to programs in its menu alone, and this one is not there."),
        hint=_("`dictation install-desktop` puts it there; then start it again."),
    )


def _refused(fault: Exception) -> HotkeyError:
    return HotkeyError(
        _("The desktop gives this program no hotkeys ({fault}).").format(fault=fault),
        hint=_("`dictation doctor` names other ways to start a dictation by a key."),
    )


def _without_key(desktop: Desktop, talk: Action) -> HotkeyError:
    hint = _("Give it one in the desktop's settings, under Shortcuts: {title}.").format(
        title=talk.title
    )
    if desktop.compositor == "hyprland":  # it takes no proposals
        held, _plus, key = portal.trigger(talk.bindings[0]).rpartition("+")
        bind = f"bind = {held.replace('+', ' ')}, {key}, global, {APP_ID}:{portal.identifier(talk)}"
        hint = "\n".join([_("Add to ~/.config/hypr/hyprland.conf:"), bind.replace("LOGO", "SUPER")])
    return HotkeyError(_("The desktop has given the hotkey no key."), hint=hint)
