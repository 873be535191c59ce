"""The program's entry in the desktop's menu."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dictation import menu_entry
from dictation.cli import main
from tests.test_languages import ROOT

pytestmark = pytest.mark.only_on("linux")


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data with a space"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    return folder


def test_it_is_written_with_its_icon_and_taken_away_again(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["install-desktop"]) == 0
    entry, picture = menu_entry.files()
    assert str(entry) in capsys.readouterr().out
    assert picture.read_bytes().startswith(b"<svg")
    assert main(["install-desktop"]) == 0  # again is as good as once
    assert main(["install-desktop", "--undo"]) == 0
    assert [path for path in data.rglob("*") if path.is_file()] == []
    assert main(["install-desktop", "--undo"]) == 0
    assert "none" in capsys.readouterr().out


def test_desktops_can_read_it() -> None:
    validator = shutil.which("desktop-file-validate")
    if validator is None:
        pytest.skip("missing here: apt install desktop-file-utils")
    done = subprocess.run([validator, menu_entry.write()], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_every_language_is_in_it_whichever_is_in_use() -> None:
    subprocess.run([sys.executable, ROOT / "packaging" / "languages.py"], check=True)
    lines = menu_entry.text().splitlines()
    assert lines[0] == "[Desktop Entry]"
    assert "Name=Dictation" in lines
    assert "Comment[de]=Sprechen Sie, und der Text steht an der Schreibmarke" in lines
    assert [line for line in lines if line.startswith("Keywords[de]=sprache;")]


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
