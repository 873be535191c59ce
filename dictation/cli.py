"""The command line: one module a command in `dictation.commands`, imported only when asked for."""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from dictation.environment import one_thread
from dictation.errors import DictationError, Interrupted, UsageError
from dictation.i18n import _
from dictation.links import is_link

if TYPE_CHECKING:
    import argparse

# name: (module, one line of help), in the order of `--help`
COMMANDS = {
    "app": ("app", "start the app in the tray (what `dictation` alone does)"),
    "start": ("remote", "start a dictation in the running app"),
    "stop": ("remote", "end the recording"),
    "toggle": ("remote", "start or end a dictation"),
    "press": ("remote", "tell of the hotkey's press, where the desktop has bound it"),
    "release": ("remote", "tell of its release, so that holding it talks"),
    "cancel": ("remote", "give up the recording, or the take on its way"),
    "paste-last": ("remote", "deliver the last text again"),
    "status": ("remote", "what the app is doing"),
    "quit": ("remote", "end the running app; nothing is lost"),
    "transcribe": ("transcribe", "print the text of audio files"),
    "record": ("record", "record from the microphone, without the app"),
    "calibrate": ("calibrate", "try several models on a recording whose words are known"),
    "history": ("history", "earlier takes: list, search, show, retry, export, delete"),
    "spending": ("spending", "what dictating costs: today, this month, by model"),
    "models": ("models", "the models that hear"),
    "devices": ("devices", "the microphones"),
    "settings": ("settings", "list, get, set"),
    "key": ("key", "store, delete or check the key of a provider"),
    "erase": ("erase", "remove recordings, texts, keys, settings and all else, after asking"),
    "setup": ("setup", "install what the system lacks"),
    "install-desktop": ("install_desktop", "put the program into the desktop's menu"),
    "updates": ("updates", "whether there is a newer version"),
    "doctor": ("doctor", "check every part, and say how to mend it"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; its exit code."""
    one_thread(os.environ)  # while there is but one
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [argument for argument in given if argument != "--debug"]
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Dictated text is of any language, whatever the locale; a file's name may be no text.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = _run(given)
        if sys.stdout:
            sys.stdout.flush()  # here, where a failure can still be told
    except KeyboardInterrupt:
        return Interrupted.code
    except BrokenPipeError:  # whoever read our output has gone
        _drop_output()
        return 1
    except Exception as error:  # noqa: BLE001 - nobody should meet a traceback
        if debug:
            import traceback

            traceback.print_exc()
        known = error if isinstance(error, DictationError) else _unexpected(error)
        tell(known)
        _drop_output()
        return known.code
    return code


def tell(error: DictationError) -> None:
    """An error in two lines on stderr."""
    hint = error.hint or "`dictation doctor` checks every part."
    print(f"error: {error.title}: {' '.join(error.message.split())}", file=sys.stderr)
    print(f"hint: {' '.join(hint.split())}", file=sys.stderr)


def _unexpected(error: Exception) -> DictationError:
    if isinstance(error, OSError):
        return DictationError(
            f"{error}.", hint=_("Check the disk, and whether you may write to that folder.")
        )
    return DictationError(
        f"{type(error).__name__}: {error}",
        hint=_("This is a fault of the program: `--debug` shows where; please report it."),
    )


def _drop_output() -> None:
    """Nothing that can't be written may be tried again at exit."""
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
    if is_link(name):
        name, given = "app", ["app", *given]
    if name == "app" and set(given[1:]) <= {"--minimized"}:
        from dictation.commands.app import start

        # It is waited for: without flags no parser is needed.
        return start({}, "status" if len(given) > 1 else "show")
    if name not in COMMANDS:
        raise UsageError(_("there is no command {name}.").format(name=repr(name)))
    module = importlib.import_module(f"dictation.commands.{COMMANDS[name][0]}")
    parser = _parser(name)
    module.add(parser)
    code: int = module.run(parser.parse_args(given[1:]))
    return code


def _parser(name: str) -> argparse.ArgumentParser:
    """One whose errors are ours: two lines."""
    import argparse

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            raise UsageError(f"{message}.", hint=_("See `{prog} --help`.").format(prog=self.prog))

    parser = Parser(f"dictation {name}", description=COMMANDS[name][1])
    parser.set_defaults(command=name)
    return parser


def _help() -> str:
    rows = [f"  {name:<11} {help_}" for name, (_module, help_) in COMMANDS.items()]
    return "\n".join(
        [
            "usage: dictation [COMMAND] [OPTIONS]",
            "",
            "Press a key, speak, and the words stand where the cursor is.",
            "Without a command the app starts in the tray, or the running one shows itself;",
            "`dictation dictation://history` shows that window.",
            "",
            *rows,
            "",
            "  --help      on every command",
            "  --version   the version",
            "  --debug     a traceback with an error",
        ]
    )
