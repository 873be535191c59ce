"""kill -9 at random moments from key press to delivered text: nothing said is lost, no row lies."""

from __future__ import annotations

import multiprocessing
import random
import statistics
import threading
import wave
from collections import Counter as Counts
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from dictation.audio import RATE
from dictation.audio_files import open_kept
from dictation.history import UNFINISHED, History
from dictation.history.recovery import recover
from dictation.takes import Take
from tests.faults import taking
from tests.faults.taking import SETTINGS, WORDS, Desk, places_in, ramp

SEED = 20_260_301
SECONDS, DELAY = 1.2, 0.25  # of speech, of transcribing
AT_ONCE = 4  # processes


@pytest.fixture(scope="module")
def wav(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ramp") / "ramp.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(ramp(30).tobytes())
    return path


@dataclass(frozen=True)
class Found:
    """What one kill left: the take, and the seconds of sound that were lost with memory."""

    status: str
    lost: float


def killed(root: Path, wav: Path, moment: float) -> Found | None:
    """One take, killed so many seconds after its process began; None where it had not begun."""
    root.mkdir()
    context = multiprocessing.get_context("forkserver")
    process = context.Process(target=taking.take, args=(str(root), str(wav), SECONDS, DELAY))
    process.start()
    process.join(moment)
    process.kill()
    process.join()
    process.close()
    return checked(root)


def checked(root: Path) -> Found | None:
    places = places_in(root)
    if not places.history.exists() or not (root / "counter").exists():
        return None
    with closing(taking.Counter(root / "counter")) as counter:
        came = counter.value
    with closing(History(places.history, places.recordings)) as history:
        recover(history)
        takes = history.newest()
        if not takes:
            assert came == 0
            return None
        [take] = takes
        check_row(take, came, root)
        heard = sound_of(take)
        assert np.array_equal(heard, ramp(30)[: len(heard)])
    again(root, take)
    return Found(take.status, (came - len(heard)) / RATE)


def check_row(take: Take, came: int, root: Path) -> None:
    """No row lies."""
    assert take.status not in UNFINISHED
    assert take.status in ("interrupted", "delivered", "waiting"), take.status
    pasted = delivered(root)
    if take.status == "delivered":
        assert (pasted, take.text) == ([WORDS], WORDS)
        assert take.delivery == {"backend": "file", "confirmed": True}
    if take.status == "interrupted" and take.text:  # killed while, or right after, it was pasted
        assert take.text == WORDS
        assert take.error
        assert "may be there already" in str(take.error["message"])
    if pasted and not take.text:  # the row did not get there: then all of the sound is
        assert take.seconds == pytest.approx(came / RATE, abs=0.001)
    assert take.seconds <= came / RATE + 0.001
    if take.audio is None:
        assert came / RATE < 0.5


def sound_of(take: Take) -> np.ndarray:
    if take.audio is None:
        return np.zeros(0, np.int16)
    content = np.frombuffer(b"".join(open_kept(Path(take.audio)).pcm()), "<i2")
    assert len(content) / RATE == pytest.approx(take.seconds, abs=0.001)
    return content


def again(root: Path, take: Take) -> None:
    """The next start: it finds the take, sends it, and delivers nothing by itself."""
    before = delivered(root)
    desk = Desk(root, settings=replace(SETTINGS, send_interrupted=True))
    try:
        if take.status == "interrupted" and take.audio and not take.text:
            desk.engine.past._found([take])  # recovered above, as a command does
            desk.inbox.until(lambda: bool(desk.face.ends), 30)
            assert (desk.face.ends[0][0].status, desk.face.ends[0][0].text) == ("kept", WORDS)
    finally:
        desk.close()
    assert delivered(root) == before


def delivered(root: Path) -> list[str]:
    file = root / "delivered"
    return file.read_text().splitlines() if file.exists() else []


@pytest.mark.only_on("linux", "darwin")
def test_an_engine_killed_at_any_moment_keeps_every_sample(
    tmp_path: Path,
    wav: Path,
    sample: Callable[[int, int], int],
    record_property: Callable[[str, object], None],
) -> None:
    multiprocessing.get_context("forkserver").set_forkserver_preload(["tests.faults.taking"])
    rng = random.Random(SEED)
    moments = [rng.uniform(0.05, SECONDS + DELAY + 0.6) for _ in range(sample(80, 500))]
    jobs = [(tmp_path / str(number), wav, moment) for number, moment in enumerate(moments)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = [each for each in pool.map(lambda job: killed(*job), jobs) if each]
    lost = [each.lost for each in found]
    told = Counts(each.status for each in found)
    record_property(
        "figures",
        f"{len(moments)} kills of the engine: {dict(told)}, lost at most "
        f"{max(lost) * 1e3:.0f} ms of sound, in the middle {statistics.median(lost) * 1e3:.0f} ms",
    )
    assert len(found) > len(moments) * 0.7
    assert min(told["interrupted"], told["delivered"]) > len(moments) * 0.05
    assert max(lost) <= 0.5
    assert threading.active_count() < 50
