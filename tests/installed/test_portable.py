"""The portable folder on a system without Python: copied there, used, deleted without a trace."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dictation import __version__
from tests.desktop import VirtualDesktop
from tests.installed.clean import PATH, CleanDebian
from tests.installed.story import (
    Installed,
    built,
    dictates,
    is_told,
    leaves_nothing,
    lists,
    need_root,
    size,
)

pytestmark = [pytest.mark.only_on("linux"), pytest.mark.long]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by one command."""
    place: Path = tmp_path_factory.mktemp("portable")
    built(place, "portable.py", sys.executable)
    return place / "dictation"


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CleanDebian]:
    """One that has never seen Python, but what every desktop has: OpenGL and fonts."""
    need_root("debootstrap", "unshare")
    root: Path = tmp_path_factory.mktemp("clean") / "debian"
    made = CleanDebian(root)
    made.install("libegl1", "libgl1", "fonts-dejavu-core", "libasound2-plugins")
    yield made
    shutil.rmtree(root, ignore_errors=True)


def test_it_dictates_where_there_is_no_python(
    folder: Path,
    debian: CleanDebian,
    desktop: VirtualDesktop,
    user: Path,
    record_property: Callable[[str, object], None],
) -> None:
    assert not list((debian.root / "usr" / "bin").glob("python*"))
    before = debian.files()
    place = debian.root / "opt" / "dictation"
    shutil.copytree(folder, place, symlinks=True)
    app = Installed(desktop, (*debian.enter, "/opt/dictation/dictation"), PATH=PATH)
    assert app.does("--version") == f"dictation {__version__}\n"
    is_told(app)
    ready = dictates(desktop, app)
    megabytes = size(place) / 1e6
    leaves_nothing(app, user, set(), lambda: shutil.rmtree(place))
    assert debian.files() == before
    record_property("figures", f"portable: {megabytes:.0f} MB, ready in {ready:.1f} s")


def test_it_says_what_it_is_made_of_and_has_none_of_what_is_unused(folder: Path) -> None:
    [licences] = folder.rglob("LICENCES.txt")
    told = licences.read_text("utf-8")
    for name in ("PySide6", "numpy", "httpx", "pocketsphinx"):
        assert f"\n{name}" in told
    [bill] = folder.rglob("sbom.cdx.json")
    assert lists(bill, "PySide6-Essentials", "numpy", "dictation-desktop")
    names = {path.name for path in folder.rglob("*")}
    assert not [name for name in names if name.startswith(("libQt6Qml", "libQt6Quick", "libgtk"))]
    assert not [name for name in names if name.startswith(("av.", "libavcodec"))]
