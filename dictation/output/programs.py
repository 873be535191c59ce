"""How each program takes a text: nearly all by Shift+Insert, some by other keys or typed alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Literal, get_args

from dictation.values import Target

How = Literal["Shift+Insert", "Ctrl+V", "Ctrl+Shift+V", "type", "copy"]
HOWS: tuple[How, ...] = get_args(How)

# By WM_CLASS, window class, bundle or process name, lower case. Editors with a terminal inside
# can't be told apart.
TERMINAL = re.compile(
    r"""(?x) .*term | .*terminal | .*terminal-server | .*console | alacritty | .*blackbox
    | cascadia_hosting_window_class | cmd | com\.googlecode\.iterm2 | conemu.* | conhost
    | consolewindowclass | contour | dev\.warp\.warp.* | foot | footclient | .*ghostty | guake
    | hyper | kgx | kitty | konsole | mintty | openconsole | powershell | .*ptyxis | putty | pwsh
    | rio | rxvt | sakura | st | st-256color | tabby | termite | terminator | terminology | tilda
    | tilix | urxvtd? | warp | wave | wezterm-gui | x-terminal-emulator | yakuake | zutty"""
)
# Their windows show another computer, whose clipboard may not be this one's, and whose programs
# take keys alone. A paste would go to the window itself, or to the clipboard of before.
REMOTE = re.compile(
    r"""(?x) anydesk | .*boxes | com\.apple\.screensharing | com\.microsoft\.rdc.* | gvncviewer
    | krdc | .*looking-glass.* | .*moonlight.* | msrdc | mstsc | nomachine | nxplayer.* | parsec.*
    | qemu.* | rdesktop | .*remmina.* | remote-viewer | rustdesk | spicy | teamviewer.*
    | tigervnc.* | tscshellcontainerclass | .*vinagre.* | virt-manager | virt-viewer
    | virtualbox.* | vmconnect | vmplayer | vmware.* | .*vncviewer.* | wfica.* | wlfreerdp
    | x2goclient | xephyr | xfreerdp.*"""
)


def how(target: Target | None, rows: Iterable[str] = (), usual: How = "Shift+Insert") -> How:
    """How the target takes a text: by the user's rows, `PROGRAM:HOW` with `*` for anything, else
    by what is known of the program, else as is `usual`."""
    if target is None:
        return usual
    for row in rows:
        pattern, _colon, wanted = row.rpartition(":")
        if any(fnmatchcase(name, pattern.lower()) for name in target.names):
            return next(known for known in HOWS if known == wanted)
    return "type" if any(map(REMOTE.fullmatch, target.names)) else usual


def is_terminal(names: Iterable[str]) -> bool:
    """Whether a window of these names is a terminal, where a line break may run a command."""
    return any(map(TERMINAL.fullmatch, names))
