"""The last dictation is put right: where it stands, or on the clipboard, and learnt from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from dictation.archive import Archive
from dictation.errors import DictationError, NoConnection, ServerFault
from dictation.history.hearings import also_heard, correct
from dictation.paths import Places
from dictation.takes import Take, begin
from dictation.ui.fix_window import COPIED, IN_PLACE, FixWindow, Repair
from dictation.values import Receipt, Transcript
from tests.ui.controls import letters, name, shown
from tests.ui.test_player import FakeOut

CONTROL = Qt.KeyboardModifier.ControlModifier
OTHER = Transcript("Ask Handrik now.", "Ask Handrik now.", "openrouter", "c/d")


class Story:
    """A window on an archive, and what goes out of it."""

    def __init__(self, qtbot: QtBot, root: Path) -> None:
        self.qtbot = qtbot
        self.crashes: list[Exception] = []
        self.archive = Archive(
            Places(*(root / name for name in ("c", "s", "d", "x", "r"))),
            tell=self.crashes.append,
            counted=lambda _ids: None,
            found=lambda _takes: None,
            crash=self.crashes.append,
        )
        self.untouched = True
        self.no_models: DictationError | None = None
        self.refuses: DictationError | None = None
        self.put: list[str] = []
        self.copied: list[str] = []
        self.told: list[str] = []
        self.terms: list[str] = []
        self.declined: list[str] = []
        self.asked: list[str] = []
        self.window = FixWindow(
            Repair(
                archive=self.archive,
                hear=self.hear,
                models=self.models,
                look_away=lambda: done(self.untouched),
                put_right=self.put_right,
                copy=self.copied.append,
                known=lambda: (*self.terms, *self.declined),
                learn=self.terms.append,
                decline=self.declined.append,
                told=self.told.append,
                crash=self.crashes.append,
                out=FakeOut(),
            )
        )
        qtbot.addWidget(self.window)

    def keep(self, text: str, heard: str | None = None) -> Take:
        """A take in the history, perhaps corrected since it was heard."""
        take = replace(begin(), status="delivered", text=heard or text, seconds=2.0)
        self.archive.alter(lambda history: history.put(take)).result()
        if heard:
            self.archive.alter(lambda history: correct(history, take.id, text)).result()
        return take

    def open(self) -> FixWindow:
        with self.qtbot.waitActive(self.window):
            self.window.open()
            self.qtbot.waitUntil(self.window.isVisible)
        self.qtbot.waitUntil(lambda: self.window._take is not None)
        return self.window

    def models(self) -> list[str]:
        if self.no_models:
            raise self.no_models
        return ["a/b", "c/d"]

    def hear(self, id_: str, model: str, given_up: Callable[[], bool]) -> Take:
        self.asked.append(model)
        if self.refuses:
            raise self.refuses
        return self.archive.ask(lambda history: also_heard(history, id_, OTHER)).result()

    def put_right(self, text: str) -> Future[Receipt]:
        future: Future[Receipt] = Future()
        if self.refuses:
            future.set_exception(self.refuses)
        else:
            self.put.append(text)
            future.set_result(Receipt("fake", True))
        return future

    def kept(self) -> Take:
        take = self.archive.ask(lambda history: history.last_text()).result()
        assert take
        return take

    def write(self, text: str) -> None:
        self.window.comparison.text.setPlainText(text)


def done(value: bool) -> Future[bool]:
    future: Future[bool] = Future()
    future.set_result(value)
    return future


@pytest.fixture
def story(qtbot: QtBot, tmp_path: Path) -> Iterator[Story]:
    made = Story(qtbot, tmp_path)
    yield made
    made.window.close()
    made.archive.close(3)
    assert made.crashes == []


def test_by_keyboard_alone_the_text_is_put_right_where_it_stands(story: Story) -> None:
    story.keep("Ask hand rick today.")
    window = story.open()
    assert window.where.text() == IN_PLACE
    assert window.comparison.words == "Ask hand rick today."
    assert window.comparison.text.hasFocus()
    story.qtbot.keyClicks(window.comparison.text, "Ask Handrik today.")  # over what is selected
    story.qtbot.keyClick(window.comparison.text, Qt.Key.Key_Return, CONTROL)
    story.qtbot.waitUntil(lambda: story.put == ["Ask Handrik today."])
    assert not window.isVisible()
    take = story.kept()
    assert (take.text, take.uncorrected) == ("Ask Handrik today.", "Ask hand rick today.")
    assert story.copied == story.told == []


def test_once_the_user_has_gone_on_it_is_copied_and_told(story: Story) -> None:
    story.untouched = False
    story.keep("wrong")
    window = story.open()
    assert window.where.text() == COPIED
    story.write("right")
    window.fix_button.click()
    story.qtbot.waitUntil(lambda: story.copied == ["right"])
    assert story.told == ["The corrected text is on the clipboard."]
    assert story.put == []


def test_where_putting_right_fails_it_is_copied_and_says_why(story: Story) -> None:
    story.keep("wrong")
    window = story.open()
    story.write("right")
    story.refuses = DictationError("A key was held down.")
    window.put_right()
    story.qtbot.waitUntil(lambda: story.copied == ["right"])
    assert story.told == ["A key was held down. The corrected text is on the clipboard."]


def test_an_unchanged_text_is_left_as_it_is(story: Story) -> None:
    story.keep("fine")
    window = story.open()
    window.put_right()
    story.qtbot.waitUntil(lambda: not window.isVisible())
    assert story.kept().uncorrected is None
    assert story.put == story.copied == []


def test_another_models_text_stands_beside_it_and_may_be_taken(story: Story) -> None:
    take = story.keep("Ask hand rick now.")
    story.archive.alter(lambda h: h.put(replace(take, audio=str(h.recording(take.id))))).result()
    story.archive.ask(lambda h: h.recording(take.id).write_bytes(b"")).result()
    window = story.open()
    story.qtbot.waitUntil(lambda: window.model.count() == 2)
    window.model.setCurrentText("c/d")
    window.again.click()
    story.qtbot.waitUntil(lambda: window.comparison.beside.isVisible())
    assert story.asked == ["c/d"]
    window.comparison.use_button.click()
    assert window.comparison.words == OTHER.text
    window.fix_button.click()
    story.qtbot.waitUntil(lambda: story.put == [OTHER.text])


def test_a_model_that_fails_is_told_and_the_text_stays(story: Story) -> None:
    take = story.keep("Ask hand rick now.")
    story.archive.alter(lambda h: h.put(replace(take, audio=str(h.recording(take.id))))).result()
    story.archive.ask(lambda h: h.recording(take.id).write_bytes(b"")).result()
    window = story.open()
    story.qtbot.waitUntil(lambda: window.model.count() == 2)
    story.refuses = ServerFault("It is tired.")
    window.again.click()
    story.qtbot.waitUntil(window.trouble.isVisible)
    assert "It is tired." in window.trouble.message.text()
    assert window.fix_button.isEnabled()


def test_without_a_list_of_models_the_text_can_be_put_right(story: Story) -> None:
    story.no_models = NoConnection("The name can't be found.")
    story.keep("wrong")
    window = story.open()
    story.qtbot.waitUntil(lambda: window.model.placeholderText() == "No connection")
    assert not window.trouble.isVisible()
    assert not window.comparison.beside.isVisible()
    assert not window.again.isEnabled()
    assert window.fix_button.isEnabled()


class TestTerms:
    def test_the_second_identical_correction_offers_the_term_and_never_takes_it_silently(
        self, story: Story
    ) -> None:
        story.keep("Ask Handrik today.", heard="Ask hand rick today.")
        story.keep("Hand Rick says no.")
        window = story.open()
        assert not window.offer.isVisible()
        story.write("Handrik says no.")
        window.put_right()
        story.qtbot.waitUntil(lambda: len(story.told) == 1)
        assert "“Handrik”" in story.told[0]
        assert story.terms == []
        story.open()
        story.qtbot.waitUntil(window.offer.isVisible)
        window.offer.yes.click()
        assert story.terms == ["Handrik"]
        story.qtbot.waitUntil(lambda: not window.offer.isVisible())

    def test_what_is_declined_is_not_offered_again(self, story: Story) -> None:
        for _time in range(2):
            story.keep("Ask Handrik.", heard="Ask hand rick.")
        window = story.open()
        story.qtbot.waitUntil(window.offer.isVisible)
        window.offer.no.click()
        story.qtbot.waitUntil(lambda: not window.offer.isVisible())
        assert story.declined == ["Handrik"]
        assert story.terms == []


def test_without_a_dictation_it_says_what_to_do(story: Story) -> None:
    story.window.open()
    story.qtbot.waitUntil(lambda: "Dictate one first" in story.window.where.text())
    assert not story.window.fix_button.isEnabled()
    story.window.put_right()
    assert story.window.isVisible()


def test_every_control_has_a_letter_of_its_own(story: Story) -> None:
    story.keep("text")
    window = story.open()
    assert set(letters(window).values()) == {1}
    names = [name(control) for control in shown(window)]
    assert all(names)
    assert len(names) == len(set(names))
