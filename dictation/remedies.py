"""From an error to what can be done about it: the one table that every face of the app goes by.

What a remedy does is the faces' business; which there are, in which order, is decided here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dictation import crash, errors
from dictation.errors import DictationError
from dictation.i18n import _
from dictation.spending import OverBudget
from dictation.takes import Take

Deed = Literal[
    "key",  # opens the page for keys
    "microphone",  # opens the page for microphones
    "settings",  # opens the settings, at the setting named
    "hotkey",  # takes the hotkey named
    "browse",  # opens the address in a browser
    "again",  # sends the take once more
    "paste",  # pastes the take's text where the cursor is
    "copy",  # puts the take's text on the clipboard
    "folder",  # opens the folder in which recordings and history are
    "doctor",  # opens the check of every part
    "probe",  # checks all parts, and tries sending while one speaks with the last recording
    "over",  # sends the take, whatever the month's budget says
    "here",  # has the recogniser of this computer hear the take
    "budget",  # opens the month's budget
    "faults",  # shows what went wrong in the program itself
    "log",  # opens the log
]


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing to do: what the button says, and what the deed is `about`, "" where it is plain."""

    deed: Deed
    words: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """An error, and the take that it befell, if any."""

    error: DictationError
    take: Take | None = None

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """What can be done, the best first; nothing where nobody knows."""
        kinds = (kind for kind in type(self.error).__mro__ if kind in _TABLE)
        remedies = _TABLE[next(kinds)](self)
        return tuple(dict.fromkeys(remedies))


_Rule = Callable[[Case], tuple[Remedy, ...]]

KEY = Remedy("key", _("Set up a key…"))
MICROPHONE = Remedy("microphone", _("Choose a microphone…"))
SETTINGS = Remedy("settings", _("Open settings…"))
MODEL = Remedy("settings", _("Choose another model…"), "model")
ADDRESS = Remedy("settings", _("Check the server's address…"), "base_url")
PROXY = Remedy("settings", _("Check the proxy…"), "proxy")
HOTKEY = Remedy("settings", _("Choose another hotkey…"), "hotkey")
BUDGET = Remedy("budget", _("Raise the budget…"))
FOLDER = Remedy("folder", _("Open the folder"))
DOCTOR = Remedy("doctor", _("Check all parts…"))
PROBE = Remedy("probe", _("Try it with your last recording (sent twice)"))
FAULTS = Remedy("faults", _("Show the details…"))
LOG = Remedy("log", _("&Open the log"))

# Where credits are bought, by the server that got the sound.
_CREDITS = {
    "https://openrouter.ai": "https://openrouter.ai/settings/credits",
    "https://api.openai.com": "https://platform.openai.com/settings/organization/billing/overview",
    "https://api.groq.com": "https://console.groq.com/settings/billing",
}
# A page without encryption, in whose place a network shows the login that it wants.
_LOGIN = "http://neverssl.com"


def _fixed(*remedies: Remedy, again: bool = False, first: bool = False) -> _Rule:
    """These; where the take can be sent `again`, that as well, `first` or last."""

    def rule(case: Case) -> tuple[Remedy, ...]:
        more = _again(case, _("Try again")) if again else ()
        return (*more, *remedies) if first else (*remedies, *more)

    return rule


def _again(case: Case, words: str) -> tuple[Remedy, ...]:
    take = case.take
    if take is None or not take.seconds or take.status not in ("failed", "waiting", "no_speech"):
        return ()
    return (Remedy("again", words, take.id),)


def _no_speech(case: Case) -> tuple[Remedy, ...]:
    return (*_again(case, _("Send anyway")), MICROPHONE)


def _no_credits(case: Case) -> tuple[Remedy, ...]:
    servers = case.error.sent_to or (case.take.sent_to if case.take else ())
    page = next((_CREDITS[server] for server in servers if server in _CREDITS), "")
    buy = Remedy("browse", _("Open the credits page"), page) if page else KEY
    return (buy, *_again(case, _("Try again")))


def _over_budget(case: Case) -> tuple[Remedy, ...]:
    if case.take is None or not _again(case, ""):
        return (BUDGET,)
    id_ = case.take.id
    send = Remedy("over", _("Send anyway"), id_)
    return (send, Remedy("here", _("On this computer"), id_), BUDGET)


def _not_delivered(case: Case) -> tuple[Remedy, ...]:
    if case.take is None or not case.take.text:
        return ()
    id_ = case.take.id
    return Remedy("paste", _("Paste"), id_), Remedy("copy", _("Copy"), id_)


def _taken(case: Case) -> tuple[Remedy, ...]:
    free = case.error.free if isinstance(case.error, errors.HotkeyTaken) else ""
    use = Remedy("hotkey", _("Use {key}").format(key=free), free)
    return (use, HOTKEY) if free else (HOTKEY,)


# An error that is not here has the remedies of the class above it.
_TABLE: dict[type, _Rule] = {
    DictationError: _fixed(again=True),
    crash.ProgramFault: _fixed(FAULTS, again=True, first=True),
    errors.SettingsError: _fixed(SETTINGS),
    errors.KeyProblem: _fixed(KEY, again=True),
    errors.Forbidden: _fixed(MODEL, KEY, again=True),
    errors.PlainHttp: _fixed(ADDRESS, again=True),
    errors.KeyLocked: _fixed(KEY, again=True, first=True),  # the keyring may be open by now
    errors.NoCredits: _no_credits,
    OverBudget: _over_budget,
    errors.BadRequest: _fixed(MODEL, again=True),
    errors.ModelGone: _fixed(MODEL, again=True),
    errors.TooLarge: _fixed(MODEL, again=True),
    errors.CutShort: _fixed(MODEL, again=True),
    errors.Refused: _fixed(MODEL, again=True),
    errors.EmptyAnswer: _fixed(MODEL, again=True, first=True),
    errors.Moved: _fixed(ADDRESS, again=True),
    errors.NoConnection: _fixed(ADDRESS, again=True, first=True),
    errors.TimedOut: _fixed(
        Remedy("settings", _("Be more patient…"), "timeout"), again=True, first=True
    ),
    errors.TlsFailed: _fixed(
        Remedy("settings", _("Name a certificate…"), "ca_file"), again=True, first=True
    ),
    errors.ProxyFailed: _fixed(PROXY, again=True),
    errors.ProxyLogin: _fixed(PROXY, again=True),
    errors.CaptivePortal: _fixed(
        Remedy("browse", _("Open the network's login"), _LOGIN), again=True
    ),
    errors.NoProviderLeft: _fixed(
        Remedy("settings", _("Choose who may get recordings…"), "data_policy"), again=True
    ),
    errors.MicrophoneError: _fixed(MICROPHONE),
    errors.NoSpeech: _no_speech,
    errors.NotDelivered: _not_delivered,
    errors.HotkeyError: _fixed(HOTKEY),
    errors.HotkeyTaken: _taken,
    errors.StorageError: _fixed(FOLDER),
    errors.MissingPart: _fixed(DOCTOR),
}
