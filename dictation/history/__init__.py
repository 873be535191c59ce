"""The takes on disk: a row each in SQLite, and the recording beside it as a file.

A take's row and sound are there before anything is sent, so nothing said is lost. One History
belongs to one thread (the disk lane, or a command); the app and commands may work at once.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from dictation.errors import DictationError, StorageError, UsageError
from dictation.history import database
from dictation.history.ledger import Ledger
from dictation.history.search import condition
from dictation.i18n import _, plural
from dictation.paths import private_cache
from dictation.recordings import present, sync
from dictation.takes import Hearing, Status, Take
from dictation.truth import Experience, Paces
from dictation.values import Segment

COLUMNS = (
    *("id", "status", "started_at", "text", "raw_text", "provider", "model", "language"),
    *("seconds", "cost_usd", "audio", "error", "delivery", "segments", "timings"),
    *("sent_to", "sent_as", "notes", "speech", "doubt", "pattern", "incognito"),
    *("uncorrected", "others"),
)
STRUCTURED = ("error", "delivery", "segments", "timings", "sent_to", "notes", "others")  # as JSON
# Not the row's key, nor what is only added to: who writes an older take would take that away.
CHANGED = tuple(name for name in COLUMNS if name not in ("id", "others"))
NEWEST = "ORDER BY started_at DESC, id DESC"
UNFINISHED: tuple[Status, ...] = ("recording", "transcribing", "delivering")


class History:
    """Reads and writes the takes; open it on the thread that uses it.

    Who is `alone`, with no app at work beside it, mends a damaged file: it is put aside and what
    can be read of it carried over; `told` has what the user should know of that. With no path it
    is kept in memory. Every method raises StorageError where the disk refuses.
    """

    def __init__(
        self, path: Path | None, recordings: Path, *, check: bool = False, alone: bool = False
    ) -> None:
        self.recordings = recordings
        self.is_newest = True  # no newer version of the program has a history here, too
        self.told: list[DictationError] = []
        self._path = path
        with self._errors():
            self._db = self._opened(path, check=check, alone=alone)
        self.ledger = Ledger(self._db, self._errors)

    def _opened(self, path: Path | None, *, check: bool, alone: bool) -> sqlite3.Connection:
        try:
            db = database.connect(path, check=check)
        except database.NewerVersion:
            assert path
            self.is_newest = False
            own = path.with_name(f"{path.stem}.v{database.VERSION}{path.suffix}")
            what = _(
                "The history was written by a newer version of Dictation, so it is left as it is. "
                "This version keeps its dictations in {name}; the newer one takes them over."
            )
            self.told.append(StorageError(what.format(name=own.name), hint=_("Update Dictation.")))
            return database.connect(own, check=check)
        except sqlite3.DatabaseError as error:
            if path is None or isinstance(error, sqlite3.OperationalError) or not alone:
                raise
            return self._mended(path)
        if path is not None and alone:
            for other in path.parent.glob(f"{path.stem}.v*{path.suffix}"):
                if aside := database.merge(other, db):
                    what = _("{name} could be read in part alone; it is kept as {aside}.")
                    told = what.format(name=other.name, aside=aside.name)
                    self.told.append(StorageError(told, hint=""))
        return db

    def _mended(self, path: Path) -> sqlite3.Connection:
        carried, aside = database.mend(path)
        db = database.connect(path, check=False)
        what = plural(
            "The history was damaged. {count} dictation could be read and was carried over; "
            "the damaged file is kept as {name}.",
            "The history was damaged. {count} dictations could be read and were carried over; "
            "the damaged file is kept as {name}.",
            carried,
        )
        told = StorageError(what.format(count=carried, name=aside.name), hint="")
        told.title = _("The history was mended")
        self.told.append(told)
        return db

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StorageError(f"{self._path or 'memory'}: {error}.") from error

    @property
    def on_disk(self) -> bool:
        """Whether it outlives the program."""
        return self._path is not None

    def sync(self) -> None:
        """Waits until the rows that were written are on the disk itself; on any thread."""
        if self._path is not None:
            sync(self._path.with_name(f"{self._path.name}-wal"))

    def close(self) -> None:
        """Closes the database."""
        self._db.close()

    def recording(self, id_: str) -> Path:
        """Where a take's sound is kept while it is being spoken."""
        with self._errors():
            return private_cache(self.recordings) / f"{id_}.wav"

    def put(self, take: Take, *, others: bool = False) -> None:
        """Writes the take's row, new or changed; what else was heard of an old one if `others`."""
        record = take.as_json()
        if take.audio:
            record["audio"] = Path(take.audio).name  # the folder may be moved as a whole
        values = [
            json.dumps(record[name])  # in ASCII: the name of a file may be no text
            if name in STRUCTURED and record[name] is not None
            else _storable(record[name])
            for name in COLUMNS
        ]
        marks = ",".join("?" * len(COLUMNS))
        changes = ",".join(
            f"{name}=excluded.{name}" for name in (COLUMNS[1:] if others else CHANGED)
        )
        with self._errors():
            self._db.execute(
                f"INSERT INTO takes ({','.join(COLUMNS)}) VALUES ({marks}) "  # noqa: S608
                f"ON CONFLICT (id) DO UPDATE SET {changes}",
                values,
            )

    def change(self, take: Take, *, others: bool = False) -> None:
        """Writes the row of a take that is there; one that was deleted does not come back."""
        if self.found(take.id):
            self.put(take, others=others)

    def found(self, id_: str) -> list[Take]:
        """The take with exactly this id, if it is there."""
        return self._rows("WHERE id = ?", id_)

    def claim(self, id_: str, *statuses: Status) -> Take | None:
        """The take, to be sent again by whoever asks: no other process gets it meanwhile.

        None where it has none of the statuses (any, if none is named) or is under way already. A
        take whose text is there stays as it is.
        """
        take = self.get(id_)
        if take.status in UNFINISHED or (statuses and take.status not in statuses):
            return None
        if take.wordless and take.audio:
            with self._errors():
                claimed = self._db.execute(
                    # A draft is no text of its own: should we be killed, it must not pass for one.
                    "UPDATE takes SET status = 'transcribing', text = '', raw_text = '' "
                    "WHERE id = ? AND status = ?",
                    (take.id, take.status),
                ).rowcount
            return take if claimed else None
        return take

    def lengthen(self, take: Take) -> None:
        """Notes how long a cancelled take is; nothing where it was brought back meanwhile."""
        with self._errors():
            self._db.execute(
                "UPDATE takes SET seconds = ?, speech = ? WHERE id = ? AND status = 'cancelled'",
                (take.seconds, take.speech, take.id),
            )

    def get(self, id_: str) -> Take:
        """The take with this id, or the only one whose id begins so; `last` is the newest."""
        if not id_:
            raise UsageError(_("the id is empty."))
        if id_ == "last":
            rows = self._rows(f"{NEWEST} LIMIT 1")
        else:
            pattern = id_.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            rows = self._rows("WHERE id LIKE ? ESCAPE '\\' LIMIT 2", pattern)
        exact = [take for take in rows if take.id == id_]
        if len(found := exact or rows) != 1:
            what = _("several takes begin so") if found else _("there is no such take")
            raise UsageError(f"{id_}: {what}.", hint=_("`dictation history list` shows them."))
        return found[0]

    def newest(self, limit: int = -1) -> list[Take]:
        """The takes, newest first."""
        return self._rows(f"{NEWEST} LIMIT ?", limit)

    def search(self, words: str, limit: int = -1) -> list[Take]:
        """The takes whose text has all the words, each perhaps longer there; newest first."""
        clause, values = condition(words)
        return self._rows(f"WHERE {clause} {NEWEST} LIMIT ?", *values, limit)

    def with_status(self, *statuses: Status) -> list[Take]:
        """The takes with one of these statuses, oldest first."""
        marks = ",".join("?" * len(statuses))
        return self._rows(f"WHERE status IN ({marks}) ORDER BY started_at, id", *statuses)

    def last_text(self) -> Take | None:
        """The newest take that has a text."""
        return next(iter(self.texts(1)), None)

    def texts(self, limit: int) -> list[Take]:
        """The newest takes that have a text."""
        clause = f"WHERE text <> '' AND status IN ('delivered', 'kept') {NEWEST} LIMIT ?"
        return self._rows(clause, limit)

    def corrected(self, limit: int) -> list[Take]:
        """The newest takes whose text the user has corrected."""
        return self._rows(f"WHERE uncorrected IS NOT NULL {NEWEST} LIMIT ?", limit)

    def ids(self) -> set[str]:
        """The ids of all takes."""
        with self._errors():
            return {row[0] for row in self._db.execute("SELECT id FROM takes")}

    def experience(self, limit: int = 100) -> Experience:
        """What the newest good takes tell of how fast the user speaks, and what was waved."""
        query = (
            "SELECT text, speech FROM takes WHERE speech > 0 AND text <> '' AND doubt IS NULL "
            "AND status IN ('delivered', 'kept') AND provider <> 'offline' "
            "ORDER BY started_at DESC LIMIT ?"
        )
        with self._errors():
            takes = [(row[0], row[1]) for row in self._db.execute(query, (limit,))]
            waved = frozenset(row[0] for row in self._db.execute("SELECT pattern FROM waved"))
        return Experience(Paces.of(takes), waved)

    def accept(self, take: Take) -> None:
        """The user says that a doubted text is right: none of its pattern is doubted again."""
        with self._errors():
            if take.pattern:
                self._db.execute("INSERT OR IGNORE INTO waved VALUES (?)", (take.pattern,))
        self.put(replace(take, doubt=None, pattern=None))

    def delete(self, takes: Iterable[Take]) -> None:
        """Removes rows, recordings and words so that nothing of them is left in the files."""
        with self._errors():
            gone = list(takes)
            for take in gone:
                self.remove_audio(take)
                self._db.execute("DELETE FROM takes WHERE id = ?", (take.id,))
            # The index keeps deleted words until it is merged, pages that were split may keep a
            # copy of a row, and WAL keeps the pages as they were.
            self._db.execute("INSERT INTO words (words) VALUES ('optimize')")
            if len(gone) > 1:
                self._db.execute("PRAGMA temp_store=MEMORY")
                self._db.execute("VACUUM")
            self.flush()

    def flush(self) -> bool:
        """Empties what SQLite keeps beside the file; False where a reader forbids it just now."""
        with self._errors():
            busy: int = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            return not busy

    def moved(self, take: Take, audio: Path | None) -> bool:
        """Notes where a take's recording is now, and nothing else; False where it was deleted."""
        name = audio and audio.name
        with self._errors():
            query = "UPDATE takes SET audio = ? WHERE id = ?"
            return self._db.execute(query, (name, take.id)).rowcount > 0

    def remove_audio(self, take: Take) -> None:
        """Removes a take's recording in every form; its row stays as it is."""
        with self._errors():
            name = Path(take.audio).name if take.audio else f"{take.id}.wav"
            while path := present(self.recordings / name):
                path.unlink(missing_ok=True)

    def query(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        """What a statement of this package gives, or changes."""
        with self._errors():
            return self._db.execute(statement, values).fetchall()

    def each(self, statement: str, *values: Any) -> Iterator[sqlite3.Row]:
        """The same, row by row: thousands that are held at once have Python look for garbage."""
        with self._errors():
            yield from self._db.execute(statement, values)

    def _rows(self, clause: str, *values: Any) -> list[Take]:
        query = f"SELECT {','.join(COLUMNS)} FROM takes {clause}"  # noqa: S608 - our own clauses
        return [self._take(row) for row in self.query(query, *values)]

    def _take(self, row: sqlite3.Row) -> Take:
        record = dict(zip(COLUMNS, row, strict=True))
        for name in STRUCTURED:
            record[name] = _decoded(record[name]) if record[name] is not None else None
        if record["segments"] is not None:
            record["segments"] = tuple(Segment(**segment) for segment in record["segments"])
        if record["audio"]:
            record["audio"] = f"{self.recordings}{os.sep}{record['audio']}"
        record["timings"] = record["timings"] or {}
        record["incognito"] = bool(record["incognito"])
        for name in ("sent_to", "notes"):
            record[name] = tuple(record[name] or ())
        record["others"] = tuple(map(_hearing, record["others"] or ()))
        return standing(Take(**record))


def _hearing(record: dict[str, Any]) -> Hearing:
    segments = record["segments"]
    if segments is not None:
        segments = tuple(Segment(**segment) for segment in segments)
    return Hearing(**{**record, "segments": segments})


def _storable(value: Any) -> Any:
    """Text as SQLite takes it: half characters, as a broken environment gives them, are none."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else value


@lru_cache(maxsize=256)
def _decoded(text: str) -> Any:
    """The value that was kept as JSON: most takes have the same few. Nobody changes one."""
    return json.loads(text)


def standing(take: Take) -> Take:
    """The take with the path that its recording has by now; None where it is gone."""
    if take.audio is None or os.path.exists(take.audio):  # noqa: PTH110 - for thousands of takes
        return take
    path = present(Path(take.audio))
    return replace(take, audio=str(path) if path else None)
