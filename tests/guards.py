"""What no test may do unseen: leave this machine, log a warning, skip where all must run."""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
from collections.abc import Generator, Iterator
from typing import Any

import pytest

COMPLETE = os.environ.get("DICTATION_TESTS_COMPLETE") == "1"
calls_out: list[str] = []


def no_network(event: str, args: tuple[Any, ...]) -> None:
    """An audit hook: only this machine can be reached, and nobody is asked for an address."""
    if event == "socket.connect" and isinstance(args[1], tuple):
        host = args[1][0]
    elif event == "socket.getaddrinfo":
        host = args[0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    if name == "localhost" or is_loopback(name):
        return
    if not name.endswith(".invalid"):  # reserved for names that don't exist
        calls_out.append(name)
    raise socket.gaierror(socket.EAI_NONAME, f"{name}: the tests stay on this machine")


def is_loopback(address: str) -> bool:
    """Whether this is 127.0.0.1, ::1 or the like; a name is not."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def stays_here() -> Iterator[None]:
    """Fails a test that reached for another machine, even where the program took it well."""
    calls_out.clear()
    yield
    assert not calls_out, f"reached for {calls_out}"


@pytest.fixture(autouse=True)
def no_surprises(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test in which the program logged a warning that nobody expected."""
    seen: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())

    listener = Listener(logging.WARNING)
    logging.getLogger("dictation").addHandler(listener)
    yield
    logging.getLogger("dictation").removeHandler(listener)
    if not request.node.get_closest_marker("expects_warnings"):
        assert not seen, f"logged: {seen}"


def refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Under DICTATION_TESTS_COMPLETE=1 a test that skips for want of something fails."""
    if COMPLETE and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.longrepr = f"{why} (a skip fails where DICTATION_TESTS_COMPLETE=1)"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not item.get_closest_marker("only_on"):
        refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    refuse_skip(report)
    return report
