"""What keys can do, as the settings name it: each action with the keys that it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dictation.errors import SettingsError
from dictation.hotkeys.binding import Binding, parse_all
from dictation.i18n import _
from dictation.settings import Settings

TALK, CANCEL, PASTE_LAST, UNDO, FIX = "talk", "cancel", "paste-last", "undo", "fix"
# The setting that names each action's keys, and what a desktop's own list of shortcuts calls it.
_SETTINGS = {
    TALK: ("hotkey", _("Start and stop dictating")),
    CANCEL: ("cancel_hotkey", _("Cancel the dictation")),
    PASTE_LAST: ("paste_last_hotkey", _("Paste the last dictation again")),
    UNDO: ("undo_hotkey", _("Take back the text that was put in last")),
    FIX: ("fix_hotkey", _("Put the last dictation right")),
}
SETTINGS = tuple(setting for setting, _title in _SETTINGS.values())
NAMES = {setting: name for name, (setting, _title) in _SETTINGS.items()}  # of actions


@dataclass(frozen=True, slots=True)
class Action:
    """Something that keys do. `name` is TALK, `talk:PROFILE`, CANCEL, PASTE_LAST, UNDO, FIX."""

    name: str
    title: str
    bindings: tuple[Binding, ...]

    @property
    def is_talk(self) -> bool:
        """Whether it starts and stops a take."""
        return self.name.partition(":")[0] == TALK

    @property
    def profile(self) -> str:
        """The profile that it talks with; empty for the settings themselves."""
        return self.name.partition(":")[2]


def actions(settings: Settings, profiles: Mapping[str, Settings] | None = None) -> list[Action]:
    """Every action that has a key, first the one that talks; SettingsError where two share one.

    A profile without a hotkey of its own is for commands.
    """
    found = [
        Action(name, title, parse_all(getattr(settings, setting)))
        for name, (setting, title) in _SETTINGS.items()
    ]
    if not found[0].bindings:
        raise SettingsError(_("hotkey names no key."), hint=_("Write it like Ctrl+Alt+Space."))
    for profile, its in (profiles or {}).items():
        if its.hotkey != settings.hotkey:
            title = _("Dictate with the profile {name}").format(name=profile)
            found.append(Action(f"{TALK}:{profile}", title, parse_all(its.hotkey)))
    owner: dict[Binding, Action] = {}
    for action in found:
        for binding in action.bindings:
            if binding in owner:
                raise SettingsError(
                    _("{key} is to do two things: {one}, and {other}.").format(
                        key=binding, one=owner[binding].name, other=action.name
                    ),
                    hint=_("Choose another key for one of them."),
                )
            owner[binding] = action
    return [action for action in found if action.bindings]
