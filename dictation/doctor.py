"""Every part with its verdict and its fix, found by doing: recording, grabbing, copying, asking."""

from __future__ import annotations

import importlib.util
import platform
import re
import threading
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from dictation import (
    bus_service,
    control,
    hotkeys,
    layer_shell,
    microphones,
    notifications,
    players,
    profiles,
    system,
    transcription,
    watch,
)
from dictation.audio import Audio, Speech
from dictation.audio_files import open_kept
from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.desktop_names import name_of, untried
from dictation.errors import DictationError, HotkeyError, HotkeyTaken, NotRunning
from dictation.history import History
from dictation.hotkeys import evdev, gnome, gnome_keys, none, portal
from dictation.hotkeys.hearer import Hearer
from dictation.i18n import _, number
from dictation.output import Delivery
from dictation.output.portal_paste import PortalPaste
from dictation.pieces import probing
from dictation.program import program
from dictation.providers import offline
from dictation.remedies import HOTKEY, KEY, MICROPHONE, PROBE, Case, Remedy
from dictation.settings import Settings
from dictation.wiring import Wiring

LISTEN = 0.2  # seconds of sound from the microphone
COMMAND = re.compile(r"(?:[A-Z_]+=\S+|pip|dictation|sudo|gsettings|systemctl) ")  # its beginning
QUOTED = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Finding:
    """A part's verdict. Where a `needed` part doesn't work, no dictation can.

    `fix` is for a person to do; `remedies` are what the app can do in its place.
    """

    part: str
    works: bool
    says: str
    fix: str = ""
    needed: bool = False
    remedies: tuple[Remedy, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As `doctor --json` prints it."""
        names = ("part", "works", "says", "fix", "needed")
        return {name: getattr(self, name) for name in names}

    @property
    def mark(self) -> str:
        """The verdict in a word."""
        return "ok" if self.works else "MISSING" if self.needed else "no"

    def __str__(self) -> str:
        """As `doctor` prints it: the verdict, then the fix."""
        lines = [f"{self.mark:<7} {self.part}: {self.says}"]
        return "\n".join([*lines, *(f"          {line}" for line in self.fix.splitlines())])

    @property
    def commands(self) -> str:
        """What of the fix is to be run or pasted somewhere, a line each; "" for mere words."""
        lines = self.fix.splitlines()
        if len(lines) > 1:  # the first says where the others go
            return "\n".join(lines[1:])
        if COMMAND.match(self.fix):
            return self.fix
        return "\n".join(filter(COMMAND.match, QUOTED.findall(self.fix)))


Look = Callable[[], Verdict]


def examine(
    wiring: Wiring, settings: Settings, desktop: Desktop, *, probe: bool = False
) -> Generator[Finding, None, None]:
    """One finding after the other, as they are made; whoever wants no more closes it.

    With `probe` the last short recording is sent twice, to learn how the service takes it.
    """
    says = ". ".join(filter(None, (name_of(desktop), untried(desktop))))
    yield Finding(_("desktop"), True, says)
    delivery = Delivery(desktop)
    parts: tuple[tuple[str, Look, bool], ...] = (
        (_("Qt"), _qt, True),
        (_("system libraries"), _libraries, True),
        (_("microphone"), lambda: _microphone(settings), True),
        (_("transcription"), lambda: _provider(wiring, settings), True),
        (_("sending while you speak"), lambda: _upload(wiring, settings, probe), False),
        (_("basic recogniser"), offline.probe, False),
        (_("clipboard"), delivery.round_trip, False),
        (_("hotkey"), lambda: _hotkey(wiring, settings, desktop), False),
        (_("notifications"), notifications.probe, False),
        (_("overlay"), lambda: layer_shell.probe(desktop), False),
        (_("control by D-Bus"), lambda: _bus_service(wiring, desktop), False),
        (_("pausing players"), lambda: players.probe(desktop), False),
        (_("suspend and lock"), lambda: watch.of_sleep(desktop), False),
        (_("network changes"), lambda: watch.of_network(desktop), False),
        (_("aac, m4a and webm files"), _formats, False),
    )
    try:
        for part, look, needed in parts:
            yield _finding(part, look, needed=needed)
        yield from _outputs(wiring, settings, delivery)
    finally:
        delivery.close()


# What the app can do about a part that is not as it could be, where no error tells more.
MENDS = {
    _("microphone"): (MICROPHONE,),
    _("transcription"): (KEY,),
    _("sending while you speak"): (PROBE,),
    _("hotkey"): (HOTKEY,),
}


def healthy(findings: list[Finding]) -> bool:
    """Whether dictation can work at all."""
    return all(finding.works for finding in findings if finding.needed)


def _finding(part: str, look: Look, *, needed: bool) -> Finding:
    try:
        verdict = look()
    except DictationError as error:
        remedies = tuple(each for each in Case(error).remedies if each.deed != "doctor")
        return Finding(part, False, error.message, error.hint, needed, remedies)
    wrong = not verdict.works or bool(verdict.fix)
    remedies = MENDS.get(part, ()) if wrong else ()
    return Finding(part, verdict.works, verdict.why or _("works"), verdict.fix, needed, remedies)


def _qt() -> Verdict:
    try:
        qt = version("PySide6-Essentials")
    except PackageNotFoundError:
        return Verdict(False, _("PySide6-Essentials is missing"), "pip install dictation-desktop")
    words = f"PySide6 {qt}, Python {platform.python_version()}"
    if qt.startswith("6.12.0") and platform.python_version_tuple()[:2] == ("3", "11"):
        why = _("{words}: this pair aborts under cross-thread signals").format(words=words)
        return Verdict(False, why, "pip install 'PySide6-Essentials!=6.12.0'")
    return Verdict(True, words)


def _libraries() -> Verdict:
    missing = system.missing()
    if not missing:
        return Verdict(True)
    return Verdict(False, ", ".join(lack.library for lack in missing), "dictation setup")


def _microphone(settings: Settings) -> Verdict:
    microphone = microphones.find(settings.microphone)
    audio = Audio()
    microphone.start(audio)
    try:
        threading.Event().wait(LISTEN)
        fault = microphone.fault()
    finally:
        microphone.stop()
    if fault is None and not audio.samples:  # some need a second to start
        return Verdict(
            False,
            _("{name}: no sound within {seconds} s").format(
                name=microphone.name, seconds=number(LISTEN)
            ),
        )
    if fault is not None:
        raise fault
    level = 100 * audio.peak / 32768
    words = _("{name}: {seconds} s of sound, peak {level} %")
    said = words.format(
        name=microphone.name, seconds=number(audio.seconds, 2), level=number(level, 1)
    )
    if not audio.peak and not microphone.may_be_silent:
        return Verdict(True, said + _(" (only zeros: is it muted?)"))
    return Verdict(True, said)


def _provider(wiring: Wiring, settings: Settings) -> Verdict:
    provider = transcription.provider_of(settings, wiring.keys)
    words = wiring.provider_in_words(settings)
    if provider == "offline":
        fix = _("For real quality: `dictation key login`, or `dictation key set`.")
        return Verdict(offline.probe().works, words, fix)
    base = transcription.address(settings, provider)
    key = wiring.keys.find(provider, base)
    http = wiring.http(settings)
    if provider == "openrouter":
        if key is None:
            return Verdict(False, _("{words}: no key").format(words=words), "dictation key login")
        answer = http.json("GET", f"{base}/key", key=key)
        data = answer.get("data") if isinstance(answer, dict) else None
        left = data.get("limit_remaining") if isinstance(data, dict) else None
        limit = ""
        if isinstance(left, int | float):
            limit = _(", {left} USD left of its limit").format(left=number(left, 2))
        return Verdict(True, _("{words}: the key is good").format(words=words) + limit)
    http.json("GET", f"{base}/models", key=key)
    return Verdict(True, _("{words}: the server answers").format(words=words))


def _upload(wiring: Wiring, settings: Settings, probe: bool) -> Verdict:
    if transcription.provider_of(settings, wiring.keys) == "offline":
        return Verdict(True, _("nothing leaves this computer"))
    if settings.upload == "whole":
        return Verdict(True, _("not wanted (`upload = whole`)"))
    if probe:
        speech = _short_recording(wiring)
        if speech is None:
            why = _("there is no recording of 2 to 15 seconds to try it with")
            return Verdict(False, why, _("Dictate something short, and ask again."))
        wiring.probe_with(speech, settings)
    taken = wiring.taken(settings)
    again = _("`dictation doctor --probe` tries it with your last short recording, sent twice.")
    if taken is None:
        return Verdict(True, _("not known yet: your next short dictation tells"), again)
    if not taken:
        return Verdict(False, _("the service wants takes whole"), again)
    return Verdict(True)


def _short_recording(wiring: Wiring) -> Speech | None:
    with closing(History(wiring.places.history, wiring.places.recordings)) as history:
        for take in history.newest(100):
            short = probing.SHORTEST <= take.seconds <= probing.LONGEST
            if short and take.audio and take.status in ("delivered", "kept"):
                return open_kept(Path(take.audio))
    return None


def _hotkey(wiring: Wiring, settings: Settings, desktop: Desktop) -> Verdict:
    its, _problems = profiles.load(wiring.places.settings, settings)
    actions = hotkeys.actions(settings, its)
    keys = hotkeys.written(binding for action in actions for binding in action.bindings)
    backend = hotkeys.choose(desktop, settings.hotkey_backend)
    lines = none.lines(desktop, actions, program())
    if backend.NAME == none.NAME:
        return _bound(_seen(wiring)[0], lines, none.missing(desktop))
    if backend.NAME == portal.NAME:
        return _by_portal(wiring, lines)
    if backend.NAME == gnome.NAME:
        return _by_gnome(keys, lines, as_wanted=gnome_keys.are(actions))
    lost: list[HotkeyError] = []
    running = _running(wiring)
    try:
        backend.listen(
            actions,
            desktop=desktop,
            hearer=Hearer(lambda _name, _at: None, lambda _name, _at: None, lost.append),
        ).close()
    except HotkeyTaken:
        if running:
            return Verdict(True, _("{key}: held by the running app").format(key=keys))
        raise
    if lost and not running:
        return Verdict(False, " ".join(error.message for error in lost), lost[0].hint)
    if backend.NAME == evdev.NAME:
        words = _("{key}: read from the keyboards, as any program of yours can here")
        return Verdict(True, words.format(key=keys))
    return Verdict(True, _("{key}: free, by {backend}").format(key=keys, backend=backend.NAME))


def _seen(wiring: Wiring) -> tuple[list[str], Verdict | None]:
    """What commands told the running app of bound keys, and whether its portal hears the hotkey."""
    try:
        told = control.ask(wiring.places, {"do": "bound"})
    except NotRunning:
        return [], None
    return told["seen"], Verdict(**told["portal"]) if told.get("portal") else None


def _outputs(
    wiring: Wiring, settings: Settings, delivery: Delivery
) -> Generator[Finding, None, None]:
    for name, verdict in delivery.verdicts(settings):
        part, says = _("output: {name}").format(name=name), verdict.why or _("works")
        if name == PortalPaste.NAME and verdict.works and (way := _keys_go(wiring)):
            says = _("{says}; those of the running app go {way}").format(says=says, way=way)
        yield Finding(part, verdict.works, says, verdict.fix)


def _keys_go(wiring: Wiring) -> str:
    """How the running app's keys go to the desktop, in words; "" where it has pressed none."""
    try:
        return str(control.ask(wiring.places, {"do": "bound"}).get("keys", ""))
    except NotRunning:
        return ""


def _by_portal(wiring: Wiring, lines: tuple[str, ...]) -> Verdict:
    """Only the app may ask: a second program would take its keys, or bring a dialog up."""
    seen, verdict = _seen(wiring)
    if verdict is None:
        return Verdict(True, _("the desktop has a portal for it, which the app asks at its start"))
    return _bound(seen, lines, verdict.why) if seen and not verdict.works else verdict


def _by_gnome(keys: str, lines: tuple[str, ...], *, as_wanted: bool) -> Verdict:
    if not as_wanted:  # until the app starts, which has agreement to write
        return Verdict(False, _("GNOME runs this program for other keys"), "\n".join(lines))
    words = _("{key}: heard by GNOME, which tells no release: one press starts, the next stops")
    return Verdict(True, words.format(key=keys))


def _bound(seen: list[str], lines: tuple[str, ...], missing: str) -> Verdict:
    """Whether commands have told the running app of a key that the desktop bound."""
    if {"press", "release"} <= set(seen):
        return Verdict(True, _("bound by the desktop, press and release: holding works"))
    if seen:
        why = _("bound by the desktop, but no {other} came: holding does not talk").format(
            other="release" if "press" in seen else "press"
        )
        return Verdict("press" in seen, why, "\n".join(lines))
    return Verdict(False, missing, "\n".join(lines))


def _running(wiring: Wiring) -> bool:
    try:
        control.ask(wiring.places, {"do": "status"})
    except NotRunning:
        return False
    return True


def _bus_service(wiring: Wiring, desktop: Desktop) -> Verdict:
    if desktop.system != "linux":
        return Verdict(False, _("there is none on this system"))
    return bus_service.probe(app=control.process(wiring.places))


def _formats() -> Verdict:
    if importlib.util.find_spec("av"):
        return Verdict(True)
    return Verdict(False, _("PyAV is missing"), "pip install 'dictation-desktop[formats]'")
