"""The Debian package in a clean Debian: installed, used, upgraded, and purged without a trace."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dictation import __version__
from dictation.menu_entry import ENTRY, SERVICE
from tests.desktop import VirtualDesktop
from tests.installed.clean import PATH, CleanDebian
from tests.installed.story import (
    ROOT,
    Installed,
    built,
    dictates,
    is_told,
    leaves_nothing,
    lists,
    need_root,
)

pytestmark = [pytest.mark.only_on("linux"), pytest.mark.long]
NAME = "dictation-desktop"
SYSTEM_PYTHON = "/usr/bin/python3"  # whose packages a Debian package is made for


@pytest.fixture(scope="module")
def deb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by one command."""
    need_root("dh", "dpkg-buildpackage", "lintian")
    folder: Path = tmp_path_factory.mktemp("deb")
    built(folder, "deb.py", SYSTEM_PYTHON)
    [made] = folder.glob("*.deb")
    return made


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CleanDebian]:
    """With the user's terminal to dictate into left to the desktop outside."""
    need_root("debootstrap", "unshare")
    root: Path = tmp_path_factory.mktemp("clean") / "debian"
    yield CleanDebian(root)
    shutil.rmtree(root, ignore_errors=True)


def test_debians_own_checker_finds_no_error(deb: Path) -> None:
    done = subprocess.run(["lintian", deb], capture_output=True, text=True, check=False)
    told = done.stdout + done.stderr
    assert [line for line in told.splitlines() if line.startswith("E:")] == []


def newer(deb: Path, folder: Path) -> Path:
    """The same package as if it were of the next version."""
    tree = folder / "tree"
    subprocess.run(["dpkg-deb", "--raw-extract", deb, tree], check=True)
    control = tree / "DEBIAN" / "control"
    text, found = re.subn(r"^Version: .*$", r"\g<0>+1", control.read_text("utf-8"), flags=re.M)
    assert found == 1
    control.write_text(text, encoding="utf-8")
    made = folder / "newer.deb"
    subprocess.run(["dpkg-deb", "-Znone", "--build", tree, made], check=True)
    shutil.rmtree(tree)
    return made


def test_it_is_installed_used_upgraded_and_purged_without_a_trace(
    deb: Path,
    debian: CleanDebian,
    desktop: VirtualDesktop,
    user: Path,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    before = debian.files()
    debian.install(deb)
    shown = {f"/usr/share/{name}" for name in (ENTRY, SERVICE, "man/man1/dictation.1.gz")}
    assert {"/usr/bin/dictation", *shown} <= debian.files()
    unpacked = int(debian.run("dpkg-query", "-W", "-f", "${Installed-Size}", NAME)) / 1024
    app = Installed(desktop, (*debian.enter, "/usr/bin/dictation"), PATH=PATH)
    assert app.does("--version") == f"dictation {__version__}\n"
    is_told(app)
    ready = dictates(desktop, app)
    debian.install(newer(deb, tmp_path))
    assert "+1" in debian.run("dpkg-query", "-W", "-f", "${Version}", NAME)
    assert len(app.takes()) == 1  # the user's own is as it was

    def purge() -> None:
        debian.run("apt-get", "purge", "-q", "-y", "--autoremove", NAME)

    leaves_nothing(app, user, set(), purge)
    assert debian.files() == before
    megabytes = deb.stat().st_size / 1e6
    record_property(
        "figures", f"deb: {megabytes:.0f} MB, {unpacked:.0f} MB installed, ready in {ready:.1f} s"
    )


def test_its_texts_tell_the_licences_of_all_it_carries(deb: Path, tmp_path: Path) -> None:
    subprocess.run(["dpkg-deb", "--extract", deb, tmp_path], check=True)
    site = next((tmp_path / "usr" / "lib" / NAME / "lib").glob("python3*/site-packages"))
    listed = tmp_path / "usr" / "share" / "doc" / NAME / "licences.txt.gz"
    told = subprocess.run(["zcat", listed], capture_output=True, text=True, check=True).stdout
    for folder in site.glob("*.dist-info"):
        name = re.sub(r"[-_.]", "[-_.]", folder.name.partition("-")[0])
        assert re.search(rf"^{name} .+: .+", told, re.IGNORECASE | re.MULTILINE), name
    packed = tmp_path / "usr" / "share" / "doc" / NAME / "sbom.cdx.json.gz"
    subprocess.run(["gunzip", packed], check=True)
    assert lists(packed.with_suffix(""), "PySide6-Essentials", "numpy", "dictation-desktop")
    assert not list(site.glob("av*")), "its wheel has parts under the GPL"
    assert (
        (tmp_path / "usr" / "share" / "doc" / NAME / "copyright")
        .read_text("utf-8")
        .count((ROOT / "LICENSE").read_text("utf-8").split("\n")[-4].strip())
    )
