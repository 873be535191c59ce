"""The command line: one module a command in `dictation.commands`, imported only when asked for."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Sequence

from dictation.errors import DictationError, Interrupted

# name: (module, one line of help), in the order of `--help`
COMMANDS = {
    "app": ("app", "start the app in the tray (what `dictation` alone does)"),
    "start": ("remote", "start a dictation in the running app"),
    "stop": ("remote", "end the recording"),
    "toggle": ("remote", "start or end a dictation"),
    "cancel": ("remote", "give up the recording, or the take on its way"),
    "paste-last": ("remote", "deliver the last text again"),
    "status": ("remote", "what the app is doing"),
    "quit": ("remote", "end the running app; nothing is lost"),
    "transcribe": ("transcribe", "print the text of audio files"),
    "record": ("record", "record from the microphone, without the app"),
    "history": ("history", "earlier takes: list, show, retry, delete"),
    "models": ("models", "the models that hear"),
    "devices": ("devices", "the microphones"),
    "settings": ("settings", "list, get, set"),
    "key": ("key", "store, delete or check the key of a provider"),
    "setup": ("setup", "install what the system lacks"),
    "doctor": ("doctor", "check every part, and say how to mend it"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [argument for argument in given if argument != "--debug"]
    try:
        return _run(given)
    except DictationError as error:
        if debug:
            traceback.print_exc()
        tell(error)
        return error.code
    except KeyboardInterrupt:
        return Interrupted.code
    except BrokenPipeError:
        # Whoever read our output has gone; nothing more may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def tell(error: DictationError) -> None:
    """An error in two lines on stderr."""
    print(f"error: {error.title}: {' '.join(error.message.split())}", file=sys.stderr)
    if error.hint:
        print(f"hint: {error.hint}", file=sys.stderr)


def _run(given: list[str]) -> int:
    name = given[0] if given else "app"
    if name in ("-h", "--help"):
        print(_help())
        return 0
    if name in ("-V", "--version"):
        from dictation import __version__

        print(f"dictation {__version__}")
        return 0
    if name.startswith("-"):
        name, given = "app", ["app", *given]
    if name not in COMMANDS:
        print(_help(), file=sys.stderr)
        print(f"\nerror: Wrong usage: there is no command {name!r}.", file=sys.stderr)
        return 2
    import argparse

    module = importlib.import_module(f"dictation.commands.{COMMANDS[name][0]}")
    parser = argparse.ArgumentParser(f"dictation {name}", description=COMMANDS[name][1])
    parser.set_defaults(command=name)
    module.add(parser)
    code: int = module.run(parser.parse_args(given[1:]))
    return code


def _help() -> str:
    rows = [f"  {name:<11} {help_}" for name, (_module, help_) in COMMANDS.items()]
    return "\n".join(
        [
            "usage: dictation [COMMAND] [OPTIONS]",
            "",
            "Press a key, speak, and the words stand where the cursor is.",
            "Without a command the app starts in the tray, or the running one shows itself.",
            "",
            *rows,
            "",
            "  --help      on every command",
            "  --version   the version",
            "  --debug     a traceback with an error",
        ]
    )
