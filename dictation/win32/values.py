"""What passes between Windows' calls and who decides about them: keys, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass

NOTHING = 0xE8  # a virtual-key code that no keyboard and no program uses
POWER, SESSION = 0x0218, 0x02B1  # WM_POWERBROADCAST, WM_WTSSESSION_CHANGE
SUSPENDING, RESUMED = 4, (7, 0x12)  # PBT_APMSUSPEND; by the user, and in any case
LOCKED, UNLOCKED = 7, 8
CONNECTED, DISCONNECTED = (1, 3, 5), (2, 4)  # at the console and from afar; logged on


@dataclass(frozen=True, slots=True)
class Stroke:
    """A key or a mouse button as a hook shows it; `code` 0 for the mouse's other buttons."""

    code: int
    down: bool
    time: int  # Windows' milliseconds
    ours: bool = False
    fake_ctrl: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """A key to press or release: a virtual-key code, or a `unit` of UTF-16 by itself."""

    code: int = 0
    down: bool = True
    unit: int = 0
