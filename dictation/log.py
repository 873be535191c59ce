"""One rotating log file: what happened, never what was said, never a key."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from dictation import crash
from dictation.paths import private_file


class _PrivateFile(RotatingFileHandler):
    def _open(self):  # type: ignore[no-untyped-def]
        return private_file(Path(self.baseFilename)).open("a", encoding="utf-8")


class _Plain(logging.Formatter):
    """Errors are noted with where they arose; what they say may be what was dictated."""

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another handler may have noted it there in full
        return super().format(record)

    def formatException(  # noqa: N802 - logging's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        return crash.told(ei[1]) if ei[1] else ""


def start(path: Path) -> None:
    """Writes our log, and others' warnings, to the file."""
    handler = _PrivateFile(path, maxBytes=500_000, backupCount=2)
    handler.setFormatter(_Plain("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("dictation").setLevel(logging.INFO)
