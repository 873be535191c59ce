"""Commands to the running app, such as start, stop, toggle, press, release, cancel and status.

`dictation press` may be what a desktop's key runs: nothing heavy is imported here.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from dictation.control import ask, converse, outcome
from dictation.paths import places


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    command = parser.get_default("command")
    if command in ("start", "toggle", "press", "release"):
        parser.add_argument("--profile", metavar="NAME", help="the settings of this profile")
    match command:
        case "stop" | "toggle":
            parser.add_argument(
                "--wait", action="store_true", help="wait for the take's end and print its text"
            )
        case "status":
            parser.add_argument("--json", action="store_true", help="as JSON")
            parser.add_argument("--follow", action="store_true", help="a line at each change")


def run(args: argparse.Namespace) -> int:
    """Sends the command and prints what comes back."""
    match args.command:
        case "status":
            return _status(json_=args.json, follow=args.follow)
        case "stop" | "toggle" if args.wait:
            return _print_take(ask(places(), _message(args) | {"wait": True})["take"])
        case "quit":
            for _answer in converse(places(), {"do": "quit"}):
                pass  # until its process has ended: it can be started again at once
            return 0
        case _:
            ask(places(), _message(args))
            return 0


def _message(args: argparse.Namespace) -> dict[str, Any]:
    profile = getattr(args, "profile", None)
    key = args.command in ("press", "release")
    return {
        "do": args.command,
        **({"profile": profile} if profile else {}),
        **({"at": _began()} if key else {}),
    }


def _began() -> float:
    """When this process did, as time.monotonic() tells: that is when the key moved.

    Python's own start takes longer than a tap, now more and now less: by the time it is there, a
    release may have overtaken its press.
    """
    try:
        ticks = int(Path("/proc/self/stat").read_text("utf-8").rpartition(")")[2].split()[19])
    except OSError:  # not Linux
        return time.monotonic()
    # Between two looks at clocks the process may have had to wait.
    apart = min(-time.clock_gettime(time.CLOCK_BOOTTIME) + time.monotonic() for _ in range(3))
    return ticks / os.sysconf("SC_CLK_TCK") + apart


def _status(*, json_: bool, follow: bool) -> int:
    last = ""
    for status in converse(places(), {"do": "follow" if follow else "status"}):
        # Bars choose by these two how to show it.
        shown = {**status, "alt": status["state"], "class": status["state"]} if follow else status
        line = json.dumps(shown) if json_ else _words(status)
        if line != last:  # in words a text that grows is no change
            print(line, flush=True)
        last = line
    return 0


def _words(status: dict[str, Any]) -> str:
    waiting = f", {status['waiting']} waiting" if status["waiting"] else ""
    return f"{status['state']}{waiting}"


def _print_take(take: Any) -> int:
    if not isinstance(take, dict):
        return 0
    text, trouble = outcome(take)
    if text:
        print(text)
    if take["doubt"]:
        print(take["doubt"], file=sys.stderr)
    if trouble:
        raise trouble
    return 0
