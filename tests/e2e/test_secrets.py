"""What is on disk is for the user alone, and a key is nowhere but where the user put it."""

from __future__ import annotations

import os
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.app import App
from tests.connections import Received
from tests.desktop import VirtualDesktop, until
from tests.e2e.shell import write_wav
from tests.loopback import Loopback
from tests.replies import Reply, error

KEY = "sk-or-v1-5ec4e7000000000000000000000000000000000000000000000000000000cafe"
ROOT = Path(__file__).parents[2]
WRITTEN = {"settings.toml", "keys.toml", "dictation.log", "control", "lock"}
WRITTEN |= {"history.sqlite", "history.sqlite-wal", "history.sqlite-shm", "CACHEDIR.TAG"}
QUOTING = {
    "a refusal": error(401, f"No such key: {KEY}"),
    "a long refusal": error(400, f"{'x' * 180}{KEY}{'y' * 500}"),
    "an error in an answer": Reply(
        200, {"error": {"message": f"{KEY} has no credits", "code": 402}}
    ),
    "a page": Reply.html(f"<html><title>{KEY}</title><body>{KEY}</body></html>", 403),
    "a page for an answer": Reply.html(f"<html><title>{KEY}</title></html>"),
    "no JSON": Reply(200, f"{{{KEY}".encode()),
    "a redirect": Reply.redirect(f"https://elsewhere.invalid/{KEY}?{KEY}", 307),
}


def app_at(desktop: VirtualDesktop, service: Loopback, **environment: str) -> App:
    """An app that hears one sentence at each take and keeps the text."""
    return App(
        desktop,
        DICTATION_BASE_URL=service.openrouter,
        DICTATION_MICROPHONE=f"file:{desktop.speech('Hello there.')}@20",
        DICTATION_OUTPUT="none",
        **environment,
    )


def dictate(app: App) -> tuple[int, str, str]:
    """One take; what `stop --wait` says."""
    app.does("start")
    app.until("recording")
    threading.Event().wait(0.2)
    return app.command("stop", "--wait")


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def quoting(reply: Reply) -> Callable[[Received], Reply | None]:
    """A server that answers so whoever sends it the key."""
    return lambda request: reply if KEY in request.headers.get("authorization", "") else None


def below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if not path.is_symlink()]


def on_disk(folder: Path) -> dict[str, bytes]:
    """Every file below, by its path."""
    return {str(path): path.read_bytes() for path in below(folder) if path.is_file()}


def commands_running() -> Iterator[bytes]:
    """What `ps` shows of each process."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield entry.read_bytes()
        except OSError:
            continue  # ended meanwhile


def expect_nowhere(desktop: VirtualDesktop, home: Path, said: str) -> None:
    """The key stands in nothing that was written, said, shown or can be listed."""
    key = KEY.encode()
    assert [path for path, content in on_disk(home).items() if key in content] == []
    assert KEY not in desktop.log.read_text(errors="replace")
    assert KEY not in said
    assert KEY not in str(desktop.notifications.seen)
    assert [line for line in commands_running() if key in line] == []


def environments_of_children(parent: int) -> list[bytes]:
    """The environment of each process that this one started."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            status = (entry / "stat").read_text()
            if int(status.rpartition(")")[2].split()[1]) == parent:
                found.append((entry / "environ").read_bytes())
        except OSError:
            continue  # ended meanwhile
    return found


@pytest.mark.parametrize("found", ["nothing", "folders open to all"])
def test_all_that_is_written_is_for_the_user_alone(
    desktop: VirtualDesktop, service: Loopback, home: Path, found: str
) -> None:
    # GIVEN a umask that takes nothing away, and perhaps folders that are open
    service.key = KEY
    with umask(0):
        if found != "nothing":
            for name in ("config", "state", "data/recordings", "cache", "run"):
                (home / name).mkdir(parents=True)
            (home / "config" / "settings.toml").write_text('language = "de"\n')
            (home / "state" / "dictation.log").touch()
            (home / "data" / "history.sqlite").touch()
        # WHEN a key, a setting and a take are kept
        with app_at(desktop, service) as app:
            app.store_key(service.openrouter, KEY)
            app.does("settings", "set", "language", "en")
            code, out, _err = dictate(app)
            until("the models", lambda: [*(home / "cache").glob("models-*.json")])
            paths = [*below(home), *([] if found != "nothing" else [home])]
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in paths}
    # THEN nobody else can read any of it
    assert (code, out.strip()) == (0, service.text)
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}
    assert set(modes) >= WRITTEN
    kinds = {Path(name).suffix for name in modes}
    assert ".json" in kinds
    assert kinds & {".wav", ".flac"}


@pytest.mark.parametrize("source", ["environment", "keyring"])
def test_a_key_that_the_server_quotes_is_shown_nowhere(
    desktop: VirtualDesktop, service: Loopback, home: Path, tmp_path: Path, source: str
) -> None:
    service.key = KEY
    environment = {}
    if source == "environment":
        environment = {"OPENROUTER_API_KEY": KEY, "OPENAI_API_KEY": KEY}
    clip = write_wav(tmp_path / "clip.wav")
    ours = ("--provider", "openai", "--base-url", service.openai)
    with app_at(desktop, service, DICTATION_MODEL="a/b", **environment) as app:
        if source == "keyring":
            app.store_key(service.openrouter, KEY)
        assert dictate(app)[0] == 0
        said = ""
        for what, reply in QUOTING.items():
            service.answer = quoting(reply)
            for told in (
                dictate(app),
                app.command("--debug", "transcribe", str(clip), "--speech-gate", "off"),
                app.command("--debug", "models", "--refresh", *ours),
            ):
                assert told[0] in (4, 5, 6), f"{what}: {told}"
                said += "".join(told[1:])
        status = ("key", "status", "--for", service.origin)
        for shown in (status, ("history", "list", "--json"), ("settings", "list")):
            said += app.does(*shown)
        expect_nowhere(desktop, home, said)
        files = on_disk(home)
        with_text = {
            Path(path).name for path, data in files.items() if service.text.encode() in data
        }
    assert "Traceback" in said
    assert "…" in said  # what stood in place of the key
    # The text is where it belongs, so the search would have found the key; it is in no log.
    assert with_text
    assert all(name.startswith("history.sqlite") for name in with_text)


def test_a_crash_while_the_key_is_in_use_does_not_tell_it(
    desktop: VirtualDesktop, service: Loopback, home: Path, tmp_path: Path
) -> None:
    # GIVEN a library that is broken, and is first needed when the key is to be sent
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "truststore.py").write_text('raise RuntimeError("broken on purpose")\n')
    environment = {"PYTHONPATH": f"{broken}{os.pathsep}{ROOT}", "OPENROUTER_API_KEY": KEY}
    with app_at(desktop, service, **environment) as app:
        # WHEN a take, and a command, crash on it
        dictate(app)
        desktop.notifications.expect("RuntimeError in ", 10)
        clip = write_wav(tmp_path / "clip.wav")
        command = ("--debug", "transcribe", str(clip), "--speech-gate", "off")
        code, _out, err = app.command(*command)
        # THEN the crash is told in full, but for the key
        log = (home / "state" / "dictation.log").read_text()
        assert code == 1
        for told in (log, err):
            assert "Traceback" in told
            assert "broken on purpose" in told
        expect_nowhere(desktop, home, err)


def test_no_program_that_the_app_starts_gets_a_key(
    desktop: VirtualDesktop, service: Loopback
) -> None:
    keys = {"OPENROUTER_API_KEY": KEY, "OPENAI_API_KEY": KEY, "SOMEBODYS_API_KEY": KEY}
    with app_at(desktop, service, DICTATION_PROVIDER="offline", **keys) as app:
        dictate(app)
        children = until("the recogniser", lambda: environments_of_children(app.process.pid))
        assert [child for child in children if b"PATH=" not in child] == []  # it was readable
        assert [child for child in children if KEY.encode() in child] == []


def test_no_program_that_a_library_starts_gets_a_key(
    desktop: VirtualDesktop, service: Loopback, tmp_path: Path
) -> None:
    # GIVEN a browser that writes down its environment
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\nenv > {seen}.part; mv {seen}.part {seen}\n")
    browser.chmod(0o755)
    app = App(
        desktop,
        DICTATION_BASE_URL=service.openrouter,
        OPENROUTER_API_KEY=KEY,
        BROWSER=f"{browser} %s",
    )
    # WHEN `key login` opens it
    login = desktop.start(sys.executable, "-m", "dictation", "key", "login", **app.environment)
    until("the browser", seen.exists)
    login.terminate()
    login.wait(5)
    # THEN no key was in it
    assert "PATH=" in seen.read_text()
    assert KEY not in seen.read_text()
