"""How long each part of a confirmed paste is waited for, whoever does it."""

from __future__ import annotations

EARLY = 0.015  # seconds for clipboard histories to read the text before the chord
EARLY_AT_MOST = 0.06  # seconds, where one is still reading
RECEIPT_WITHIN = 1.2  # seconds from the chord; programs that stall for 0.4 s are common
QUIET = 0.2  # seconds after its last reading before the clipboard is given back
