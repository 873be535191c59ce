"""`dictation models`: the models that hear."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from dictation import settings
from dictation.cli import tell
from dictation.commands.flags import add_settings, given
from dictation.paths import places
from dictation.wiring import Wiring


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--refresh", action="store_true", help="ask the server, not the cache")
    parser.add_argument("--json", action="store_true", help="as JSON")
    network = ("proxy", "ca_file", "allow_plain_http", "timeout")
    add_settings(parser, ("provider", "base_url", *network))


def run(args: argparse.Namespace) -> int:
    """Lists them, the one that would be taken marked."""
    chosen, problems = settings.load(places().settings, flags=given(args))
    for problem in problems:
        tell(problem)
    work = Wiring(places())
    rows, taken = work.models(chosen, refresh=args.refresh)
    if args.json:
        print(json.dumps([asdict(entry) for entry in rows], ensure_ascii=False))
        return 0
    for entry in rows:
        print(f"{'*' if entry.id == taken else ' '} {entry.id:<45} {entry.endpoint}")
    return 0
