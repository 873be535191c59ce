"""`dictation updates`: whether there is a newer version, and where."""

from __future__ import annotations

import argparse
import json
import sys

from dictation import __version__, settings, updates
from dictation.cli import tell
from dictation.commands.flags import add_settings, given
from dictation.paths import places
from dictation.wiring import Wiring


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_settings(parser, ("proxy", "ca_file", "timeout"))


def run(args: argparse.Namespace) -> int:
    """Looks now, whatever `update_check` says; exit code 0 either way."""
    chosen, problems = settings.load(places().settings, flags=given(args))
    for problem in problems:
        tell(problem)
    print(f"Looking at {updates.ADDRESS}", file=sys.stderr)
    found = updates.newest(Wiring(places()).http(chosen))
    if args.json:
        row = {"version": __version__, "newest": found.version, "page": found.page}
        print(json.dumps(row | {"is_newer": found.is_newer}))
    elif found.is_newer:
        print(f"{found.version} is there; this is {__version__}. {found.page}")
    else:
        print(f"{__version__} is the newest.")
    return 0
