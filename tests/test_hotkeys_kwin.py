"""Hotkeys on KDE's own compositor, by its own portals."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dictation.desktop import detect
from dictation.hotkeys import actions, portal
from dictation.hotkeys.actions import TALK
from dictation.hotkeys.hearer import Hearer
from dictation.settings import Settings
from tests.desktop import until
from tests.kwin import Kwin
from tests.test_hotkeys_x11 import Heard

pytestmark = pytest.mark.only_on("linux")


@pytest.fixture
def kwin(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kwin]:
    with Kwin(shortcuts=True) as running:
        asked = [str(running.folder / "kwin_wayland"), "--version"]
        if "kwin 5." not in subprocess.run(asked, capture_output=True, text=True).stdout:
            pytest.skip("from Plasma 6 on it shows a dialog, which nobody answers here")
        for name, value in running.env.items():
            monkeypatch.setenv(name, value)
        yield running


def test_press_and_release_are_heard_at_the_next_start_too(kwin: Kwin) -> None:
    desktop = detect()
    assert portal.probe(desktop).works
    for hotkey in ("Ctrl+Alt+Space", "Ctrl+Alt+D"):  # of which the first stays: it is the user's
        heard = Heard()
        listener = portal.listen(
            actions(Settings(hotkey=hotkey, cancel_hotkey="Escape")),
            desktop=desktop,
            hearer=Hearer(heard.press, heard.release, heard.note_lost),
        )
        until("its keys", lambda made=listener: made.triggers)  # type: ignore[misc]
        assert listener.triggers == {"talk": "Ctrl+Alt+Space"}
        kwin.key("ctrl+alt+space")
        heard.expect("press", "release")
        assert "“Ctrl+Alt+Space”" in listener.verdict(TALK).why
        listener.close()
        kwin.key("ctrl+alt+space")
        assert heard.calls == ["press", "release"]
