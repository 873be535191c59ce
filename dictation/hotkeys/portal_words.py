"""What is to be said of keys that the desktop's portal hears, or does not."""

from __future__ import annotations

from collections.abc import Sequence

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.errors import HotkeyEnded, HotkeyError
from dictation.hotkeys import compositor_lines, portal_shortcuts
from dictation.hotkeys.actions import CANCEL, TALK, Action
from dictation.i18n import _
from dictation.program import APP_ID


def names_triggers(desktop: Desktop) -> bool:
    """Whether the portal says which keys it hears.

    Hyprland's does not: https://github.com/hyprwm/xdg-desktop-portal-hyprland/issues/312.
    """
    return desktop.compositor != "hyprland"


def heard(action: Action, trigger: str) -> Verdict:
    """The desktop hears it; `trigger` is what it calls the keys, "" where it does not say."""
    words = _("heard by the desktop")
    if trigger:
        words = _("heard by the desktop (“{keys}”)").format(keys=trigger)
    if action.is_talk:
        words = _("{heard}, press and release: holding works").format(heard=words)
    if len(action.bindings) > 1:
        one = _("{heard}; it was told one of these keys alone, and its own settings take more")
        words = one.format(heard=words)
    return Verdict(True, words)


def waiting() -> Verdict:
    """The desktop has not answered."""
    why = _("the desktop has not answered yet: it may be asking you in a window of its own")
    return Verdict(False, why)


def without_key(desktop: Desktop, action: Action, app: str = APP_ID) -> Verdict:
    """The desktop may hear it, and has no key for it, as far as is known.

    `app` is the name under which it knows us.
    """
    if not names_triggers(desktop):
        why = _("heard by the desktop once its configuration has a line for it")
        return Verdict(False, why, "\n".join(hyprland_lines([action], app)))
    fix = _("Give it one in the desktop's settings, under Shortcuts: {title}.")
    why = _("the desktop has given it no key")
    if action.name == CANCEL and portal_shortcuts.proposed(action) is None:
        why = _("not proposed to the desktop, which would take {key} from all programs for good")
        why = why.format(key=action.bindings[0])
    return Verdict(False, why, fix.format(title=action.title))


def hyprland_lines(actions: Sequence[Action], app: str = APP_ID) -> tuple[str, ...]:
    """A line that says where they go, then the lines that have Hyprland tell us of the keys.

    Each press and release comes without a process of its own. `hyprctl globalshortcuts` lists what
    Hyprland knows by name: a program that its portal can't tell from others has an empty one.
    """
    keys = [
        (binding, f"{app}:{portal_shortcuts.identifier(action)}")
        for action in actions
        for binding in action.bindings
        if action.name != CANCEL or portal_shortcuts.proposed(action) == binding
    ]
    return compositor_lines.hyprland_global(keys)


def unheard(desktop: Desktop, actions: Sequence[Action]) -> HotkeyError | None:
    """What is to be told before the first take, where the desktop says nothing of its keys."""
    if names_triggers(desktop):
        return None
    talk = [action for action in actions if action.name == TALK]
    return HotkeyError(
        _("Hyprland hears the hotkey once its configuration has a line for it."),
        title=_("Hyprland has the keys"),
        hint="\n".join(hyprland_lines(talk)),
    )


def no_key(desktop: Desktop, talk: Action) -> HotkeyError:
    """There is no key to talk with."""
    fix = without_key(desktop, talk).fix
    return HotkeyError(_("The desktop has given the hotkey no key."), hint=fix)


def taken_back() -> HotkeyEnded:
    """The desktop has ended the session, or goes on ending."""
    return HotkeyEnded(
        _("The desktop has ended its hotkeys for this program."),
        hint=_("“Ask the desktop again” in the settings, under Keys, may bring them back."),
    )


def declined() -> HotkeyEnded:
    """The user has said no to the desktop's question."""
    error = HotkeyEnded(
        _("The desktop was not allowed to give this program its hotkeys."),
        hint=_(
            "Allow it in the desktop's own settings, under Shortcuts, or by “Ask the desktop "
            "again” in this program's settings, under Keys."
        ),
    )
    error.reason = "declined"
    return error


def unknown() -> HotkeyEnded:
    """The desktop does not know the program, and so refuses it."""
    error = HotkeyEnded(
        _("The desktop gives hotkeys to programs in its menu alone, and this one is not there."),
        hint=_("`dictation install-desktop` puts it there; then start it again."),
    )
    error.reason = "unknown"
    return error


def refused(fault: Exception) -> HotkeyEnded:
    """The desktop does not do it, for whatever reason."""
    hint = _("`dictation doctor` names other ways to start a dictation by a key.")
    words = _("The desktop gives this program no hotkeys ({fault}).").format(fault=fault)
    return HotkeyEnded(words, hint=hint)


def bound_nothing() -> HotkeyEnded:
    """It took the keys, and has none of them: Plasma before 6.1 with portals from 1.18 on."""
    return HotkeyEnded(
        _("The desktop accepted the hotkeys and hears none of them."),
        hint=_("Bind a command in its settings, as the settings here show; Plasma 6.1 mends it."),
    )


def absent() -> HotkeyEnded:
    """Late enough there were portals, and none for keys among them."""
    return HotkeyEnded(
        _("The desktop has no portal for hotkeys."),
        hint=_("`dictation doctor` names other ways to start a dictation by a key."),
    )
