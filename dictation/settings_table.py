"""The one table of settings: defaults, limits, help. `dictation.settings` reads and writes them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from dictation.i18n import _
from dictation.languages import LANGUAGES

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
    tails: tuple[str, ...] = ()  # with one of which each entry of a list ends, from a colon on


def option(
    default: T,
    help_: str,
    group: str,
    *,
    choices: tuple[str, ...] = (),
    low: float | None = None,
    high: float | None = None,
    heads: tuple[str, ...] = (),
    tails: tuple[str, ...] = (),
) -> T:
    """A row of the table, as a dataclass field."""
    row = Row(help_, group, choices, low, high, heads, tails)
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
    monthly_budget_usd: float = option(
        0.0,
        _(
            "Dollars that dictating may cost in a month: told at 80 %, and asked before more is "
            "spent; 0 is no limit. Servers on this computer and the home network don't count."
        ),
        TRANSCRIPTION,
        low=0,
        high=1_000_000,
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
    hotkey: str = option(
        default_hotkey(),
        _(
            "The keys that start and stop a dictation, several separated by commas: such as "
            "Ctrl+Alt+Space, F13, Mouse4, or RightCtrl alone."
        ),
        KEYS,
    )
    hotkey_mode: str = option(
        "hybrid",
        _("hybrid: a tap toggles and holding talks; hold; toggle."),
        KEYS,
        choices=("hybrid", "hold", "toggle"),
    )
    cancel_hotkey: str = option(
        "Escape", _("The key that cancels while recording; empty for none."), KEYS
    )
    paste_last_hotkey: str = option(
        "", _("The key that pastes the last dictation again; empty for none."), KEYS
    )
    undo_hotkey: str = option(
        "",
        _("The key that takes back the last insert within a minute; empty for none (X11)."),
        KEYS,
    )
    fix_hotkey: str = option(
        "",
        _("The key that opens the last dictation to put it right; empty for none."),
        KEYS,
    )
    hotkey_backend: str = option(
        "auto",
        _("How the keys are listened for; evdev reads the keyboards, only where it is chosen."),
        KEYS,
    )
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
    sounds: bool = option(
        True,
        _("Short sounds when a take begins, ends, has its text in place, and fails."),
        MICROPHONE,
    )
    sound_volume: float = option(
        100.0,
        _("How loud the sounds are, in percent of the usual; 0 is silence."),
        MICROPHONE,
        low=0,
        high=1000,
    )
    sound_files: tuple[str, ...] = option(
        (),
        _(
            "Sounds of your own, as SOUND:FILE.wav, such as done:/home/me/ping.wav; the sounds are "
            "start, stop, done and trouble."
        ),
        MICROPHONE,
        heads=("start", "stop", "done", "trouble"),
    )
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
    clipboard_history: bool = option(
        False, _("Let clipboard histories keep what is pasted."), OUTPUT
    )
    paste_keys: tuple[str, ...] = option(
        (),
        _(
            "How programs take a text that don't take Shift+Insert, as PROGRAM:HOW, such as "
            "emacs:Ctrl+V; * is anything, type types, copy only copies (not on Wayland)."
        ),
        OUTPUT,
        tails=("Shift+Insert", "Ctrl+V", "Ctrl+Shift+V", "type", "copy"),
    )
    focus_lost: str = option(
        "bring_back",
        _("Where another window has the focus by then: bring_back if the desktop can, or keep."),
        OUTPUT,
        choices=("bring_back", "keep"),
    )
    password_fields: bool = option(
        False,
        _("Put texts into password fields, too, where accessibility tells of them (X11)."),
        OUTPUT,
    )
    auto_submit: str = option(
        "none",
        _("The key to press after a text, such as in a chat; never in terminals, nor on GNOME."),
        OUTPUT,
        choices=("none", "enter", "ctrl_enter"),
    )
    newlines: str = option(
        "enter",
        _("The key that is typed for a line break; in a chat Enter alone may send."),
        OUTPUT,
        choices=("enter", "shift_enter"),
    )
    overlay: bool = option(
        True,
        _("Show a small window while you dictate: how loud, how long, where the sound goes."),
        FEEDBACK,
    )
    overlay_text: bool = option(True, _("Show the text in it, too, as it arrives."), FEEDBACK)
    big_button: str = option(
        "off",
        _("Show a button above all windows: one click starts a dictation, the next one stops it."),
        FEEDBACK,
        choices=("off", "large", "huge"),
    )
    interface_language: str = option(
        "auto",
        _("The language of windows and messages, from the next start on; auto is the system's."),
        FEEDBACK,
        choices=("auto", *LANGUAGES),
    )
    autostart: bool = option(False, _("Start with the session, as an icon in the tray."), FEEDBACK)
    update_check: str = option(
        "ask",
        _("Look for newer versions once a week, at api.github.com; ask asks you once."),
        FEEDBACK,
        choices=("ask", "weekly", "never"),
    )
    reduce_motion: str = option(
        "auto",
        _("Show the level in steps, a second each; auto does as the desktop says."),
        FEEDBACK,
        choices=("auto", "always", "never"),
    )
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
