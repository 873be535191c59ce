"""Text into the window that has the cursor: which ways there are, and what is done before each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from dictation.backends import Verdict, choose, verdicts
from dictation.desktop import Desktop
from dictation.errors import (
    DictationError,
    MissingPart,
    NotDelivered,
    SettingsError,
    WayClosed,
)
from dictation.i18n import _
from dictation.lanes import fulfil
from dictation.output import mutter, password_fields, portal_paste, wayland
from dictation.output.gnome import GnomeClipboard, GnomePaste
from dictation.output.insert import PATIENCE, Insert
from dictation.output.mutter_paste import MutterPaste
from dictation.output.portal_paste import PortalPaste
from dictation.output.rest import Since
from dictation.output.undo import Undo
from dictation.output.wayland import WaylandPaste, WlCopy, Wtype, WtypeType, Ydotool
from dictation.output.wayland_paste import DataControlClipboard, DataControlPaste, Wayland
from dictation.output.x11 import X11, X11Clipboard, round_trip
from dictation.output.x11_paste import X11Paste
from dictation.output.x11_type import X11Type
from dictation.settings import Settings
from dictation.text import for_terminal, safe, spaced
from dictation.values import Hotkey, Receipt, Target

if TYPE_CHECKING:
    from dictation.output.native import Native


class Clipboard(Protocol):
    """A place that a text can be left at; Qt's is handed in."""

    NAME: str

    def probe(self, desktop: Desktop) -> Verdict: ...
    def copy(self, text: str) -> None:
        """Raises NotDelivered."""
        ...


class Way(Protocol):
    """A way to deliver a text that is safe already."""

    NAME: str

    def probe(self, desktop: Desktop) -> Verdict: ...
    def deliver(self, insert: Insert) -> Receipt:
        """Raises TargetLost, NotDelivered; WayClosed where it turns out not to work now."""
        ...


class Copied:
    """A clipboard as a way of its own, with what is left for the user to do."""

    def __init__(self, clipboard: Clipboard, note: str = "") -> None:
        self.NAME = clipboard.NAME
        self._clipboard = clipboard
        self.note = note

    def probe(self, desktop: Desktop) -> Verdict:
        verdict = self._clipboard.probe(desktop)
        return Verdict(True, self.note) if verdict.works else verdict

    def deliver(self, insert: Insert) -> Receipt:
        insert.check_wanted()
        self._clipboard.copy(insert.text)
        return Receipt(self.NAME, confirmed=False, note=self.note)


def ways(
    x11: X11, wayland: Wayland, natives: Sequence[Native], others: Sequence[Clipboard] = ()
) -> dict[str, list[Way]]:
    """The ways for each `output`, the best first, with where each fails."""
    clipboards: list[Clipboard] = [
        X11Clipboard(x11),
        DataControlClipboard(wayland),  # not on GNOME
        GnomeClipboard(x11),
        WlCopy(),  # needs wl-clipboard; on GNOME it takes the focus for a moment
        *(native.clipboard for native in natives),
        *others,  # Qt's: sets nothing on Wayland while no window of ours has the focus
    ]
    gnome, without_x, portal = GnomePaste(x11), MutterPaste(), PortalPaste(wayland)
    notes = {native.clipboard.NAME: native.copied for native in natives}
    press = _("Copied: press Ctrl+V, in a terminal Ctrl+Shift+V.")
    return {
        "paste": [
            *(native.paste for native in natives),  # not into windows of more rights
            X11Paste(x11),  # needs XTEST
            DataControlPaste(wayland),  # not on GNOME and KDE
            gnome,  # needs Xwayland
            without_x,  # not into terminals, and not with a layout that has no v
            WaylandPaste(Wtype()),  # not on GNOME and KDE: no virtual keyboard for programs
            portal,  # KDE's above all; asks the user once
            WaylandPaste(Ydotool()),  # needs a service with a right to /dev/uinput
            *(Copied(clipboard, notes.get(clipboard.NAME, press)) for clipboard in clipboards),
        ],
        "type": [
            *(native.type for native in natives),
            X11Type(x11),  # needs XTEST
            WtypeType(),  # kwrite and Chromium mangle emoji
            # These paste: GNOME drops typed letters that the keyboard's layout lacks.
            gnome,
            without_x,
            portal,  # what layouts lack can't be typed by its keys
        ],
        "clipboard": [Copied(clipboard) for clipboard in clipboards],
    }


def natives_of(desktop: Desktop) -> Sequence[Native]:
    """The ways of Windows or macOS, on that system alone."""
    if desktop.system == "windows":
        from dictation.output import windows

        return [windows.native()]
    if desktop.system == "macos":
        from dictation.output import macos

        return [macos.native()]
    return []


class Delivery:
    """Delivers texts, in order, on one thread; the rest may be called on any."""

    def __init__(
        self,
        desktop: Desktop,
        others: Sequence[Clipboard] = (),
        hotkeys: Callable[[Settings], Collection[Hotkey]] = lambda _settings: (),
        natives: Sequence[Native] | None = None,
    ) -> None:
        """Opens nothing yet; `others` are clipboards that this package has none of, Qt's.

        `hotkeys` names the keys that are no typing; `natives` stand in for the systems' own.
        """
        self._desktop, self._hotkeys = desktop, hotkeys
        self._x11 = X11(desktop)
        self._looking = X11(desktop)  # of its own: typing keeps the other for as long as it takes
        self._wayland = Wayland()
        self._natives = natives_of(desktop) if natives is None else natives
        self._ways = ways(self._x11, self._wayland, self._natives, others)
        self._portal = next(way for way in self._ways["paste"] if isinstance(way, PortalPaste))
        self._chosen: dict[tuple[str, str], Way] = {}
        self._last: tuple[tuple[int, int], str] | None = None  # our last insert: where, its end
        self._undo = Undo(self._x11)

    def target(self) -> Target | None:
        """Where the cursor is now; None where that is not known."""
        try:
            if self._desktop.session == "wayland" and self._wayland.windows:
                return self._wayland.windows.target()
            if self._desktop.session == "x11":
                return self._looking.screen.target()
            if self._natives:
                return self._natives[0].desk.target()
        except (MissingPart, NotDelivered):
            pass  # then it is not known
        return None

    def stopped(self, settings: Settings) -> Since:
        """A take's recording has ended: from now on the user's typing is noticed, until `close`.

        For `deliver`; returns at once.
        """
        if self._desktop.session != "x11" or settings.output not in ("paste", "type"):
            return Since()
        since = self._x11.typing.since(self._hotkeys(settings))
        if not settings.password_fields:
            since.in_password = Future()
            job = partial(fulfil, since.in_password, self._in_password)
            threading.Thread(target=job, name="password-field", daemon=True).start()
        return since

    def _in_password(self) -> bool:
        target = self.target()
        return target is not None and password_fields.is_focused(target.process)

    def deliver(
        self,
        text: str,
        settings: Settings,
        target: Target | None,
        still_wanted: Callable[[], bool] = lambda: True,
        patience: float = PATIENCE,
        *,
        since: Since | None = None,
    ) -> Receipt:
        """Brings the text where `settings.output` (paste, type or clipboard) says.

        Held keys are waited for `patience` seconds; where the user has typed `since` the take's
        stop, a rest of 0.7 s is waited for, so that no word is split, for 10 s at most. Raises
        TargetLost where another window has the focus by now (nothing was touched), NotDelivered
        where the text did not arrive or there is no way at all.
        """
        try:
            way = self._way(settings)
        except (MissingPart, SettingsError) as error:
            raise NotDelivered(error.message, hint=error.hint) from error
        if since and since.in_password and since.in_password.result():
            raise NotDelivered(
                _("The cursor is in a password field, so nothing was put there."),
                hint=_("Paste or copy it; `password_fields = true` puts texts there, too."),
            )
        text = self._fit(safe(text), settings, target)
        receipt = self._deliver(way, Insert(text, settings, target, still_wanted, patience, since))
        if target is not None and text and settings.output != "clipboard":
            self._last = (target.window, target.process), text[-1]
            wanted = settings.undo_hotkey or settings.fix_hotkey
            undoable = wanted and settings.auto_submit == "none"
            if undoable and not self._natives:  # they don't tell what the user does meanwhile
                typed = receipt.backend == X11Type.NAME
                self._undo.remember(target, text, self.stopped(settings), typed=typed)
        return receipt

    def _deliver(self, way: Way, insert: Insert) -> Receipt:
        """By this way, or where it is closed by the next that works."""
        try:
            return way.deliver(insert)
        except WayClosed as closed:
            try:
                rest = self._after(way, insert.settings, copied=closed.asks)
                receipt = self._deliver(choose(rest, self._desktop), insert)
            except MissingPart:
                raise closed from None
            note = " ".join(part for part in (closed.asks and closed.message, receipt.note) if part)
            return replace(receipt, note=note)

    def _after(self, way: Way, settings: Settings, *, copied: bool) -> list[Way]:
        """The ways that are left, at last to copy; `copied`: those alone."""
        copies: list[Way] = [each for each in self._ways["paste"] if isinstance(each, Copied)]
        if copied or settings.output_backend == way.NAME:
            return copies
        rows = self._ways[settings.output]
        return [*(each for each in rows[rows.index(way) + 1 :] if each not in copies), *copies]

    def applied(self) -> None:
        """Settings were put in force: what is there now is looked for again, and asked for."""
        self._chosen.clear()
        self._portal.keys.forgive()

    @property
    def keys_go(self) -> str:
        """How the portal's keys go, in words, while its session lives."""
        return self._portal.keys.way

    def asks(self, settings: Settings) -> bool:
        """Whether the desktop will ask the user before it presses the first keys."""
        way = self._presses(settings)
        return isinstance(way, PortalPaste) and not way.keys.is_allowed

    def allow(self) -> None:
        """Has the desktop ask whether Dictation may press keys, and waits for the answer.

        WayClosed where it is no.
        """
        self._portal.allow()

    def undo(self) -> None:
        """Takes the last insert back, where nothing else was done in its window since.

        DictationError says why not.
        """
        self._undo.take_back()
        self._last = None

    def look_away(self) -> bool:
        """Whether the last insert could be put right once a window of ours has had the focus."""
        return self._undo.look_away()

    def put_right(self, text: str, settings: Settings) -> Receipt:
        """Puts the text in the place of the last insert, after `look_away` said that this may be.

        DictationError says why not: then nothing was changed, or the insert was taken back at most.
        """
        last = self._undo.look_back(self.stopped(settings))
        self._undo.take_back()
        bare = last.text.strip()
        before, _bare, after = last.text.partition(bare) if bare else ("", "", "")
        plain = replace(settings, spacing="none")
        return self.deliver(f"{before}{text}{after}", plain, last.target)

    def shortcoming(self, settings: Settings) -> DictationError | None:
        """What of `settings.output` does not work here, to be told before the first take."""
        if settings.output in ("display", "none"):
            return None
        try:
            way = self._way(settings)
        except (MissingPart, SettingsError) as error:
            return error
        if not isinstance(way, Copied) or not way.note or settings.output_backend == way.NAME:
            return None
        lacking = [verdict for _name, verdict in self.verdicts(settings) if verdict.fix]
        why = _("No key can be pressed for you on this desktop")
        return MissingPart(
            _("{why}.").format(why=lacking[0].why if lacking else why),
            hint=" ".join([way.note, *(verdict.fix for verdict in lacking[:1])]),
            title=_("Dictations are copied, not pasted"),
        )

    def notice(self, settings: Settings) -> DictationError | None:
        """What `settings.output` shows on this desktop that would else be a surprise."""
        way = self._presses(settings)
        pasted = _("What is to be typed is pasted here. ") if settings.output == "type" else ""
        if isinstance(way, PortalPaste):
            return portal_paste.notice(pasted, asks=not way.keys.is_allowed)
        if not isinstance(way, GnomePaste | MutterPaste):
            return None
        return MissingPart(
            pasted + mutter.SIGN + ".",
            title=_("GNOME shows when a program presses keys"),
            hint=_("Nothing of the screen is shared."),
        )

    def verdicts(self, settings: Settings) -> list[tuple[str, Verdict]]:
        """Each way of `settings.output` with its verdict; the first that works is used."""
        ways = self._ways.get(settings.output, ())  # what is shown or kept goes nowhere
        return [(way.NAME, verdict) for way, verdict in verdicts(ways, self._desktop)]

    def round_trip(self) -> Verdict:
        """Whether a text really comes through the clipboard; the user's own is left alone."""
        if self._desktop.session == "x11" or GnomeClipboard(self._x11).probe(self._desktop).works:
            return round_trip(self._desktop)
        if self._desktop.session == "wayland":
            verdict = self._wayland.probe(self._desktop)  # has looked at what is on it
            return verdict if verdict.works else wayland.round_trip(self._desktop)
        found = [way.probe(self._desktop) for way in self._ways["clipboard"]]
        return next((v for v in found if v.works), found[-1])

    def close(self) -> None:
        """Gives the clipboard back and leaves what it holds to a clipboard manager."""
        for way in self._ways["paste"]:
            if isinstance(way, WaylandPaste):
                way.give_back()
            if isinstance(way, GnomePaste | MutterPaste):
                way.wait_settled()
        for native in self._natives:
            native.close()
        self._portal.keys.close()
        self._wayland.close()
        self._undo.forget()
        self._looking.close()
        self._x11.close()

    def _way(self, settings: Settings) -> Way:
        kind, wanted = settings.output, settings.output_backend
        names = {way.NAME for way in self._ways[kind]}
        if wanted not in names and any(wanted == w.NAME for ws in self._ways.values() for w in ws):
            wanted = "auto"  # a way to paste says nothing about how to copy
        way = self._chosen.get((kind, wanted))
        if way is None:
            way = choose(self._ways[kind], self._desktop, wanted, setting="output_backend")
            self._chosen[kind, wanted] = way
        return way

    def _presses(self, settings: Settings) -> Way | None:
        """The way that is used, where the text goes into the window."""
        if settings.output not in ("paste", "type"):
            return None
        try:
            return self._way(settings)
        except (MissingPart, SettingsError):
            return None

    def _fit(self, text: str, settings: Settings, target: Target | None) -> str:
        if settings.output == "clipboard":
            return text  # whoever pastes it sees where it goes
        # Where nobody knows what the window is, it may be a terminal.
        if (target is None or target.terminal) and not settings.terminal_newlines:
            text = for_terminal(text)
        if settings.spacing == "space_after":
            return f"{text} "
        if settings.spacing == "auto" and target and self._last:
            where, end = self._last
            if where == (target.window, target.process):
                return spaced(text, end)
        return text
