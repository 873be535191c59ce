"""The takes on disk: a row each in SQLite, and the recording beside it as a WAV file.

A take's row and sound are there before anything is sent, so nothing said is lost. One History
belongs to one thread (the disk lane, or a command); WAL lets the app and commands work at once.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from dictation.errors import StorageError, UsageError
from dictation.i18n import _
from dictation.paths import private
from dictation.recordings import seconds_in
from dictation.takes import Take
from dictation.values import Segment

COLUMNS = (
    *("id", "status", "started_at", "text", "raw_text", "provider", "model", "language"),
    *("seconds", "cost_usd", "audio", "error", "delivery", "segments", "timings"),
)
STRUCTURED = ("error", "delivery", "segments", "timings")  # kept as JSON

# Each entry brings the database from its index to the next version (PRAGMA user_version).
MIGRATIONS = (
    """
    CREATE TABLE takes (
        id TEXT PRIMARY KEY, status TEXT NOT NULL, started_at TEXT NOT NULL,
        text TEXT NOT NULL, raw_text TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,
        language TEXT NOT NULL, seconds REAL NOT NULL, cost_usd REAL, audio TEXT,
        error TEXT, delivery TEXT, segments TEXT, timings TEXT
    );
    CREATE INDEX takes_by_time ON takes (started_at DESC, id DESC);
    """,
)


class History:
    """Reads and writes the takes; open it on the thread that uses it.

    A damaged file is put aside, as `set_aside` tells, and a new one begun. With no path it is kept
    in memory. Every method raises StorageError where the disk refuses.
    """

    def __init__(self, path: Path | None, recordings: Path) -> None:
        self._recordings = recordings
        self._path = path
        self.set_aside: Path | None = None
        with self._told():
            try:
                self._db = self._opened()
            except sqlite3.DatabaseError as error:
                if path is None or isinstance(error, sqlite3.OperationalError):
                    raise
                now = time.strftime("%y%m%d-%H%M%S")
                self.set_aside = path.with_name(f"{path.name}.broken-{now}")
                path.rename(self.set_aside)
                self._db = self._opened()

    def _opened(self) -> sqlite3.Connection:
        if self._path is not None:
            private(self._path.parent)
            self._path.touch(mode=0o600)
        place = ":memory:" if self._path is None else self._path
        db = sqlite3.connect(place, timeout=10, isolation_level=None)
        try:
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA journal_mode=WAL")
            version = db.execute("PRAGMA user_version").fetchone()[0]
            for number, statements in enumerate(MIGRATIONS[version:], version + 1):
                db.executescript(f"BEGIN;{statements};PRAGMA user_version={number};COMMIT;")
        except sqlite3.Error:
            db.close()
            raise
        return db

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StorageError(f"{self._path or 'memory'}: {error}.") from error

    def close(self) -> None:
        """Closes the database."""
        self._db.close()

    def recording(self, id_: str) -> Path:
        """Where a take's sound is kept."""
        with self._told():
            return private(self._recordings) / f"{id_}.wav"

    def put(self, take: Take) -> None:
        """Writes the take's row, new or changed."""
        record = take.as_json()
        if take.audio:
            record["audio"] = Path(take.audio).name  # the folder may be moved as a whole
        values = [
            json.dumps(record[name])  # in ASCII: the name of a file may be no text
            if name in STRUCTURED and record[name] is not None
            else record[name]
            for name in COLUMNS
        ]
        marks = ",".join("?" * len(COLUMNS))
        with self._told():
            self._db.execute(f"INSERT OR REPLACE INTO takes VALUES ({marks})", values)  # noqa: S608

    def get(self, id_: str) -> Take:
        """The take with this id, or the only one whose id begins so; `last` is the newest."""
        if id_ == "last":
            rows = self._rows("ORDER BY started_at DESC, id DESC LIMIT 1")
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
        return self._rows("ORDER BY started_at DESC, id DESC LIMIT ?", limit)

    def with_status(self, *statuses: str) -> list[Take]:
        """The takes with one of these statuses, oldest first."""
        marks = ",".join("?" * len(statuses))
        return self._rows(f"WHERE status IN ({marks}) ORDER BY started_at, id", *statuses)

    def last_text(self) -> Take | None:
        """The newest take that has a text."""
        return next(
            iter(self._rows("WHERE text <> '' ORDER BY started_at DESC, id DESC LIMIT 1")), None
        )

    def delete(self, takes: Iterable[Take]) -> None:
        """Removes rows and recordings."""
        for take in takes:
            with self._told():
                if take.audio:
                    Path(take.audio).unlink(missing_ok=True)
                self._db.execute("DELETE FROM takes WHERE id = ?", (take.id,))

    def interrupt(self) -> list[Take]:
        """Marks what an earlier run of the app left unfinished; returns those takes."""
        found = [
            replace(
                take,
                status="interrupted",
                seconds=take.seconds or (seconds_in(Path(take.audio)) if take.audio else 0.0),
            )
            for take in self.with_status("recording", "transcribing", "delivering")
        ]
        for take in found:
            self.put(take)
        return found

    def _rows(self, clause: str, *values: Any) -> list[Take]:
        query = f"SELECT {','.join(COLUMNS)} FROM takes {clause}"  # noqa: S608 - our own clauses
        with self._told():
            return [self._take(row) for row in self._db.execute(query, values)]

    def _take(self, row: sqlite3.Row) -> Take:
        record = {name: row[name] for name in COLUMNS}
        for name in STRUCTURED:
            record[name] = json.loads(record[name]) if record[name] is not None else None
        if record["segments"] is not None:
            record["segments"] = tuple(Segment(**segment) for segment in record["segments"])
        if record["audio"]:
            record["audio"] = str(self._recordings / record["audio"])
        return Take(**{**record, "timings": record["timings"] or {}})
