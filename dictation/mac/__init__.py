"""macOS' own calls, each as plain and typed as can be; what they are for is decided elsewhere.

Every raw call to macOS is in this folder. It imports anywhere; MissingPart comes at the first use
on another system.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from dictation.errors import MissingPart
from dictation.i18n import _
from dictation.lanes import fulfil

T = TypeVar("T")
PATIENCE = 2.0  # seconds for the main thread to come to what only it may do


def framework(name: str) -> Any:
    """One of Apple's frameworks, by PyObjC, which has no types."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingPart(
            _("PyObjC's {name} is missing.").format(name=name),
            hint="pip install dictation-desktop",
        ) from error


def on_main_thread(job: Callable[[], T]) -> T:
    """What the job returns; TimeoutError where the main thread does not come to it."""
    foundation = framework("Foundation")
    if foundation.NSThread.isMainThread():
        return job()
    future: Future[T] = Future()
    queue = foundation.NSOperationQueue.mainQueue()
    queue.addOperationWithBlock_(lambda: fulfil(future, job))
    return future.result(PATIENCE)
