"""Keys in the environment, and the programs that must not inherit them."""

from __future__ import annotations

from dictation.environment import take_keys, without_keys

HERE = {"PATH": "/bin", "OPENROUTER_API_KEY": "a", "SOMEBODYS_API_KEY": "b"}


def test_a_started_program_gets_no_key_of_anybodys() -> None:
    assert without_keys(HERE) == {"PATH": "/bin"}


def test_keys_are_taken_out_once_and_for_all() -> None:
    here = dict(HERE)
    assert take_keys(here) == {"OPENROUTER_API_KEY": "a", "SOMEBODYS_API_KEY": "b"}
    assert here == {"PATH": "/bin"}
    assert take_keys(here) == {}
