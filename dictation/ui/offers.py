"""What the tray's menu tells and offers: who transcribes, texts, models, microphones."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress

from dictation import microphones, settings
from dictation.engine import Engine
from dictation.errors import DictationError
from dictation.i18n import _
from dictation.lanes import spawn
from dictation.settings import Settings, Value
from dictation.takes import Take
from dictation.ui.labels import label_of, set_by
from dictation.ui.tray import Tray
from dictation.wiring import Wiring

TEXTS = 5  # in the menu


class Offers:
    """On the main thread; what is chosen is saved and taken up at once by `apply`."""

    def __init__(
        self,
        engine: Engine,
        wiring: Wiring,
        *,
        flags: Mapping[str, str],
        post: Callable[[Callable[[], None]], None],
        apply: Callable[[], None],
        tell: Callable[[DictationError], None],
        crash: Callable[[Exception], None],
    ) -> None:
        self._engine, self._wiring, self._flags = engine, wiring, flags
        self._post, self._apply, self._tell, self._crash = post, apply, tell, crash
        self._tray: Tray
        self._found_out: Callable[[], object]
        self._destinations: dict[Settings, str] = {}  # in words
        self._names: list[str] = []  # of the microphones that were there at the last look

    def show_in(self, tray: Tray, found_out: Callable[[], object]) -> None:
        """Whose menu it is, and who hears of another destination; before all else."""
        self._tray, self._found_out = tray, found_out

    def destination(self) -> str:
        """Who transcribes what is spoken now, in words."""
        newest = self._engine.newest
        chosen = newest.settings if newest else self._engine.settings
        return self._destinations.get(chosen, "")

    def look_for_texts(self) -> None:
        """Shows the texts that are the last ones now."""

        def done(found: Future[list[Take]]) -> None:
            if not found.exception():  # what the disk refuses is told where it matters
                texts = [(take.id, take.text) for take in found.result()]
                self._post(lambda: self._tray.tell_texts(texts))

        asked = self._engine.past.archive.ask(lambda history: history.texts(TEXTS))
        asked.add_done_callback(done)

    def applied(self, chosen: Settings, profiles: Mapping[str, Settings]) -> None:
        """These settings are in force."""
        self._tray.tell_profiles(list(profiles))
        self.look_for_texts()
        self._show_microphones()

        wanted = (chosen, *profiles.values())

        def look() -> None:
            words = {one: self._words_for(one) for one in wanted}
            self._post(lambda: self._tell_destinations(words))
            with suppress(DictationError):  # the words say it already
                models = self._wiring.known_models(chosen)
                self._post(lambda: self._tray.tell_models(models, chosen.model))
            self._wiring.warm(chosen)

        spawn("provider", look, self._crash)

    def look_for_microphones(self) -> None:
        """Shows the microphones that are there by now, while the menu is open."""

        def look() -> None:
            names = [device.name for device in microphones.devices()]
            self._post(lambda: self._found(names))

        def failed(error: Exception) -> None:
            if not isinstance(error, DictationError):  # without any, the system's own is offered
                self._crash(error)

        spawn("microphones", look, failed)

    def use_model(self, model: str) -> None:
        """Takes this model from now on; "" is the best there is."""
        self._use("model", model)

    def use_microphone(self, name: str) -> None:
        """Takes this microphone from now on; "" is the system's own."""
        self._use("microphone", (name,) if name else ())

    def _words_for(self, chosen: Settings) -> str:
        try:
            return self._wiring.provider_in_words(chosen)
        except DictationError as error:
            return f"{error.title}: {error.message}"

    def _tell_destinations(self, words: dict[Settings, str]) -> None:
        self._destinations = words
        self._tray.tell_provider(words.get(self._engine.settings, ""))
        self._found_out()

    def _use(self, name: str, value: Value) -> None:
        if beaten := set_by(name, self._flags, os.environ):
            what = _("{setting} is set by {name}, so it can't be changed here.")
            self._tell(DictationError(what.format(setting=label_of(name), name=beaten)))
        else:
            try:
                settings.save(self._wiring.places.settings, **{name: value})
            except DictationError as error:
                self._tell(error)
        self._apply()  # the menu marks what is in force, whatever was clicked

    def _found(self, names: list[str]) -> None:
        self._names = names
        self._show_microphones()

    def _show_microphones(self) -> None:
        wanted = self._engine.settings.microphone
        self._tray.tell_microphones(self._names, wanted[0] if wanted else "")
