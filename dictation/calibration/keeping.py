"""Calibrations on disk, for the user alone: a recording, what was said in it, and all answers.

They stay until the user deletes them, so that models of later days can be tried on the same sound.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dictation.audio import Speech, wav_of
from dictation.audio_files import AudioFile, open_audio
from dictation.calibration.candidates import Candidate
from dictation.calibration.results import Outcome
from dictation.errors import StorageError
from dictation.i18n import _
from dictation.paths import Places, open_private, private, private_cache, write_private
from dictation.takes import ID, begin

RECORDING, RECORD = "recording.wav", "calibration.json"


@dataclass(frozen=True, slots=True)
class Calibration:
    """A recording and what was said in it; `outcomes` in the order in which they came."""

    id: str
    started_at: str
    reference: str
    language: str  # ISO 639-1, "" where not known
    seconds: float
    outcomes: tuple[Outcome, ...] = ()


class Shelf:
    """The kept calibrations of one home. Waits for the disk; raises StorageError."""

    def __init__(self, places: Places) -> None:
        self._folder = places.calibrations

    def keep(self, speech: Speech, stop: float, reference: str, language: str) -> Calibration:
        """Keeps the first `stop` seconds of a recording, with what was said in it."""
        take = begin()
        samples = round(min(stop, speech.seconds) * 16_000)
        made = Calibration(take.id, take.started_at, reference, language, samples / 16_000)
        folder = self._folder / made.id
        with _told(folder):
            private_cache(self._folder)
            private(folder)
            sound = wav_of(samples * 2, lambda: speech.pcm(0, samples))
            with open_private(folder / RECORDING) as file:
                file.writelines(sound.blocks())
                file.flush()
                os.fsync(file.fileno())
        self.save(made)
        return made

    def save(self, calibration: Calibration) -> None:
        """Writes what was said and all outcomes."""
        made = calibration
        record = {name: getattr(made, name) for name in made.__dataclass_fields__}
        record["outcomes"] = [outcome.as_json() for outcome in made.outcomes]
        path = self._folder / made.id / RECORD
        with _told(path):
            if not path.parent.is_dir():
                return  # it was deleted meanwhile
            write_private(path, json.dumps(record, ensure_ascii=False).encode())

    def add(self, calibration: Calibration, outcome: Outcome) -> Calibration:
        """Adds an outcome, and writes it at once."""
        more = replace(calibration, outcomes=(*calibration.outcomes, outcome))
        self.save(more)
        return more

    def all(self) -> list[Calibration]:
        """Those that are whole, the newest first."""
        with _told(self._folder):
            if not self._folder.is_dir():
                return []
            names = sorted((p.name for p in self._folder.iterdir()), reverse=True)
        found = (self._read(name) for name in names if re.fullmatch(ID, name))
        return [each for each in found if each is not None]

    def get(self, id_: str) -> Calibration:
        """The one of that name, as the disk has it now."""
        found = self._read(id_)
        if found is None:
            told = _("The recording of {id} is gone.").format(id=id_)
            raise StorageError(told, hint=_("Record once more."))
        return found

    def speech(self, calibration: Calibration) -> AudioFile:
        """Its recording; raises AudioFileError."""
        return open_audio(self._folder / calibration.id / RECORDING)

    def delete(self, calibration: Calibration) -> None:
        """Removes the recording and all that was heard in it."""
        folder = self._folder / calibration.id
        with _told(folder):
            if folder.exists():
                shutil.rmtree(folder)

    def _read(self, name: str) -> Calibration | None:
        try:
            kept: dict[str, Any] = json.loads((self._folder / name / RECORD).read_bytes())
            outcomes = tuple(Outcome.from_json(each) for each in kept["outcomes"])
            return Calibration(**{**kept, "outcomes": outcomes})
        except (OSError, ValueError, TypeError, KeyError):
            return None  # half written when the power went, or a newer version's


def paid(calibrations: Sequence[Calibration]) -> dict[Candidate, float]:
    """What a minute cost by the newest answer that told, in USD."""
    found: dict[Candidate, float] = {}
    for each in calibrations:
        for outcome in reversed(each.outcomes):
            told = outcome.cost_usd is not None and not outcome.by_list
            if told and each.seconds and outcome.candidate not in found:
                found[outcome.candidate] = (outcome.cost_usd or 0.0) / each.seconds * 60
    return found


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        told = _("{path}: {why}.").format(path=path, why=error.strerror)
        raise StorageError(told, hint=_("Free some space, or mend the folder's rights.")) from error
