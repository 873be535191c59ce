"""What the program itself keeps in mind between runs, beside what the user chose: state.toml."""

from __future__ import annotations

import logging
import tomllib
from typing import Any

from dictation.paths import Places, write_private

log = logging.getLogger(__name__)


def read(places: Places) -> dict[str, Any]:
    """All of it; nothing where there is none or it can't be read."""
    try:
        return tomllib.loads((places.state / "state.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def note(places: Places, **changes: Any) -> None:
    """Keeps these values; a disk that refuses is noted in the log, and nothing else is lost."""
    import tomli_w

    try:
        kept = read(places) | changes
        write_private(places.state / "state.toml", tomli_w.dumps(kept).encode())
    except OSError as error:
        log.warning("the state was not kept: %s", error.strerror)
