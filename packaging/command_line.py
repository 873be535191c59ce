"""The whole command line as one parser, for what is made of it: the manual and the completions."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator

from dictation.cli import COMMANDS
from dictation.settings import TABLE, default, row

SETTING = "setting_"  # what the parsers' names for a setting's flag begin with


def parser() -> argparse.ArgumentParser:
    """`dictation`, each command below it."""
    whole = argparse.ArgumentParser(
        "dictation", description="Press a key, speak, and the words stand where the cursor is."
    )
    whole.add_argument("--version", action="store_true", help="the version")
    whole.add_argument("--debug", action="store_true", help="a traceback with an error")
    below = whole.add_subparsers(metavar="COMMAND")
    for name, (module, help_) in COMMANDS.items():
        command = below.add_parser(name, help=help_, description=help_)
        command.set_defaults(command=name)
        importlib.import_module(f"dictation.commands.{module}").add(command)
    return whole


def subcommands(command: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Those below it by name; none for most."""
    return {name: below for action in _branches(command) for name, below in action.choices.items()}


def helps(command: argparse.ArgumentParser) -> dict[str, str]:
    """What its subcommands are for, in a line each."""
    told = (each for action in _branches(command) for each in action._choices_actions)
    return {each.dest: each.help or "" for each in told}


def _branches(command: argparse.ArgumentParser) -> list[argparse._SubParsersAction]:
    """The action that leads to its subcommands, if there is one."""
    return [each for each in command._actions if isinstance(each, argparse._SubParsersAction)]


def options(command: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """What it takes, but for --help, its subcommands and the settings' flags."""
    for action in command._actions:
        is_own = not isinstance(action, argparse._HelpAction | argparse._SubParsersAction)
        if is_own and setting_of(action) is None:
            yield action


def setting_of(action: argparse.Action) -> str | None:
    """The setting that a flag sets for one run."""
    name = action.dest.removeprefix(SETTING)
    return name if name != action.dest and name in TABLE else None


def values(action: argparse.Action) -> list[str]:
    """What it can be, where only some words will do."""
    name = setting_of(action)
    if name is None:
        return [str(each) for each in action.choices or ()]
    return ["true", "false"] if isinstance(default(name), bool) else list(row(name).choices)
