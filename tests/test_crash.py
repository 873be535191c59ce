"""Faults of the program: what a report of them tells, and what never is in it."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from dictation import crash, log
from dictation.crash import Faults, fault, scrubbed, told
from dictation.desktop import Desktop
from dictation.errors import DictationError, NoKey

KEY = "sk-or-v1-5ec4e7000000000000000000000000000000000000000000000000000000cafe"
TEXT = "Dear Ms Moreau, the results of your examination are here."
HOME = str(Path.home() / "letters" / "moreau.wav")
DESKTOP = Desktop("linux", "x11", "xfce", ":0")
QUOTED = f"{KEY} was refused while {TEXT!r} was read from {HOME}"


def raised(error: BaseException) -> BaseException:
    """The error with a traceback, and locals that nobody should see."""
    said = KEY, TEXT, HOME
    try:
        assert said
        raise error
    except BaseException as caught:  # noqa: BLE001 - it is what the test is about
        return caught


def within(error: BaseException) -> BaseException:
    """The error as the cause and the context of others."""
    try:
        try:
            raise error
        except BaseException as cause:
            raise KeyError(TEXT) from cause
    except KeyError:
        try:
            return raised(LookupError(QUOTED))
        except KeyError as caught:
            return caught


class Moved(Exception):
    def __repr__(self) -> str:
        return QUOTED


ERRORS = [
    RuntimeError(QUOTED),
    ValueError(QUOTED),
    TypeError(QUOTED),
    AttributeError(QUOTED),
    KeyError(TEXT, KEY, HOME),
    OSError(2, TEXT, HOME),
    UnicodeDecodeError("utf-8", QUOTED.encode(), 0, 1, TEXT),
    DictationError(QUOTED, hint=QUOTED, title=TEXT),
    Moved(QUOTED),
    ExceptionGroup(QUOTED, [ValueError(QUOTED)]),
    SyntaxError(QUOTED, (HOME, 1, 1, TEXT)),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_no_key_no_text_and_no_home_is_in_a_report(error: Exception) -> None:
    error.add_note(QUOTED)
    faults = Faults()
    for each in (raised(error), within(error)):
        faults.note(each)
        for words in (faults.report(DESKTOP, "6.9"), told(each), fault(each).message):
            assert KEY not in words
            assert TEXT not in words
            assert f"{Path.home()}/" not in words
            assert type(each).__name__ in words


def test_a_report_tells_where_in_code_and_in_what_surroundings() -> None:
    faults = Faults()
    faults.note(raised(RuntimeError("broken")))
    report = faults.report(DESKTOP, "6.9")
    for words in ("Dictation ", "Python 3.", "PySide6 ", "Qt 6.9", "Linux, xfce, X11"):
        assert words in report
    assert 'test_crash.py", line' in report
    assert "in raised\n    raise error" in report


def test_what_python_itself_says_of_names_and_types_is_told() -> None:
    with pytest.raises(AttributeError) as caught:
        Path().nowhere  # type: ignore[attr-defined] # noqa: B018 - it is to fail
    assert "has no attribute 'nowhere'" in told(caught.value)


def test_a_file_that_fails_is_told_without_its_path() -> None:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - which is looked at below
        (Path.home() / TEXT).open()
    assert "FileNotFoundError: No such file" in told(caught.value)
    assert TEXT not in told(caught.value)


def test_the_errors_that_led_to_it_are_told_first() -> None:
    words = told(within(ZeroDivisionError()))
    assert words.index("ZeroDivisionError") < words.index("KeyError") < words.index("LookupError")


def test_a_fault_that_comes_again_is_counted_not_told_again() -> None:
    faults = Faults()
    news = [faults.note(raised(RuntimeError(str(number)))) for number in range(3)]
    assert (news, faults.count) == ([True, False, False], 3)
    assert faults.note(raised(ValueError()))
    report = faults.report(DESKTOP)
    assert report.count("RuntimeError") == 1
    assert "3 times" in report


def test_faults_without_end_make_no_report_without_end() -> None:
    faults = Faults()
    kinds = [type(f"Fault{number}", (Exception,), {}) for number in range(50)]
    for kind in kinds:
        faults.note(raised(kind()))
    assert faults.count == 50
    assert "And 30 more." in faults.report(DESKTOP)


def test_a_deep_recursion_is_told_by_its_innermost_steps() -> None:
    def deeper() -> None:
        deeper()

    with pytest.raises(RecursionError) as caught:
        deeper()
    assert told(caught.value).count("in deeper") == crash.FRAMES


def test_the_user_is_told_where_and_that_nothing_is_lost() -> None:
    error = fault(raised(RuntimeError(QUOTED)))
    assert error.message.startswith("RuntimeError in tests/test_crash.py, line ")
    assert "kept" in error.hint


def test_paths_of_the_user_are_shortened_and_others_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/home/jm")
    monkeypatch.setenv("LOGNAME", "jm")
    words = '"/home/jm/a.py", /home/jmart/b.py, /opt/c.py, /home/jm, /media/jm/stick'
    assert scrubbed(words) == '"~/a.py", /home/jmart/b.py, /opt/c.py, ~, /media/…/stick'
    assert scrubbed(f"Bearer {KEY}") == "…"
    assert scrubbed("is_a_function_of_some_length(sky-blue)") == (
        "is_a_function_of_some_length(sky-blue)"
    )


def test_an_error_that_was_foreseen_is_told_in_its_own_words_without_paths_and_keys() -> None:
    words = crash.details(NoKey(f"{KEY}: none in {HOME}."), DESKTOP)
    assert "NoKey: No key" in words
    assert "…: none in ~/letters/moreau.wav." in words


def test_the_log_tells_a_fault_in_the_same_way(tmp_path: Path) -> None:
    path, root = tmp_path / "dictation.log", logging.getLogger()
    handlers, level = list(root.handlers), root.level
    log.start(path)
    try:
        # Another handler, as pytest's, has made a text of its own of the error by then.
        logging.getLogger("httpx").error("unexpected", exc_info=raised(ValueError(QUOTED)))
    finally:
        for handler in set(root.handlers) - set(handlers):
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)
    words = path.read_text()
    assert "raise error\nValueError\n" in words
    assert TEXT not in words
    assert KEY not in words


DYING = """
import os, sys
from pathlib import Path
from dictation import crash
secret = "said in confidence"
print(repr(crash.watch(Path(sys.argv[1]))), flush=True)
if sys.argv[2]:
    os.kill(os.getpid(), int(sys.argv[2]))
"""


@pytest.mark.only_on("linux", "darwin")
def test_a_crash_below_python_is_told_once_by_the_next_start(tmp_path: Path) -> None:
    def run(signal: str = "") -> str:
        command = (sys.executable, "-c", DYING, str(tmp_path / "crash.log"), signal)
        root = Path(__file__).parents[1]
        return subprocess.run(command, cwd=root, capture_output=True, text=True).stdout

    assert run("11") == "''\n"
    told = run()
    assert "Segmentation fault" in told
    assert "said in confidence" not in told
    assert run() == "''\n"
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert "Segmentation fault" in (tmp_path / "crash.log.1").read_text()


@pytest.mark.only_on("linux", "darwin")
def test_a_run_that_was_killed_left_nothing_to_tell(tmp_path: Path) -> None:
    path = tmp_path / "crash.log"
    path.write_text("\n")
    path.chmod(0o600)
    command = (sys.executable, "-c", DYING, str(path), "9")
    subprocess.run(command, cwd=Path(__file__).parents[1], check=False, capture_output=True)
    assert path.read_text() == ""


def test_where_nothing_can_be_noted_the_app_starts_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert crash.watch(tmp_path / "file" / "crash.log") == ""
