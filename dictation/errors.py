"""Every way a dictation can fail, told so that a person knows what to do next.

DictationError                       1
├── UsageError                       2
├── SettingsError                    3
├── KeyProblem                       4
│   ├── NoKey                           none stored
│   ├── KeyRefused                      the server said 401
│   ├── Forbidden                       the server said 403: moderation, a guardrail, no right
│   ├── PlainHttp                       the key would travel unencrypted: nothing was sent
│   └── KeyLocked                       stored, but the keyring is locked or gone: the take waits
├── NoCredits                        5
│   └── spending.OverBudget             the user's limit for the month: nothing was sent
├── ProviderError                    6  (again: trying once more can help)
│   ├── BadRequest · ModelGone · TooLarge · RateLimited · ServerFault · UnknownStatus · Moved
│   ├── TimedOut · NoConnection · TlsFailed · TlsInspected
│   ├── ProxyFailed · ProxyLogin · CaptivePortal
│   ├── BrokenAnswer · CutShort · Refused · EmptyAnswer
│   └── NoProviderLeft                  those left in `fallback` would break `data_policy`
├── MicrophoneError                  7
│   └── NoMicrophone · MicrophoneBusy · MicrophoneSilent · MicrophoneLost · MicrophoneStalled
├── NoSpeech                         8
├── NotDelivered                     9
│   ├── TargetLost                      another window has the focus: nothing was touched
│   └── WayClosed                       nothing was touched: the next way is tried
├── NotRunning                      10
├── AudioFileError                  11
│   └── NoDecoder                       the file may be sound, but the library for it is missing
├── HotkeyError                      1
│   ├── HotkeyTaken
│   └── HotkeyEnded                  a way to hear keys hears none, or no longer
├── StorageError                     1  (the disk is full, the history damaged)
├── MissingPart                      1  (a library or program that the system lacks)
├── ProgramFault                     1  (what nobody foresaw: in crash.py)
└── Interrupted                    130
    └── Cancelled                       the one who waited gave up: nobody is told

The number is the command line's exit code. The command line prints, and the windows show, the
very same object: title, message (what happened), hint (what to do).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dictation.i18n import _

if TYPE_CHECKING:  # a command that only speaks to the app has no use for it
    from dictation.values import Transcript


class DictationError(Exception):
    """Something went wrong that the user should hear about: `title`, `message` and `hint`."""

    title = _("Something went wrong")
    hint = ""
    code = 1
    again = False  # whether one more try can help
    sent_to: tuple[str, ...] = ()  # the servers that got the sound before it failed
    draft: Transcript | None = None  # what a lesser recogniser heard meanwhile
    waits = False  # the take waits in the outbox: it is sent by itself once that can work
    retry_after: float | None = None  # seconds the server asks to wait before it

    def __init__(self, message: str, *, hint: str | None = None, title: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if hint is not None:
            self.hint = hint
        if title is not None:
            self.title = title

    def __str__(self) -> str:
        return self.message

    def as_json(self) -> dict[str, str | int]:
        """The error as a take's record holds it."""
        return {
            "title": self.title,
            "message": self.message,
            "hint": self.hint,
            "code": self.code,
        }


class UsageError(DictationError):
    title = _("Wrong usage")
    hint = _("See `dictation --help`.")
    code = 2


class SettingsError(DictationError):
    title = _("A setting is wrong")
    hint = _("`dictation app --help` tells what each setting takes.")
    code = 3


class KeyProblem(DictationError):
    title = _("Key problem")
    code = 4


class NoKey(KeyProblem):
    title = _("No key")
    hint = _(
        "Store one with `dictation key set` or `dictation key login`, "
        "or use the basic recogniser: `dictation settings set provider offline`."
    )


class KeyRefused(KeyProblem):
    title = _("The key was refused")
    hint = _(
        "Check the key at its provider's site, then store it again with `dictation key set` "
        "(for another server than OpenRouter: `--for ADDRESS`)."
    )


class Forbidden(KeyProblem):
    title = _("The service does not permit this")
    hint = _("The key, or a rule set for it at its provider's site, does not allow this model.")


class PlainHttp(KeyProblem):
    title = _("The key would travel unencrypted")
    hint = _(
        "Use an address with https. Where you trust all of the network in between: "
        "`dictation settings set allow_plain_http true`."
    )


class KeyLocked(KeyProblem):
    title = _("The key can't be read")
    hint = _("Unlock the system's keyring: the dictation is sent again then.")
    waits = True


class NoCredits(DictationError):
    title = _("No credits")
    hint = _(
        "Add credits at your provider's site (OpenRouter: "
        "https://openrouter.ai/settings/credits), then send the take again."
    )
    code = 5


class ProviderError(DictationError):
    """The service gave no usable text."""

    title = _("The service failed")
    hint = _("The recording is kept: `dictation history retry` sends it again.")
    code = 6

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        title: str | None = None,
        again: bool | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint, title=title)
        if again is not None:
            self.again = again
        self.retry_after = retry_after


class BadRequest(ProviderError):
    title = _("The service did not accept the request")
    hint = _("Choose another model, or check language and keyterms in the settings.")


class ModelGone(ProviderError):
    title = _("Model not found")
    hint = _(
        "`dictation models` lists those that hear; set one with `dictation settings set model`."
    )


class TooLarge(ProviderError):
    title = _("The recording is too large for this service")
    hint = _("Send a shorter recording, or a compressed file (FLAC, MP3, Ogg).")


class RateLimited(ProviderError):
    title = _("Too many requests")
    hint = _("Wait a moment, then send the take again with `dictation history retry`.")
    again = True


class ServerFault(ProviderError):
    title = _("The service has a fault")
    again = True


class UnknownStatus(ProviderError):
    title = _("An unexpected answer")


class Moved(ProviderError):
    title = _("The service has moved")
    hint = _("If you trust the new address, set `base_url` to it.")


class TimedOut(ProviderError):
    title = _("The service took too long")
    hint = _("Try again; `timeout` in the settings tells how many seconds are waited for progress.")


class NoConnection(ProviderError):
    title = _("No connection")
    hint = _(
        "Check the network, and `base_url`, too. A recording waits and is sent when it is back."
    )
    again = True

    @property
    def waits(self) -> bool:  # type: ignore[override]
        """Not where the server had it all already: it may be paid for."""
        return self.again


class TlsFailed(ProviderError):
    title = _("The connection is not secure")
    hint = _("The server's certificate is not trusted here; for an own server set `ca_file`.")


class TlsInspected(TlsFailed):
    title = _("A proxy opens the encrypted connection")
    hint = _(
        "A company network or a virus scanner puts its own certificate in place of the server's: "
        "add that authority to the system's certificates, or name its file with `ca_file`."
    )


class ProxyFailed(ProviderError):
    title = _("The proxy failed")
    hint = _("Check `proxy` in the settings, or the system's proxy. A recording waits until then.")
    again = True

    @property
    def waits(self) -> bool:  # type: ignore[override]
        """Where the proxy may come back."""
        return self.again


class ProxyLogin(ProviderError):
    title = _("The proxy wants a login")
    hint = _("Put user and password into `proxy`: http://USER:PASSWORD@HOST:PORT.")


class CaptivePortal(ProviderError):
    title = _("The network wants a login page first")
    hint = _("Open a web page in a browser and sign in to the network: the take is sent then.")
    waits = True


class BrokenAnswer(ProviderError):
    title = _("The answer was broken")
    # Not again by itself: the request arrived, and was perhaps paid for.


class CutShort(ProviderError):
    title = _("The answer was cut short")
    hint = _("Dictate in shorter pieces, or choose a model with a longer output.")


class Refused(ProviderError):
    title = _("The service refused the recording")
    hint = _("Choose another model; the recording is kept.")


class EmptyAnswer(ProviderError):
    title = _("The service heard no words")
    hint = _("Listen to the recording; if it holds speech, try another model.")


class NoProviderLeft(ProviderError):
    title = _("No provider is left under this policy")
    hint = _(
        "The recording is kept. Name another provider in `fallback` that keeps to `data_policy`, "
        "or loosen `data_policy` in the settings."
    )


class MicrophoneError(DictationError):
    title = _("Microphone problem")
    hint = _("`dictation devices` lists the microphones; choose one in the settings.")
    code = 7


class NoMicrophone(MicrophoneError):
    title = _("No microphone")
    hint = _("Connect a microphone, or start the sound server, then try again.")


class MicrophoneBusy(MicrophoneError):
    title = _("The microphone is busy")
    hint = _("Close the program that is using it, or choose another microphone.")


class MicrophoneSilent(MicrophoneError):
    title = _("The microphone is silent")
    hint = _("It gives only zeros: unmute it, check its switch, or choose another microphone.")


class MicrophoneLost(MicrophoneError):
    title = _("The microphone is gone")
    hint = _("Connect it again, or choose another; what was recorded is kept.")


class MicrophoneStalled(MicrophoneError):
    title = _("The microphone stopped")
    hint = _(
        "It sends nothing any more; what was recorded is kept. Start again, or choose another."
    )


class NoSpeech(DictationError):
    title = _("No speech")
    hint = _("Nothing was sent. Speak closer to the microphone, or send it anyway.")
    code = 8


class NotDelivered(DictationError):
    title = _("The text was not delivered")
    hint = _("It is kept: paste it with `dictation paste-last`, or copy it from the tray's menu.")
    code = 9


class TargetLost(NotDelivered):
    title = _("The window has lost the focus")


class WayClosed(NotDelivered):
    """Where the desktop `asks` the user now, its question has the focus: no key may follow."""

    def __init__(self, message: str, *, hint: str | None = None, asks: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.asks = asks


class NotRunning(DictationError):
    title = _("No app is running")
    hint = _("Start it with `dictation`.")
    code = 10


class AudioFileError(DictationError):
    title = _("The audio can't be read")
    hint = _("Give a wav, mp3, flac, ogg, aiff, aac, m4a or webm file.")
    code = 11


class NoDecoder(AudioFileError):
    title = _("A part for this format is missing")
    hint = "pip install 'dictation-desktop[formats]'"


class HotkeyError(DictationError):
    title = _("The hotkey does not work")
    hint = _("Choose another with `dictation settings set hotkey KEYS`.")


class HotkeyTaken(HotkeyError):
    """Another program has the hotkey; `free` is one that none has, as the settings write it."""

    title = _("The hotkey is taken")
    free = ""


class HotkeyEnded(HotkeyError):
    """A way to hear keys hears none, or no longer; another may do.

    Its reason may be `declined`: the user said no, and is asked again only where they wish it; or
    `unknown`: the desktop does not know the program.
    """

    reason = ""


class StorageError(DictationError):
    title = _("The disk does not keep it")
    hint = _("Free some space, or mend the folder's permissions; dictation goes on in memory.")


class MissingPart(DictationError):
    title = _("A part is missing")
    hint = _("`dictation setup` names what to install, asks, and installs it.")


class Interrupted(DictationError):
    title = _("Interrupted")
    code = 130


class Cancelled(Interrupted):
    """Raised in the thread of a request whose caller gave up; never shown."""

    title = _("Cancelled")
