"""`dictation settings`: list, get, set, unset, path."""

from __future__ import annotations

import argparse
import json
import os

from dictation import profiles, settings
from dictation.control import ask
from dictation.errors import NotRunning, SettingsError
from dictation.hotkeys.actions import SETTINGS as KEY_SETTINGS
from dictation.hotkeys.binding import parse_all
from dictation.i18n import _
from dictation.paths import places


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    what = parser.add_subparsers(dest="what", required=True, metavar="list|get|set|unset|path")
    listing = what.add_parser("list", help="every setting with its value")
    form = listing.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON")
    form.add_argument("--markdown", action="store_true", help="the table of README")
    named = "a setting, or profiles.NAME.SETTING"
    what.add_parser("get", help="print a value").add_argument("name", help=named)
    setting = what.add_parser("set", help="set a value; lists are comma-separated")
    setting.add_argument("name", help=named)
    setting.add_argument("value")
    unset = what.add_parser("unset", help="back to the default, or without a profile")
    unset.add_argument("name", help=f"{named}; profiles.NAME takes out all of it")
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
            print(settings.as_text(_value(args.name)))
        case "set":
            _change(args.name, args.value)
        case "unset":
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


def _value(name: str) -> settings.Value:
    found = _in_force()
    if (where := profiles.named(name)) is None:
        settings.field_of(name)
        value: settings.Value = getattr(found, name)
        return value
    profile, setting = where
    known, _problems = profiles.load(places().settings, found)
    settings.field_of(setting)
    if profile not in known:
        raise SettingsError(_("{name}: there is no such profile.").format(name=profile))
    of_it: settings.Value = getattr(known[profile], setting)
    return of_it


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
    for profile, values in profiles.stored(places().settings).items():
        for name, value in values.items():
            rows.append({"name": f"profiles.{profile}.{name}", "value": value, "source": "file"})
    if json_:
        print(json.dumps(rows, ensure_ascii=False))
        return
    for entry in rows:
        note = "" if entry["source"] == "default" else f"   ({entry['source']})"
        value = entry["value"]
        shown = settings.as_text(tuple(value) if isinstance(value, list) else value)
        print(f"{entry['name']} = {shown}{note}")


def _change(name: str, text: str | None) -> None:
    path = places().settings
    where = profiles.named(name)
    setting = where[1] if where else name
    if setting or text is not None or where is None:
        settings.field_of(setting)
    value = None if text is None else settings.parse(setting, text)
    if setting in KEY_SETTINGS and isinstance(value, str):
        parse_all(value)
    if where is None:
        settings.save(path, **{name: value})
    else:
        profiles.save(path, *where, value)
    try:
        ask(places(), {"do": "reload"})
    except NotRunning:
        return  # it reads the file when it starts
