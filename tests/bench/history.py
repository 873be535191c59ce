"""How long a long history takes, in milliseconds: `python -m tests.bench.history [TAKES]`."""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dictation.history import History
from dictation.takes import Take, begin
from dictation.values import TIMINGS

RUNS = 15
SENTENCES = (
    (Path(__file__).parent / "sentences" / "en.txt").read_text(encoding="utf-8").splitlines()
)


def takes(count: int) -> list[Take]:
    """As many takes as a heavy user makes in a year, each with all that a record holds."""
    rng, now = random.Random(1), datetime(2026, 1, 1, tzinfo=UTC)
    made = []
    for number in range(count):
        text = " ".join(rng.sample(SENTENCES, rng.randint(1, 5)))
        made.append(
            replace(
                begin(now + timedelta(minutes=number)),
                status="delivered",
                text=text,
                raw_text=text,
                provider="openrouter",
                model="google/gemini-2.5-flash",
                seconds=12.5,
                cost_usd=0.0004,
                delivery={"backend": "x11", "confirmed": True},
                timings=dict.fromkeys(TIMINGS, 123.45),
                sent_to=("https://openrouter.ai",),
                speech=10.0,
            )
        )
    return made


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        path, recordings = Path(folder, "history.sqlite"), Path(folder, "recordings")
        recordings.mkdir()
        with closing(History(path, recordings)) as history:
            history._db.execute("BEGIN")
            for take in takes(count):
                (recordings / f"{take.id}.flac").touch()
                history.put(replace(take, audio=str(recordings / f"{take.id}.flac")))
            history._db.execute("COMMIT")
        print(f"{count} takes, {path.stat().st_size / 1e6:.1f} MB")

        def opened(check: bool) -> None:
            History(path, recordings, check=check).close()

        with closing(History(path, recordings)) as history:
            last = history.newest(1)[0]
            ways: dict[str, Callable[[], object]] = {
                "list, all": lambda: history.newest(),
                "list, 50": lambda: history.newest(50),
                "search, one word that many have": lambda: history.search("the"),
                "search, 50 of them": lambda: history.search("the", 50),
                "search, two words": lambda: history.search("projector broken"),
                "search, a word that none has": lambda: history.search("xylophone"),
                "search, signs without blanks between": lambda: history.search("会议"),
                "show": lambda: history.get("last"),
                "put": lambda: history.put(last),
                "how fast the user speaks": lambda: history.experience(),
                "open": lambda: opened(False),
                "open and check for damage": lambda: opened(True),
            }
            for name, way in ways.items():
                print(f"{name:40} {median(way):8.1f}")


def median(way: Callable[[], object]) -> float:
    times = []
    for _run in range(RUNS):
        began = time.perf_counter()
        way()
        times.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times)


if __name__ == "__main__":
    main()
