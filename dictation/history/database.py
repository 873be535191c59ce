"""The history's file: opened, brought to this version, checked; what is damaged is carried over."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from dictation.history import ledger
from dictation.history.disks import is_remote
from dictation.paths import private_file
from dictation.recordings import sync
from dictation.spending import words_in

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
    # A number of its own, which the index of words can rely on: SQLite's hidden one may change.
    """
    ALTER TABLE takes RENAME TO old;
    DROP INDEX takes_by_time;
    CREATE TABLE takes (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, status TEXT NOT NULL,
        started_at TEXT NOT NULL, text TEXT NOT NULL, raw_text TEXT NOT NULL,
        provider TEXT NOT NULL, model TEXT NOT NULL, language TEXT NOT NULL,
        seconds REAL NOT NULL, cost_usd REAL, audio TEXT, error TEXT, delivery TEXT,
        segments TEXT, timings TEXT, sent_to TEXT, notes TEXT, speech REAL NOT NULL DEFAULT 0,
        doubt TEXT, pattern TEXT, incognito INTEGER NOT NULL DEFAULT 0
    );
    INSERT INTO takes (id, status, started_at, text, raw_text, provider, model, language,
            seconds, cost_usd, audio, error, delivery, segments, timings)
        SELECT * FROM old ORDER BY started_at, id;
    DROP TABLE old;
    CREATE INDEX takes_by_time ON takes (started_at DESC, id DESC);
    CREATE INDEX takes_by_status ON takes (status);
    CREATE VIRTUAL TABLE words USING fts5(
        text, content='takes', content_rowid='number', tokenize='unicode61 remove_diacritics 2'
    );
    INSERT INTO words (words) VALUES ('rebuild');
    CREATE TRIGGER take_added AFTER INSERT ON takes BEGIN
        INSERT INTO words (rowid, text) VALUES (new.number, new.text);
    END;
    CREATE TRIGGER take_removed AFTER DELETE ON takes BEGIN
        INSERT INTO words (words, rowid, text) VALUES ('delete', old.number, old.text);
    END;
    CREATE TRIGGER text_changed AFTER UPDATE OF text ON takes WHEN old.text <> new.text BEGIN
        INSERT INTO words (words, rowid, text) VALUES ('delete', old.number, old.text);
        INSERT INTO words (rowid, text) VALUES (new.number, new.text);
    END;
    CREATE TABLE waved (pattern TEXT PRIMARY KEY);
    """,
    "ALTER TABLE takes ADD COLUMN sent_as TEXT NOT NULL DEFAULT '';",
    """
    ALTER TABLE takes ADD COLUMN uncorrected TEXT;
    ALTER TABLE takes ADD COLUMN others TEXT;
    """,
    # What the takes until then tell of it; the day is the user's own.
    """
    CREATE TABLE ledger (
        day TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL, takes INTEGER NOT NULL,
        seconds REAL NOT NULL, words INTEGER NOT NULL, dollars REAL NOT NULL,
        unpriced INTEGER NOT NULL, PRIMARY KEY (day, provider, model)
    ) WITHOUT ROWID;
    INSERT INTO ledger
        SELECT coalesce(date(started_at, 'localtime'), substr(started_at, 1, 10)), provider, model,
            count(*), total(seconds), sum(words_in(text)), total(cost_usd),
            sum(cost_usd IS NULL AND provider <> 'offline')
        FROM takes WHERE provider <> '' GROUP BY 1, 2, 3;
    CREATE TABLE months (
        month TEXT PRIMARY KEY, warned_usd REAL NOT NULL DEFAULT 0,
        allowed INTEGER NOT NULL DEFAULT 0
    );
    """,
)
VERSION = len(MIGRATIONS)
PATIENCE = 10.0  # seconds to wait for another process that writes
RUN = 500  # rows carried over at a time while nothing is wrong with them


class NewerVersion(Exception):
    """The file was written by a newer version of the program."""


def connect(path: Path | None, *, check: bool) -> sqlite3.Connection:
    """The database, ready for use; made if need be, in memory without a path.

    `check` looks for damage all through the file. Raises sqlite3.Error, OSError or NewerVersion.
    """
    if path is not None:
        private_file(path)
    db = sqlite3.connect(
        ":memory:" if path is None else path, timeout=PATIENCE, isolation_level=None
    )
    try:
        prepare(db, remote=path is not None and is_remote(path.parent))
        if check and (found := _damage(db)):
            raise sqlite3.DatabaseError(found)
    except BaseException:
        db.close()
        raise
    return db


def prepare(db: sqlite3.Connection, *, remote: bool) -> None:
    """Sets how it is written, `remote` for a file on a network, and brings it to this version."""
    db.row_factory = sqlite3.Row
    db.create_function("words_in", 1, words_in, deterministic=True)
    if _version(db) > VERSION:
        raise NewerVersion
    # WAL needs memory that all users of the file share, which a network does not offer.
    db.execute(f"PRAGMA journal_mode={'DELETE' if remote else 'WAL'}")
    # In WAL no commit waits for the disk: `History.sync` does, where nobody is kept waiting.
    db.execute(f"PRAGMA synchronous={'FULL' if remote else 'NORMAL'}")
    db.execute("PRAGMA secure_delete=ON")
    if _version(db) != VERSION:
        _migrate(db)


def _migrate(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")  # another process may be about to do the same
    try:
        for number, statements in list(enumerate(MIGRATIONS, 1))[_version(db) :]:
            for statement in _statements(statements):
                db.execute(statement)
            db.execute(f"PRAGMA user_version={number}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _version(db: sqlite3.Connection) -> int:
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    return version


def _statements(script: str) -> list[str]:
    """The statements of a script: `executescript` would end the transaction around them."""
    found, statement = [], ""
    for part in script.split(";"):
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            found.append(statement)
            statement = ""
    return found


def _damage(db: sqlite3.Connection) -> str:
    """What is wrong with the file; "" if nothing. A damaged index of words is made anew."""
    said: str = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if said != "ok":
        return said
    try:
        db.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError:
        db.execute("INSERT INTO words (words) VALUES ('rebuild')")
    return ""


def mend(path: Path) -> tuple[int, Path]:
    """Makes a new file of what can be read of a damaged one; how many takes, and where that is now.

    The damaged file keeps its place until the new one is whole: a crash meanwhile costs nothing.
    """
    new = path.with_name(f"{path.name}.new")
    _remove(new)
    with closing(connect(new, check=False)) as db:
        carried = carry_over(path, db)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sync(new)
    aside = put_aside(path)
    new.replace(path)
    return carried, aside


def merge(source: Path, target: sqlite3.Connection) -> Path | None:
    """Takes over all of another history and removes it; where it is put aside if that fails."""
    try:
        carry_over(source, target, whole=True)
    except sqlite3.Error:
        carry_over(source, target)
        return put_aside(source)
    _remove(source)
    return None


def put_aside(path: Path) -> Path:
    """Takes a damaged file, with what SQLite keeps beside it, out of the way; its new name."""
    aside = path.with_name(f"{path.name}.broken-{time.time_ns() // 1_000_000}")
    for ending in ("-wal", "-shm", ""):
        beside = path.with_name(path.name + ending)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + ending))
    return aside


def _remove(path: Path) -> None:
    for ending in ("-wal", "-shm", ""):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def carry_over(source: Path, target: sqlite3.Connection, *, whole: bool = False) -> int:
    """Copies what can be read of another history into this one; how many takes that were.

    A damaged page costs the rows on it; with `whole` it raises sqlite3.Error instead. The takes
    that are there already stay as they are.
    """
    try:
        with closing(sqlite3.connect(source, timeout=PATIENCE, isolation_level=None)) as db:
            db.row_factory = sqlite3.Row
            rows = db.execute("SELECT * FROM takes").fetchall() if whole else _readable(db)
            waved = _try(db, "SELECT pattern FROM waved") or []
            entries = _try(db, ledger.ALL)
            months = _try(db, ledger.MONTHS) or []
    except sqlite3.Error:
        if whole:
            raise
        return 0  # not one page of it is a database's; the recordings are found by their files
    columns = [row[1] for row in target.execute("PRAGMA table_info(takes)") if row[1] != "number"]
    carried = []
    target.execute("BEGIN")
    for row in rows:
        names = [name for name in columns if name in row.keys()]  # noqa: SIM118 - a sqlite3.Row
        marks = ",".join("?" * len(names))
        added = target.execute(
            f"INSERT OR IGNORE INTO takes ({','.join(names)}) VALUES ({marks})",  # noqa: S608
            [row[name] for name in names],
        )
        if added.rowcount:
            carried.append(row)
    for row in waved:
        target.execute("INSERT OR IGNORE INTO waved VALUES (?)", (row[0],))
    ledger.carried(entries, months, carried, target)
    target.execute("COMMIT")
    return len(carried)


def _readable(db: sqlite3.Connection) -> list[sqlite3.Row]:
    """The rows of its takes that can be read, in order."""
    last = _try(db, "SELECT max(rowid) FROM takes")
    if last is None or last[0][0] is None:
        return []
    found: list[sqlite3.Row] = []
    for first in range(1, last[0][0] + 1, RUN):
        run = _try(db, "SELECT * FROM takes WHERE rowid BETWEEN ? AND ?", first, first + RUN - 1)
        if run is None:  # one of them can't be read: each by itself
            single = range(first, min(first + RUN, last[0][0] + 1))
            runs = (_try(db, "SELECT * FROM takes WHERE rowid = ?", number) for number in single)
            run = [row for rows in runs if rows for row in rows]
        found += run
    return found


def _try(db: sqlite3.Connection, query: str, *values: int) -> list[sqlite3.Row] | None:
    try:
        return db.execute(query, values).fetchall()
    except (sqlite3.Error, UnicodeDecodeError, OverflowError):
        return None
