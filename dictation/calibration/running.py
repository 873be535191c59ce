"""Asks the candidates, a few at a time; each answer is timed, priced and told as it comes."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from dictation.audio import Speech
from dictation.calibration.candidates import Candidate, Offer
from dictation.calibration.results import Outcome
from dictation.errors import Cancelled, DictationError, EmptyAnswer
from dictation.i18n import _
from dictation.lanes import Lane, fulfil, spawn
from dictation.settings import Settings
from dictation.takes import stamp
from dictation.values import Transcript, Watch

AT_ONCE = 3
SETTLE = 2.0  # seconds that a lane whose work is done may take to end


@dataclass(frozen=True, slots=True)
class Asking:
    """How a candidate is asked; all of it is called on the run's threads.

    `settings_for` raises where the candidate may not be asked, `hear` gives its answer and nobody
    else's, `ready` makes a connection before the clock runs, `crash` hears what should not happen.
    """

    settings_for: Callable[[Candidate], Settings]
    hear: Callable[[Speech, Settings, Watch], Transcript]
    ready: Callable[[Settings], None]
    crash: Callable[[Exception], None]


class Run:
    """One recording, sent to each of the offers. `changed` hears of each step, on any thread."""

    def __init__(
        self,
        offers: Sequence[Offer],
        asking: Asking,
        changed: Callable[[Outcome], None],
    ) -> None:
        self._asking, self._changed = asking, changed
        self._prices: Mapping[Candidate, float | None]
        self._prices = {offer.candidate: offer.usd_per_minute for offer in offers}
        self._waiting = deque(self._prices)
        self._over: Future[None] = Future()
        self._ending = threading.Lock()

    def cancel(self) -> None:
        """Gives up what is under way and what has not begun, at once; any thread.

        What a server has already got it may still answer, and charge: that is heard by nobody.
        """
        with self._ending:
            if not self._over.done():
                self._over.set_result(None)

    def run(self, speech: Speech) -> None:
        """Asks all of them; returns once each has its outcome."""
        self._speech = speech
        for candidate in self._prices:
            self._changed(Outcome(candidate, "waiting", _now()))
        count = min(AT_ONCE, len(self._prices))
        lanes = [Lane("calibration", self._asking.crash) for _number in range(count)]
        futures = [lane.ask(self._work) for lane in lanes]
        try:
            for future in futures:
                future.result()
        finally:
            self.cancel()
            for lane in lanes:
                lane.close(SETTLE)

    def _work(self) -> None:
        while True:
            try:
                candidate = self._waiting.popleft()
            except IndexError:
                return
            self._changed(self._outcome(candidate))

    def _outcome(self, candidate: Candidate) -> Outcome:
        asked = Outcome(candidate, "asked", _now())
        if self._over.done():
            return replace(asked, state="cancelled")
        began = None
        try:
            settings = self._asking.settings_for(candidate)
            asked = replace(asked, data_policy=settings.data_policy)
            self._changed(asked)
            self._asking.ready(settings)
            began = time.monotonic()
            heard = self._hear(settings)
        except Cancelled:
            return replace(asked, state="cancelled")
        except EmptyAnswer as error:
            # Hearing nothing is an answer: it gets all words wrong.
            took = time.monotonic() - (began or time.monotonic())
            heard = Transcript("", "", candidate.provider, candidate.model)
            return replace(self._heard(asked, heard, took), error=error.as_json())
        except DictationError as error:
            return replace(asked, state="failed", error=error.as_json())
        return self._heard(asked, heard, time.monotonic() - began)

    def _hear(self, settings: Settings) -> Transcript:
        """The answer; Cancelled as soon as the run is, whatever the server does."""
        answer: Future[Transcript] = Future()
        watch = Watch(cancelled=self._over.done)

        def hear() -> None:
            fulfil(answer, lambda: self._asking.hear(self._speech, settings, watch))

        spawn("calibration answer", hear, self._asking.crash)
        either: tuple[Future[Any], ...] = (answer, self._over)
        wait(either, return_when=FIRST_COMPLETED)
        if not answer.done():
            raise Cancelled(_("The calibration was given up."))
        return answer.result()

    def _heard(self, asked: Outcome, heard: Transcript, took: float) -> Outcome:
        price = self._prices[asked.candidate]
        reckoned = None if price is None else price * self._speech.seconds / 60
        return replace(
            asked,
            state="heard",
            text=heard.text,
            seconds=took,
            cost_usd=reckoned if heard.cost_usd is None else heard.cost_usd,
            by_list=heard.cost_usd is None and bool(reckoned),
        )


def _now() -> str:
    return stamp(datetime.now(UTC))
