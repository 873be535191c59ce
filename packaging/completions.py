"""What the shells complete, made of the command line by shtab (github.com/iterative/shtab)."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import shtab
from command_line import parser, subcommands, values

from dictation.settings import TABLE

# By shell: where the file is looked for, below a `share` folder.
PLACES = {
    "bash": "bash-completion/completions/dictation",
    "zsh": "zsh/site-functions/_dictation",
    "fish": "fish/vendor_completions.d/dictation.fish",
}
FILES = ("FILE", "PATH", "FILE.wav", "FOLDER")


def scripts() -> dict[str, str]:
    """The scripts, by place."""
    whole = parser()
    for command in _all(whole):
        for action in command._actions:
            if not action.choices and (known := values(action)):
                action.choices = known
            elif command.prog.startswith("dictation settings") and action.dest == "name":
                action.choices = list(TABLE)
            elif action.metavar in FILES or action.dest in ("files", "file", "output"):
                action.complete = shtab.FILE
    return {place: shtab.complete(whole, shell) for shell, place in PLACES.items()}


def _all(command: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield command
    for below in subcommands(command).values():
        yield from _all(below)
