"""Profiles: sets of settings in the same file, laid over the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from dictation import profiles, settings
from dictation.errors import SettingsError
from dictation.settings import Settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def load(path: Path, **flags: str) -> tuple[dict[str, Settings], list[SettingsError]]:
    base, _problems = settings.load(path, {}, flags)
    return profiles.load(path, base, {}, flags)


def test_is_laid_over_what_is_in_force(path: Path) -> None:
    write(path, 'style = "verbatim"\n[profiles.german]\nhotkey = "F9"\nlanguage = "de"\n')
    found, problems = load(path)
    assert not problems
    assert found == {"german": Settings(style="verbatim", hotkey="F9", language="de")}


def test_a_flag_and_the_environment_beat_it_as_they_beat_the_file(path: Path) -> None:
    write(path, '[profiles.german]\nlanguage = "de"\nstyle = "verbatim"\n')
    found, _problems = load(path, language="fr")
    assert found["german"] == Settings(language="fr", style="verbatim")
    found, _problems = profiles.load(path, Settings(), {"DICTATION_STYLE": "clean"})
    assert found["german"] == Settings(language="de")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('style = "shouted"', "profiles.german: style = shouted"),
        ("keep_audio_days = 3", "keep_audio_days belongs to no profile"),
        ("colour = 3", "colour: there is no such setting"),
    ],
)
def test_what_is_wrong_falls_back_alone(path: Path, line: str, told: str) -> None:
    write(path, f'[profiles.german]\nlanguage = "de"\n{line}\n')
    found, problems = load(path)
    assert found == {"german": Settings(language="de")}
    assert told in problems[0].message


def test_saving_keeps_the_rest_of_the_file(path: Path) -> None:
    write(path, 'style = "verbatim"\nunknown = 1\n[profiles.mine]\nlanguage = "fr"\n')
    profiles.save(path, "german", "hotkey", "F9")
    profiles.save(path, "german", "language", "de")
    settings.save(path, style=None, max_minutes=5)
    assert profiles.stored(path) == {
        "mine": {"language": "fr"},
        "german": {"hotkey": "F9", "language": "de"},
    }
    assert settings.read_file(path)[0]["unknown"] == 1
    assert settings.load(path, {})[0] == Settings(max_minutes=5)

    profiles.save(path, "german", "hotkey", None)
    assert profiles.stored(path)["german"] == {"language": "de"}
    profiles.save(path, "german", "language", None)
    profiles.save(path, "mine", "", None)
    assert profiles.stored(path) == {}


def test_a_damaged_file_loses_no_table_and_mixes_none_up(path: Path) -> None:
    write(
        path,
        'style = "verbatim"\nlanguage = en\n[profiles.german] # mine\nhotkey = "F9"\n'
        'language = "de"\nstyle = \n[profiles.french]\nlanguage = "fr"\n',
    )
    base, problems = settings.load(path, {})
    assert base == Settings(style="verbatim")
    assert len(problems) == 2
    found, _problems = load(path)
    assert found["german"] == Settings(style="verbatim", hotkey="F9", language="de")
    assert found["french"] == Settings(style="verbatim", language="fr")


@pytest.mark.parametrize("name", ["profiles.Ä.hotkey", "profiles..hotkey", "profiles.a b.model"])
def test_a_bad_name_is_told(name: str) -> None:
    with pytest.raises(SettingsError, match="small letters"):
        profiles.named(name)


def test_names_are_told_from_settings() -> None:
    assert profiles.named("profiles.german.hotkey") == ("german", "hotkey")
    assert profiles.named("profiles.german") == ("german", "")
    assert profiles.named("hotkey") is None
