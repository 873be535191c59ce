"""Signing in by browser, against a server that checks the proof."""

from __future__ import annotations

import os
import pty
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from dictation.credentials import Keys
from dictation.errors import BrokenAnswer, Cancelled, DictationError, Forbidden, KeyProblem
from dictation.login import Login
from dictation.net import Http
from dictation.paths import places
from tests.desktop import VirtualDesktop
from tests.loopback import Loopback, Reply, server  # noqa: F401

ROOT = Path(__file__).parent.parent


@pytest.fixture
def http() -> Iterator[Http]:
    client = Http(timeout=2.0)
    yield client
    client.close()


def get(address: str) -> tuple[int, str]:
    """What a browser gets there, redirects followed."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


class Browser:
    """Does at the sign-in page what a test says, on a thread of its own."""

    def __init__(self, act: Callable[[str], object]) -> None:
        self._act = act
        self.address = ""
        self.seen: object = None
        self._thread = threading.Thread(target=self._visit)

    def open(self, address: str) -> bool:
        self.address = address
        self._thread.start()
        return True

    def _visit(self) -> None:
        self.seen = self._act(self.address)

    def result(self) -> object:
        self._thread.join(5)
        assert not self._thread.is_alive()
        return self.seen

    @staticmethod
    def callback(address: str) -> str:
        return parse_qs(urlsplit(address).query)["callback_url"][0]


def run(login: Login) -> DictationError:
    with pytest.raises(DictationError) as caught:
        login.run()
    return caught.value


def test_signing_in_brings_a_key(server: Loopback, http: Http) -> None:  # noqa: F811
    server.key = "sk-or-mine"
    browser = Browser(get)
    secret = Login(server.openrouter, http, browser.open).run()
    assert secret.reveal() == "sk-or-mine"
    status, page = browser.result()  # type: ignore[misc]
    assert status == 200
    assert "You can close this window" in page
    assert server.complaints == []


def test_the_browser_is_sent_to_the_servers_own_origin_with_a_challenge(
    server: Loopback,  # noqa: F811
    http: Http,
) -> None:
    browser = Browser(get)
    Login(server.openrouter, http, browser.open).run()
    parts = urlsplit(browser.address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{server.origin}/auth"
    assert query["code_challenge_method"] == "S256"
    assert urlsplit(query["callback_url"]).hostname == "127.0.0.1"
    assert len(urlsplit(query["callback_url"]).path) > 40
    verifier = server.last.json["code_verifier"]
    assert 43 <= len(verifier) <= 128
    assert verifier not in browser.address


def test_no_two_sign_ins_share_an_address(server: Loopback, http: Http) -> None:  # noqa: F811
    browsers = [Browser(get), Browser(get)]
    for browser in browsers:
        Login(server.openrouter, http, browser.open).run()
    one, two = (parse_qs(urlsplit(browser.address).query) for browser in browsers)
    assert one["code_challenge"] != two["code_challenge"]
    assert urlsplit(one["callback_url"][0]).path != urlsplit(two["callback_url"][0]).path


def test_a_wrong_path_and_a_missing_code_are_refused_and_not_taken(
    server: Loopback,  # noqa: F811
    http: Http,
) -> None:
    def act(address: str) -> list[int]:
        callback = browser.callback(address)
        guess = callback.rpartition("/")[0] + "/guess?code=evil"
        return [get(guess)[0], get(callback)[0], get(address)[0]]

    browser = Browser(act)
    Login(server.openrouter, http, browser.open).run()
    assert browser.result() == [404, 400, 200]
    assert server.last.json["code"] == "code-0"


def test_of_many_codes_at_once_one_alone_is_taken(server: Loopback, http: Http) -> None:  # noqa: F811
    seen: list[int] = []

    def visit(address: str) -> None:
        with suppress(OSError):  # the server is gone as soon as a code was taken
            seen.append(get(address)[0])

    def act(address: str) -> None:
        callback = browser.callback(address)
        visits = [
            threading.Thread(target=visit, args=(f"{callback}?code={number}",))
            for number in range(20)
        ]
        for one in visits:
            one.start()
        for one in visits:
            one.join(5)

    browser = Browser(act)
    assert isinstance(run(Login(server.openrouter, http, browser.open)), Forbidden)
    browser.result()
    assert seen.count(200) == 1
    assert set(seen) <= {200, 410}
    assert len([request for request in server.requests if request.method == "POST"]) == 1


def test_a_refusal_is_told_and_shown(server: Loopback, http: Http) -> None:  # noqa: F811
    browser = Browser(lambda a: get(f"{browser.callback(a)}?error=access_denied<script>&code=x"))
    error = run(Login(server.openrouter, http, browser.open))
    assert isinstance(error, KeyProblem)
    assert "access_denied" in error.message
    status, page = browser.result()  # type: ignore[misc]
    assert status == 403
    assert "<script>" not in page + error.message
    assert server.requests == []


def test_a_code_that_the_server_does_not_know_is_refused(
    server: Loopback,  # noqa: F811
    http: Http,
) -> None:
    browser = Browser(lambda address: get(f"{browser.callback(address)}?code=forged"))
    assert isinstance(run(Login(server.openrouter, http, browser.open)), Forbidden)


def test_an_answer_without_a_key_is_broken(server: Loopback, http: Http) -> None:  # noqa: F811
    server.answer = lambda request: Reply(body={}) if request.method == "POST" else None
    assert isinstance(run(Login(server.openrouter, http, Browser(get).open)), BrokenAnswer)


def test_nobody_signing_in_ends_the_wait(server: Loopback, http: Http) -> None:  # noqa: F811
    error = run(Login(server.openrouter, http, lambda _address: True, patience=0.05))
    assert isinstance(error, KeyProblem)
    assert error.title == "Not signed in"


def test_without_a_browser_it_says_so_at_once(server: Loopback, http: Http) -> None:  # noqa: F811
    assert "browser" in run(Login(server.openrouter, http, lambda _address: False)).message


def test_giving_up_ends_the_wait_and_the_server(server: Loopback, http: Http) -> None:  # noqa: F811
    callbacks: list[str] = []

    def open_browser(address: str) -> bool:
        callbacks.append(Browser.callback(address))
        threading.Thread(target=login.cancel).start()
        return True

    login = Login(server.openrouter, http, open_browser)
    began = time.monotonic()
    assert isinstance(run(login), Cancelled)
    assert time.monotonic() - began < 2
    with pytest.raises(urllib.error.URLError):
        get(callbacks[0])


def test_a_connection_that_sends_nothing_holds_up_nobody(
    server: Loopback,  # noqa: F811
    http: Http,
) -> None:
    def act(address: str) -> object:
        port = urlsplit(browser.callback(address)).port
        with socket.create_connection(("127.0.0.1", port or 0)):
            return get(address)[0]

    browser = Browser(act)
    began = time.monotonic()
    Login(server.openrouter, http, browser.open).run()
    assert time.monotonic() - began < 2
    assert browser.result() == 200


class TestCommand:
    """`dictation key`, as a process, with a real keyring."""

    @pytest.fixture
    def key(self, desktop: VirtualDesktop) -> Callable[..., subprocess.CompletedProcess[str]]:
        def call(*words: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-W", "error", "-m", "dictation", "key", *words],
                input=stdin,
                env={**desktop.env, **more},
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )

        return call

    def test_a_key_is_stored_found_and_forgotten_and_never_printed(
        self, key: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        where = ("--for", "https://one.example/api")
        assert key("status", *where).returncode == 4
        done = [key("set", *where, stdin=" sk-secret \n"), key("status", *where)]
        assert [one.returncode for one in done] == [0, 0]
        assert done[1].stdout == "https://one.example: in the keyring\n"
        stored = Keys(places(), {}).find("openai", "https://one.example/v1")
        assert stored is not None
        assert stored.reveal() == "sk-secret"
        done += [key("delete", *where), key("status", *where), key("delete", *where)]
        assert [one.returncode for one in done[2:]] == [0, 4, 4]
        assert done[3].stdout == "https://one.example: none\n"
        assert not any("sk-secret" in one.stdout + one.stderr for one in done)

    def test_a_prompt_takes_the_key_and_does_not_show_it(self, desktop: VirtualDesktop) -> None:
        person, terminal = pty.openpty()
        command = [sys.executable, "-m", "dictation", "key", "set", "--for", "http://two.example"]
        process = subprocess.Popen(
            command,
            stdin=terminal,
            stdout=terminal,
            stderr=subprocess.PIPE,
            env=desktop.env,
            cwd=ROOT,
            start_new_session=True,
        )
        assert process.stderr
        assert b"hidden" in process.stderr.read(len("Key for http://two.example (hidden): "))
        os.write(person, b"sk-typed\n")
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors
        os.close(terminal)
        os.set_blocking(person, False)
        try:
            echoed = os.read(person, 1000)
        except OSError:  # nothing was written there, and nobody can any more
            echoed = b""
        os.close(person)
        assert b"sk-typed" not in echoed + errors
        stored = Keys(places(), {}).find("openai", "http://two.example")
        assert stored is not None
        assert stored.reveal() == "sk-typed"

    def test_the_environments_key_is_named(
        self, key: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        done = key("status", OPENROUTER_API_KEY="sk-secret")
        assert (done.returncode, done.stdout) == (
            0,
            "https://openrouter.ai: from the environment\n",
        )

    @pytest.mark.parametrize(
        "words", [["set"], ["set", "--for", "openrouter.ai"], ["set", "sk-secret"], []]
    )
    def test_wrong_usage_is_2(
        self, key: Callable[..., subprocess.CompletedProcess[str]], words: list[str]
    ) -> None:
        assert key(*words, stdin=" \n").returncode == 2

    def test_login_stores_the_key_for_the_server_that_gave_it(
        self,
        key: Callable[..., subprocess.CompletedProcess[str]],
        server: Loopback,  # noqa: F811
        tmp_path: Path,
    ) -> None:
        browser = tmp_path / "browser"
        browser.write_text(
            f"#!{sys.executable}\nimport sys, urllib.request\n"
            "urllib.request.urlopen(sys.argv[1], timeout=5).read()\n"
        )
        browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
        server.key = "sk-or-mine"
        done = key("login", BROWSER=str(browser), DICTATION_BASE_URL=server.openrouter)
        assert done.returncode == 0, done.stderr
        assert done.stdout == ""
        assert "sk-or-mine" not in done.stderr
        stored = Keys(places(), os.environ).find("openrouter", server.openrouter)
        assert stored is not None
        assert stored.reveal() == "sk-or-mine"
