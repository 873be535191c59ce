"""The wheel in an empty environment: it starts, dictates, and goes without a trace."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from dictation import __version__
from dictation.menu_entry import ENTRY
from tests.desktop import VirtualDesktop
from tests.installed.story import ROOT, Installed, dictates, files, is_told, leaves_nothing

pytestmark = pytest.mark.only_on("linux")
BUILD = (sys.executable, "-m", "build", "--no-isolation", "--outdir")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the sdist, as it is for a release."""
    folder: Path = tmp_path_factory.mktemp("dist")
    done = subprocess.run([*BUILD, folder, ROOT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [made] = folder.glob("*.whl")
    assert made.name == f"dictation_desktop-{__version__}-py3-none-any.whl"
    return made


def test_all_that_people_expect_is_inside(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    share = "dictation/resources/share"
    for name in (
        f"{share}/{ENTRY}",
        f"{share}/man/man1/dictation.1",
        f"{share}/icons/hicolor/48x48/apps/io.github.dictation.Dictation.png",
        f"{share}/fish/vendor_completions.d/dictation.fish",
        "dictation/resources/icons/recording.svg",
        "dictation/resources/languages/de.mo",
        f"dictation_desktop-{__version__}.dist-info/licenses/LICENSE",
    ):
        assert name in names
    assert not [name for name in names if name.startswith(("tests", "packaging"))]


def test_it_is_the_same_to_the_byte_when_built_again(wheel: Path, tmp_path: Path) -> None:
    """Straight from the checkout, at another time, and in another language."""
    done = subprocess.run(
        [*BUILD, tmp_path, "--wheel", ROOT],
        env={"PATH": "/usr/bin:/bin", "LANG": "de_DE.UTF-8", "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_a_user_installs_it_dictates_and_removes_it(
    wheel: Path,
    desktop: VirtualDesktop,
    user: Path,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    place = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", place], check=True)
    python, program = place / "bin" / "python", place / "bin" / "dictation"
    bare = files(place, ["lib"])
    pip = (python, "-m", "pip", "--disable-pip-version-check")
    done = subprocess.run(
        [*pip, "install", "--quiet", wheel], capture_output=True, text=True, check=False
    )
    if "No matching distribution found" in done.stderr:
        pytest.skip("missing here: a package index, for what the wheel needs")
    assert done.returncode == 0, done.stderr
    app = Installed(desktop, (str(program),))
    assert app.does("--version") == f"dictation {__version__}\n"
    is_told(app)
    ready = dictates(desktop, app)

    def uninstall() -> None:
        subprocess.run([*pip, "uninstall", "--quiet", "-y", "dictation-desktop"], check=True)
        assert not program.exists()
        left = {name for name in files(place) if "dictation" in name}
        assert left <= bare

    leaves_nothing(app, user, set(), uninstall)
    record_property(
        "figures", f"wheel: {wheel.stat().st_size / 1e6:.1f} MB, ready in {ready:.1f} s"
    )
