"""Settings as command-line flags: every row of the table that a command can honour."""

from __future__ import annotations

import argparse

from dictation.settings import TABLE, as_text, default, row

SENDING = (
    *("provider", "model", "openrouter_endpoint", "base_url", "language", "languages"),
    *("keyterms", "style", "instruction", "data_policy", "proxy", "ca_file", "timeout"),
    *("allow_plain_http", "audio_format", "speech_gate", "monthly_budget_usd"),
)
RECORDING = ("microphone", "max_minutes")


def add_settings(parser: argparse.ArgumentParser, names: tuple[str, ...] = tuple(TABLE)) -> None:
    """A flag for each of these settings."""
    group = parser.add_argument_group("settings, for this run alone")
    for name in names:
        shown = as_text(default(name)) or "empty"
        choices = row(name).choices
        group.add_argument(
            f"--{name.replace('_', '-')}",
            dest=f"setting_{name}",
            metavar="|".join(choices) if choices else name.upper(),
            help=f"{row(name).help} [{shown}]".replace("%", "%%"),
        )


def given(args: argparse.Namespace) -> dict[str, str]:
    """The settings that were given as flags."""
    return {
        name.removeprefix("setting_"): value
        for name, value in vars(args).items()
        if name.startswith("setting_") and value is not None
    }
