"""Where things are kept."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from dictation.paths import (
    SOCKET_ADDRESS_LIMIT,
    is_ours,
    places,
    private,
    private_cache,
    private_file,
    resource,
    write_private,
)

NOBODY = 65534


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


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.only_on("linux", "darwin")
class TestFoldersForTheUserAlone:
    @pytest.mark.parametrize("umask", [0o000, 0o022, 0o177])
    def test_are_made_so_whatever_the_umask_with_all_above_them(
        self, tmp_path: Path, umask: int
    ) -> None:
        before = os.umask(umask)
        try:
            private_file(tmp_path / "a" / "b" / "file")
        finally:
            os.umask(before)
        found = [mode(tmp_path / name) for name in ("a", "a/b", "a/b/file")]
        assert found == [0o700, 0o700, 0o600]

    def test_are_closed_where_they_were_open_to_others(self, tmp_path: Path) -> None:
        folder, file = tmp_path / "folder", tmp_path / "folder" / "file"
        folder.mkdir()
        file.write_text("kept")
        folder.chmod(0o777)
        file.chmod(0o666)
        private_file(file)
        assert (mode(folder), mode(file), file.read_text()) == (0o700, 0o600, "kept")

    def test_stay_closed_to_the_user_who_closed_them(self, tmp_path: Path) -> None:
        folder = tmp_path / "folder"
        folder.mkdir(mode=0o555)
        assert mode(private(folder)) == 0o500

    @pytest.mark.parametrize("place", ["home", "home/.config", "home/.local", "data"])
    def test_are_not_made_of_those_that_hold_all_of_the_users_things(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place).chmod(0o755)
        assert mode(private(tmp_path / place)) == 0o755

    def test_are_not_made_through_a_link_nor_of_what_all_share(self, tmp_path: Path) -> None:
        there, link = tmp_path / "there", tmp_path / "link"
        there.mkdir()
        link.symlink_to(there)
        there.chmod(0o755)
        assert mode(private(link)) == 0o755
        there.chmod(0o1777)
        assert mode(private(there)) == 0o1777

    def test_are_not_made_of_another_users(self, tmp_path: Path) -> None:
        foreign = Path("/usr")
        if os.geteuid() == 0:
            foreign = tmp_path / "foreign"
            foreign.mkdir()
            foreign.chmod(0o755)
            os.chown(foreign, NOBODY, NOBODY)
        assert mode(private(foreign)) == 0o755
        assert not is_ours(foreign)


def test_a_private_cache_is_left_out_of_backups(tmp_path: Path) -> None:
    folder = private_cache(private_cache(tmp_path / "recordings"))
    tag = folder / "CACHEDIR.TAG"
    assert tag.read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55\n")
    assert [entry.name for entry in folder.iterdir()] == ["CACHEDIR.TAG"]
    assert (mode(folder), mode(tag)) == (0o700, 0o600)
