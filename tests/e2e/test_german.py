"""The app in another language than English, from the catalogue that the build compiles."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.app import App
from tests.desktop import VirtualDesktop, until
from tests.e2e.test_history_window import windows
from tests.test_languages import ROOT, catalogue_of


@pytest.fixture(scope="module")
def german() -> dict[str, str]:
    """Each text in German; the app finds them as a build leaves them."""
    subprocess.run([sys.executable, ROOT / "packaging" / "languages.py"], check=True)
    catalogue = catalogue_of(Path(ROOT, "resources", "languages", "de.po"))
    return {str(each.id): str(each.string) for each in catalogue}


def test_windows_and_errors_are_in_german_where_the_system_is(
    desktop: VirtualDesktop, german: dict[str, str]
) -> None:
    def titles() -> set[str]:
        return {desktop.run("xdotool", "getwindowname", each).strip() for each in windows(desktop)}

    environment = {"LANG": "de_DE.UTF-8"}
    with App(desktop, minimized=False, **environment) as app:
        until(
            "the first start",
            lambda: any(german["Welcome to Dictation"] in each for each in titles()),
        )
        code, _out, err = app.command("settings", "set", "max_minutes", "1e9")

    assert code == 3
    assert german["A setting is wrong"] in err
