"""`dictation setup`: names what the system lacks, asks, and installs it."""

from __future__ import annotations

import argparse

from dictation import system


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--yes", action="store_true", help="install without asking")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 where nothing that is needed lacks any more."""
    system.ensure(yes=args.yes)
    if args.yes:
        system.install(system.useful())
    print("Nothing that is needed lacks.")
    for lack in system.useful():
        print(f"Useful for {lack.purpose}: {lack.library}; `dictation setup --yes` installs it.")
    return 0
