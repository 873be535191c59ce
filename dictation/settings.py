"""The one table of settings: defaults, limits, help, file, environment and validation.

From its rows come the command line's flags, the settings dialog, README's table and
`DICTATION_<NAME>`. The file holds only what differs from the defaults, so defaults can improve.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from dictation import toml_file
from dictation.errors import SettingsError
from dictation.i18n import _
from dictation.paths import write_private

Value = bool | int | float | str | tuple[str, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one setting besides its name, type and default."""

    help: str
    group: str
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    heads: tuple[str, ...] = ()  # with one of which each entry of a list begins, up to a colon


def option(
    default: T,
    help_: str,
    group: str,
    *,
    choices: tuple[str, ...] = (),
    low: float | None = None,
    high: float | None = None,
    heads: tuple[str, ...] = (),
) -> T:
    """A row of the table, as a dataclass field."""
    row = Row(help_, group, choices, low, high, heads)
    made: T = field(default=default, metadata={"row": row})
    return made


TRANSCRIPTION = _("Transcription")
TEXT = _("Text")
NETWORK = _("Network")
KEYS = _("Keys")
MICROPHONE = _("Microphone")
OUTPUT = _("Output")
FEEDBACK = _("Feedback")
HISTORY = _("History")


def default_hotkey(environment: Mapping[str, str] = os.environ) -> str:
    """Ctrl+Alt+Space; on Windows Ctrl+Shift+Space, for Ctrl+Alt is AltGr there."""
    return "Ctrl+Shift+Space" if environment.get("OS") == "Windows_NT" else "Ctrl+Alt+Space"


@dataclass(frozen=True, slots=True)
class Settings:
    """One frozen set of settings; a take keeps the one that it was born with."""

    provider: str = option(
        "auto",
        _("Who transcribes; auto is OpenRouter where there is a key, else the basic recogniser."),
        TRANSCRIPTION,
        choices=("auto", "openrouter", "openai", "offline"),
    )
    model: str = option("", _("The model; empty takes the best one known."), TRANSCRIPTION)
    openrouter_endpoint: str = option(
        "auto",
        _("Which of OpenRouter's endpoints to use; auto goes by the model."),
        TRANSCRIPTION,
        choices=("auto", "chat", "transcriptions"),
    )
    base_url: str = option(
        "", _("The server's address; empty is the provider's own."), TRANSCRIPTION
    )
    language: str = option(
        "", _("The language spoken, such as en or de; empty detects it."), TRANSCRIPTION
    )
    languages: tuple[str, ...] = option(
        (), _("The languages you speak; detection stays among them."), TRANSCRIPTION
    )
    keyterms: tuple[str, ...] = option(
        (), _("Words and names to spell right, comma-separated."), TEXT
    )
    style: str = option(
        "clean",
        _("clean leaves out ums, stutters and taken-back words; verbatim writes every word."),
        TEXT,
        choices=("clean", "verbatim"),
    )
    instruction: str = option("", _("More to tell a chat model, in your own words."), TEXT)
    spacing: str = option(
        "auto",
        _("auto puts a space between two takes in one window; space_after ends each with one."),
        TEXT,
        choices=("auto", "none", "space_after"),
    )
    terminal_newlines: bool = option(
        False, _("Send line breaks to terminals, where they may run a command."), TEXT
    )
    data_policy: str = option(
        "no-collection",
        _("Which of OpenRouter's providers may get the recording."),
        TRANSCRIPTION,
        choices=("no-collection", "zero-retention", "any"),
    )
    fallback: tuple[str, ...] = option(
        (),
        _("Who transcribes where that fails, in turn: provider or provider:model, as a list."),
        TRANSCRIPTION,
        heads=("openrouter", "openai", "offline"),
    )
    proxy: str = option("", _("The proxy's address; empty is the system's own."), NETWORK)
    ca_file: str = option("", _("More certificates to trust, a PEM file."), NETWORK)
    allow_plain_http: bool = option(
        False,
        _("Send a key by plain http, too, where others on the network can read it."),
        NETWORK,
    )
    upload: str = option(
        "auto",
        _(
            "When the sound is sent: auto sends the finished pieces of a long take, and to servers "
            "that were seen to take it all of it, while you speak; live always; whole never."
        ),
        NETWORK,
        choices=("auto", "whole", "live"),
    )
    timeout: float = option(
        30.0, _("Seconds without progress before a request is given up."), NETWORK, low=1, high=600
    )
    audio_format: str = option(
        "auto",
        _("How sound is sent; auto goes by the line: wav on a fast one, ogg (Opus) on a slow one."),
        NETWORK,
        choices=("auto", "wav", "flac", "ogg", "mp3"),
    )
    hotkey: str = option(default_hotkey(), _("The keys that start and stop a dictation."), KEYS)
    hotkey_mode: str = option(
        "hybrid",
        _("hybrid: a tap toggles and holding talks; hold; toggle."),
        KEYS,
        choices=("hybrid", "hold", "toggle"),
    )
    cancel_hotkey: str = option(
        "Escape", _("The key that cancels while recording; empty for none."), KEYS
    )
    hotkey_backend: str = option("auto", _("How the keys are listened for."), KEYS)
    microphone: tuple[str, ...] = option(
        (),
        _("Microphones in order of preference; empty is the system's default; file:PATH a WAV."),
        MICROPHONE,
    )
    keep_microphone_open: float = option(
        0.0,
        _(
            "Seconds that the microphone stays open after a take, so that the next one begins "
            "half a second before its key; -1 is always. The system's microphone light stays on."
        ),
        MICROPHONE,
        low=-1,
        high=86400,
    )
    sounds: bool = option(True, _("Short sounds when a take begins, ends and fails."), MICROPHONE)
    pause_media: bool = option(
        False,
        _("Pause music and videos while recording; what was paused goes on after it (Linux)."),
        MICROPHONE,
    )
    speech_gate: str = option(
        "auto",
        _("auto sends nothing where no one speaks; off sends everything."),
        MICROPHONE,
        choices=("auto", "off"),
    )
    max_minutes: float = option(
        60.0, _("The longest take, in minutes."), MICROPHONE, low=0.1, high=600
    )
    output: str = option(
        "paste",
        _("Where the text goes: into the window, typed, to the clipboard, shown, or kept."),
        OUTPUT,
        choices=("paste", "type", "clipboard", "display", "none"),
    )
    output_backend: str = option("auto", _("How the text is delivered."), OUTPUT)
    restore_clipboard: bool = option(
        True, _("Put back what was on the clipboard after a paste."), OUTPUT
    )
    overlay: bool = option(
        True,
        _("Show a small window while you dictate: how loud, how long, where the sound goes."),
        FEEDBACK,
    )
    overlay_text: bool = option(True, _("Show the text in it, too, as it arrives."), FEEDBACK)
    history: bool = option(
        True, _("Keep dictations; false keeps nothing on disk once one is delivered."), HISTORY
    )
    keep_audio_days: float = option(
        30.0, _("Days to keep recordings; 0 keeps none once delivered."), HISTORY, low=0, high=36500
    )
    keep_audio_gb: float = option(
        2.0, _("Gigabytes of recordings to keep; the oldest go first."), HISTORY, low=0, high=10000
    )
    keep_text_days: float = option(
        0.0,
        _("Days to keep dictations with their texts; 0 is for ever."),
        HISTORY,
        low=0,
        high=36500,
    )
    send_interrupted: bool = option(
        False, _("Transcribe what a crash interrupted at the next start, without asking."), HISTORY
    )


DEFAULTS = Settings()
TABLE: dict[str, Field[Any]] = {entry.name: entry for entry in fields(Settings)}


def row(name: str) -> Row:
    """The row of a setting."""
    found: Row = field_of(name).metadata["row"]
    return found


def field_of(name: str) -> Field[Any]:
    """The field of a setting; SettingsError for a name that is none."""
    if name not in TABLE:
        raise SettingsError(f"{name}: there is no such setting.")
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
            raise SettingsError(f"{name} = {text}: this is true or false.")
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
            raise SettingsError(f"{name} = {text}: this is a number.") from None
    return validate(name, text)


def validate(name: str, value: object) -> Value:
    """The value in its own type, as the settings file gives it; SettingsError where it can't be."""
    wanted, limits = default(name), row(name)
    if isinstance(wanted, float) and isinstance(value, int | float) and not isinstance(value, bool):
        try:
            value = float(value)
        except OverflowError:
            raise SettingsError(f"{name}: this number is too large.") from None
        low, high = limits.low, limits.high
        if not (low is None or value >= low) or not (high is None or value <= high):
            raise SettingsError(f"{name} = {value:g}: this is between {low:g} and {high:g}.")
        return value
    if isinstance(wanted, tuple):
        if isinstance(value, str):
            return parse(name, value)
        if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
            for part in value:
                if limits.heads and part.partition(":")[0] not in limits.heads:
                    known = ", ".join(limits.heads)
                    raise SettingsError(f"{name} = {part}: each begins with one of {known}.")
            return tuple(value)
        raise SettingsError(f"{name} = {value!r}: this is a list of texts.")
    if type(value) is not type(wanted):
        raise SettingsError(f"{name} = {value!r}: this is {type(wanted).__name__}.")
    if limits.choices and value not in limits.choices:
        raise SettingsError(f"{name} = {value}: this is one of {', '.join(limits.choices)}.")
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
        return {}, [SettingsError(f"{path} can't be read: {error.strerror}.")]
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
        raise SettingsError(f"{path} can't be written: {error.strerror}.") from error


def save(path: Path, **changes: Value | None) -> None:
    """Sets settings in the file; None takes one back to its default.

    What was wrong with the file is left out, and a copy of it as it was stays beside it.
    """
    wanted = {n: validate(n, value) for n, value in changes.items() if value is not None}
    stored, problems = _stored(path)
    if problems and path.exists():
        try:
            toml_file.set_aside(path)
        except OSError as error:
            raise SettingsError(f"{path} can't be copied: {error.strerror}.") from error
    write_file(path, {n: value for n, value in stored.items() if n not in changes} | wanted)


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
