"""Connections to the X server, and python-xlib's faults."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dictation.errors import MissingPart
from dictation.xserver import connect
from tests.desktop import VirtualDesktop

pytestmark = pytest.mark.only_on("linux")

NO_KEY = 3  # keys begin at 8


def test_a_refused_value_is_an_error_and_hangs_nobody(desktop: VirtualDesktop) -> None:
    from Xlib import error

    refused: list[error.XError] = []
    answers: list[int] = []
    display = connect(desktop.env["DISPLAY"])
    display.set_error_handler(lambda problem, _request: refused.append(problem))

    def ask() -> None:
        display.change_keyboard_mapping(NO_KEY, [(0x61,)])
        display.sync()
        answers.append(display.get_atom("STRING"))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(5)
    assert [type(problem) for problem in refused] == [error.BadValue]
    assert answers == [31]
    display.close()


@pytest.mark.parametrize("content", [b"", b"\x01\x00no such file"])
def test_a_bad_authority_file_puts_nothing_on_stdout(
    desktop: VirtualDesktop, tmp_path: Path, content: bytes
) -> None:
    authority = tmp_path / "authority"
    authority.write_bytes(content)
    code = "from dictation.xserver import connect; connect('')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[1],
        env=desktop.env | {"XAUTHORITY": str(authority)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


# python-xlib leaves its socket to the garbage collector where connecting fails.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_x_server_is_told_by_name() -> None:
    with pytest.raises(MissingPart, match=":987 does not answer"):
        connect(":987")
