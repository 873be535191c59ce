"""Kept recordings made small: FLAC, which loses nothing, and later Opus, a tenth of a WAV."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from dictation.audio_files import open_audio
from dictation.errors import AudioFileError
from dictation.i18n import _
from dictation.paths import open_private
from dictation.recordings import HALF

# libsndfile's scale of 0 to 1; for Opus this is 32 kbit/s, at which speech sounds as it was.
OPUS_LEVEL = 0.9
FORMS = {".flac": ("FLAC", "PCM_16"), ".ogg": ("OGG", "OPUS")}
BLOCKS_APART = 0.05  # seconds of sound by which a codec may lengthen or shorten a recording


def remade(path: Path, ending: str) -> Path:
    """The recording in another form, ".flac" or ".ogg"; the old file is gone once it is whole.

    Raises AudioFileError or OSError; then the old file is as it was.
    """
    import numpy as np
    import soundfile

    kind, subtype = FORMS[ending]
    speech, new = open_audio(path), path.with_suffix(ending)
    half = new.with_name(new.name + HALF)
    try:
        with open_private(half) as raw:
            with soundfile.SoundFile(
                raw,
                "w",
                samplerate=16_000,
                channels=1,
                format=kind,
                subtype=subtype,
                **({"compression_level": OPUS_LEVEL} if subtype == "OPUS" else {}),
            ) as file:
                for block in speech.pcm():
                    file.write(np.frombuffer(block, "<i2"))
            raw.flush()
            os.fsync(raw.fileno())
        _check(speech.seconds, half, name=path.name, exact=kind == "FLAC")
        shutil.copystat(path, half)
        half.replace(new)
    except soundfile.SoundFileError as error:
        half.unlink(missing_ok=True)
        raise AudioFileError(f"{path.name}: {error}") from error
    except BaseException:
        half.unlink(missing_ok=True)
        raise
    path.unlink(missing_ok=True)
    return new


def _check(seconds: float, made: Path, *, name: str, exact: bool) -> None:
    """Raises where the new file does not hold what the old one did: the old one is worth more."""
    import soundfile

    found = soundfile.info(str(made)).duration
    if abs(found - seconds) > (0.0 if exact else BLOCKS_APART):
        what = _("{name} could not be made smaller: {found:.2f} s came of {seconds:.2f} s.")
        raise AudioFileError(what.format(name=name, found=found, seconds=seconds))
