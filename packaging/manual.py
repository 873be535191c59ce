"""The manual page dictation(1), made of the command line, the settings' table and README.

man(7) tells the macros. Lines of text never begin with a dot or a quote, which `_text` sees to.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from command_line import helps, options, parser, subcommands

from dictation.settings import TABLE, as_text, default, row

ROOT = Path(__file__).parents[1]
CODE = re.compile(r"^\| (\d+) \| (.+) \|$", re.MULTILINE)
DESCRIPTION = """\
Lives in the tray and listens to a global hotkey. While the key is held, or between two taps, the \
microphone is recorded; the text stands where the cursor is as soon as the recording ends. What is \
said is on disk before it is on the network. Without a key for a service, a basic recogniser for \
English is used, which needs no network.

Without a command the app starts in the tray; where it runs already, it shows itself."""
ENVIRONMENT = {
    "DICTATION_HOME": "a folder that holds settings, state, recordings and lists, in place of the "
    "user's usual ones",
    "DICTATION_SETTING": "the setting of that name, in upper case; it beats the settings' file, "
    "and a flag beats it",
    "OPENROUTER_API_KEY, OPENAI_API_KEY": "keys, which beat those in the keyring",
}


def page(version: str, date: str) -> str:
    """The page; the date is that of the version."""
    return "\n".join(_lines(version, date)) + "\n"


def exit_codes() -> list[tuple[str, str]]:
    """Each code with what it means, as README has them."""
    told = (ROOT / "README.md").read_text("utf-8").partition("## Exit codes")[2]
    return CODE.findall(told)


def _lines(version: str, date: str) -> Iterator[str]:
    whole = parser()
    yield f'.TH DICTATION 1 "{date}" "dictation {version}" "User Commands"'
    yield from (".SH NAME", r"dictation \- speak, and the words stand where the cursor is")
    yield from (".SH SYNOPSIS", r".B dictation", r"[\fICOMMAND\fR] [\fIOPTIONS\fR]", ".br")
    yield from (r".B dictation", r"dictation://\fIWINDOW\fR")
    yield ".SH DESCRIPTION"
    for part in DESCRIPTION.split("\n\n"):
        yield from (".PP", _text(part))
    yield from (".SH COMMANDS", _text("Every command takes --help, and the options below."))
    for name, command in subcommands(whole).items():
        yield from _command(name, command)
    yield ".SH SETTINGS"
    yield _text(
        "Set by `dictation settings set NAME VALUE` or in the window; most are also flags of the "
        "commands that heed them, for one run: --NAME with hyphens in place of underscores."
    )
    for name in TABLE:
        choices = f" ({', '.join(row(name).choices)})" if row(name).choices else ""
        shown = as_text(default(name)) or "empty"
        yield from (".TP", rf".B {_escaped(name)}", _text(f"{row(name).help}{choices} [{shown}]"))
    yield ".SH ENVIRONMENT"
    for name, means in ENVIRONMENT.items():
        yield from (".TP", rf".B {_escaped(name)}", _text(means + "."))
    yield ".SH FILES"
    yield _text("`dictation settings path` names the settings' file; the others are beside it or ")
    yield _text("in the user's folders for data, state and caches, below dictation/.")
    yield ".SH EXIT STATUS"
    for code, means in exit_codes():
        yield from (".TP", rf".B {code}", _text(means))


def _command(name: str, command: argparse.ArgumentParser) -> Iterator[str]:
    for sub, below in (subcommands(command) or {"": command}).items():
        yield from (".SS", _text(_usage(f"{name} {sub}".strip(), below)))
        yield _text(_sentence(helps(command).get(sub) or command.description or ""))
        expanded = below._get_formatter()._expand_help
        for action in options(below):
            if action.help:
                yield from (".TP", rf".B {_escaped(_called(action))}", _text(expanded(action)))


def _usage(name: str, command: argparse.ArgumentParser) -> str:
    given = [_named(action) for action in options(command) if not action.option_strings]
    return " ".join(["dictation", name, *given])


def _called(action: argparse.Action) -> str:
    """An option as it is written, with what it takes."""
    if not action.option_strings:
        return _named(action)
    value = "" if action.nargs == 0 else f" {_named(action)}"
    return ", ".join(action.option_strings) + value


def _named(action: argparse.Action) -> str:
    name = action.metavar or "|".join(map(str, action.choices or ())) or action.dest.upper()
    more = {"*": "[{}…]", "+": "{}…", "?": "[{}]"}
    return more.get(str(action.nargs), "{}").format(name)


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text[:1].upper()}{text[1:]}."


def _text(text: str) -> str:
    r"""A line of text: no sign in it means anything to roff; \& begins one that would."""
    escaped = _escaped(" ".join(text.split()))
    return rf"\&{escaped}" if escaped[:1] in (".", "'") else escaped


def _escaped(text: str) -> str:
    return text.replace("\\", r"\e").replace("-", r"\-").replace("`", r"\(ga")
