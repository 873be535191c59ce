"""What the program brings for a system's folders: made of one table each, and read by its tools."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dictation import __version__
from dictation.cli import COMMANDS
from dictation.menu_entry import ENTRY, ICON, SERVICE
from dictation.program import APP_ID
from dictation.settings import TABLE
from tests.test_architecture import ROOT

pytestmark = pytest.mark.only_on("linux")


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What packages put into /usr/share."""
    folder: Path = tmp_path_factory.mktemp("usr") / "share"
    subprocess.run([sys.executable, ROOT / "packaging" / "share.py", folder], check=True)
    return folder


def tool(name: str, package: str) -> str:
    """A program that reads it, as a system's own would."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"missing here: apt install {package}")
    return found


def said(*command: str | Path) -> str:
    """All that a command prints, which has to succeed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_menu_can_read_the_entry_and_the_bus_the_service(share: Path) -> None:
    assert said(tool("desktop-file-validate", "desktop-file-utils"), share / ENTRY) == ""
    assert "Exec=/usr/bin/dictation --start" in (share / ENTRY).read_text("utf-8")
    assert (share / SERVICE).read_text("utf-8").splitlines()[1:] == [
        f"Name={APP_ID}",
        "Exec=/usr/bin/dictation --minimized",
    ]


def test_a_software_centre_can_read_what_it_is(share: Path) -> None:
    metainfo = share / "metainfo" / f"{APP_ID}.metainfo.xml"
    said(tool("appstreamcli", "appstream"), "validate", "--no-net", metainfo)
    newest = re.search(r'<release version="([^"]+)" date="([^"]+)"/>', metainfo.read_text("utf-8"))
    assert newest
    assert newest[1] == __version__, "CHANGELOG's newest heading is that of the version"
    for picture in re.findall(r"<image>.*/main/(.+)</image>", metainfo.read_text("utf-8")):
        assert (ROOT / picture).is_file()


def test_the_icon_is_there_in_every_size(share: Path) -> None:
    icons = share / "icons" / "hicolor"
    pictures = {path.parts[-3]: path for path in icons.rglob("*.png")}
    assert set(pictures) == {f"{n}x{n}" for n in (16, 22, 24, 32, 48, 64, 128, 256, 512)}
    for size, path in pictures.items():
        width, height = path.read_bytes()[16:20], path.read_bytes()[20:24]  # of its IHDR
        found = f"{int.from_bytes(width, 'big')}x{int.from_bytes(height, 'big')}"
        assert (found, path.name) == (size, f"{APP_ID}.png")
    assert (share / ICON).is_file()
    assert (icons / "symbolic" / "apps" / f"{APP_ID}-symbolic.svg").is_file()


def test_the_manual_tells_every_command_and_setting(share: Path) -> None:
    page = share / "man" / "man1" / "dictation.1"
    text = page.read_text("utf-8")
    for name in COMMANDS:
        assert f".SS\ndictation {name}".replace("-", "\\-") in text
    for name in TABLE:
        assert f".B {name}\n" in text
    assert ".B 130\n" in text  # README's exit codes
    assert "%(" not in text
    shown = said(tool("groff", "groff-base"), "-man", "-Tutf8", "-K", "utf8", "-ww", page)
    assert "warning" not in shown
    assert f"dictation {__version__}" in shown


TYPED = [
    (("tog",), "toggle"),
    (("history", "exp"), "export"),
    (("transcribe", "--provider", "openr"), "openrouter"),
    (("transcribe", "--allow-plain-http", "t"), "true"),
    (("settings", "set", "keep_microphone"), "keep_microphone_open"),
    (("transcribe", "clip.w"), "clip.wav"),
]
# Calls the function as bash does, with the words typed so far.
BASH = """
source "$1"; shift
name=$(complete -p dictation | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
COMP_WORDS=(dictation "$@"); COMP_CWORD=$#
"$name" dictation "${COMP_WORDS[$COMP_CWORD]}" "${COMP_WORDS[$COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


each_typed = pytest.mark.parametrize(
    ("words", "completed"), TYPED, ids=lambda given: " ".join(given)
)


def offered(folder: Path, *command: str | Path) -> list[str]:
    """What a shell offers in a folder with a recording, a line each."""
    (folder / "clip.wav").touch()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


@each_typed
def test_bash_completes(
    share: Path, tmp_path: Path, words: tuple[str, ...], completed: str
) -> None:
    script = share / "bash-completion" / "completions" / "dictation"
    shell = (tool("bash", "bash"), "-c", BASH, "bash", script)
    assert offered(tmp_path, *shell, *words) == [completed]


@each_typed
def test_fish_completes(
    share: Path, tmp_path: Path, words: tuple[str, ...], completed: str
) -> None:
    script = share / "fish" / "vendor_completions.d" / "dictation.fish"
    ask = f"source {script}; complete -C 'dictation {' '.join(words)}'"
    assert offered(tmp_path, tool("fish", "fish"), "--no-config", "-c", ask) == [completed]


def test_zsh_can_load_its_completions(share: Path, tmp_path: Path) -> None:
    folder = share / "zsh" / "site-functions"
    load = f"fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -d {tmp_path / 'dump'}"
    ask = f"{load}; print ${{_comps[dictation]}}; autoload +X _dictation"
    assert said(tool("zsh", "zsh"), "-fc", ask) == "_dictation\n"
