"""One rotating log file: what happened, never what was said, never a key."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from dictation.paths import private_file


class _PrivateFile(RotatingFileHandler):
    def _open(self):  # type: ignore[no-untyped-def]
        return private_file(Path(self.baseFilename)).open("a", encoding="utf-8")


def start(path: Path) -> None:
    """Writes our log, and others' warnings, to the file."""
    handler = _PrivateFile(path, maxBytes=500_000, backupCount=2)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("dictation").setLevel(logging.INFO)
