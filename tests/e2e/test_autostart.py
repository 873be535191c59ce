"""The app starts with the session where that is wanted, from the change of the setting on."""

from __future__ import annotations

from pathlib import Path

from tests.app import App
from tests.desktop import VirtualDesktop, until


def test_a_switched_setting_is_what_the_desktop_does(
    desktop: VirtualDesktop, tmp_path: Path
) -> None:
    entry = tmp_path / "autostart" / "io.github.dictation.Dictation.desktop"
    with App(desktop, XDG_CONFIG_HOME=str(tmp_path)) as app:
        app.does("settings", "set", "autostart", "true")
        until("the entry", entry.exists)
        app.does("settings", "set", "autostart", "false")
        until("it is gone", lambda: not entry.exists())
