"""The table of settings: parsing, the file, the environment, and what is wrong with a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from dictation import settings
from dictation.errors import SettingsError
from dictation.settings import TABLE, Settings
from dictation.settings_table import default_hotkey


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.toml"


@pytest.mark.parametrize("name", TABLE)
def test_every_setting_reads_what_it_prints(name: str) -> None:
    assert settings.parse(name, settings.as_text(settings.default(name))) == settings.default(name)


@pytest.mark.parametrize("name", TABLE)
def test_every_setting_has_help_and_a_group(name: str) -> None:
    assert settings.row(name).help.endswith(".")
    assert settings.row(name).group


class TestValues:
    @pytest.mark.parametrize(
        ("name", "text", "value"),
        [
            ("restore_clipboard", "false", False),
            ("restore_clipboard", "TRUE", True),
            ("timeout", "2.5", 2.5),
            ("keyterms", "Anna, Krzysztof ,", ("Anna", "Krzysztof")),
            ("keyterms", "", ()),
            ("microphone", "file:/a,b.wav@20", ("file:/a,b.wav@20",)),
            ("microphone", "Yeti, Built-in", ("Yeti", "Built-in")),
            ("provider", "offline", "offline"),
        ],
    )
    def test_are_read_from_text(self, name: str, text: str, value: object) -> None:
        assert settings.parse(name, text) == value

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("restore_clipboard", "yes"),
            ("timeout", "soon"),
            ("timeout", "0"),
            ("timeout", "nan"),
            ("max_minutes", "1e9"),
            ("provider", "skynet"),
            ("no_such", "1"),
        ],
    )
    def test_that_are_wrong_are_told(self, name: str, text: str) -> None:
        with pytest.raises(SettingsError, match=name):
            settings.parse(name, text)


class TestFile:
    def test_holds_only_what_differs_from_the_defaults(self, path: Path) -> None:
        settings.save(path, style="verbatim", timeout=30.0)
        assert settings.read_file(path)[0] == {"style": "verbatim"}

    def test_gives_back_what_was_saved(self, path: Path) -> None:
        settings.save(path, keyterms=("a, b", "ü"), microphone=("file:/a,b.wav",))
        loaded, problems = settings.load(path, {})
        assert (loaded.keyterms, loaded.microphone, problems) == (
            ("a, b", "ü"),
            ("file:/a,b.wav",),
            [],
        )

    def test_takes_a_setting_back_to_its_default(self, path: Path) -> None:
        settings.save(path, style="verbatim")
        settings.save(path, style=None)
        assert settings.load(path, {}) == (Settings(), [])

    def test_keeps_names_that_it_does_not_know(self, path: Path) -> None:
        path.parent.mkdir()
        path.write_text('future = 1\nstyle = "verbatim"\n')
        settings.save(path, style="clean")
        assert settings.read_file(path)[0] == {"future": 1}

    def test_lets_a_bad_value_fall_back_alone(self, path: Path) -> None:
        path.parent.mkdir()
        path.write_text('timeout = "soon"\nstyle = "verbatim"\nmicrophone = "Yeti"\n')
        loaded, problems = settings.load(path, {})
        assert (loaded.timeout, loaded.style, loaded.microphone) == (30.0, "verbatim", ("Yeti",))
        assert [problem.code for problem in problems] == [3]

    @pytest.mark.parametrize(
        "damage",
        [
            "timeout = \n",
            "timeout = 30 seconds\n",
            "\x00\x00\xff\n",
            "<<<<<<< HEAD\n",
            "output = [\n",
        ],
    )
    def test_loses_only_the_lines_that_are_no_toml(self, path: Path, damage: str) -> None:
        path.parent.mkdir()
        good = 'style = "verbatim"\nkeyterms = [\n    "a",\n    "b",\n]\n'
        before = f'model = "a/b"\n{damage}{good}future = 1\n'.encode("latin-1")
        path.write_bytes(before)
        loaded, problems = settings.load(path, {})
        assert (loaded.model, loaded.style, loaded.keyterms) == ("a/b", "verbatim", ("a", "b"))
        assert (loaded.timeout, loaded.output) == (30.0, "paste")
        assert problems
        assert all(str(path) in problem.message for problem in problems)
        # What is saved leaves the damage out, and a copy of the file as it was.
        settings.save(path, language="de")
        assert settings.load(path, {})[1] == []
        assert settings.read_file(path)[0]["future"] == 1
        [copy] = path.parent.glob("settings.toml.broken-*")
        assert copy.read_bytes() == before

    def test_with_a_bad_value_can_be_saved_and_leaves_a_copy(self, path: Path) -> None:
        path.parent.mkdir()
        path.write_text('timeout = "soon"\nstyle = "verbatim"\n')
        settings.save(path, language="de")
        assert settings.read_file(path)[0] == {"style": "verbatim", "language": "de"}
        assert len(list(path.parent.glob("settings.toml.broken-*"))) == 1
        settings.save(path, language="fr")
        assert len(list(path.parent.glob("settings.toml.broken-*"))) == 1

    def test_is_for_the_user_alone(self, path: Path) -> None:
        settings.save(path, style="verbatim")
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


class TestPrecedence:
    def test_a_flag_beats_the_environment_and_that_the_file(self, path: Path) -> None:
        settings.save(path, model="file", language="de", style="verbatim")
        environment = {"DICTATION_MODEL": "environment", "DICTATION_LANGUAGE": "fr"}
        loaded, _ = settings.load(path, environment, {"model": "flag"})
        assert (loaded.model, loaded.language, loaded.style) == ("flag", "fr", "verbatim")

    def test_a_bad_value_in_the_environment_is_an_error(self, path: Path) -> None:
        with pytest.raises(SettingsError):
            settings.load(path, {"DICTATION_OUTPUT": "nowhere"})


def test_the_hotkey_leaves_altgr_alone_on_windows() -> None:
    assert default_hotkey({"OS": "Windows_NT"}) == "Ctrl+Shift+Space"
    assert default_hotkey({}) == "Ctrl+Alt+Space"
