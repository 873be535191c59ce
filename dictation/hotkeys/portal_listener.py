"""The thread that asks the GlobalShortcuts portal, and what its signals mean."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from dictation.backends import Verdict
from dictation.bus import Bus, BusFault, BusGone, NoAnswer, Signal
from dictation.desktop import Desktop
from dictation.errors import HotkeyError, MissingPart
from dictation.hotkeys import portal_shortcuts, portal_words
from dictation.hotkeys.actions import Action
from dictation.hotkeys.hearer import Hearer
from dictation.hotkeys.presses import InOrder
from dictation.i18n import _
from dictation.portal import Denied, Portal, version
from dictation.program import APP_ID

PATIENCE = 2.0  # seconds that closing waits for the thread
AGAIN_AFTER = 10.0  # seconds: a portal that goes sooner than that goes each time
READY_WITHIN = 60.0  # seconds that portals may take to start, at login
SESSION_NAME = "dictation_hotkeys"
NOT_ALLOWED = "org.freedesktop.portal.Error.NotAllowed"
CONFIGURES = 2  # the portal's version that opens the desktop's settings

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
        ready_within: float = READY_WITHIN,
    ) -> None:
        self._again_after, self._ready_within = again_after, ready_within
        self._actions, self._desktop = {action.name: action for action in actions}, desktop
        self._talk = actions[0]
        self._names = {portal_shortcuts.identifier(action): action.name for action in actions}
        self._hearer = hearer
        self._on_change: Callable[[], None] = lambda: None
        self._orders = {name: InOrder() for name in self._names.values()}
        self._down: set[str] = set()
        self._heard_of: set[str] = set()  # the actions whose keys were pressed so far
        self._triggers: dict[str, str] | None = None  # None: the desktop has not answered
        self._version = 0
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

    def tell_changes(self, on_change: Callable[[], None]) -> None:
        """Tells, on a thread of its own, that `verdict` or `triggers` are others from now on."""
        self._on_change = on_change
        on_change()

    @property
    def triggers(self) -> Mapping[str, str]:
        """By action its keys, as the desktop calls them; without those that it says nothing of."""
        return {name: keys for name, keys in (self._triggers or {}).items() if keys}

    def verdict(self, name: str) -> Verdict:
        """Whether the keys of an action are heard, and which they are; any thread."""
        action = self._actions.get(name)
        if action is None:
            return Verdict(False, _("no key is chosen for it"))
        if self._triggers is None:
            return portal_words.waiting()
        if (trigger := self._triggers.get(name, "")) or name in self._heard_of:
            return portal_words.heard(action, trigger)
        return portal_words.without_key(self._desktop, action, self._app())

    def lines(self) -> tuple[str, ...]:
        """What has to be in the desktop's configuration, where it takes no keys from us."""
        if portal_words.names_triggers(self._desktop) or self.verdict(self._talk.name).works:
            return ()
        return portal_words.hyprland_lines(list(self._actions.values()), self._app())

    def as_lines(self) -> tuple[str, ...]:
        """Each action with its keys, for a person to read."""
        triggers, none = self.triggers, _("no key")
        return tuple(
            f"{action.title}: {triggers.get(name) or none}"
            for name, action in self._actions.items()
        )

    @property
    def configures(self) -> bool:
        """Whether the desktop opens its settings of these keys for us."""
        return self._version >= CONFIGURES and self._triggers is not None

    def configure(self) -> None:
        """Has the desktop open its settings of these keys; not on the portal's thread."""
        with self._lock:
            asked = self._portal
        if asked is None:
            raise portal_words.taken_back()
        try:
            with suppress(NoAnswer):  # before its window stands, which may take longer
                asked.call("ConfigureShortcuts", "osa{sv}", (asked.session, "", {}))
        except BusFault as fault:
            raise HotkeyError(
                _("The desktop does not open its settings ({fault}).").format(fault=fault),
                hint=_("Open them yourself: they are under Keyboard or Shortcuts."),
            ) from fault

    def _app(self) -> str:
        """The name by which the desktop knows us: none where nobody could tell it."""
        asked = self._portal
        return APP_ID if asked is None or asked.registered else ""

    def _run(self) -> None:
        """A portal that was updated, or crashed, is asked anew: the bus starts it again."""
        while True:
            self._again.clear()
            asked = time.monotonic()
            try:
                if not self._is_there():
                    self._lost(portal_words.absent())
                    return
                made = Portal(portal_shortcuts.INTERFACE, self._heard, self._ended)
            except (BusFault, MissingPart) as error:
                self._lost(portal_words.refused(error))
                return
            with self._lock:
                self._portal = made
                wanted = not self._closed.is_set()
            try:
                if wanted and self._ask(made):
                    self._again.wait()
            finally:
                made.close()
            if not self._again.is_set() or self._closed.is_set():
                return
            if time.monotonic() - asked < self._again_after:
                self._lost(portal_words.taken_back())
                return

    def _is_there(self) -> bool:
        """Whether the desktop has the portal; raises BusFault where that remains unknown."""
        deadline = time.monotonic() + self._ready_within
        # Of another connection, since Register must be the first that the portal hears of one.
        with Bus("SESSION", lambda _signal: None, name="portal") as bus:
            while True:
                try:
                    self._version = version(bus, portal_shortcuts.INTERFACE)
                    return self._version > 0
                except NoAnswer:
                    if self._closed.is_set() or time.monotonic() > deadline:
                        raise

    def _ask(self, made: Portal) -> bool:
        """Whether the keys are ours for the time being."""
        try:
            bound = self._bind(made)
        except BusGone:
            return True  # closed, or gone, which is told elsewhere
        except Denied:
            self._lost(portal_words.declined())
            return False
        except BusFault as fault:
            unknown = not made.registered and NOT_ALLOWED in str(fault)
            self._lost(portal_words.unknown() if unknown else portal_words.refused(fault))
            return False
        # Some tell the keys by the signal alone.
        if (shortcuts := bound.get("shortcuts")) or self._triggers is None:
            if (
                not shortcuts and self._desktop.compositor == "kde"
            ):  # GNOME may hear them all the same
                self._lost(portal_words.bound_nothing())
                return False
            self._changed(shortcuts or [])
        return True

    def _bind(self, made: Portal) -> dict[str, Any]:
        """What the portal tells of the keys.

        Plasma before 6.1 takes them with the session alone, has none that come later, and knows a
        program outside a sandbox by its session's name.
        """
        wanted = portal_shortcuts.shortcuts(list(self._actions.values()))
        options: dict[str, tuple[str, Any]] = {"session_handle_token": ("s", SESSION_NAME)}
        if self._desktop.compositor == "kde":
            options["shortcuts"] = "a(sa{sv})", wanted
        created = made.create_session(options)
        if "shortcuts" in created:
            return created
        body = (made.session, wanted, "")
        return made.request("BindShortcuts", "oa(sa{sv})s", body, within=None)

    def _changed(self, shortcuts: Shortcuts) -> None:
        """What the user has made of the keys."""
        told = {key: str(rest.get("trigger_description", ("s", ""))[1]) for key, rest in shortcuts}
        had, talk = self._triggers, self._talk.name
        self._triggers = {self._names[key]: told[key] for key in told if key in self._names}
        if had != self._triggers:
            self._on_change()
        lacks = not self._triggers.get(talk) and (had is None or had.get(talk))
        if lacks and portal_words.names_triggers(self._desktop):
            self._lost(portal_words.no_key(self._desktop, self._talk))

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
        if name not in self._heard_of:
            self._heard_of.add(name)
            self._on_change()

    def _ended(self, gone: bool) -> None:
        self._let_all_go()
        if gone:
            self._again.set()
        else:
            self._lost(portal_words.taken_back())

    def _let_all_go(self) -> None:
        while self._down:
            self._hearer.release(self._down.pop(), time.monotonic())
