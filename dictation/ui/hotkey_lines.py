"""What the settings window has beside its hotkeys: tools to record and try, and who hears them."""

from __future__ import annotations

from collections.abc import Mapping

from dictation.errors import DictationError
from dictation.hotkeys.actions import SETTINGS as KEY_SETTINGS
from dictation.i18n import _
from dictation.keys import Offer
from dictation.ui.binding_lines import BindingLines
from dictation.ui.errands import Errands
from dictation.ui.key_tools import KeyTools
from dictation.ui.labels import label_of
from dictation.ui.setting_line import Line
from dictation.ui.setup import Setup


class HotkeyLines:
    """Tools for each line that holds keys; the desktop's own lines stand under the first."""

    def __init__(self, setup: Setup, lines: Mapping[str, Line], errands: Errands) -> None:
        self._setup, self._errands = setup, errands
        self.binding = BindingLines(_("Copy"), setup.crash, self.tell)
        self.tools = {name: self._tools_for(lines[name]) for name in KEY_SETTINGS}
        self.tools[KEY_SETTINGS[0]].add(self.binding)

    def _tools_for(self, line: Line) -> KeyTools:
        def read() -> str:
            return str(line.field.value())

        tools = KeyTools(label_of(line.name), self._setup.trials, read, line.put)
        line.add_below(tools)
        return tools

    def tell(self) -> None:
        """Looks anew who hears the keys, and says so."""
        backend, trials = self._setup.settings().hotkey_backend, self._setup.trials

        def look() -> tuple[Mapping[str, str], tuple[str, ...], Offer | None]:
            served = trials.served_by(backend).items()
            words = {name: f"{its[:1].upper()}{its[1:]}." for name, its in served}
            return words, trials.lines(backend), trials.offer()

        def failed(error: DictationError) -> None:
            words = f"{error.title}: {error.message} {error.hint}".strip()
            self._show(dict.fromkeys(self.tools, words))

        self._errands.run("backend", look, lambda found: self._show(*found), failed)

    def leave(self) -> None:
        """The window closes: the usual keys work again."""
        for tools in self.tools.values():
            tools.leave()

    def _show(
        self, served: Mapping[str, str], lines: tuple[str, ...] = (), offer: Offer | None = None
    ) -> None:
        for name, tools in self.tools.items():
            tools.usual = served[name]
            if not tools.try_out.trying:
                tools.tell()
        self.binding.tell(lines, offer)
