"""Desktop notifications with buttons, over D-Bus and without Qt.

Notification logs keep what is shown and bystanders read it: callers never put dictated text here.
"""

from __future__ import annotations

import html
import threading
from collections.abc import Callable, Collection, Sequence
from typing import Any, Literal

from dictation.backends import Verdict
from dictation.bus import THE_BUS, Bus, BusFault, BusGone, NoAnswer, Refused, Remote, Signal
from dictation.errors import MissingPart
from dictation.i18n import _

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
RULES = (
    f"type='signal',sender='{NAME}',path='{PATH}',interface='{NAME}'",
    f"type='signal',sender='{THE_BUS.service}',member='NameOwnerChanged',arg0='{NAME}'",
)
URGENCIES = {"low": 0, "normal": 1, "critical": 2}


class Notifications:
    """Shows notifications; `on_action(slot, key)` hears of pressed buttons, on a thread of its own.

    `bus` is a D-Bus address, else the session's bus. A lost bus is looked for again at each `show`.
    """

    def __init__(
        self, app_id: str, on_action: Callable[[str, str], None], *, bus: str = "SESSION"
    ) -> None:
        self._app_id, self._on_action, self._address = app_id, on_action, bus
        self._lock = threading.Lock()
        self._bus: Bus | None = None
        self._capabilities: Collection[str] | None = None
        self._slots: dict[int, str] = {}  # by the service's number, while on the screen
        self.why = ""  # what was wrong with the last one, "" if nothing

    @property
    def works(self) -> bool:
        """Whether the last notification was shown."""
        return not self.why

    def show(
        self,
        title: str,
        body: str,
        actions: Sequence[tuple[str, str]] = (),
        urgency: Literal["low", "normal", "critical"] = "normal",
        replaces: str = "",
    ) -> bool:
        """Shows plain text with buttons (key, label); False, with `why`, where it can't be shown.

        It takes the place of one still on the screen that was shown with the same `replaces`.
        """
        with self._lock:
            try:
                bus = self._connected()
                shown = list(self._slots.items())  # the bus's thread may change it meanwhile
                numbers = [number for number, slot in shown if replaces and slot == replaces]
                _ask(
                    bus,
                    "Notify",
                    "susssasa{sv}i",
                    (
                        "Dictation",
                        numbers[-1] if numbers else 0,
                        self._app_id,
                        title,
                        as_body(body, self._capabilities or ()),
                        [part for action in actions for part in action],
                        {
                            "desktop-entry": ("s", self._app_id),
                            "urgency": ("y", URGENCIES[urgency]),
                        },
                        -1,
                    ),
                    on_reply=lambda answer: self._slots.update({answer[0]: replaces}),
                )
            except MissingPart as error:
                self.why = error.message
            else:
                self.why = ""
            return self.works

    def close(self) -> None:
        """Leaves the bus; what is on the screen stays there."""
        with self._lock:
            if self._bus:
                self._bus.close()

    def _connected(self) -> Bus:
        if self._bus is None or self._bus.lost.is_set():
            if self._bus:
                self._bus.close()
            self._slots.clear()
            self._capabilities = None
            self._bus = _open(self._address, self._heard)
        if self._capabilities is None:
            (self._capabilities,) = _ask(self._bus, "GetCapabilities")
        return self._bus

    def _heard(self, signal: Signal) -> None:
        match signal.member, signal.body:
            case "ActionInvoked", [number, key] if number in self._slots:
                self._on_action(self._slots[number], key)
            case "NotificationClosed", [number, _reason]:
                self._slots.pop(number, None)
            case "NameOwnerChanged", _:  # another service, which counts from 1 again
                self._slots.clear()
                self._capabilities = None


def probe(bus: str = "SESSION") -> Verdict:
    """Asks the notification service for its name."""
    try:
        with _open(bus, lambda _signal: None) as connection:
            name, _vendor, version, _spec = _ask(connection, "GetServerInformation")
    except MissingPart as error:
        return Verdict(False, error.message, error.hint)
    return Verdict(True, f"{name} {version}")


def as_body(text: str, capabilities: Collection[str]) -> str:
    """Plain text as the service wants it: some read the body as markup."""
    return html.escape(text, quote=False) if "body-markup" in capabilities else text


def _open(address: str, on_signal: Callable[[Signal], None]) -> Bus:
    try:
        return Bus(address, on_signal, name="notifications", rules=RULES)
    except BusFault as fault:
        raise _missing(_("The session has no D-Bus.")) from fault


def _ask(
    bus: Bus,
    member: str,
    signature: str | None = None,
    body: tuple[Any, ...] = (),
    *,
    on_reply: Callable[[tuple[Any, ...]], None] = lambda _answer: None,
) -> tuple[Any, ...]:
    try:
        return bus.call(Remote(NAME), member, signature, body, on_reply=on_reply)
    except BusGone as fault:
        raise _missing(_("The session's D-Bus is gone.")) from fault
    except NoAnswer as fault:
        raise _missing(_("The notification service does not answer.")) from fault
    except Refused as fault:
        raise _missing(_("There is no notification service.")) from fault


def _missing(reason: str) -> MissingPart:
    return MissingPart(
        reason, hint=_("Install and start one, such as dunst, or go by the tray's icon.")
    )
