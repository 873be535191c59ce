"""Profiles: named sets of settings laid over the others, for a second hotkey or a command.

In the settings file each is a table: `[profiles.german]` with `hotkey = "F9"` and
`language = "de"`, say.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dictation import settings
from dictation.errors import SettingsError
from dictation.i18n import _
from dictation.settings import Settings, Value
from dictation.settings_table import OUTPUT, TEXT, TRANSCRIPTION

TABLE = "profiles"
NAME = re.compile(r"[a-z0-9_-]+")
# What a take asks for while it lives; the rest belongs to the app as a whole.
_GROUPS = (TRANSCRIPTION, TEXT, OUTPUT)
SETTINGS = (
    *(name for name in settings.TABLE if settings.row(name).group in _GROUPS),
    *("hotkey", "hotkey_mode", "microphone", "speech_gate", "max_minutes", "sounds"),
    *("upload", "audio_format", "history"),
)


def named(name: str) -> tuple[str, str] | None:
    """Profile and setting of `profiles.NAME.SETTING`; "" for no setting, None for another name."""
    table, *parts = name.split(".")
    if table != TABLE or not 1 <= len(parts) <= 2:
        return None
    if not NAME.fullmatch(parts[0]):
        raise SettingsError(
            _("{name}: a profile's name is of small letters, digits, - and _.").format(name=name)
        )
    return parts[0], parts[1] if len(parts) == 2 else ""


def load(
    path: Path,
    base: Settings,
    environment: Mapping[str, str] = os.environ,
    flags: Mapping[str, str] | None = None,
) -> tuple[dict[str, Settings], list[SettingsError]]:
    """Each profile laid over the settings in force, and what was wrong: that falls back alone.

    What the environment or a flag sets beats a profile, as it beats all of the file.
    """
    beaten = {name for name in SETTINGS if f"DICTATION_{name.upper()}" in environment}
    found: dict[str, Settings] = {}
    problems: list[SettingsError] = []
    for profile, values in stored(path).items():
        good: dict[str, Any] = {}
        for name, value in values.items():
            try:
                good[name] = _validate(name, value)
            except SettingsError as error:
                problems.append(SettingsError(f"{TABLE}.{profile}: {error.message}"))
        wanted = {n: v for n, v in good.items() if n not in beaten and n not in (flags or {})}
        found[profile] = replace(base, **wanted)
    return found, problems


def stored(path: Path) -> dict[str, dict[str, Any]]:
    """The tables as the file holds them."""
    tables = settings.read_file(path)[0].get(TABLE, {})
    if not isinstance(tables, dict):
        return {}
    return {name: values for name, values in tables.items() if isinstance(values, dict)}


def save(path: Path, profile: str, name: str, value: Value | None) -> None:
    """Sets a profile's setting in the file, takes it out with None, or the profile without a name.

    SettingsError for what no profile can set, and where the file can't be written.
    """
    tables = stored(path)
    values = tables.pop(profile, {})
    if name:
        values.pop(name, None)
        if value is not None:
            values[name] = _validate(name, value)
        if values:
            tables[profile] = values
    kept = {n: v for n, v in settings.put_aside_what_is_broken(path).items() if n != TABLE}
    settings.write_file(path, kept | ({TABLE: tables} if tables else {}))


def _validate(name: str, value: object) -> Value:
    if name not in SETTINGS:
        settings.field_of(name)
        raise SettingsError(_("{name} belongs to no profile.").format(name=name))
    return settings.validate(name, value)


def find(known: Mapping[str, Settings], name: str) -> Settings:
    """The settings of a profile; SettingsError where there is none of that name."""
    if name in known:
        return known[name]
    raise SettingsError(
        _("{name}: there is no such profile.").format(name=name),
        hint=_("Known: {known}. `dictation settings set profiles.NAME.SETTING VALUE`").format(
            known=", ".join(known) or _("there is none yet")
        ),
    )
