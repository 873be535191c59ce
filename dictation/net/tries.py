"""How often a request is made: again only where that can help, and never for long."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from dictation.errors import Cancelled, DictationError
from dictation.i18n import _
from dictation.values import Watch

T = TypeVar("T")

MOST = 4
NEVER = threading.Event()
PATIENCE = 15.0  # seconds past the audio's length within which a new try may begin


def tries(
    attempt: Callable[[], T],
    *,
    seconds_of_audio: float,
    watch: Watch,
    wait: Callable[[float], object] = NEVER.wait,
    clock: Callable[[], float] = time.monotonic,
) -> T:
    """What the attempt gives, tried again after errors whose `again` is true.

    A wait that would end past the deadline is not begun: the error is raised at once.
    """
    deadline = clock() + PATIENCE + seconds_of_audio
    for number in range(1, MOST + 1):
        if watch.cancelled():
            raise Cancelled(_("The request was given up."))
        try:
            return attempt()
        except DictationError as error:
            pause = error.retry_after
            if pause is None:
                # Spread out, so that many clients of a struggling server don't return together.
                pause = 0.5 * 2 ** (number - 1) * random.uniform(0.75, 1.25)  # noqa: S311
            if not error.again or number == MOST or clock() + pause >= deadline:
                raise
        wait(pause)
    raise AssertionError("the last try returns or raises")
