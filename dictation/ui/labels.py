"""What settings are called in windows, the letters that lead to them, and what beats the file."""

from __future__ import annotations

from collections.abc import Mapping

from dictation.i18n import _

# Where the setting's own name does not read as plain words.
_LABELS = {
    "auto_submit": _("Send with"),
    "base_url": _("Server address"),
    "ca_file": _("Certificate file"),
    "big_button": _("Button above all windows"),
    "cancel_hotkey": _("Cancel key"),
    "clipboard_history": _("Keep in clipboard histories"),
    "data_policy": _("Who may get recordings"),
    "fix_hotkey": _("Key to put the last text right"),
    "focus_lost": _("When the window lost the focus"),
    "hotkey_backend": _("Way to listen for keys"),
    "hotkey_mode": _("What the hotkey does"),
    "instruction": _("Instruction to the model"),
    "interface_language": _("Language of the windows"),
    "keyterms": _("Words to spell right"),
    "languages": _("Languages you speak"),
    "max_minutes": _("Longest take (minutes)"),
    "monthly_budget_usd": _("Budget for a month (US dollars)"),
    "newlines": _("Line break when typing"),
    "openrouter_endpoint": _("OpenRouter endpoint"),
    "overlay": _("Overlay while dictating"),
    "overlay_text": _("Text in the overlay"),
    "output": _("Where the text goes"),
    "output_backend": _("Way to deliver"),
    "paste_last_hotkey": _("Key to paste again"),
    "paste_keys": _("Paste keys of programs"),
    "reduce_motion": _("Movement of the level"),
    "restore_clipboard": _("Put the clipboard back"),
    "speech_gate": _("Wait for speech"),
    "terminal_newlines": _("Line breaks in terminals"),
    "undo_hotkey": _("Key to undo the insert"),
    "timeout": _("Patience (seconds)"),
}


def label_of(name: str) -> str:
    """What the setting is called."""
    return _LABELS.get(name) or name.replace("_", " ").capitalize()


def with_letter(text: str, taken: set[str]) -> str:
    """The text with `&` before the first letter that is not taken; takes it."""
    for at, letter in enumerate(text.casefold()):
        if letter.isalnum() and letter not in taken:
            taken.add(letter)
            return f"{text[:at]}&{text[at:]}"
    return text


def set_by(name: str, flags: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """The option or the variable that beats the settings file; "" where none does."""
    if name in flags:
        return f"--{name.replace('_', '-')}"
    variable = f"DICTATION_{name.upper()}"
    return variable if variable in environment else ""
