"""Joins the hotkeys to the engine: what a press means is `hotkeys.presses`' rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from dictation import hotkeys, menu_entry
from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.engine import Engine
from dictation.errors import DictationError, HotkeyEnded, HotkeyError
from dictation.hotkeys import (
    CancelPresses,
    Listener,
    gnome,
    gnome_keys,
    none,
    portal,
    portal_words,
)
from dictation.hotkeys.actions import CANCEL, FIX, NAMES, PASTE_LAST, TALK, UNDO, Action
from dictation.hotkeys.hearer import Hearer
from dictation.hotkeys.portal_listener import PortalListener
from dictation.i18n import _
from dictation.program import program
from dictation.settings import Settings
from dictation.talking import BoundKeys, Talk

Post = Callable[[Callable[[], None]], None]


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to be done for the keys: what a button says, and the deed, on any thread.

    `lines` say what it is about. The deed raises DictationError.
    """

    words: str
    lines: tuple[str, ...]
    do: Callable[[], None]


class Keys:
    """The keys in force; `trouble` hears, on the main thread, why they don't work.

    A way to listen that ends gives way to the next; `changed` hears, there as well, that who hears
    the keys, or by which of them, is to be shown anew.
    """

    def __init__(
        self,
        engine: Engine,
        desktop: Desktop,
        post: Post,
        trouble: Callable[[DictationError], None],
        *,
        bound: BoundKeys,
        paste_last: Callable[[], None],
        undo: Callable[[], None],
        fix: Callable[[], None],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine, self._desktop, self._post, self._trouble = engine, desktop, post, trouble
        self._bound, self._changed = bound, changed
        bound.by_portal = self.by_portal
        self._listener: Listener | None = None
        self._backend: hotkeys.Backend = none  # whose listener it is
        self._listening: object = None  # one for each listener: what others tell is late
        self._ended: dict[str, HotkeyEnded] = {}  # by backend, why it is passed over
        self._unguarded = False  # it hears keys when nobody is there, too
        self._in_force: tuple[object, ...] = ()
        self._asked_for: tuple[object, ...] = ()
        self._tried: tuple[str, Callable[[str], None]] | None = None  # an action, and who hears it
        self._chosen: tuple[Settings, Mapping[str, Settings]] = Settings(), {}
        self._talks: dict[str, Talk] = {}
        self._cancels = CancelPresses()
        self._simple: dict[str, Callable[[float], None]] = {
            CANCEL: self._cancelled,
            PASTE_LAST: lambda _at: paste_last(),
            UNDO: lambda _at: undo(),
            FIX: lambda _at: fix(),
        }
        self.unheard: DictationError | None = None  # where the desktop has to bind the hotkey
        self.failure: DictationError | None = None  # why nothing is listened for

    def apply(self, settings: Settings, profiles: Mapping[str, Settings]) -> None:
        """Listens for these keys from now on; main thread."""
        self._chosen = settings, profiles
        try:
            actions = hotkeys.actions(settings, profiles)
        except DictationError as error:
            self.close()
            self.failure = error
            self._trouble(error)
            return
        self._talks = self._to_talk(actions, settings, profiles)
        if (wanted := (*actions, settings.hotkey_backend)) == self._in_force:
            return
        self.close()
        if wanted != self._asked_for:
            self._ended = {}
        self._in_force = self._asked_for = wanted
        self._listen(actions)

    def _listen(self, actions: list[Action]) -> None:
        """By the first way that works and has not ended yet."""
        settings = self._chosen[0]
        self.unheard = self.failure = None
        mine = self._listening = object()
        try:
            backend = self._backend = hotkeys.choose(
                self._desktop, settings.hotkey_backend, without=self._ended
            )
            if backend.NAME == none.NAME != settings.hotkey_backend:
                self.unheard = none.unheard(self._desktop, actions)
            elif backend.NAME == portal.NAME:
                self.unheard = portal_words.unheard(self._desktop, actions)
            self._unguarded = backend in hotkeys.on_request(self._desktop)
            self._listener = backend.listen(
                actions,
                desktop=self._desktop,
                hearer=Hearer(
                    lambda name, at: self._post(partial(self._pressed, name, at)),
                    lambda name, at: self._post(partial(self._released, name, at)),
                    lambda error: self._post(partial(self._lost, error, mine)),
                ),
            )
        except DictationError as error:
            self.failure = error
            self._lost(error, mine)
        if isinstance(self._listener, PortalListener):
            self._listener.tell_changes(lambda: self._post(self._changed))
        self.recording(self._engine.state.recording is not None)

    def recording(self, recording: bool) -> None:
        """The cancel key is ours only while something is being recorded; main thread."""
        if self._listener:
            self._listener.recording(recording)

    def again(self) -> None:
        """Takes the keys anew: a sleep may have cost them, but for a portal's; main thread."""
        if isinstance(self._listener, PortalListener):
            return
        self._ended = {
            name: error for name, error in self._ended.items() if error.reason == "declined"
        }
        self.close()
        self.apply(*self._chosen)

    def by_portal(self) -> Verdict | None:
        """Whether the desktop's portal hears the key that talks; None where it was not asked."""
        if isinstance(self._listener, PortalListener):
            return self._listener.verdict(TALK)
        ended = self._ended.get(portal.NAME)
        return Verdict(False, ended.message, ended.hint) if ended else None

    def served_by(self, backend: str) -> dict[str, str]:
        """By setting, who hears its keys here, in words, with this `hotkey_backend`; any thread."""
        listener, chosen = self._listener, self._choose(backend)
        if isinstance(listener, PortalListener) and chosen.NAME == portal.NAME:
            verdicts = {setting: listener.verdict(name) for setting, name in NAMES.items()}
            return {setting: verdict.why for setting, verdict in verdicts.items()}
        if (ended := self._ended.get(portal.NAME)) and chosen.NAME in (portal.NAME, none.NAME):
            words = ended.message.rstrip(".")
        elif chosen.NAME == none.NAME:
            words = none.missing(self._desktop)
        elif chosen.TELLS_RELEASE:
            words = _("heard by {name}, press and release: holding works")
        else:
            words = _("heard by {name}, which tells no release: one press starts, the next stops")
        called = "GNOME" if chosen.NAME == gnome.NAME else chosen.NAME
        said = dict.fromkeys(NAMES, words.format(name=called))
        if chosen.NAME == gnome.NAME:
            unserved = [s for s, name in NAMES.items() if name not in gnome_keys.SERVED]
            said |= dict.fromkeys(unserved, _("not heard: GNOME runs commands for hotkeys alone"))
        return said

    def lines(self, backend: str) -> tuple[str, ...]:
        """Where the desktop has to bind keys: what to do, then the lines for it; any thread."""
        listener, chosen = self._listener, self._choose(backend)
        if isinstance(listener, PortalListener) and chosen.NAME == portal.NAME:
            return listener.lines()
        if chosen.NAME not in (none.NAME, gnome.NAME):
            return ()
        return none.lines(self._desktop, hotkeys.actions(*self._chosen), program())

    def _choose(self, backend: str) -> hotkeys.Backend:
        return hotkeys.choose(self._desktop, backend, without=self._ended)

    def offer(self) -> Offer | None:
        """What the desktop can be made to do for the keys, once the user agrees; any thread."""
        settings, profiles = self._chosen
        listener = self._listener
        if isinstance(listener, PortalListener):
            where = _("The desktop decides on these keys:")
            change = _("Change that in the desktop's settings…")
            lines = (where, *listener.as_lines())
            return Offer(change, lines, listener.configure) if listener.configures else None
        if (ended := self._ended.get(portal.NAME)) and ended.reason == "unknown":
            where = _("The desktop will know the program by this file:")
            lines = (where, str(menu_entry.file()))
            return Offer(_("Put Dictation into the menu"), lines, self._put_into_menu)
        if ended:
            lines = none.lines(self._desktop, hotkeys.actions(settings, profiles), program())
            ask = _("Ask the desktop again")
            return Offer(ask, (ended.message, *lines), lambda: self._post(self._ask_again))
        serves = self._choose(settings.hotkey_backend).NAME
        if serves not in (none.NAME, gnome.NAME) or gnome_keys.cannot(self._desktop):
            return None

        actions = hotkeys.actions(settings, profiles)

        def write() -> None:
            gnome_keys.write(actions)
            self._post(self.again)

        def remove() -> None:
            gnome_keys.remove()
            self._post(self.again)

        runs = gnome_keys.told(actions)
        if serves == gnome.NAME:
            where = _("By its settings, Keyboard, Custom Shortcuts, GNOME runs:")
            return Offer(_("Take that out of GNOME's settings"), (where, *runs), remove)
        where = _("GNOME can run, by its settings, Keyboard, Custom Shortcuts:")
        return Offer(_("Let GNOME do that"), (where, *runs), write)

    def to_press(self, keys: str) -> str:
        """What to press to try these keys, as a sentence: the desktop may have others for them."""
        if isinstance(self._listener, PortalListener):
            its = self._listener.triggers.get(self._named(keys))
            if its:
                return _("Press now what the desktop has for it: “{keys}”.").format(keys=its)
        return _("Press {keys} now.").format(keys=keys)

    def listen(
        self,
        keys: str,
        heard: Callable[[str], None],
        trouble: Callable[[DictationError], None],
    ) -> Callable[[], None]:
        """Listens for these keys alone, to try them out; the call that it returns ends that.

        `press` and `release` are heard, and trouble is told, on the main thread.
        """
        actions = [Action(TALK, keys, hotkeys.parse_all(keys) or (hotkeys.parse(keys),))]
        backend = self._choose(self._chosen[0].hotkey_backend)
        if backend.NAME == portal.NAME:
            return self._listen_by_portal(keys, heard)
        if backend.NAME in (none.NAME, gnome.NAME):
            talk = [action for action in hotkeys.actions(*self._chosen) if action.is_talk]
            if not any(actions[0].bindings == action.bindings for action in talk):
                raise none.unheard(self._desktop, actions)
            return self._bound.listen(heard)
        self.close()
        try:
            listener = backend.listen(
                actions,
                desktop=self._desktop,
                hearer=Hearer(
                    lambda _name, _at: self._post(partial(heard, "press")),
                    lambda _name, _at: self._post(partial(heard, "release")),
                    lambda error: self._post(partial(trouble, error)),
                ),
            )
        except DictationError:
            self.again()
            raise

        def end() -> None:
            listener.close()
            self.again()

        return end

    def _listen_by_portal(self, keys: str, heard: Callable[[str], None]) -> Callable[[], None]:
        """The keys as the desktop has them: asked for others, it would forget those it has."""
        name, listener = self._named(keys), self._listener
        if not isinstance(listener, PortalListener):
            raise self.failure or portal_words.absent()
        if not name:
            raise HotkeyError(
                _("The desktop decides which keys it hears for this program."),
                hint=_("Change them in the desktop's own settings, under Keyboard or Shortcuts."),
            )
        verdict = listener.verdict(name)
        if not verdict.works and portal_words.names_triggers(self._desktop):
            raise HotkeyError(f"{verdict.why[:1].upper()}{verdict.why[1:]}.", hint=verdict.fix)
        self._tried = name, heard
        end_bound = self._bound.listen(heard)  # Hyprland may run commands for them as well

        def end() -> None:
            self._tried = None
            end_bound()

        return end

    def _named(self, keys: str) -> str:
        """The action that has exactly these keys, "" where none has."""
        bindings = hotkeys.parse_all(keys)
        found = (a.name for a in hotkeys.actions(*self._chosen) if a.bindings == bindings)
        return next(found, "")

    def _ask_again(self) -> None:
        self._ended = {}
        self.again()

    def close(self) -> None:
        """Gives the keys back."""
        if self._listener:
            self._listener.close()
        self._listener, self._in_force, self._listening = None, (), None

    def _put_into_menu(self) -> None:
        try:
            menu_entry.write()
        except OSError as error:
            raise HotkeyError(_("It could not be written: {error}").format(error=error)) from error
        self._post(self._ask_again)

    def _to_talk(
        self, actions: list[Action], settings: Settings, profiles: Mapping[str, Settings]
    ) -> dict[str, Talk]:
        """What each action that talks starts a take with; a key that is down stays so."""
        talks = {}
        for action in actions:
            if action.is_talk:
                chosen = profiles[action.profile] if action.profile else settings
                talk = talks[action.name] = self._talks.get(action.name) or Talk(
                    self._engine, chosen
                )
                talk.use(chosen)
        return talks

    def _pressed(self, name: str, at: float) -> None:
        if self._is_tried(name, "press"):
            return
        if self._unguarded and self._engine.state.away:
            return  # it was for the lock screen, or another user's
        if name in self._simple:
            self._simple[name](at)
        elif name in self._talks:  # a press from before another set of keys means nothing now
            self._talks[name].press(at)

    def _released(self, name: str, at: float) -> None:
        if not self._is_tried(name, "release") and name in self._talks:
            self._talks[name].release(at)

    def _is_tried(self, name: str, what: str) -> bool:
        """Whether this is for a trial, which has heard it now."""
        if self._tried is None or self._tried[0] != name:
            return False
        self._tried[1](what)
        return True

    def _cancelled(self, at: float) -> None:
        engine = self._engine
        if self._cancels.press(engine.state.recording, engine.recording_seconds, at):
            engine.cancel()

    def _lost(self, error: DictationError, whose: object) -> None:
        if whose is not self._listening:
            return
        if isinstance(error, HotkeyEnded):
            self._go_on_without(error)
        else:
            self._in_force = ()  # applied again, it is tried again: who has the key may be gone
        self._trouble(error)
        self._changed()

    def _go_on_without(self, error: HotkeyEnded) -> None:
        self._ended[self._backend.NAME] = error
        if self._listener:
            self._listener.close()
        self._listener = None
        if self._chosen[0].hotkey_backend == "auto":
            self._listen(hotkeys.actions(*self._chosen))
        if self._listener is None or self._backend.NAME == none.NAME:
            self.failure = error
