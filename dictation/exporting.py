"""Takes as files for other programs: texts, a table, records, subtitles, sound."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from dictation.audio_files import open_kept
from dictation.errors import DictationError, UsageError
from dictation.i18n import _
from dictation.paths import open_private
from dictation.takes import Take
from dictation.values import Segment

COLUMNS = ("id", "started_at", "status", "seconds", "language", "provider", "model", "cost_usd")
LINE = 42  # characters of a subtitle's line, of which it has two
SPECIAL = re.compile(r"([\\`*_\[\]<>|~])")
STARTS = re.compile(r"^(\s*)([#+=-])|^(\s*\d+)([.)])", re.MULTILINE)


def txt(takes: Sequence[Take]) -> str:
    """Each text under the moment at which it was spoken."""
    return "".join(f"{take.started_at}\n{take.text}\n\n" for take in takes if take.text)


def md(takes: Sequence[Take]) -> str:
    """Markdown: a heading for each day, one for each take, in the local time."""
    parts, before = [], ""
    for take in takes:
        if not take.text:
            continue
        moment = datetime.fromisoformat(take.started_at).astimezone()
        if (day := f"{moment:%Y-%m-%d}") != before:
            parts.append(f"# {day}")
        before = day
        plain = STARTS.sub(r"\1\3\\\2\4", SPECIAL.sub(r"\\\1", take.text))
        parts += [f"## {moment:%H:%M:%S}", plain]
    return "\n\n".join([*parts, ""]) if parts else ""


def as_csv(takes: Sequence[Take]) -> str:
    """A table with a row for each take, and its text in the last column."""
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow((*COLUMNS, "text"))
    for take in takes:
        record = take.as_json()
        rows.writerow([*(record[name] for name in COLUMNS), take.text])
    return table.getvalue()


def as_json(takes: Sequence[Take]) -> str:
    """A list of the takes' whole records."""
    return json.dumps([take.as_json() for take in takes], ensure_ascii=False) + "\n"


def srt(takes: Sequence[Take]) -> str:
    """Subtitles for the recording of the one take."""
    [take] = takes
    cues = [cue for segment in _segments(take) for cue in _cues(segment)]
    rows = (
        f"{number}\n{_time(cue.start)} --> {_time(cue.end)}\n{cue.text}\n"
        for number, cue in enumerate(cues, 1)
    )
    return "\n".join(rows)


TEXTS: dict[str, Callable[[Sequence[Take]], str]] = {
    "txt": txt,
    "md": md,
    "csv": as_csv,
    "json": as_json,
    "srt": srt,
}
FORMS = (*TEXTS, "wav")
SINGLE = ("srt", "wav")  # a file for each take


def export(
    takes: Sequence[Take],
    form: str,
    output: Path,
    *,
    done: Callable[[int], bool] = lambda _count: True,
) -> list[Path]:
    """Writes the takes, in their order, as `form` of FORMS; the files that it made.

    `output` is a file, or of several takes as `srt` or `wav` a folder, made if need be. `done`
    hears how many takes are written, and says whether to go on. Takes with nothing to write are
    left out. Raises UsageError where the files can't be written or nothing is left to write, and
    AudioFileError.
    """
    takes = [take for take in takes if form in ("csv", "json") or _has(take, form)]
    if not takes:
        raise _nothing(form)
    if form not in SINGLE:
        _write(output, iter([TEXTS[form](takes).encode(errors="backslashreplace")]))
        return [output]
    if len(takes) == 1 and not output.is_dir():
        _write(output, _one(takes[0], form))
        return [output]
    try:
        output.mkdir(exist_ok=True)
    except OSError as error:
        raise _refused(output, error, _("Name a folder, for there is a file for each.")) from error
    made = []
    for take in takes:
        made.append(output / f"{take.id}.{form}")
        _write(made[-1], _one(take, form))
        if not done(len(made)):
            break
    return made


def _has(take: Take, form: str) -> bool:
    return bool(take.audio) if form == "wav" else bool(take.text)


def _nothing(form: str) -> DictationError:
    if form == "wav":
        what = _("None of them has a recording any more.")
        return UsageError(what, hint=_("Export the texts, as txt or md."))
    return UsageError(_("None of them has a text."), hint=_("Export the recordings, as wav."))


def _one(take: Take, form: str) -> Iterator[bytes]:
    if form == "wav":
        yield from open_kept(Path(take.audio or "")).encoded(["wav"]).blocks()
    else:
        yield TEXTS[form]([take]).encode(errors="backslashreplace")


def _write(path: Path, blocks: Iterator[bytes]) -> None:
    first = next(blocks)  # what can't be read leaves no empty file
    try:
        with open_private(path) as file:
            file.write(first)
            file.writelines(blocks)
    except OSError as error:
        raise _refused(path, error, _("Name a file that you may write to.")) from error


def _refused(path: Path, error: OSError, hint: str) -> DictationError:
    return UsageError(f"{path}: {error.strerror}.", hint=hint)


def _segments(take: Take) -> Sequence[Segment]:
    """Stretches of its text; those that were heard don't hold what the user corrected."""
    if take.segments and take.uncorrected is None:
        return take.segments
    return [Segment(0.0, take.seconds, take.text)]


def _cues(segment: Segment) -> Iterator[Segment]:
    """The segment in subtitles of two lines, each as long as its share of the letters."""
    lines = _lines(segment.text)
    pairs = [lines[at : at + 2] for at in range(0, len(lines), 2)]
    letters = sum(map(len, lines)) or 1
    start = segment.start
    for pair in pairs:
        end = start + (segment.end - segment.start) * sum(map(len, pair)) / letters
        yield Segment(start, end, "\n".join(pair))
        start = end


def _lines(text: str) -> list[str]:
    """The text in lines of LINE characters; words without blanks between are cut."""
    lines = [""]
    for word in text.split():
        parts = [word[at : at + LINE] for at in range(0, len(word), LINE)]
        for part in parts:
            if lines[-1] and len(lines[-1]) + 1 + len(part) > LINE:
                lines.append(part)
            else:
                lines[-1] = f"{lines[-1]} {part}".strip()
    return [line for line in lines if line]


def _time(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d},{rest % 1000:03d}"
