"""What passes between macOS' calls and who decides about them: keys."""

from __future__ import annotations

from dataclasses import dataclass

# A key's number begins at 0, which here means a mouse button that is none.
KEY, BUTTON = 0x100, 0x200


@dataclass(frozen=True, slots=True)
class Stroke:
    """A key or a mouse button as the tap shows it; `code` 0 for the mouse's other buttons."""

    code: int
    down: bool
    repeat: bool = False
    ours: bool = False
