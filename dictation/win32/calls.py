"""Windows' functions with their types, and functions of ours that Windows calls."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any

from dictation.errors import MissingPart
from dictation.i18n import _


@functools.cache
def declared(library: str, name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """A function of one of Windows' libraries with the types that it has."""
    load = getattr(ctypes, "WinDLL", None)
    if load is None:
        raise MissingPart(_("This is not Windows."))
    found: Any = getattr(load(library, use_last_error=True), name)
    found.restype, found.argtypes = result, arguments
    function: Callable[..., Any] = found
    return function


def callback(result: Any, *arguments: Any) -> Callable[[Callable[..., Any]], Any]:
    """Makes a function of ours one that Windows can call; it lives as long as it is kept."""
    make = getattr(ctypes, "WINFUNCTYPE", None)
    if make is None:
        raise MissingPart(_("This is not Windows."))
    made: Callable[[Callable[..., Any]], Any] = make(result, *arguments)
    return made


def last_error() -> int:
    """Why the call before this one failed, on this thread."""
    ask: Callable[[], int] = getattr(ctypes, "get_last_error", lambda: 0)
    return ask()
