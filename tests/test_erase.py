"""`dictation erase`: everything goes, or what is left is told; what is not ours stays."""

from __future__ import annotations

import os
import pty
import subprocess
import tempfile
from pathlib import Path

import pytest

from dictation import autostart, menu_entry
from dictation.commands.erase import erase
from dictation.control import Server
from dictation.credentials import Keys
from dictation.errors import DictationError
from dictation.hotkeys import actions, gnome_keys
from dictation.paths import Places, places, private_cache, write_private
from dictation.settings import Settings
from dictation.values import Secret
from tests.app import DICTATION, App
from tests.desktop import VirtualDesktop, need, until
from tests.e2e.shell import told
from tests.loopback import Loopback, server
from tests.test_credentials import Ring

assert server  # the fixture

ROOT = Path(__file__).parents[1]
ORIGIN = "https://openrouter.ai"
KEYLESS = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


def fill(here: Places) -> None:
    """All that the app writes, as far as its name counts."""
    private_cache(here.recordings)
    for path in (
        here.settings,
        here.log,
        here.state / "dictation.log.1",
        here.state / "state.toml",
        here.history,
        *(here.data / f"history.sqlite-{part}" for part in ("wal", "shm", "broken-260101-000000")),
        here.recordings / "a.wav",
        here.recordings / "b.wav",
        here.data / "models" / "large" / "weights.bin",
        here.cache / "models-0123.json",
    ):
        write_private(path, b"words")


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def run(*arguments: str, way: tuple[str, ...] = (), **environment: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `dictation ARGUMENTS` without a terminal."""
    done = subprocess.run(
        (*way, *DICTATION, *arguments),
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def run_on_a_terminal(answer: str) -> tuple[int, str]:
    """Exit code, and what the terminal showed, of `dictation erase`."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        (*DICTATION, "erase"),
        env={**os.environ, "PYTHONPATH": str(ROOT), **KEYLESS},
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    said = b""
    while b"[y/N]" not in said:
        said += os.read(ours, 1000)
    os.write(ours, f"{answer}\n".encode())
    code = process.wait(30)
    os.close(ours)
    return code, said.decode()


def test_everything_of_a_running_app_goes_and_what_is_not_ours_stays(
    desktop: VirtualDesktop, server: Loopback, home: Path
) -> None:
    # GIVEN an app with a key, a setting and a take, and files of others in its folders
    microphone = f"file:{desktop.speech('Hello there.')}@20"
    environment = {"DICTATION_MICROPHONE": microphone, "DICTATION_OUTPUT": "none"}
    with App(desktop, DICTATION_BASE_URL=server.openrouter, **environment) as app:
        app.store_key(server.openrouter, "sk-or-any")
        app.does("settings", "set", "language", "en")
        app.does("start")
        app.until("recording")
        until("some sound", lambda: [*(home / "data" / "recordings").glob("*.wav")])
        assert app.does("stop", "--wait").strip() == server.text
        until("the models", lambda: [*(home / "cache").glob("models-*.json")])
        for path in (home / "mine.txt", home / "data" / "mine.txt"):
            path.write_text("mine")
        # WHEN all is erased while it runs
        code, out, err = app.command("erase", "--yes")
        # THEN it has ended, and nothing of it is left
        assert (code, out) == (0, "")
        assert "1 recording" in err
        assert f"1 key ({server.origin})" in err
        app.process.wait(5)
        assert files(home) == {"mine.txt", "data/mine.txt"}
        assert [path.name for path in home.iterdir() if path.is_dir()] == ["data"]
        assert app.command("key", "status", "--for", server.origin)[0] == 4


def test_the_platforms_folders_go_as_a_whole_and_links_are_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DICTATION_HOME")
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    fill(places())
    (places().cache / "of a later version").write_text("x")
    for name in ("DATA/other/file", "precious/file"):
        write_private(tmp_path / name, b"not ours")
    (places().recordings / "link").symlink_to(tmp_path / "precious")
    code, _out, err = run("erase", "--yes", **KEYLESS)
    assert code == 0, err
    assert files(tmp_path) == {"DATA/other/file", "precious/file"}
    assert not places().config.exists()
    assert not places().data.exists()


def test_without_a_terminal_to_ask_on_nothing_is_erased(home: Path) -> None:
    fill(places())
    before = files(home)
    code, out, err = run("erase", **KEYLESS)
    assert (code, out, told(err)) == (2, "", True)
    assert "--yes" in err
    assert files(home) == before


@pytest.mark.only_on("linux", "darwin")
@pytest.mark.parametrize(("answer", "code", "erased"), [("", 1, False), ("y", 0, True)])
def test_on_a_terminal_it_names_what_goes_and_asks(
    home: Path, answer: str, code: int, erased: bool
) -> None:
    fill(places())
    ended, said = run_on_a_terminal(answer)
    assert ended == code
    for words in ("2 recordings", "history", "0 keys", "settings"):
        assert words in said
    assert (files(home) == set()) is erased


def test_nothing_is_erased_while_an_app_runs_that_does_not_end(home: Path) -> None:
    fill(places())
    ring = Ring()
    keys = Keys(places(), {}, ring)
    keys.store(ORIGIN, Secret("sk-1"))
    before = files(home)
    app = Server(places())  # it answers nobody
    with pytest.raises(DictationError, match="did not end") as raised:
        erase(places(), keys, patience=0.2)
    app.close()
    assert raised.value.code == 1
    assert files(home) - {"run/control", "run/lock"} == before
    assert ring.kept


def test_where_the_keyring_is_locked_the_rest_goes_and_the_keys_can_be_erased_later(
    home: Path,
) -> None:
    ring = Ring()
    keys = Keys(places(), {}, ring)
    fill(places())
    for origin in (ORIGIN, "https://api.openai.com"):
        keys.store(origin, Secret("sk-1"))
    ring.locked = True
    assert len(erase(places(), keys)) == 1
    assert files(home) == {"state/keys.toml"}
    code, _out, err = run("erase", "--yes", **KEYLESS)
    assert (code, told(err), "keyring" in err) == (1, True, True)
    ring.locked = False
    assert erase(places(), keys) == []
    assert (files(home), ring.kept) == (set(), {})


def test_a_broken_note_of_keys_is_told_and_goes(home: Path) -> None:
    fill(places())
    (places().state / "keys.toml").write_text("origins = [")
    [problem] = erase(places(), Keys(places(), {}, Ring()))
    assert "keys.toml" in problem
    assert files(home) == set()


@pytest.mark.only_on("linux")
def test_what_can_not_be_removed_is_told_and_the_rest_goes() -> None:
    need("setpriv")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        here = Places(*(home / name for name in ("config", "state", "data", "cache", "run")))
        fill(here)
        here.recordings.chmod(0o500)
        way: tuple[str, ...] = ()
        if os.geteuid() == 0:  # whom no permission stops
            Path(folder).chmod(0o755)
            for path in (home, *home.rglob("*")):
                os.chown(path, 65534, 65534)
            way = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        code, _out, err = run("erase", "--yes", way=way, DICTATION_HOME=str(home), **KEYLESS)
        assert (code, told(err)) == (1, True)
        assert "a.wav" in err
        assert files(home) == {
            f"data/recordings/{name}" for name in ("a.wav", "b.wav", "CACHEDIR.TAG")
        }
        here.recordings.chmod(0o700)


@pytest.mark.only_on("linux")
def test_the_desktop_is_left_as_it_was(
    own_gsettings: None, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "GNOME")
    menu_entry.write()
    started = autostart.entry_of("linux")
    started.put()
    gnome_keys.write(actions(Settings()))
    assert erase(places(), Keys(places(), {})) == []
    assert not menu_entry.file().exists()
    assert not started.is_there()
    assert gnome_keys.ours() == []
