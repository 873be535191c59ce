"""Settings: file, environment, flags and validation, all by the rows of one table.

From its rows come the command line's flags, the settings window, README's table and
`DICTATION_<NAME>`. The file holds only what differs from the defaults, so defaults can improve.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import Field, fields, replace
from pathlib import Path
from typing import Any

from dictation import toml_file
from dictation.errors import SettingsError
from dictation.i18n import _, number
from dictation.paths import write_private
from dictation.settings_table import Row
from dictation.settings_table import Settings as Settings  # noqa: PLC0414 - for all others

Value = bool | int | float | str | tuple[str, ...]

DEFAULTS = Settings()
TABLE: dict[str, Field[Any]] = {entry.name: entry for entry in fields(Settings)}


def row(name: str) -> Row:
    """The row of a setting."""
    found: Row = field_of(name).metadata["row"]
    return found


def field_of(name: str) -> Field[Any]:
    """The field of a setting; SettingsError for a name that is none."""
    if name not in TABLE:
        raise SettingsError(_("{name}: there is no such setting.").format(name=name))
    return TABLE[name]


def default(name: str) -> Value:
    """The value of a setting that nobody set."""
    value: Value = getattr(DEFAULTS, field_of(name).name)
    return value


def parse(name: str, text: str) -> Value:
    """The value that a flag, the environment or `settings set` writes as text."""
    kind = type(default(name))
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise SettingsError(
                _("{name} = {text}: this is true or false.").format(name=name, text=text)
            )
        return text.lower() == "true"
    if kind is tuple:
        # A file as microphone is one name, commas and all.
        if name == "microphone" and text.startswith("file:"):
            return (text,)
        return validate(name, [part.strip() for part in text.split(",") if part.strip()])
    if kind in (int, float):
        try:
            return validate(name, float(text))
        except ValueError:
            raise SettingsError(
                _("{name} = {text}: this is a number.").format(name=name, text=text)
            ) from None
    return validate(name, text)


def validate(name: str, value: object) -> Value:
    """The value in its own type, as the settings file gives it; SettingsError where it can't be."""
    wanted, limits = default(name), row(name)
    if isinstance(wanted, float) and isinstance(value, int | float) and not isinstance(value, bool):
        try:
            value = float(value)
        except OverflowError:
            raise SettingsError(_("{name}: this number is too large.").format(name=name)) from None
        low, high = limits.low, limits.high
        if low is not None and high is not None and not low <= value <= high:
            raise SettingsError(
                _("{name} = {value}: this is between {low} and {high}.").format(
                    name=name, value=number(value), low=number(low), high=number(high)
                )
            )
        return value
    if isinstance(wanted, tuple):
        if isinstance(value, str):
            return parse(name, value)
        if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
            for part in value:
                if limits.heads and part.partition(":")[0] not in limits.heads:
                    known = ", ".join(limits.heads)
                    raise SettingsError(
                        _("{name} = {part}: each begins with one of {known}.").format(
                            name=name, part=part, known=known
                        )
                    )
                if limits.tails and not part.endswith(tuple(f":{tail}" for tail in limits.tails)):
                    known = ", ".join(f":{tail}" for tail in limits.tails)
                    raise SettingsError(
                        _("{name} = {part}: each ends with one of {known}.").format(
                            name=name, part=part, known=known
                        )
                    )
            return tuple(value)
        raise SettingsError(
            _("{name} = {value}: this is a list of texts.").format(name=name, value=repr(value))
        )
    if type(value) is not type(wanted):
        raise SettingsError(
            _("{name} = {value}: this is {type}.").format(
                name=name, value=repr(value), type=type(wanted).__name__
            )
        )
    if limits.choices and value not in limits.choices:
        raise SettingsError(
            _("{name} = {value}: this is one of {choices}.").format(
                name=name, value=value, choices=", ".join(limits.choices)
            )
        )
    assert isinstance(value, bool | str)
    return value


def as_text(value: Value) -> str:
    """The value as `settings get` prints it and `settings set` reads it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def read_file(path: Path) -> tuple[dict[str, Any], list[SettingsError]]:
    """What the settings file holds, unknown names too, and what of it can't be read."""
    try:
        values, bad = toml_file.read(path)
    except OSError as error:
        return {}, [
            SettingsError(
                _("{path} can't be read: {strerror}.").format(path=path, strerror=error.strerror)
            )
        ]
    return values, [SettingsError(f"{path}: {line}") for line in bad]


def write_file(path: Path, values: Mapping[str, Any]) -> None:
    """Writes the file: only what differs from the defaults, and unknown names as they were.

    SettingsError where it can't be written.
    """
    import tomli_w

    kept = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if name not in TABLE or value != default(name)
    }
    try:
        write_private(path, tomli_w.dumps(kept).encode())
    except OSError as error:
        raise SettingsError(
            _("{path} can't be written: {strerror}.").format(path=path, strerror=error.strerror)
        ) from error


def save(path: Path, **changes: Value | None) -> None:
    """Sets settings in the file; None takes one back to its default.

    What was wrong with the file is left out, and a copy of it as it was stays beside it.
    """
    wanted = {n: validate(n, value) for n, value in changes.items() if value is not None}
    stored = put_aside_what_is_broken(path)
    write_file(path, {n: value for n, value in stored.items() if n not in changes} | wanted)


def put_aside_what_is_broken(path: Path) -> dict[str, Any]:
    """The file's good values, once a copy of a damaged file stands beside it."""
    stored, problems = _stored(path)
    if problems and path.exists():
        try:
            toml_file.set_aside(path)
        except OSError as error:
            raise SettingsError(
                _("{path} can't be copied: {strerror}.").format(path=path, strerror=error.strerror)
            ) from error
    return stored


def _stored(path: Path) -> tuple[dict[str, Any], list[SettingsError]]:
    """The file's good values, and what was wrong with it."""
    values, problems = read_file(path)
    for name in [name for name in values if name in TABLE]:
        try:
            values[name] = validate(name, values[name])
        except SettingsError as error:
            problems.append(error)
            del values[name]
    return values, problems


def load(
    path: Path,
    environment: Mapping[str, str] = os.environ,
    flags: Mapping[str, str] | None = None,
) -> tuple[Settings, list[SettingsError]]:
    """The settings in force, and what was wrong: a bad value in the file falls back alone.

    So does a line that is no TOML. A bad value in a flag or in the environment raises: whoever
    wrote it is there to mend it.
    """
    stored, problems = _stored(path)
    values = {name: value for name, value in stored.items() if name in TABLE}
    for name in TABLE:
        if (text := environment.get(f"DICTATION_{name.upper()}")) is not None:
            values[name] = parse(name, text)
    for name, text in (flags or {}).items():
        values[name] = parse(name, text)
    return replace(Settings(), **values), problems
