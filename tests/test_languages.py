"""The language of windows and messages: which one it is, and that its catalogue is whole."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from dictation.languages import LANGUAGES, of_system, wanted

ROOT = Path(__file__).parents[1]
CATALOGUES = sorted((ROOT / "resources" / "languages").glob("*.po"))
KEYWORDS = {"_": None, "plural": (1, 2)}
PLACE = re.compile(r"\{[^{}]*\}")
COMMAND = re.compile(r"`[^`]*`")


class TestWhichOne:
    @pytest.mark.parametrize(
        ("arguments", "environment", "line", "language"),
        [
            ([], {}, "", "en"),
            ([], {"LANG": "de_AT.UTF-8"}, "", "de"),
            ([], {"LANG": "C.UTF-8"}, "", "en"),
            ([], {"LANG": "xx_YY"}, "", "en"),
            ([], {"LANG": "de_DE", "LC_MESSAGES": "en_GB"}, "", "en"),
            ([], {"LANG": "fr_FR", "LANGUAGE": "fr:de:en"}, "", "de"),
            ([], {"LANG": "C", "LANGUAGE": "de"}, "", "en"),
            ([], {"LANG": "en_US"}, 'interface_language = "de"', "de"),
            ([], {"LANG": "de_DE"}, "interface_language = 'en' # so", "en"),
            ([], {"LANG": "de_DE"}, 'interface_language = "auto"', "de"),
            ([], {"LANG": "de_DE"}, 'interface_language = "xx"', "de"),
            ([], {"LANG": "en_US"}, '[profiles.a]\ninterface_language = "de"', "en"),
            ([], {"DICTATION_INTERFACE_LANGUAGE": "de"}, 'interface_language = "en"', "de"),
            (["--interface-language", "de"], {"DICTATION_INTERFACE_LANGUAGE": "en"}, "", "de"),
            (["app", "--interface-language=de"], {}, "", "de"),
            (["--interface-language"], {"LANG": "de"}, "", "de"),
        ],
    )
    def test_is_the_users_else_the_systems(
        self,
        tmp_path: Path,
        arguments: list[str],
        environment: dict[str, str],
        line: str,
        language: str,
    ) -> None:
        file = tmp_path / "settings.toml"
        file.write_text(f'output = "paste"\n{line}\n', encoding="utf-8")

        assert wanted(arguments, environment, file, list) == language

    def test_is_what_the_system_says_where_no_variable_does(self, tmp_path: Path) -> None:
        assert wanted([], {}, tmp_path / "none", lambda: ["xx", "de-CH"]) == "de"

    def test_is_asked_of_windows_and_macos_by_their_own_calls(self) -> None:
        kernel = SimpleNamespace(GetUserDefaultUILanguage=lambda: 0x0C07)
        preferred = SimpleNamespace(preferredLanguages=lambda: ["de-CH", "en"])
        system: dict[str, Any] = {
            "ctypes": SimpleNamespace(WinDLL={"kernel32": kernel}.__getitem__),
            "locale": SimpleNamespace(windows_locale={0x0C07: "de_AT"}),
            "Foundation": SimpleNamespace(NSLocale=preferred),
        }

        assert of_system("windows", system.__getitem__) == ["de_AT"]
        assert of_system("macos", system.__getitem__) == ["de-CH", "en"]
        assert of_system("linux", system.__getitem__) == []

    def test_is_english_on_a_mac_without_its_library(self) -> None:
        def missing(_name: str) -> Any:
            raise ImportError

        assert of_system("macos", missing) == []


@pytest.fixture(scope="module")
def said() -> set[str | tuple[str, ...]]:
    """All that the program can say."""
    found = extract_from_dir(ROOT / "dictation", [("**.py", "python")], keywords=KEYWORDS)
    return {message for _file, _line, message, _comments, _context in found if message}


def test_no_text_is_marked_where_babel_does_not_look() -> None:
    for path in sorted((ROOT / "dictation").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            inside = ast.walk(node) if isinstance(node, ast.JoinedStr) else ()
            called = [ast.unparse(each.func) for each in inside if isinstance(each, ast.Call)]
            assert not set(called) & set(KEYWORDS), f"{path}: outside the f-string with it"


def test_each_language_has_its_catalogue() -> None:
    assert {each.stem for each in CATALOGUES} | {"en"} == set(LANGUAGES)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
class TestACatalogue:
    def test_holds_all_that_is_said_and_nothing_else(
        self, path: Path, said: set[str | tuple[str, ...]]
    ) -> None:
        catalogue = catalogue_of(path)
        there = {message.id for message in catalogue if message.id and not message.fuzzy}

        assert sorted(map(str, said - there)) == []
        assert sorted(map(str, there - said)) == []

    def test_has_in_each_text_what_the_english_has(self, path: Path) -> None:
        for message in catalogue_of(path):
            if not message.id:
                continue
            english = message.id if isinstance(message.id, tuple) else (message.id,)
            own = message.string if isinstance(message.string, tuple) else (message.string,)
            for text in own:
                assert text, english[0]
                assert Counter(PLACE.findall(text)) in map(Counter, map(PLACE.findall, english))
                assert Counter(COMMAND.findall(text)) == Counter(COMMAND.findall(english[-1]))
                assert text.count("&") == english[-1].count("&"), text
                assert text.count("\n") == english[-1].count("\n"), text
                assert (text[0].isspace(), text[-1].isspace()) == (
                    english[-1][0].isspace(),
                    english[-1][-1].isspace(),
                )


def test_every_text_in_every_window_goes_through_the_catalogue() -> None:
    """Seen in a language that nobody speaks; what is left is Qt's own, and a test's error."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.pseudo"],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    found = done.stdout.splitlines()
    assert "text: 'Close'" in found
    assert [each for each in found if "'Close'" not in each and FAULT not in each] == []


FAULT = "The account has none left."


def catalogue_of(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)
