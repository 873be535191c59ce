"""Changes to the settings file, and taking them back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dictation import settings
from dictation.changes import Changes
from dictation.errors import SettingsError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def stored(path: Path) -> dict[str, Any]:
    return settings.read_file(path)[0]


def test_each_change_is_in_the_file_at_once(path: Path) -> None:
    changes = Changes(path)
    changes.make("language", "de")
    assert stored(path) == {"language": "de"}
    changes.make("keyterms", ("Ada", "Łódź"))
    assert stored(path) == {"language": "de", "keyterms": ["Ada", "Łódź"]}


def test_changes_are_taken_back_newest_first_until_none_is_left(path: Path) -> None:
    settings.save(path, style="verbatim")
    changes = Changes(path)
    changes.make("style", "clean")
    changes.make("language", "de")
    changes.make("language", "fr")
    assert changes.last == "language"
    assert changes.undo() == "language"
    assert stored(path) == {"language": "de"}
    assert (changes.undo(), changes.undo()) == ("language", "style")
    assert stored(path) == {"style": "verbatim"}
    assert (changes.last, changes.undo()) == ("", "")


def test_what_changes_nothing_is_no_change(path: Path) -> None:
    changes = Changes(path)
    changes.make("language", "")
    assert changes.last == ""


def test_a_list_counts_as_the_same_in_the_file_as_here(path: Path) -> None:
    changes = Changes(path)
    changes.make("keyterms", ("Ada",))
    changes.look(stored(path))
    assert changes.last == "keyterms"


def test_what_another_hand_changed_since_is_not_taken_from_it(path: Path) -> None:
    changes = Changes(path)
    changes.make("language", "de")
    changes.make("style", "verbatim")
    settings.save(path, language="fr")
    changes.look(stored(path))
    assert changes.undo() == "style"
    assert changes.undo() == ""
    assert stored(path) == {"language": "fr"}


def test_a_bad_value_in_the_file_counts_for_none_and_undo_takes_the_good_one_out(
    path: Path,
) -> None:
    path.write_text("timeout = 9999\n")
    changes = Changes(path)
    changes.make("timeout", 12.0)
    assert stored(path) == {"timeout": 12.0}
    assert changes.undo() == "timeout"
    assert stored(path) == {}


def test_a_change_that_cant_be_kept_is_none_to_take_back(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    changes = Changes(tmp_path / "file" / "settings.toml")
    with pytest.raises(SettingsError):
        changes.make("language", "de")
    assert changes.last == ""


def test_an_undo_that_cant_be_kept_can_be_tried_again(path: Path) -> None:
    changes = Changes(path)
    changes.make("language", "de")
    path.unlink()
    path.mkdir()
    with pytest.raises(SettingsError):
        changes.undo()
    path.rmdir()
    assert changes.undo() == "language"
