"""Disks that are full, read-only or slow: the take goes on, the user is told, nothing is lost."""

from __future__ import annotations

import subprocess
import threading
import wave
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from dictation.audio import RATE
from dictation.audio_files import open_kept
from dictation.errors import StorageError
from dictation.history import History
from dictation.takes import Take
from tests.desktop import need, until
from tests.faults.taking import SETTINGS, WORDS, Desk, places_in, ramp

SPEED = 8  # times as fast as speech

pytestmark = pytest.mark.only_on("linux")


class Disk:
    """A small disk, mounted for a test."""

    def __init__(self, folder: Path, size: str = "2m") -> None:
        self.folder = folder
        self.desks: list[Desk] = []  # that work on it
        folder.mkdir()
        self._mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs")
        self._filler = folder / "filler"

    def _mount(self, *options: str) -> None:
        command = ["mount", *options, str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"a disk of our own needs the right to mount: {done.stderr.strip()}")

    def fill(self, leave: int = 0) -> None:
        """Fills it up, but for so many bytes."""
        content = bytes(65_536)
        with self._filler.open("ab", buffering=0) as file:
            try:
                while file.write(content):
                    pass
            except OSError:
                file.truncate(max(0, file.tell() - leave))

    def free(self) -> None:
        self._filler.unlink()

    def read_only(self, on: bool = True) -> None:
        self._mount("-o", f"remount,{'ro' if on else 'rw'}")

    def close(self) -> None:
        for desk in self.desks:  # one that a failed test leaves behind would disturb all others
            desk.close()
        subprocess.run(["umount", "-l", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    need("mount")
    mounted = Disk(tmp_path / "disk")
    yield mounted
    mounted.close()


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    path = tmp_path / "ramp.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(ramp(60).tobytes())
    return path


def speak(desk: Desk, seconds: float) -> str:
    """Records so many seconds of the ramp, and leaves it recording."""
    id_ = desk.engine.start()
    desk.inbox.until(lambda: desk.engine.recording_seconds >= seconds, 30)
    return id_


def ended(desk: Desk, id_: str) -> Take:
    desk.engine.stop()
    desk.inbox.until(lambda: any(take.id == id_ for take, _ in desk.face.ends), 30)
    return next(take for take, _ in desk.face.ends if take.id == id_)


def rows(disk: Disk) -> list[Take]:
    with closing(History(places_in(disk.folder).history, places_in(disk.folder).recordings)) as h:
        return h.newest()


def recording(disk: Disk, id_: str) -> Path:
    """The take's one file, once it is packed or is not to be.

    While it is packed or written anew, which fails on a full disk, a part of that is beside it.
    """

    def alone() -> list[Path]:
        looks = []
        for pause in (0.2, 0.0):
            looks.append(list(places_in(disk.folder).recordings.glob(f"{id_}.*")))
            threading.Event().wait(pause)
        return looks[0] if looks[0] == looks[1] and len(looks[0]) == 1 else []

    [path] = until("it alone", alone)
    return path


def told(desk: Desk) -> list[str]:
    assert {type(trouble) for trouble in desk.face.troubles} <= {StorageError}
    return [str(trouble) for trouble in desk.face.troubles]


def desk_on(disk: Disk, wav: Path) -> Desk:
    made = Desk(disk.folder, f"file:{wav}@{SPEED}", settings=SETTINGS, aside=wav.parent)
    disk.desks.append(made)
    return made


def test_a_disk_that_fills_up_costs_no_text_and_the_row_comes_later(disk: Disk, wav: Path) -> None:
    # GIVEN room for a part of the take alone
    desk = desk_on(disk, wav)
    desk.inbox.until(lambda: places_in(disk.folder).history.exists())
    disk.fill(leave=200_000)
    # WHEN more is said than the disk takes
    id_ = speak(desk, 12.0)
    take = ended(desk, id_)
    # THEN the text is delivered all the same, and the user told, once
    assert (take.status, take.text) == ("delivered", WORDS)
    assert 1 <= len(told(desk)) <= 2
    # AND what is on the disk is whole as far as it goes
    kept = b"".join(open_kept(recording(disk, id_)).pcm())
    assert 0 < len(kept) < 12 * 32_000
    assert kept == ramp(60).tobytes()[: len(kept)]
    # AND once there is room again, the next take brings the row along
    disk.free()
    second = ended(desk, speak(desk, 1.0))
    desk.close()
    found = rows(disk)
    assert [(row.id, row.status, row.text) for row in found] == [
        (second.id, "delivered", WORDS),
        (id_, "delivered", WORDS),
    ]
    # AND the rest of the recording, too
    whole = b"".join(open_kept(Path(found[1].audio or "")).pcm())
    assert len(whole) / 32_000 == pytest.approx(take.seconds, abs=0.001)
    assert whole == ramp(60).tobytes()[: len(whole)]


def test_a_disk_that_stays_full_leaves_a_row_that_does_not_lie(disk: Disk, wav: Path) -> None:
    desk = desk_on(disk, wav)
    desk.inbox.until(lambda: places_in(disk.folder).history.exists())
    disk.fill(leave=200_000)
    id_ = speak(desk, 12.0)
    take = ended(desk, id_)
    there = open_kept(recording(disk, id_)).seconds
    assert there < take.seconds
    # Room for the row comes back as the app ends, but not for the sound.
    with (disk.folder / "filler").open("r+b") as filler:
        filler.truncate((disk.folder / "filler").stat().st_size - 100_000)
    desk.close()
    [row] = rows(disk)
    assert row.seconds == pytest.approx(there, abs=0.01)
    assert "disk was full" in row.notes[-1]


def test_room_that_comes_back_in_time_makes_the_recording_whole(disk: Disk, wav: Path) -> None:
    desk = desk_on(disk, wav)
    desk.inbox.until(lambda: places_in(disk.folder).history.exists())
    disk.fill(leave=150_000)
    id_ = speak(desk, 10.0)
    assert told(desk)
    disk.free()
    take = ended(desk, id_)
    desk.close()
    [row] = rows(disk)
    sound = b"".join(open_kept(Path(row.audio or "")).pcm())
    assert len(sound) / 32_000 == pytest.approx(take.seconds, abs=0.001)
    assert sound == ramp(60).tobytes()[: len(sound)]


def test_on_a_read_only_disk_takes_go_on_in_memory_until_it_is_not(disk: Disk, wav: Path) -> None:
    disk.read_only()
    desk = desk_on(disk, wav)
    first = ended(desk, speak(desk, 1.0))
    assert (first.status, first.text) == ("delivered", WORDS)
    assert "Read-only" in told(desk)[0]
    assert len(told(desk)) <= 3
    assert desk.engine.past.copy().result(5).text == WORDS
    disk.read_only(False)
    second = ended(desk, speak(desk, 1.0))
    desk.close()
    assert [row.id for row in rows(disk)] == [second.id, first.id]


def test_incognito_leaves_nothing_on_the_disk(disk: Disk, wav: Path) -> None:
    desk = desk_on(disk, wav)
    desk.engine.settings = replace(SETTINGS, history=False)
    take = ended(desk, speak(desk, 2.0))
    desk.close()
    assert take.status == "delivered"
    assert rows(disk) == []
    content = b"".join(
        path.read_bytes() for path in (disk.folder / "d").rglob("*") if path.is_file()
    )
    assert WORDS.encode() not in content
    assert ramp(60).tobytes()[:2_000] not in content
