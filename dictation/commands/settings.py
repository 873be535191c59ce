"""`dictation settings`: list, get, set, unset, path."""

from __future__ import annotations

import argparse
import json
import os

from dictation import settings
from dictation.control import ask
from dictation.errors import NotRunning
from dictation.hotkeys.binding import parse
from dictation.paths import places


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    what = parser.add_subparsers(dest="what", required=True, metavar="list|get|set|unset|path")
    listing = what.add_parser("list", help="every setting with its value")
    form = listing.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON")
    form.add_argument("--markdown", action="store_true", help="the table of README")
    what.add_parser("get", help="print a value").add_argument("name")
    setting = what.add_parser("set", help="set a value; lists are comma-separated")
    setting.add_argument("name")
    setting.add_argument("value")
    what.add_parser("unset", help="back to the default").add_argument("name")
    what.add_parser("path", help="where the file is")


def run(args: argparse.Namespace) -> int:
    """Prints or changes settings; a running app takes them up at once."""
    path = places().settings
    match args.what:
        case "path":
            print(path)
        case "list" if args.markdown:
            print(markdown())
        case "list":
            _list(json_=args.json)
        case "get":
            settings.field_of(args.name)
            print(settings.as_text(getattr(_in_force(), args.name)))
        case "set":
            if args.name in ("hotkey", "cancel_hotkey") and args.value:
                parse(args.value)
            _change(args.name, settings.parse(args.name, args.value))
        case "unset":
            settings.field_of(args.name)
            _change(args.name, None)
    return 0


def markdown() -> str:
    """The table of settings for README; a test fails when it is stale."""
    lines = ["| setting | default | what it does |", "| --- | --- | --- |"]
    for name in settings.TABLE:
        shown = settings.as_text(settings.default(name)) or "empty"
        choices = settings.row(name).choices
        values = f" ({', '.join(f'`{choice}`' for choice in choices)})" if choices else ""
        if name == "hotkey":
            shown = "Ctrl+Alt+Space; Windows: Ctrl+Shift+Space"
        lines.append(f"| `{name}` | {shown} | {settings.row(name).help}{values} |")
    return "\n".join(lines)


def _in_force() -> settings.Settings:
    found, problems = settings.load(places().settings)
    for problem in problems:
        from dictation.cli import tell

        tell(problem)
    return found


def _list(*, json_: bool) -> None:
    found = _in_force()
    stored, _told_above = settings.read_file(places().settings)
    rows = []
    for name in settings.TABLE:
        from_environment = f"DICTATION_{name.upper()}" in os.environ
        value = getattr(found, name)
        from_file = name in stored and value != settings.default(name)  # a bad value counts not
        source = "environment" if from_environment else "file" if from_file else "default"
        rows.append({"name": name, "value": value, "source": source})
    if json_:
        print(json.dumps(rows, ensure_ascii=False))
        return
    for entry in rows:
        note = "" if entry["source"] == "default" else f"   ({entry['source']})"
        print(f"{entry['name']} = {settings.as_text(entry['value'])}{note}")


def _change(name: str, value: settings.Value | None) -> None:
    settings.save(places().settings, **{name: value})
    try:
        ask(places(), {"do": "reload"})
    except NotRunning:
        return  # it reads the file when it starts
