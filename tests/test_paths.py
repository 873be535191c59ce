"""Where things are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from dictation.paths import SOCKET_ADDRESS_LIMIT, places, resource, write_private


def test_everything_is_under_dictation_home(home: Path) -> None:
    found = places()
    for place in (found.config, found.state, found.data, found.cache, found.run):
        assert place.is_relative_to(home)


def test_without_it_the_platform_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DICTATION_HOME")
    assert places().run == tmp_path / "dictation"
    monkeypatch.delenv("XDG_RUNTIME_DIR")  # over ssh, say
    assert places().run == places().state / "run"


@pytest.mark.parametrize("variable", ["DICTATION_HOME", "XDG_STATE_HOME"])
def test_a_socket_has_a_short_address(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.delenv("DICTATION_HOME")
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setenv(variable, "/" + "x" * 150)
    first = places().run
    assert len(str(first)) < SOCKET_ADDRESS_LIMIT
    monkeypatch.setenv(variable, "/" + "y" * 150)
    assert places().run != first


def test_a_file_is_replaced_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_private(path, b"one")
    write_private(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_resources_are_there() -> None:
    assert resource("icons/idle.svg").is_file()
