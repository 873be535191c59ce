"""One row of the table, driven: a take through the engine into a fault, and once more when all is
well again."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from dictation.audio import RATE
from dictation.audio_files import open_kept
from dictation.credentials import Keys
from dictation.engine import Engine
from dictation.errors import DictationError
from dictation.history import History
from dictation.net import Http
from dictation.parts import Parts
from dictation.paths import Places
from dictation.settings import Settings
from dictation.takes import Take
from dictation.wiring import Wiring
from tests.desktop import foreign
from tests.fakes import FakeDelivery, FakeFace, FakeMicrophone, Inbox, sound, track
from tests.faults.rows import Row
from tests.faults.services import KEY, TEXT, Service
from tests.loopback import serving
from tests.test_credentials import Ring

AT_ONCE = 16  # rows; nearly all of their time is waiting
PROVIDERS = {"chat": "openrouter", "transcriptions": "openrouter", "openai": "openai"}
MODELS = {"chat": "google/gemini-2.5-flash", "transcriptions": "openai/whisper-1"}
LONGEST = 120.0  # seconds after which a row counts as one that never ends


@dataclass(frozen=True)
class Outcome:
    """What became of a row's take."""

    shown: tuple[DictationError | None, ...]  # what the face was told, at each end of the take
    troubles: tuple[Exception, ...]
    take: Take  # as the history has it
    samples: int  # of the recording on disk
    spoken: int
    posts: int
    seconds: float  # from the stop to the end
    again: Take  # what came of sending it again
    log: str


class Desk:
    """An engine with the real wiring, and all that is around it."""

    def __init__(self, root: Path, row: Row, service: Service) -> None:
        self.places = Places(*(root / name for name in ("c", "s", "d", "x", "r")))
        self.places.cache.mkdir(parents=True)
        self.way, self.samples = row.way, sound(row.speech)
        wiring = self.wiring = Wiring(self.places)
        keys = {"OPENROUTER_API_KEY": KEY, "OPENAI_API_KEY": KEY}
        wiring.keys = Keys(self.places, keys, Ring())
        self.microphone = FakeMicrophone(self.samples)
        self.face, self.inbox, self.delivery = FakeFace(), Inbox(), FakeDelivery()
        settings = Settings(
            provider=PROVIDERS[row.way],
            openrouter_endpoint="auto" if row.way == "openai" else row.way,
            model=MODELS.get(row.way, "whisper-1"),
            base_url=service.base_url(row.way),
            timeout=row.timeout,
            speech_gate="off",
        )
        self.engine = Engine(
            Parts(
                places=self.places,
                find_microphone=lambda _names: self.microphone,
                prepare=lambda _settings: None,
                transcribe=wiring.transcribe,
                ahead=wiring.ahead,
                probe=wiring.probe,
                open_recording=open_kept,
                delivery=self.delivery,
                speaks=lambda _speech: True,
                track=track,
            ),
            replace(settings, **service.settings),
            self.face,
            self.inbox.post,
        )
        wiring.purse.attach(self.engine.past.archive.ask)
        self.inbox.handle = self.engine.handle

    def dictate(self) -> str:
        """A take from key press to its end."""
        id_ = self.engine.start()
        self.inbox.until(self.microphone.running.is_set, 30)
        self.engine.stop()
        self.inbox.until(lambda: bool(self.face.ends), LONGEST)
        return id_

    def again(self, id_: str) -> Take:
        """The same recording, sent again."""
        before = len(self.face.ends)
        self.engine.past.resend(id_)
        self.inbox.until(lambda: len(self.face.ends) > before, LONGEST)
        return self.stored(id_)

    def stored(self, id_: str) -> Take:
        """The take's row, once the disk's lane has come to it."""
        self.engine._archive.ask(lambda history: history.newest(1)).result(30)
        history = History(self.places.history, self.places.recordings)
        try:
            return history.get(id_)
        finally:
            history.close()

    def recorded(self, take: Take) -> int:
        """The samples of the recording that the take names; 0 where it is not there."""
        if take.audio is None:
            return 0
        return round(open_kept(Path(take.audio)).seconds * RATE)


def drive(row: Row, folder: Path) -> tuple[Outcome, list[Http]]:
    """The take's outcome under the row's fault and after it; and the connections, to be closed."""
    with (
        Listening() as log,
        row.service(folder) as service,
        serving() as well,
    ):
        well.text = TEXT
        desk = Desk(folder, row, service)
        first = desk.engine.settings
        began = time.monotonic()
        id_ = desk.dictate()
        seconds = time.monotonic() - began
        shown = tuple(error for _take, error in desk.face.ends)
        take = desk.stored(id_)
        samples, posts = desk.recorded(take), service.posts()
        if service.heal:
            service.heal()
        else:
            base_url = Service(well.origin).base_url(row.way)
            desk.engine.settings = replace(desk.engine.settings, base_url=base_url, proxy="")
        desk.engine.settings = replace(desk.engine.settings, timeout=30.0)
        again = desk.again(id_)
        desk.engine.quit()
        desk.inbox.drain()
        outcome = Outcome(
            shown=shown,
            troubles=tuple(desk.face.troubles),
            take=take,
            samples=samples,
            spoken=len(desk.samples),
            posts=posts,
            seconds=seconds,
            again=again,
            log=log.text,
        )
        return outcome, [desk.wiring.http(settings) for settings in (first, desk.engine.settings)]


class Listening(logging.Handler):
    """All that is logged meanwhile, by anybody, tracebacks too."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def __enter__(self) -> Listening:
        root = logging.getLogger()
        root.addHandler(self)
        root.setLevel(logging.DEBUG)
        return self

    def __exit__(self, *_error: object) -> None:
        logging.getLogger().removeHandler(self)


@contextmanager
def own_environment() -> Iterator[None]:
    """No proxy, key or setting of the user's."""
    theirs = {name: os.environ.pop(name) for name in filter(foreign, list(os.environ))}
    level = logging.getLogger().level
    try:
        yield
    finally:
        os.environ.update(theirs)
        logging.getLogger().setLevel(level)


def outcomes(rows: Iterable[Row]) -> dict[str, Outcome | BaseException]:
    """What became of each row, by its name; many at a time."""
    found: dict[str, Outcome | BaseException] = {}
    opened: list[Http] = []

    def one(row: Row) -> None:
        try:
            folder = Path(tempfile.mkdtemp(dir=root))
            found[row.name], connections = drive(row, folder)
            opened.extend(connections)
        except BaseException as error:  # noqa: BLE001 - it is the row's test that raises it
            found[row.name] = error

    # The folders go at the end: a disk's lane may still write when its take is over.
    with own_environment(), tempfile.TemporaryDirectory() as root:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(one, rows))
        for thread in threading.enumerate():
            # Lists of models that are still being read, and streams' ends.
            if thread.name in ("models", "rest of an answer"):
                thread.join(30)
        for http in opened:
            http.close()
    return found
