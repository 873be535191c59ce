"""Joins the hotkeys to the engine: what a press means is `hotkeys.presses`' rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from dictation import hotkeys, menu_entry
from dictation.desktop import Desktop
from dictation.engine import Engine
from dictation.errors import DictationError, HotkeyError
from dictation.hotkeys import CancelPresses, Listener, evdev, gnome, gnome_keys, none, portal
from dictation.hotkeys.actions import CANCEL, PASTE_LAST, TALK, UNDO, Action
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
    """The keys in force; `trouble` hears, on the main thread, why they don't work."""

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
    ) -> None:
        self._engine, self._desktop, self._post, self._trouble = engine, desktop, post, trouble
        self._bound = bound
        self._listener: Listener | None = None
        self._unguarded = False  # it hears keys when nobody is there, too
        self._in_force: tuple[object, ...] = ()
        self._chosen: tuple[Settings, Mapping[str, Settings]] = Settings(), {}
        self._talks: dict[str, Talk] = {}
        self._cancels = CancelPresses()
        self._simple: dict[str, Callable[[float], None]] = {
            CANCEL: self._cancelled,
            PASTE_LAST: lambda _at: paste_last(),
            UNDO: lambda _at: undo(),
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
            self._lost(error)
            return
        self._talks = self._to_talk(actions, settings, profiles)
        if (wanted := (*actions, settings.hotkey_backend)) == self._in_force:
            return
        self.close()
        self._in_force, self.unheard, self.failure = wanted, None, None
        try:
            backend = hotkeys.choose(self._desktop, settings.hotkey_backend)
            if backend.NAME == none.NAME != settings.hotkey_backend:
                self.unheard = none.unheard(self._desktop, actions)
            self._unguarded = backend.NAME == evdev.NAME
            self._listener = backend.listen(
                actions,
                desktop=self._desktop,
                hearer=Hearer(
                    lambda name, at: self._post(partial(self._pressed, name, at)),
                    lambda name, at: self._post(partial(self._released, name, at)),
                    lambda error: self._post(partial(self._lost, error)),
                ),
            )
        except DictationError as error:
            self.failure = error
            self._lost(error)  # applied again, it is tried again: whoever has the key may be gone
        self.recording(self._engine.state.recording is not None)

    def recording(self, recording: bool) -> None:
        """The cancel key is ours only while something is being recorded; main thread."""
        if self._listener:
            self._listener.recording(recording)

    def again(self) -> None:
        """Takes the keys anew: a sleep may have cost them; main thread."""
        self.close()
        self.apply(*self._chosen)

    def served_by(self, backend: str) -> str:
        """Who hears keys here with this `hotkey_backend`, in words; any thread."""
        chosen = hotkeys.choose(self._desktop, backend)
        if chosen.NAME == none.NAME:
            return none.missing(self._desktop)
        words = _("heard by {name}, press and release: holding works")
        if not chosen.TELLS_RELEASE:
            words = _("heard by {name}, which tells no release: one press starts, the next stops")
        if chosen.NAME == portal.NAME and (keys := self._portal_keys()):
            words = _("heard by the desktop, where it is {keys}, press and release: holding works")
            return words.format(keys=keys)
        return words.format(name=chosen.NAME)

    def lines(self, backend: str) -> tuple[str, ...]:
        """Where the desktop has to bind keys: what to do, then the lines for it; any thread."""
        if hotkeys.choose(self._desktop, backend).NAME not in (none.NAME, gnome.NAME):
            return ()
        return none.lines(self._desktop, hotkeys.actions(*self._chosen), program())

    def offer(self) -> Offer | None:
        """What the desktop can be made to do for the keys, once the user agrees; any thread."""
        if isinstance(self._listener, PortalListener) and self._listener.is_unknown:
            return Offer(
                _("Put Dictation into the menu"),
                (_("The desktop will know the program by this file:"), str(menu_entry.files()[0])),
                self._put_into_menu,
            )
        settings, profiles = self._chosen
        serves = hotkeys.choose(self._desktop, settings.hotkey_backend).NAME
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
        backend = hotkeys.choose(self._desktop, self._chosen[0].hotkey_backend)
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

    def close(self) -> None:
        """Gives the keys back."""
        if self._listener:
            self._listener.close()
        self._listener, self._in_force = None, ()

    def _portal_keys(self) -> str:
        """The key that talks, as the user has it in the desktop's own settings."""
        return (
            self._listener.triggers.get(TALK, "")
            if isinstance(self._listener, PortalListener)
            else ""
        )

    def _put_into_menu(self) -> None:
        try:
            menu_entry.write()
        except OSError as error:
            raise HotkeyError(_("It could not be written: {error}").format(error=error)) from error
        self._post(self.again)

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
        if self._unguarded and self._engine.state.away:
            return  # it was for the lock screen, or another user's
        if name in self._simple:
            self._simple[name](at)
        elif name in self._talks:  # a press from before another set of keys means nothing now
            self._talks[name].press(at)

    def _released(self, name: str, at: float) -> None:
        if name in self._talks:
            self._talks[name].release(at)

    def _cancelled(self, at: float) -> None:
        engine = self._engine
        if self._cancels.press(engine.state.recording, engine.recording_seconds, at):
            engine.cancel()

    def _lost(self, error: DictationError) -> None:
        self._in_force = ()
        self._trouble(error)
