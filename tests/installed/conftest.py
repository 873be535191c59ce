"""What tests of installed programs can ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desktop import VirtualDesktop


@pytest.fixture
def user(desktop: VirtualDesktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh home, whose usual folders programs on the desktop take; they know of no checkout."""
    for name in ("DICTATION_HOME", "PYTHONPATH"):
        monkeypatch.delitem(desktop.env, name, raising=False)
    home = tmp_path / "user"
    home.mkdir()
    monkeypatch.setitem(desktop.env, "HOME", str(home))
    return home
