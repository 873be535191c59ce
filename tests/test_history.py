"""The takes on disk."""

from __future__ import annotations

import sqlite3
import wave
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dictation.errors import StorageError, UsageError
from dictation.history import History, database
from dictation.history.disks import is_remote
from dictation.recordings import WavWriter
from dictation.takes import Take, begin
from dictation.values import TIMINGS, Segment

NOW = datetime(2026, 3, 1, 12, 0, 0, 987654, tzinfo=UTC)
FULL = Take(
    id="260301-120000-ab12",
    status="delivered",
    started_at="2026-03-01T12:00:00.987Z",
    text="Grüße",
    raw_text="<think></think>Grüße",
    provider="openrouter",
    model="a/b",
    language="de",
    seconds=1.23456,
    cost_usd=0.0001,
    audio="/somewhere.wav",
    error={"title": "T", "message": "m", "hint": "h", "code": 7},
    delivery={"backend": "x11", "confirmed": True},
    segments=(Segment(0.0, 1.2, "Grüße"), Segment(1.2, 2.0, "du", "A")),
    timings={"stopped": 1200.5, "confirmed": None},
    sent_to=("https://openrouter.ai",),
    notes=("By a/b because c/d failed.",),
    speech=1.1,
    doubt="It may be incomplete.",
)


@dataclass
class Mount:
    mountpoint: str
    fstype: str
    opts: str


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    opened = History(tmp_path / "history.sqlite", tmp_path / "recordings")
    yield opened
    opened.close()


def takes(count: int) -> list[Take]:
    return [begin(NOW + timedelta(seconds=second)) for second in range(count)]


def test_a_take_comes_back_as_it_was_put(history: History) -> None:
    full = replace(FULL, audio=str(history.recording(FULL.id)))
    history.recording(FULL.id).touch()
    history.put(full)
    assert history.get(FULL.id).as_json() == full.as_json()


def test_a_record_has_every_part_of_the_contract() -> None:
    record = begin(NOW).as_json()
    assert record["started_at"] == "2026-03-01T12:00:00.987Z"
    assert set(record["timings"]) == set(TIMINGS)
    assert (record["cost_usd"], record["delivery"], record["error"]) == (None, None, None)


def test_lists_are_newest_first(history: History) -> None:
    made = takes(5)
    for take in made:
        history.put(take)
    assert [take.id for take in history.newest(3)] == [take.id for take in made[:1:-1]]


class TestFinding:
    def test_takes_the_beginning_of_an_id_or_last(self, history: History) -> None:
        made = takes(3)
        for take in made:
            history.put(take)
        assert history.get("last").id == made[2].id
        assert history.get(made[1].id[:13]).id == made[1].id

    @pytest.mark.parametrize("id_", ["nothing", "%", "260301", ""])
    def test_tells_of_none_and_of_several(self, history: History, id_: str) -> None:
        for take in takes(3):
            history.put(take)
        with pytest.raises(UsageError):
            history.get(id_)


def test_deleting_leaves_nothing_in_any_file(tmp_path: Path, history: History) -> None:
    kept, gone = takes(2)
    path = history.recording(gone.id)
    path.write_bytes(b"sound")
    history.put(replace(kept, text="something else"))
    # GIVEN a text that was written, changed and found
    history.put(replace(gone, text="xylophones first", raw_text="xylophones", audio=str(path)))
    history.put(replace(gone, text="xylophones zanzibar", raw_text="qwertz", audio=str(path)))
    assert [take.id for take in history.search("zanzi")] == [gone.id]
    # WHEN it is deleted
    history.delete([history.get(gone.id)])
    # THEN row, recording and words are gone, from the files as well
    assert not path.exists()
    assert [take.id for take in history.newest()] == [kept.id]
    assert history.search("zanzibar") == []
    left = b"".join(file.read_bytes() for file in tmp_path.glob("history.sqlite*"))
    for word in (b"xylophone", b"zanzibar", b"qwertz", gone.id.encode()):
        assert word not in left
    assert b"something else" in left


class TestSearch:
    TEXTS = (
        "Grüße aus Łódź",
        "the meeting is at ten",
        "今天的会议在十点开始",
        "100% sure",
        "ประชุมวันนี้",
    )

    @pytest.mark.parametrize(
        ("words", "found"),
        [
            ("grusse", ()),  # ß is no ss
            ("grüße", (0,)),
            ("GRUSSE GRÜSSE", ()),
            ("Grusse", ()),
            ("lodz", ()),
            ("łódź", (0,)),
            ("meet", (1,)),
            ("ten MEETING", (1,)),
            ("meeting eleven", ()),
            ("会议", (2,)),
            ("会", (2,)),
            ("ประชุม", (3 + 1,)),
            ("100%", (3,)),
            ("%", (3,)),
            ("_", ()),
            ('"', ()),
            ('me" OR "a', ()),
            ("NOT", ()),
            ("", (0, 1, 2, 3, 4)),
        ],
    )
    def test_finds_all_words_by_their_beginnings_in_any_script(
        self, history: History, words: str, found: tuple[int, ...]
    ) -> None:
        made = takes(len(self.TEXTS))
        for take, text in zip(made, self.TEXTS, strict=True):
            history.put(replace(take, text=text))
        assert [take.id for take in history.search(words)] == [made[n].id for n in found[::-1]]

    def test_follows_changes(self, history: History) -> None:
        take = takes(1)[0]
        history.put(replace(take, text="before"))
        history.put(replace(take, text="after", status="kept"))
        assert history.search("before") == []
        assert [found.text for found in history.search("after")] == ["after"]


class TestTheFile:
    OLD = """
        CREATE TABLE takes (
            id TEXT PRIMARY KEY, status TEXT NOT NULL, started_at TEXT NOT NULL,
            text TEXT NOT NULL, raw_text TEXT NOT NULL, provider TEXT NOT NULL,
            model TEXT NOT NULL, language TEXT NOT NULL, seconds REAL NOT NULL, cost_usd REAL,
            audio TEXT, error TEXT, delivery TEXT, segments TEXT, timings TEXT
        );
        CREATE INDEX takes_by_time ON takes (started_at DESC, id DESC);
        INSERT INTO takes VALUES ('260301-120000-ab12', 'delivered', '2026-03-01T12:00:00.987Z',
            'old words', 'old words', 'openrouter', 'a/b', 'en', 1.5, 0.1, NULL, NULL,
            '{"backend": "x11", "confirmed": true}', NULL, '{"stopped": 3.0}');
        PRAGMA user_version=1;
    """

    def open(self, tmp_path: Path, *, alone: bool = True) -> History:
        """As the app does at its start, or as a command beside it."""
        places = tmp_path / "history.sqlite", tmp_path / "recordings"
        return History(*places, check=alone, alone=alone)

    def test_of_an_earlier_version_is_brought_to_this_one(self, tmp_path: Path) -> None:
        with closing(sqlite3.connect(tmp_path / "history.sqlite")) as db:
            db.executescript(self.OLD)
        with closing(self.open(tmp_path)) as history:
            [take] = history.search("old")
            assert (take.text, take.seconds, take.cost_usd) == ("old words", 1.5, 0.1)
            assert take.delivery == {"backend": "x11", "confirmed": True}
            assert (take.sent_to, take.notes, take.doubt) == ((), (), None)
            assert history.told == []

    def test_of_a_newer_version_is_left_alone_until_that_is_back(self, tmp_path: Path) -> None:
        newer = tmp_path / "history.sqlite"
        with closing(sqlite3.connect(newer)) as db:
            db.executescript("CREATE TABLE takes_of_tomorrow (x); PRAGMA user_version=99;")
        before = newer.read_bytes()
        with closing(self.open(tmp_path)) as history:
            history.put(replace(takes(1)[0], text="meanwhile"))
            assert "newer version" in history.told[0].message
        assert newer.read_bytes() == before
        with closing(sqlite3.connect(newer)) as db:  # stands for the newer version's own form
            db.executescript("DROP TABLE takes_of_tomorrow; PRAGMA user_version=0;")
        with closing(self.open(tmp_path)) as history:
            assert [take.text for take in history.newest()] == ["meanwhile"]
        assert sorted(path.name for path in tmp_path.glob("*.sqlite")) == ["history.sqlite"]

    def test_is_wal_here_and_forgets_what_is_deleted(self, history: History) -> None:
        asked = ("journal_mode", "synchronous", "secure_delete")
        values = [history._db.execute(f"PRAGMA {name}").fetchone()[0] for name in asked]
        assert values == ["wal", 1, 1]

    @pytest.mark.parametrize(
        ("kind", "opts", "remote"),
        [
            *(("ext4", "rw", False), ("nfs4", "rw", True), ("fuse.sshfs", "rw", True)),
            *(("NTFS", "rw,fixed", False), ("NTFS", "rw,remote", True), ("fuse.x", "rw", False)),
        ],
    )
    def test_on_a_network_disk_has_a_rollback_journal(
        self, tmp_path: Path, kind: str, opts: str, remote: bool
    ) -> None:
        local = Mount("/", "ext4", "rw")
        mounts = [local, Mount(str(tmp_path), kind, opts), Mount("/elsewhere", "nfs", "rw")]
        assert is_remote(tmp_path / "data", lambda: mounts) == remote
        with closing(sqlite3.connect(tmp_path / "x.sqlite", isolation_level=None)) as db:
            database.prepare(db, remote=remote)
            mode = db.execute("PRAGMA journal_mode").fetchone()[0]
        assert mode == ("delete" if remote else "wal")

    def test_that_is_damaged_is_put_aside_and_what_can_be_read_carried_over(
        self, tmp_path: Path
    ) -> None:
        made = takes(400)
        with closing(self.open(tmp_path)) as history:
            for number, take in enumerate(made):
                history.put(replace(take, text=f"number {number} " + "words " * 50))
        file = tmp_path / "history.sqlite"
        content = bytearray(file.read_bytes())
        page = content.index(b"number 200 ") // 4096 * 4096
        content[page : page + 4096] = b"\xa5" * 4096
        file.write_bytes(content)
        with closing(self.open(tmp_path)) as history:
            found = history.newest()
            assert "damaged" in history.told[0].message
            assert 380 <= len(found) < 400
            assert history.search("number 7")
        with closing(self.open(tmp_path)) as history:
            assert (len(history.newest()), history.told) == (len(found), [])
        assert len(list(tmp_path.glob("history.sqlite.broken-*"))) == 1

    def test_that_is_damaged_is_left_to_the_app_while_it_may_run(self, tmp_path: Path) -> None:
        (tmp_path / "history.sqlite").write_bytes(b"no database at all" * 500)
        with pytest.raises(StorageError):
            self.open(tmp_path, alone=False)
        assert [path.name for path in tmp_path.iterdir()] == ["history.sqlite"]

    def test_keeps_its_place_until_the_mended_one_is_whole(self, tmp_path: Path) -> None:
        with closing(self.open(tmp_path)) as history:
            history.put(replace(takes(1)[0], text="words"))
            history.accept(replace(takes(1)[0], pattern="too_short Latin"))
        (tmp_path / "history.sqlite.new").write_bytes(b"left by a crash in the middle of it")
        assert database.mend(tmp_path / "history.sqlite")[0] == 2
        with closing(self.open(tmp_path)) as history:
            assert "words" in [take.text for take in history.newest()]
            assert history.experience().waved == {"too_short Latin"}
        assert not (tmp_path / "history.sqlite.new").exists()

    def test_of_a_newer_time_that_can_not_be_read_whole_is_put_aside(self, tmp_path: Path) -> None:
        (tmp_path / "history.v2.sqlite").write_bytes(b"no database at all" * 500)
        with closing(self.open(tmp_path)) as history:
            assert "history.v2.sqlite" in history.told[0].message
        assert len(list(tmp_path.glob("history.v2.sqlite.broken-*"))) == 1

    def test_whose_index_of_words_is_damaged_is_mended_in_place(self, tmp_path: Path) -> None:
        with closing(self.open(tmp_path)) as history:
            history.put(replace(takes(1)[0], text="lost words"))
            history._db.execute("DELETE FROM words_idx")
            history._db.execute("DELETE FROM words_data WHERE id > 10")
        with closing(self.open(tmp_path)) as history:
            assert [take.text for take in history.search("lost")] == ["lost words"]
            assert history.told == []


def test_the_last_text_is_that_of_the_newest_take_that_has_one(history: History) -> None:
    first, second, third = takes(3)
    history.put(replace(first, text="one", status="delivered"))
    history.put(replace(second, text="two", status="kept"))
    history.put(replace(third, text="a draft", status="waiting"))
    assert (found := history.last_text())
    assert found.text == "two"


def test_the_name_of_a_file_may_be_no_text(history: History) -> None:
    told = {"title": "T", "message": "There is no file \udcff.", "hint": "", "code": 11}
    take = replace(takes(1)[0], status="failed", error=told)
    history.put(take)
    assert history.get(take.id).error == told


def test_half_characters_hold_up_no_row(history: History) -> None:
    take = replace(takes(1)[0], language="\udcff", model="a\ud800b")
    history.put(take)
    assert history.get(take.id).model == "a?b"


def test_a_deleted_take_does_not_come_back(history: History) -> None:
    take = takes(1)[0]
    history.put(take)
    history.delete([take])
    history.change(replace(take, text="words"))
    assert not history.moved(take, Path("take.flac"))
    assert history.newest() == []


def test_many_are_deleted_from_the_files_as_well(tmp_path: Path, history: History) -> None:
    made = [replace(take, text=f"word{n:04d} " * 9) for n, take in enumerate(takes(300))]
    for take in made:
        history.put(take)
    history.delete(made[::2])
    left = b"".join(file.read_bytes() for file in tmp_path.glob("history.sqlite*"))
    assert not [n for n in range(0, 300, 2) if f"word{n:04d}".encode() in left]
    assert history.search("word0001")


def test_two_programs_write_at_once(tmp_path: Path, history: History) -> None:
    other = History(tmp_path / "history.sqlite", tmp_path / "recordings")
    first, second = takes(2)
    history.put(first)
    other.put(second)
    assert len(history.newest()) == len(other.newest()) == 2
    other.close()


def test_files_are_for_the_user_alone(tmp_path: Path, history: History) -> None:
    assert (tmp_path / "history.sqlite").stat().st_mode & 0o777 == 0o600
    with WavWriter(history.recording("x")) as writer:
        writer.append(b"\0\0")
    assert history.recording("x").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "recordings").stat().st_mode & 0o777 == 0o700


def test_a_recording_is_a_whole_wav_after_each_append(tmp_path: Path) -> None:
    with WavWriter(tmp_path / "take.wav") as writer:
        for seconds in range(3):
            with wave.open(str(tmp_path / "take.wav")) as file:
                assert (file.getnframes(), file.getframerate()) == (seconds * 16_000, 16_000)
            writer.append(bytes(32_000))


def test_a_recording_without_a_sound_is_not_kept(tmp_path: Path) -> None:
    with WavWriter(tmp_path / "take.wav"):
        assert (tmp_path / "take.wav").exists()
    assert not (tmp_path / "take.wav").exists()
