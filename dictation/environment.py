"""What of the environment is changed at start: keys taken out of it, and one thread for sums."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping


def without_keys(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a program that needs no key of anybody's."""
    return {name: value for name, value in environment.items() if not _is_key(name)}


def take_keys(environment: MutableMapping[str, str]) -> dict[str, str]:
    """Takes all keys out of this process's environment; by the names of their variables.

    Browsers, clipboard programs and others that libraries start get the environment as it is then.
    """
    return {name: environment.pop(name) for name in list(environment) if _is_key(name)}


def one_thread(environment: MutableMapping[str, str]) -> None:
    """Has OpenMP, which reads this as it is loaded, start no threads, unless somebody said more.

    The voice detector's sums are so small that handing them to four threads takes many times as
    long as doing them.
    """
    environment.setdefault("OMP_THREAD_LIMIT", "1")


def _is_key(name: str) -> bool:
    return name.upper().endswith("_API_KEY")
