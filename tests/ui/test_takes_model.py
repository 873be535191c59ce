"""The list's model: what changes between two orders, and nothing else."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPersistentModelIndex
from pytestqt.qtbot import QtBot

from dictation.errors import StorageError
from dictation.history import History
from dictation.takes import Take, begin
from dictation.ui.takes_model import TakesModel

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Disk:
    """A history that answers at once, or refuses."""

    def __init__(self, folder: Path) -> None:
        self.history = History(folder / "history.sqlite", folder)
        self.refuses: StorageError | None = None
        self.asked = 0

    def ask(self, question: Any) -> Future[Any]:
        self.asked += 1
        done: Future[Any] = Future()
        if self.refuses:
            done.set_exception(self.refuses)
        else:
            done.set_result(question(self.history))
        return done

    def take(self, hours: float) -> Take:
        take = begin(NOON - timedelta(hours=hours))
        self.history.put(take)
        return take


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


def model_of(disk: Disk, troubles: list[Any]) -> TakesModel:
    return TakesModel(disk, troubles.append, troubles.append)


def show(model: TakesModel, qtbot: QtBot, words: str = "") -> None:
    with qtbot.waitSignal(model.came):
        model.show(words)


def test_a_take_that_comes_or_goes_leaves_the_others_where_they_are(
    disk: Disk, qtbot: QtBot
) -> None:
    troubles: list[Any] = []
    model = model_of(disk, troubles)
    old = [disk.take(hours) for hours in (1, 2, 50)]
    show(model, qtbot)
    followed = QPersistentModelIndex(model.index(model.row_of(old[1].id) or 0))
    disk.take(0)
    disk.take(100)
    disk.history.delete([old[0]])
    show(model, qtbot)
    assert model.id_at(followed.row()) == old[1].id
    assert model.count == 4
    days = [model.day_at(row) for row in range(model.rowCount())]
    assert sum(isinstance(day, date) for day in days) == 3
    assert troubles == []


def test_of_two_searches_only_the_newer_is_shown(disk: Disk, qtbot: QtBot) -> None:
    model = model_of(disk, [])
    disk.take(1)
    with qtbot.waitSignal(model.came):
        model.show("older")
        model.show("")
    assert (model.words, model.count) == ("", 1)


def test_a_page_is_asked_for_once(disk: Disk, qtbot: QtBot) -> None:
    model = model_of(disk, [])
    for minutes in range(350):
        disk.take(minutes / 60)
    show(model, qtbot)
    before, last = disk.asked, model.rowCount() - 1
    for row in (last, last - 1, last):
        model.glimpse_at(row)
    assert disk.asked == before + 1
    qtbot.waitUntil(lambda: model.glimpse_at(last) is not None)


def test_what_the_disk_refuses_is_told_and_what_is_shown_stays(disk: Disk, qtbot: QtBot) -> None:
    troubles: list[Any] = []
    model = model_of(disk, troubles)
    disk.take(1)
    show(model, qtbot)
    disk.refuses = StorageError("It is full.")
    model.show("words")
    qtbot.waitUntil(lambda: troubles == [disk.refuses])
    assert model.count == 1
