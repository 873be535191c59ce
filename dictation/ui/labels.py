"""What settings are called in windows, the letters that lead to them, and what beats the file."""

from __future__ import annotations

from collections.abc import Mapping

from dictation.i18n import _

_LABELS = {
    "provider": _("Provider"),
    "model": _("Model"),
    "openrouter_endpoint": _("OpenRouter endpoint"),
    "base_url": _("Server address"),
    "language": _("Language"),
    "languages": _("Languages you speak"),
    "keyterms": _("Words to spell right"),
    "style": _("Style"),
    "instruction": _("Instruction to the model"),
    "spacing": _("Spacing"),
    "terminal_newlines": _("Line breaks in terminals"),
    "data_policy": _("Who may get recordings"),
    "fallback": _("Fallback"),
    "monthly_budget_usd": _("Budget for a month (US dollars)"),
    "proxy": _("Proxy"),
    "ca_file": _("Certificate file"),
    "allow_plain_http": _("Allow plain HTTP"),
    "upload": _("Upload"),
    "timeout": _("Patience (seconds)"),
    "audio_format": _("Audio format"),
    "hotkey": _("Hotkey"),
    "hotkey_mode": _("What the hotkey does"),
    "cancel_hotkey": _("Cancel key"),
    "paste_last_hotkey": _("Key to paste again"),
    "undo_hotkey": _("Key to undo the insert"),
    "fix_hotkey": _("Key to put the last text right"),
    "hotkey_backend": _("Way to listen for keys"),
    "microphone": _("Microphone"),
    "keep_microphone_open": _("Keep microphone open"),
    "sounds": _("Sounds"),
    "sound_volume": _("Sound volume"),
    "sound_files": _("Sound files"),
    "pause_media": _("Pause media"),
    "speech_gate": _("Wait for speech"),
    "max_minutes": _("Longest take (minutes)"),
    "output": _("Where the text goes"),
    "output_backend": _("Way to deliver"),
    "restore_clipboard": _("Put the clipboard back"),
    "clipboard_history": _("Keep in clipboard histories"),
    "paste_keys": _("Paste keys of programs"),
    "focus_lost": _("When the window lost the focus"),
    "password_fields": _("Password fields"),
    "auto_submit": _("Send with"),
    "newlines": _("Line break when typing"),
    "overlay": _("Overlay while dictating"),
    "overlay_text": _("Text in the overlay"),
    "big_button": _("Button above all windows"),
    "interface_language": _("Language of the windows"),
    "autostart": _("Start when you log in"),
    "update_check": _("Newer versions"),
    "reduce_motion": _("Movement of the level"),
    "history": _("History"),
    "keep_audio_days": _("Keep recordings (days)"),
    "keep_audio_gb": _("Keep recordings up to (GB)"),
    "keep_text_days": _("Keep texts (days)"),
    "send_interrupted": _("Send interrupted"),
}


def label_of(name: str) -> str:
    """What the setting is called."""
    return _LABELS[name]


def with_letter(text: str, taken: set[str]) -> str:
    """The text with `&` before the first letter that is not taken; takes it."""
    for at, letter in enumerate(text.casefold()):
        if letter.isalnum() and letter not in taken:
            taken.add(letter)
            return f"{text[:at]}&{text[at:]}"
    return text


def letter_in(text: str) -> str:
    """The small letter that leads to what is labelled so; "" where none does."""
    return text.partition("&")[2][:1].casefold()


def set_by(name: str, flags: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """The option or the variable that beats the settings file; "" where none does."""
    if name in flags:
        return f"--{name.replace('_', '-')}"
    variable = f"DICTATION_{name.upper()}"
    return variable if variable in environment else ""
