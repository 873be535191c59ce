"""What each choice of a setting means, in plain words; file and command line keep the values."""

from __future__ import annotations

from dictation import settings
from dictation.i18n import _
from dictation.languages import LANGUAGES
from dictation.settings import Value

_WORDS = {
    "provider": {
        "auto": _("OpenRouter where there is a key, else basic English"),
        "openrouter": _("OpenRouter"),
        "openai": _("OpenAI, or a server that speaks as it does"),
        "offline": _("Basic English, on this computer"),
    },
    "openrouter_endpoint": {
        "auto": _("The one that the model is for"),
        "chat": _("Chat"),
        "transcriptions": _("Transcription"),
    },
    "style": {
        "clean": _("Without ums, stutters and taken-back words"),
        "verbatim": _("Every word as it was said"),
    },
    "spacing": {
        "auto": _("A space between two takes in one window"),
        "none": _("No space"),
        "space_after": _("A space after each take"),
    },
    "data_policy": {
        "no-collection": _("Providers that neither keep recordings nor train on them"),
        "zero-retention": _("Providers that store nothing at all"),
        "any": _("Any provider"),
    },
    "upload": {
        "auto": _("While you speak, where the server is known to take it"),
        "whole": _("After the end, in one piece"),
        "live": _("While you speak, always"),
    },
    "audio_format": {
        "auto": _("What the line and the server want"),
        "wav": _("WAV: as recorded"),
        "flac": _("FLAC: half the size, nothing lost"),
        "ogg": _("Ogg Opus: a tenth of the size"),
        "mp3": _("MP3: small, taken nearly everywhere"),
    },
    "hotkey_mode": {
        "hybrid": _("Tap to start and to stop, or hold and talk"),
        "hold": _("Hold and talk"),
        "toggle": _("Press to start, press to stop"),
    },
    "speech_gate": {
        "auto": _("Send nothing where nobody speaks"),
        "off": _("Send everything"),
    },
    "output": {
        "paste": _("Into the window with the cursor"),
        "type": _("Into that window, typed key by key"),
        "clipboard": _("Onto the clipboard"),
        "display": _("Into a small window of its own"),
        "none": _("Into the history alone"),
    },
    "focus_lost": {
        "bring_back": _("Bring it back for a moment, if the desktop can"),
        "keep": _("Leave it alone and keep the text"),
    },
    "auto_submit": {"none": _("No key"), "enter": _("Enter"), "ctrl_enter": _("Ctrl+Enter")},
    "newlines": {"enter": _("Enter"), "shift_enter": _("Shift+Enter")},
    "big_button": {"off": _("None"), "large": _("A large one"), "huge": _("A huge one")},
    "interface_language": {"auto": _("The system's"), **LANGUAGES},
    "update_check": {
        "ask": _("Ask me once"),
        "weekly": _("Look once a week"),
        "never": _("Never look"),
    },
    "reduce_motion": {
        "auto": _("As the desktop says"),
        "always": _("In steps, a second each"),
        "never": _("As it sounds"),
    },
}

# Where the table's help names the values, which nobody sees here.
_HELPS = {
    "provider": _("Who turns speech into text."),
    "openrouter_endpoint": _("Which of OpenRouter's two ways is taken."),
    "style": _("How closely the text follows what was said."),
    "spacing": _("What stands between two takes."),
    "upload": _(
        "When the sound is sent. A long take goes in finished pieces meanwhile, unless it is to be "
        "sent in one."
    ),
    "audio_format": _("The form in which sound is sent."),
    "hotkey_mode": _("What pressing and holding it mean."),
    "speech_gate": _("A voice detector on this computer decides whether anybody spoke."),
    "output": _("Every text stays in the history as well, unless that is switched off."),
    "focus_lost": _("What to do where another window has the focus when the text is ready."),
    "big_button": _("One click starts a dictation, the next one stops it."),
    "interface_language": _("In which windows and messages are written."),
    "update_check": _("Whether to look for them, at api.github.com; nothing is installed."),
    "reduce_motion": _("How the level moves while you speak."),
    "history": _("Switched off, nothing stays on disk once a dictation is delivered."),
    "hotkey_backend": _("“auto” takes what suits the desktop; “evdev” reads the keyboards."),
    "output_backend": _("“auto” takes what suits the desktop."),
}


def in_words(name: str, value: Value) -> str:
    """The value of a setting as a person reads it."""
    if isinstance(value, bool):
        return _("on") if value else _("off")
    if isinstance(value, tuple):
        return ", ".join(value)
    text = settings.as_text(value)
    return _WORDS.get(name, {}).get(text, text)


def help_of(name: str) -> str:
    """What the setting is for, in the words of the windows."""
    return _HELPS.get(name) or settings.row(name).help
