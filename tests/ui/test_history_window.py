"""The history's window: whole stories by keyboard, on a real history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from dictation.archive import Archive
from dictation.errors import NotDelivered, ServerFault
from dictation.history import History
from dictation.history.hearings import also_heard
from dictation.paths import Places
from dictation.recordings import WavWriter
from dictation.rehearing import Rehearing
from dictation.session import State
from dictation.settings import Settings
from dictation.takes import Take, begin
from dictation.ui.history_window import Doors, HistoryWindow
from dictation.ui.take_details import BASIC
from dictation.values import Transcript
from tests.fakes import FakeTranscriber, sound
from tests.ui.controls import letters, name, press, shown
from tests.ui.test_player import FakeOut

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NOW = datetime.now(UTC)
OTHER = Transcript("Other words.", "Other words.", "openrouter", "c/d")


class Story:
    """A window on an archive, and what goes out of it."""

    def __init__(self, qtbot: QtBot, root: Path) -> None:
        self.qtbot, self.root = qtbot, root
        self.crashes: list[Exception] = []
        self.archive = Archive(
            Places(*(root / name for name in ("c", "s", "d", "x", "r"))),
            tell=self.crashes.append,
            counted=lambda _ids: None,
            found=lambda _takes: None,
            crash=self.crashes.append,
        )
        self.transcriber = FakeTranscriber()
        self.models: list[str] = []  # that were asked
        self.pasted: list[str] = []
        self.hidden: list[bool] = []  # whether the window was, when a text was to be pasted
        self.refuses: Exception | None = None
        self.picked = root / "out"
        self.out = FakeOut()
        self.window: HistoryWindow

    def open(self) -> HistoryWindow:
        self.window = HistoryWindow(
            Doors(
                archive=self.archive,
                hear=self.hear,
                models=lambda: ["a/b", "c/d"],
                paste=self.paste,
                elsewhere=lambda: self.hidden.append(not self.window.isVisible()),
                nothing=lambda: "Press the key and speak.",
                crash=self.crashes.append,
                out=self.out,
                pick=self.pick,
            )
        )
        self.qtbot.addWidget(self.window)
        with self.qtbot.waitActive(self.window):
            self.window.bring_up()
        self.qtbot.waitUntil(lambda: self.window.finding.model.words is not None)
        return self.window

    def hear(self, id_: str, model: str, given_up: Callable[[], bool]) -> Take:
        self.models.append(model)
        rehearing = Rehearing(self.archive, self.transcriber)
        return rehearing.hear(id_, Settings(), given_up)

    def paste(self, id_: str) -> Future[Take]:
        self.pasted.append(id_)
        done: Future[Take] = Future()
        if self.refuses:
            done.set_exception(self.refuses)
        else:
            done.set_result(self.kept(id_))
        return done

    def pick(
        self, _window: QWidget, suggested: str, folder: bool, picked: Callable[[Path], None]
    ) -> None:
        picked(self.picked if folder else self.picked.with_name(suggested))

    def take(self, text: str = "words", hours: float = 0.0, **more: Any) -> Take:
        def lay(history: History) -> Take:
            made: dict[str, Any] = {"status": "delivered", "text": text, "raw_text": text, **more}
            take = replace(begin(NOW - timedelta(hours=hours)), **made)
            history.put(take)
            return history.get(take.id)

        return self.archive.ask(lay).result()

    def recorded(self, **more: Any) -> Take:
        take = self.take(**more)
        path = self.archive.ask(lambda history: history.recording(take.id)).result()
        with WavWriter(path) as file:
            file.append(sound(2.0).tobytes())
        self.archive.alter(lambda h: h.change(replace(take, audio=str(path)))).result()
        return self.kept(take.id)

    def kept(self, id_: str) -> Take:
        return self.archive.ask(lambda history: history.get(id_)).result()

    def shows(self, take: Take) -> None:
        """Waits until the details are this take's."""
        details = self.window.details
        self.qtbot.waitUntil(lambda: details.take is not None and details.take.id == take.id)


@pytest.fixture
def story(qtbot: QtBot, tmp_path: Path) -> Iterator[Story]:
    made = Story(qtbot, tmp_path)
    yield made
    made.out.room.release(1000)
    made.archive.close(5)
    assert not made.crashes


class TestFinding:
    def test_search_has_the_focus_and_finds_while_it_is_written(
        self, story: Story, qtbot: QtBot
    ) -> None:
        story.take("apples", hours=1)
        found = story.take("pears", hours=2)
        window = story.open()
        assert QApplication.focusWidget() is window.finding.search
        qtbot.keyClicks(window.finding.search, "pea")
        qtbot.waitUntil(lambda: window.finding.count.text() == "1 found")
        story.shows(found)
        assert window.details.comparison.words == "pears"

    def test_down_goes_to_the_list_and_its_keys_go_past_headings(
        self, story: Story, qtbot: QtBot
    ) -> None:
        takes = [story.take(hours=hours) for hours in (0, 30, 60)]
        window = story.open()
        press(qtbot, Qt.Key.Key_Down)
        assert QApplication.focusWidget() is window.finding.view
        for take in takes:
            assert window.finding.current == take.id
            press(qtbot, Qt.Key.Key_Down)
        press(qtbot, Qt.Key.Key_Home)
        assert window.finding.current == takes[0].id
        press(qtbot, Qt.Key.Key_End)
        assert window.finding.current == takes[-1].id
        press(qtbot, Qt.Key.Key_Up)
        assert window.finding.current == takes[1].id
        press(qtbot, Qt.Key.Key_F, CONTROL)
        assert QApplication.focusWidget() is window.finding.search

    def test_what_is_not_found_and_what_is_not_there_say_what_to_do(
        self, story: Story, qtbot: QtBot
    ) -> None:
        take = story.take()
        window = story.open()
        window.finding.search.setText("xylophone")
        qtbot.waitUntil(window.finding.empty.isVisible)
        assert "Try fewer" in window.finding.empty.text()
        story.archive.remove([take.id]).result()
        window.finding.search.clear()
        qtbot.waitUntil(lambda: window.finding.empty.text() == "Press the key and speak.")

    def test_a_new_take_appears_above_and_the_one_that_is_read_stays(
        self, story: Story, qtbot: QtBot
    ) -> None:
        old = [story.take(hours=hours) for hours in range(1, 400)][200]
        window = story.open()
        row = window.finding.model.row_of(old.id)
        assert row is not None
        window.finding.view.choose(row)
        qtbot.waitUntil(lambda: window.finding.model.glimpse_at(row) is not None)
        story.shows(old)
        new = story.take("a new one")
        window.ended(new, None)
        qtbot.waitUntil(lambda: window.finding.model.row_of(new.id) is not None)
        assert window.finding.current == old.id
        assert window.finding.view.chosen == [old.id]

    def test_a_row_says_its_state_in_words_and_by_a_sign(self, story: Story, qtbot: QtBot) -> None:
        story.take("", status="waiting", seconds=3.0)
        window = story.open()
        list_ = QAccessible.queryAccessibleInterface(window.finding.view)
        said = [list_.child(at).text(QAccessible.Text.Name) for at in range(list_.childCount())]
        assert any("Waits to be sent" in words for words in said)
        assert window.finding.model.day_at(0) is not None

    def test_pages_come_when_they_are_looked_at(self, story: Story, qtbot: QtBot) -> None:
        takes = [story.take(f"take {hours}", hours=hours / 60) for hours in range(350)]
        window = story.open()
        model = window.finding.model
        row = model.row_of(takes[-1].id)
        assert row is not None
        assert model.glimpse_at(row) is None
        qtbot.waitUntil(lambda: model.glimpse_at(row) is not None)
        glimpse = model.glimpse_at(row)
        assert glimpse
        assert glimpse.text == "take 349"


class TestText:
    def test_a_correction_is_saved_by_keys(self, story: Story, qtbot: QtBot) -> None:
        take = story.take("meat me")
        window = story.open()
        story.shows(take)
        press(qtbot, Qt.Key.Key_Down)
        press(qtbot, Qt.Key.Key_Return)
        assert QApplication.focusWidget() is window.details.comparison.text
        press(qtbot, Qt.Key.Key_A, CONTROL)
        qtbot.keyClicks(window.details.comparison.text, "meet me")
        press(qtbot, Qt.Key.Key_S, CONTROL)
        qtbot.waitUntil(lambda: story.kept(take.id).text == "meet me")
        qtbot.waitUntil(lambda: not window.details.comparison.save_button.isEnabled())
        assert story.kept(take.id).uncorrected == "meat me"

    def test_what_was_not_saved_is_there_again(self, story: Story, qtbot: QtBot) -> None:
        one, other = story.take("one"), story.take("other", hours=1)
        window = story.open()
        story.shows(one)
        window.details.comparison.text.setPlainText("one and a half")
        window.finding.view.choose(window.finding.model.row_of(other.id) or 0)
        story.shows(other)
        assert window.details.comparison.words == "other"
        window.finding.view.choose(window.finding.model.row_of(one.id) or 0)
        story.shows(one)
        assert window.details.comparison.words == "one and a half"
        window.details.comparison.revert.click()
        assert window.details.comparison.words == "one"
        assert story.kept(one.id).text == "one"

    def test_copies_what_is_seen_or_all_that_is_chosen(self, story: Story, qtbot: QtBot) -> None:
        takes = [story.take(text, hours=hours) for hours, text in enumerate(("new", "old"))]
        window = story.open()
        story.shows(takes[0])
        window.details.copy.click()
        assert QApplication.clipboard().text() == "new"
        press(qtbot, Qt.Key.Key_Down)
        press(qtbot, Qt.Key.Key_Down, SHIFT)
        press(qtbot, Qt.Key.Key_C, CONTROL)
        qtbot.waitUntil(lambda: QApplication.clipboard().text() == "old\n\nnew")

    def test_pastes_what_is_seen_once_the_window_is_out_of_the_way(
        self, story: Story, qtbot: QtBot
    ) -> None:
        take = story.take("meat me")
        window = story.open()
        story.shows(take)
        window.details.comparison.text.setPlainText("meet me")
        window.details.paste.click()
        qtbot.waitUntil(lambda: story.pasted == [take.id])
        assert story.hidden == [True]
        assert story.kept(take.id).text == "meet me"
        assert not window.isVisible()

    def test_a_paste_that_fails_brings_the_window_back(self, story: Story, qtbot: QtBot) -> None:
        take = story.take()
        window = story.open()
        story.shows(take)
        story.refuses = NotDelivered("No window.")
        window.details.paste.click()
        qtbot.waitUntil(lambda: window.isVisible() and window.trouble.isVisible())
        assert window.trouble.message.text() == "No window."


class TestSendingAgain:
    def test_by_another_model_both_texts_are_seen_and_one_is_chosen(
        self, story: Story, qtbot: QtBot
    ) -> None:
        take = story.recorded(text="my words")
        window = story.open()
        story.shows(take)
        story.transcriber.answers = [OTHER]
        details = window.details
        details.model.setEditText("c/d")
        details.with_model.click()
        qtbot.waitUntil(details.comparison.other.isVisible)
        assert story.models == ["c/d"]
        assert details.comparison.words == "my words"
        assert details.comparison.other.toPlainText() == "Other words."
        details.comparison.use_button.click()
        qtbot.waitUntil(lambda: details.comparison.words == "Other words.")
        assert story.kept(take.id).text == "Other words."
        assert details.comparison.other.toPlainText() == "my words"

    def test_a_take_without_a_text_gets_it(self, story: Story, qtbot: QtBot) -> None:
        take = story.recorded(text="", status="failed")
        window = story.open()
        story.shows(take)
        window.details.again.click()
        qtbot.waitUntil(lambda: window.details.comparison.words == "words")
        assert story.models == [""]
        assert story.kept(take.id).status == "kept"

    def test_while_it_is_sent_it_can_be_given_up(self, story: Story, qtbot: QtBot) -> None:
        take = story.recorded(text="my words")
        window = story.open()
        story.shows(take)
        story.transcriber.go.clear()
        window.details.again.click()
        assert window.details.give_up.isVisible()
        assert not window.details.again.isEnabled()
        window.details.give_up.click()
        assert window.details.progress.text() == "Giving up…"
        story.transcriber.answers = [ServerFault("given up")]
        story.transcriber.go.set()
        qtbot.waitUntil(window.details.again.isEnabled)

    def test_what_fails_is_told_and_the_text_stays(self, story: Story, qtbot: QtBot) -> None:
        take = story.recorded(text="my words")
        window = story.open()
        story.shows(take)
        story.transcriber.answers = [ServerFault("It said 500.")]
        window.details.again.click()
        qtbot.waitUntil(window.trouble.isVisible)
        assert window.trouble.message.text() == "It said 500."
        assert story.kept(take.id).text == "my words"

    def test_the_models_are_offered_with_the_basic_one_last(
        self, story: Story, qtbot: QtBot
    ) -> None:
        take = story.recorded()
        window = story.open()
        story.shows(take)
        combo = window.details.model
        qtbot.waitUntil(lambda: combo.count() == 3)
        assert [combo.itemText(at) for at in range(3)] == ["a/b", "c/d", BASIC]
        combo.setCurrentText(BASIC)
        window.details.with_model.click()
        qtbot.waitUntil(lambda: story.models == ["offline"])
        qtbot.waitUntil(window.details.again.isEnabled)


class TestGivingAway:
    def test_one_is_exported_as_a_file(self, story: Story, qtbot: QtBot) -> None:
        take = story.take("words")
        window = story.open()
        story.shows(take)
        actions = window.details.export.menu().actions()
        next(each for each in actions if "Markdown" in each.text().replace("&", "")).trigger()
        path = story.root / f"{take.id}.md"
        qtbot.waitUntil(lambda: window.details.progress.text() == f"Written: {path}")
        assert "words" in path.read_text()

    def test_several_recordings_go_into_a_folder(self, story: Story, qtbot: QtBot) -> None:
        takes = [story.recorded(hours=hours) for hours in range(3)]
        window = story.open()
        story.shows(takes[0])
        window.finding.view.selectAll()
        assert window.details.export.text().replace("&", "") == "Export 3"
        window.details.export.menu().actions()[-1].trigger()
        qtbot.waitUntil(lambda: window.details.progress.text() == f"Written: {story.picked}")
        assert len(list(story.picked.glob("*.wav"))) == 3

    def test_what_can_not_be_exported_is_told(self, story: Story, qtbot: QtBot) -> None:
        take = story.take("words")
        window = story.open()
        story.shows(take)
        window.details.export.menu().actions()[-1].trigger()
        qtbot.waitUntil(window.trouble.isVisible)
        assert "recording" in window.trouble.message.text()


class TestDeleting:
    def box(self, window: HistoryWindow, qtbot: QtBot) -> QMessageBox:
        qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)))
        return window.findChildren(QMessageBox)[0]

    def button(self, box: QMessageBox, text: str) -> QPushButton:
        buttons = box.findChildren(QPushButton)
        return next(each for each in buttons if each.text().replace("&", "") == text)

    def test_several_go_with_their_recordings_after_a_question(
        self, story: Story, qtbot: QtBot
    ) -> None:
        takes = [story.recorded(hours=hours) for hours in range(3)]
        window = story.open()
        story.shows(takes[0])
        press(qtbot, Qt.Key.Key_Down)
        press(qtbot, Qt.Key.Key_Down, SHIFT)
        press(qtbot, Qt.Key.Key_Delete)
        box = self.box(window, qtbot)
        assert "2 dictations" in box.text()
        self.button(box, "Delete").click()
        qtbot.waitUntil(lambda: window.finding.count.text() == "1 dictation")
        story.shows(takes[2])
        gone = [Path(take.audio or "") for take in takes]
        assert [path.exists() for path in gone] == [False, False, True]

    def test_escape_keeps_it(self, story: Story, qtbot: QtBot) -> None:
        take = story.take()
        window = story.open()
        story.shows(take)
        window.details.delete.click()
        box = self.box(window, qtbot)
        qtbot.waitUntil(box.isVisible)
        qtbot.keyClick(box, Qt.Key.Key_Escape)
        assert story.kept(take.id).text == "words"

    def test_one_under_way_is_told_and_stays(self, story: Story, qtbot: QtBot) -> None:
        take = story.take("", status="transcribing")
        window = story.open()
        story.shows(take)
        window.ask_delete()
        self.button(self.box(window, qtbot), "Delete").click()
        qtbot.waitUntil(window.trouble.isVisible)
        assert story.kept(take.id).status == "transcribing"

    def test_several_are_chosen_by_single_clicks(self, story: Story, qtbot: QtBot) -> None:
        takes = [story.take(hours=hours / 60) for hours in range(3)]
        window = story.open()
        story.shows(takes[0])
        window.finding.several.click()
        view = window.finding.view
        for take in takes[1:]:
            row = window.finding.model.row_of(take.id)
            place = view.visualRect(window.finding.model.index(row or 0)).center()
            qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert window.details.delete.text().replace("&", "") == "Delete 3…"


class TestWindow:
    def test_the_sound_is_played_and_stops_while_one_is_recorded(
        self, story: Story, qtbot: QtBot
    ) -> None:
        take = story.recorded()
        window = story.open()
        story.shows(take)
        player = window.details.player
        qtbot.waitUntil(player.play_button.isEnabled)
        player.play_button.click()
        assert player.plays
        window.changed(State(recording="another"))
        assert not player.plays

    def test_letters_lead_to_one_control_each_and_all_have_names(
        self, story: Story, qtbot: QtBot
    ) -> None:
        take = story.recorded(error={"title": "T", "message": "m", "hint": "h", "code": 6})
        story.archive.ask(lambda history: also_heard(history, take.id, OTHER)).result()
        window = story.open()
        story.shows(take)
        qtbot.waitUntil(window.details.player.play_button.isEnabled)
        window.details.sending(True, "…")
        for _each in range(2):  # the button that plays has another letter when it pauses
            assert max(letters(window).values()) == 1
            window.details.player.toggle()
        names = [name(control) for control in shown(window)]
        assert all(names)
        assert len(names) == len(set(names))

    def test_what_is_clicked_is_high_enough(self, story: Story, qtbot: QtBot) -> None:
        take = story.recorded()
        window = story.open()
        story.shows(take)
        assert min(control.height() for control in shown(window)) >= 24

    def test_the_line_between_its_parts_moves_by_keys(self, story: Story, qtbot: QtBot) -> None:
        story.recorded()
        window = story.open()
        [_none, line] = [window.split.handle(number) for number in range(2)]
        window.finding.menu_button.setVisible(False)
        window.finding.view.setFocus()
        for _each in range(4):
            if not line.hasFocus():
                qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        assert line.hasFocus()
        before = line.x()
        for key, wanted in (
            (Qt.Key.Key_Right, before + 24),
            (Qt.Key.Key_Left, before),
            (Qt.Key.Key_Home, window.finding.minimumSizeHint().width()),
        ):
            qtbot.keyClick(line, key)
            assert line.x() == wanted
        qtbot.keyClick(line, Qt.Key.Key_End)
        assert window.split.sizes()[1] == window.right.minimumSizeHint().width()
        assert line.accessibleName() == "Width of the list"

    def test_escape_closes_it_and_it_opens_with_what_is_new(
        self, story: Story, qtbot: QtBot
    ) -> None:
        story.take(hours=1)
        window = story.open()
        press(qtbot, Qt.Key.Key_Escape)
        assert not window.isVisible()
        new = story.take()
        with qtbot.waitActive(window):
            window.bring_up()
        qtbot.waitUntil(lambda: window.finding.model.row_of(new.id) is not None)
        assert window.finding.count.text() == "2 dictations"
