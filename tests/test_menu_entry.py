"""The program's entry in the desktop's menu."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dictation import menu_entry
from dictation.cli import main
from dictation.paths import places
from dictation.settings import load
from tests.test_languages import ROOT

pytestmark = pytest.mark.only_on("linux")
HERE = ("/usr/bin/dictation",)


@pytest.fixture(autouse=True)
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own folders, with something in them that is not ours."""
    folder = tmp_path / "a home with spaces"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    (folder / "data" / "applications").mkdir(parents=True)
    (folder / "data" / "applications" / "other.desktop").write_text("[Desktop Entry]\n")
    return folder


def all_of(folder: Path) -> set[str]:
    """Files and folders below, but for the index that a tool of the desktop's keeps."""
    found = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    return found - {"data/applications/mimeinfo.cache"}


def test_all_of_it_is_written_and_taken_away_again(
    user: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = all_of(user)
    assert main(["install-desktop"]) == 0
    assert str(menu_entry.file()) in capsys.readouterr().out
    assert menu_entry.file(menu_entry.ICON).read_bytes().startswith(b"<svg")
    autostart = "config/autostart/io.github.dictation.Dictation.desktop"
    assert {f"data/{menu_entry.ENTRY}", f"data/{menu_entry.SERVICE}", autostart} <= all_of(user)
    assert load(places().settings)[0].autostart
    written = all_of(user)
    assert main(["install-desktop"]) == 0  # again is as good as once
    assert all_of(user) == written
    assert main(["install-desktop", "--undo"]) == 0
    assert all_of(user) - {"config", "config/autostart"} == before
    assert not load(places().settings)[0].autostart
    assert main(["install-desktop", "--undo"]) == 0
    assert "none" in capsys.readouterr().out


def test_the_start_of_the_session_is_left_alone_where_that_is_wanted(user: Path) -> None:
    assert main(["install-desktop", "--no-autostart"]) == 0
    assert not (user / "config").exists()
    assert main(["settings", "set", "autostart", "true"]) == 0
    assert main(["install-desktop", "--undo", "--no-autostart"]) == 0
    assert load(places().settings)[0].autostart


def test_our_links_are_known_once_it_is_written_and_no_longer_after(user: Path) -> None:
    if shutil.which("update-desktop-database") is None:
        pytest.skip("missing here: apt install desktop-file-utils")
    index = user / "data" / "applications" / "mimeinfo.cache"
    menu_entry.write()
    assert f"x-scheme-handler/dictation={menu_entry.file().name};" in index.read_text()
    menu_entry.remove()
    assert not index.exists()


def test_a_service_of_the_bus_starts_it_as_an_icon(tmp_path: Path) -> None:
    lines = menu_entry.service(("/a folder/dictation",)).splitlines()
    assert lines[1:] == [
        "Name=io.github.dictation.Dictation",
        "Exec='/a folder/dictation' --minimized",
    ]


def test_desktops_can_read_it() -> None:
    validator = shutil.which("desktop-file-validate")
    if validator is None:
        pytest.skip("missing here: apt install desktop-file-utils")
    done = subprocess.run([validator, menu_entry.write()], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_every_language_is_in_it_whichever_is_in_use() -> None:
    subprocess.run([sys.executable, ROOT / "packaging" / "languages.py"], check=True)
    lines = menu_entry.text(HERE).splitlines()
    assert lines[0] == "[Desktop Entry]"
    assert "Name=Dictation" in lines
    assert "Comment[de]=Sprechen Sie, und der Text steht an der Schreibmarke" in lines
    assert [line for line in lines if line.startswith("Keywords[de]=sprache;")]
    assert "Name[de]=Diktat beginnen" in lines


def test_what_starts_with_the_session_offers_nothing_to_a_menu() -> None:
    lines = menu_entry.at_login((*HERE, "--minimized")).splitlines()
    assert "Exec=/usr/bin/dictation --minimized" in lines
    assert not [line for line in lines if line.startswith(("MimeType", "Actions", "[Desktop A"))]


@pytest.mark.parametrize(
    ("argument", "written"),
    [
        ("/usr/bin/dictation", "/usr/bin/dictation"),
        ("/home/a b/dictation", '"/home/a b/dictation"'),
        ("/100%/dictation", "/100%%/dictation"),
        ("/$HOME/dictation", '"/\\\\$HOME/dictation"'),
    ],
)
def test_any_path_is_quoted_as_the_specification_says(argument: str, written: str) -> None:
    assert menu_entry._quoted(argument) == written
