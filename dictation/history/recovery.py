"""What an earlier run left unfinished: its takes are closed and called by their true name."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dictation.audio_files import open_audio
from dictation.errors import AudioFileError, DictationError, StorageError
from dictation.history import UNFINISHED, History, standing
from dictation.i18n import _
from dictation.recordings import ENDINGS, HALF, close_up, in_use
from dictation.takes import ID, Take, stamp

LATELY = timedelta(days=3)
log = logging.getLogger(__name__)


def recover(history: History) -> list[Take]:
    """The takes found unfinished, now `interrupted`, oldest first.

    Only for a process that knows that no app is running. A take that another process is still
    recording is left alone, and so are recordings that a newer version laid down.
    """
    for half in history.recordings.glob(f"*{HALF}"):
        half.unlink(missing_ok=True)  # what it was to be made of is still there
    found: list[Take] = []
    for take in history.with_status(*UNFINISHED):
        if take.audio and in_use(Path(take.audio)):
            continue
        try:
            found.append(_interrupted(take))
        except OSError as error:  # one bad file must not hide the others
            log.warning("take %s is left as it is: %s", take.id, error.strerror)
    if history.is_newest:
        found += _orphans(history)
    for take in found:
        history.put(take)
    return sorted(found, key=lambda take: take.id)


def asked_about(history: History) -> list[Take]:
    """The takes found unfinished, and those that a command found so a short while ago."""
    found = recover(history)
    lately = stamp(datetime.now(UTC) - LATELY)
    known = {take.id for take in found}
    others = [take for take in history.with_status("interrupted") if take.id not in known]
    return [*(take for take in others if take.started_at > lately), *found]


def _interrupted(take: Take) -> Take:
    error: DictationError | None = None
    take = standing(take)
    if take.audio and take.audio.endswith(ENDINGS[0]):
        seconds = close_up(Path(take.audio))
        if seconds is None:
            what = _("Its recording was laid down by a newer version of Dictation.")
            error = StorageError(what, hint=_("Update Dictation, then send it again."))
        else:
            take = replace(take, seconds=seconds, audio=take.audio if seconds else None)
    elif take.audio is None:
        take = replace(take, seconds=0.0)
    if take.text and take.status == "delivering":
        error = DictationError(
            _("The app ended while it put this text into a window: it may be there already."),
            title=_("Interrupted"),
            hint=_("`dictation paste-last` pastes the last text."),
        )
    return replace(take, status="interrupted", error=error.as_json() if error else take.error)


def _orphans(history: History) -> list[Take]:
    """Recordings without a row: the disk was full when it began, or the history was damaged."""
    known, found = history.ids(), []
    for path in sorted(history.recordings.glob("*")):
        if path.stem in known or path.suffix not in ENDINGS or not re.fullmatch(ID, path.stem):
            continue
        try:
            seconds = _seconds(path)
        except (OSError, AudioFileError) as error:
            log.warning("%s is left as it is: %s", path.name, type(error).__name__)
            continue
        if seconds:
            began = stamp(datetime.strptime(path.stem[:13], "%y%m%d-%H%M%S").replace(tzinfo=UTC))
            found.append(Take(path.stem, "interrupted", began, seconds=seconds, audio=str(path)))
    return found


def _seconds(path: Path) -> float | None:
    """How long a recording is, a journal's once it is closed; nothing where one is in use."""
    if path.suffix == ENDINGS[0]:
        return None if in_use(path) else close_up(path)
    return open_audio(path).seconds
