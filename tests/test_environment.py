"""Keys in the environment, the programs that must not inherit them, and threads for nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dictation.environment import take_keys, without_keys

HERE = {"PATH": "/bin", "OPENROUTER_API_KEY": "a", "SOMEBODYS_API_KEY": "b"}
LISTEN = """
import os
from dictation.cli import main
main(["settings", "get", "language"])
from dictation.speech import Tracks
before = set(os.listdir("/proc/self/task"))
Tracks()().feed(bytes(32_000))
print(len(set(os.listdir("/proc/self/task")) - before))
"""


def test_a_started_program_gets_no_key_of_anybodys() -> None:
    assert without_keys(HERE) == {"PATH": "/bin"}


def test_keys_are_taken_out_once_and_for_all() -> None:
    here = dict(HERE)
    assert take_keys(here) == {"OPENROUTER_API_KEY": "a", "SOMEBODYS_API_KEY": "b"}
    assert here == {"PATH": "/bin"}
    assert take_keys(here) == {}


@pytest.mark.only_on("linux")
def test_the_voice_detector_starts_no_threads_of_its_own() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LISTEN], capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[-1] == "0"
