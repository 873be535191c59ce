"""A TOML file that people edit: of a damaged one counts what can be read, and a copy stays."""

from __future__ import annotations

import re
import shutil
import time
import tomllib
from pathlib import Path
from typing import Any

from dictation.i18n import _

# A number of 5,000 digits is a ValueError, brackets without end are a RecursionError.
NO_TOML = (ValueError, RecursionError)
# What begins a setting, or a table of them; the lines after it, up to the next, may be the rest of
# its value.
START = re.compile(r"^[ \t]*(?:[\w.-]+[ \t]*=|\[[\w. -]+\][ \t]*(?:#.*)?$)", re.MULTILINE)


def read(path: Path) -> tuple[dict[str, Any], list[str]]:
    """What the file holds, and what of it is no TOML, line by line. OSError where it can't be read.

    A file that is not there holds nothing.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}, []
    text = content.decode(errors="replace").removeprefix("\ufeff")  # which some editors write
    odd = [] if "\ufffd" not in text else [_("It is not all UTF-8: some letters are lost.")]
    try:
        return tomllib.loads(text), odd
    except NO_TOML:
        values, bad = _salvaged(text)
        return values, odd + bad


def set_aside(path: Path) -> Path:
    """Copies the file beside itself, where the next writing leaves it alone; the copy's path."""
    copy = path.with_name(f"{path.name}.broken-{time.strftime('%y%m%d-%H%M%S')}")
    shutil.copy2(path, copy)
    return copy


def _salvaged(text: str) -> tuple[dict[str, Any], list[str]]:
    starts = [match.start() for match in START.finditer(text)]
    parts = [text[: starts[0]] if starts else text]
    parts += [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    values: dict[str, Any] = {}
    bad: list[str] = []
    table = ""  # the header under which a part stands
    for part in parts:
        lines = part.splitlines(keepends=True)
        if part.lstrip().startswith("["):
            table = lines[0] if lines[0].endswith("\n") else f"{lines[0]}\n"
            lines = lines[1:]
        # What follows a value may be its own next lines, or no part of it at all.
        for count in range(len(lines), -1, -1):
            try:
                _lay_over(values, tomllib.loads(table + "".join(lines[:count])))
            except NO_TOML as error:
                why = error
                continue
            if left := "".join(lines[count:]).strip():
                bad.append(f"{left.splitlines()[0][:60]} ({why})")
            break
    return values, bad


def _lay_over(values: dict[str, Any], more: dict[str, Any]) -> None:
    """Adds to the values, within their tables, too."""
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(values.get(name), dict):
            _lay_over(values[name], value)
        else:
            values[name] = value
