"""Keys on GNOME where it has no portal for them, before 48: it runs a command of ours for each.

It does so once the user has agreed, and from then on the keys there are kept as the hotkeys are.
GNOME tells no release, and runs the command again while a key is held, first after 0.5 s and then
every 30 ms: `dictation press` takes these for repeats.
"""

from __future__ import annotations

from collections.abc import Sequence

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.errors import HotkeyError
from dictation.hotkeys import gnome_keys
from dictation.hotkeys.actions import Action
from dictation.hotkeys.hearer import Hearer
from dictation.hotkeys.none import Silence
from dictation.i18n import _

NAME = "gnome"
TELLS_RELEASE = False


def probe(desktop: Desktop) -> Verdict:
    """Whether the user has agreed that GNOME runs this program for its keys."""
    if (fault := gnome_keys.cannot(desktop)) is not None:
        return Verdict(False, fault)
    try:
        there = gnome_keys.ours()
    except HotkeyError as error:
        return Verdict(False, error.message)
    if not there:
        return Verdict(False, _("GNOME does not run this program for any key yet"))
    return Verdict(True, _("no release is told: one press starts, the next stops"))


def listen(actions: Sequence[Action], *, desktop: Desktop, hearer: Hearer) -> Silence:
    """Has GNOME run the command for these keys; what it runs comes as any other command does."""
    if not gnome_keys.are(actions):
        gnome_keys.write(actions)
    return Silence()
