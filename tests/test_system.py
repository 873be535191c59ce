"""What the system must bring: found by its loader, named, installed by its package manager."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dictation.desktop import Desktop
from dictation.errors import MissingPart
from dictation.system import (
    LIBRARIES,
    MANAGERS,
    Missing,
    install_command,
    manager,
    missing,
    os_release,
    told,
    useful,
)
from tests.desktop import until

PORTAUDIO = Missing("libportaudio.so.2", "sound", LIBRARIES["libportaudio.so.2"])
CURSOR = Missing("libxcb-cursor.so.0", "windows", LIBRARIES["libxcb-cursor.so.0"])
DEBIAN, FEDORA = {"ID": "debian"}, {"ID": "fedora"}
ARCH, SUSE = {"ID": "arch"}, {"ID": "opensuse-tumbleweed", "ID_LIKE": "opensuse suse"}


def without(*lacking: str) -> Callable[[str], object]:
    """A loader of a system that lacks these libraries."""

    def load(library: str) -> object:
        for name in lacking:
            if name == library or (library.endswith("libqxcb.so") and "qt" in lacking):
                raise OSError(f"{lacking[-1]}: cannot open shared object file: No such file")
        return object()

    return load


def has(*programs: str) -> Callable[[str], str | None]:
    return lambda program: f"/usr/bin/{program}" if program in programs else None


class TestMissing:
    def test_nothing_lacks_where_the_loader_finds_all(self) -> None:
        assert missing(without()) == []

    def test_every_lacking_library_is_named_with_what_needs_it(self) -> None:
        assert missing(without("libportaudio.so.2", "libxcb-cursor.so.0")) == [PORTAUDIO, CURSOR]

    def test_library_that_only_the_loader_knows_of_is_named(self) -> None:
        pytest.importorskip("PySide6")
        (lack,) = missing(without("qt", "libnew.so.7"))
        assert (lack.library, lack.packages) == ("libnew.so.7", ())

    @pytest.mark.parametrize("system", ["windows", "macos"])
    def test_other_systems_lack_nothing(self, system: str) -> None:
        desktop = Desktop(system, "native")  # type: ignore[arg-type]
        assert missing(without("libportaudio.so.2"), desktop) == []
        assert useful(Path("/nowhere"), desktop) == []

    @pytest.mark.only_on("linux")
    def test_real_loader_is_asked_and_is_quick(self) -> None:
        missing()
        began = time.perf_counter()
        assert missing() == []
        assert time.perf_counter() - began < 0.1

    def test_way_to_the_sound_server_is_looked_for(self, tmp_path: Path) -> None:
        assert [lack.packages[0] for lack in useful(tmp_path)] == ["libasound2-plugins"]
        plugin = tmp_path / "lib" / "x86_64-linux-gnu" / "alsa-lib"
        plugin.mkdir(parents=True)
        (plugin / "libasound_module_pcm_pipewire.so").touch()
        assert useful(tmp_path) == []


class TestCommand:
    @pytest.mark.parametrize(
        ("release", "command"),
        [
            (
                DEBIAN,
                "apt-get install -y --no-install-recommends libportaudio2 libxcb-cursor0",
            ),
            (FEDORA, "dnf install -y portaudio xcb-util-cursor"),
            (ARCH, "pacman -S --needed --noconfirm portaudio xcb-util-cursor"),
            (SUSE, "zypper --non-interactive install libportaudio2 libxcb-cursor0"),
        ],
    )
    def test_each_distribution_has_its_own(self, release: dict[str, str], command: str) -> None:
        assert install_command([PORTAUDIO, CURSOR], release, root=True) == command.split()

    @pytest.mark.parametrize(
        ("release", "expected"),
        [
            ({"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, "apt"),
            ({"ID": "rocky", "ID_LIKE": "rhel centos fedora"}, "dnf"),
            ({"ID": "manjaro", "ID_LIKE": "arch"}, "pacman"),
            ({"ID": "nixos"}, ""),
            ({}, ""),
        ],
    )
    def test_derived_distribution_is_known_by_its_parents(
        self, release: dict[str, str], expected: str
    ) -> None:
        assert manager(release) == expected

    def test_unknown_distribution_or_library_has_none(self) -> None:
        assert install_command([CURSOR], {"ID": "nixos"}, root=True) == []
        assert install_command([CURSOR, Missing("libnew.so.7", "")], DEBIAN, root=True) == []
        assert install_command([], DEBIAN, root=True) == []

    def test_user_becomes_root_by_what_there_is(self) -> None:
        def command(*programs: str) -> list[str]:
            return install_command([CURSOR], ARCH, root=False, which=has(*programs))

        plain = ["pacman", "-S", "--needed", "--noconfirm", "xcb-util-cursor"]
        assert command("pkexec", "sudo") == ["sudo", *plain]
        assert command("pkexec") == ["pkexec", *plain]
        assert command() == ["su", "-c", " ".join(plain)]

    def test_every_library_has_a_package_for_each_manager(self) -> None:
        for soname, packages in LIBRARIES.items():
            assert len(packages) == len(MANAGERS), soname
            assert all(packages), soname

    @pytest.mark.only_on("linux")
    def test_this_machine_tells_what_it_is(self) -> None:
        assert os_release()["ID"]

    def test_error_names_the_library_and_what_to_do(self) -> None:
        error = told([CURSOR])
        assert isinstance(error, MissingPart)
        assert "libxcb-cursor.so.0" in error.message
        assert error.hint


ENSURE = """
import sys
from pathlib import Path
from dictation.cli import tell
from dictation.errors import DictationError
from dictation.system import Missing, ensure
installed, lack = Path(sys.argv[1]), Missing("libfoo.so.1", "sound", ("foo",) * 4)
try:
    ensure(yes="--yes" in sys.argv, look=lambda: [] if installed.exists() else [lack])
except DictationError as error:
    tell(error)
    raise SystemExit(error.code)
"""


@pytest.mark.only_on("linux")
class TestEnsure:
    """In a process of its own, with a library that lacks and a package manager that is a fake."""

    @pytest.fixture
    def environment(self, tmp_path: Path) -> dict[str, str]:
        programs = tmp_path / "bin"
        programs.mkdir()
        script = f'#!/bin/sh\necho "$0 $*" >>{tmp_path}/ran\ntouch {tmp_path}/installed\n'
        for name in ("apt-get", "dnf", "pacman", "zypper"):
            (programs / name).write_text(script)
            (programs / name).chmod(0o755)
        (programs / "sudo").write_text('#!/bin/sh\nexec "$@"\n')
        (programs / "sudo").chmod(0o755)
        return {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}

    def command(self, tmp_path: Path, *flags: str) -> list[str]:
        return [sys.executable, "-c", ENSURE, str(tmp_path / "installed"), *flags]

    def test_without_a_terminal_it_names_what_lacks_and_how_to_install_it(
        self, tmp_path: Path, environment: dict[str, str]
    ) -> None:
        done = subprocess.run(
            self.command(tmp_path),
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "libfoo.so.1" in done.stderr
        assert not (tmp_path / "ran").exists()

    def test_yes_installs_without_asking(self, tmp_path: Path, environment: dict[str, str]) -> None:
        done = subprocess.run(
            self.command(tmp_path, "--yes"),
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "foo" in (tmp_path / "ran").read_text()
        assert not done.stdout

    @pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"\n", 0), (b"n\n", 1)])
    def test_on_a_terminal_it_asks(
        self, tmp_path: Path, environment: dict[str, str], answer: bytes, code: int
    ) -> None:
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            self.command(tmp_path), env=environment, stdin=theirs, stderr=theirs, stdout=theirs
        ) as process:
            os.close(theirs)
            said = b""

            def asked() -> bool:
                nonlocal said
                said += os.read(ours, 1000)
                return b"[Y/n]" in said

            until("the question", asked)
            assert b"libfoo.so.1" in said
            os.write(ours, answer)
            assert process.wait(20) == code
        os.close(ours)
        assert (tmp_path / "ran").exists() == (code == 0)
