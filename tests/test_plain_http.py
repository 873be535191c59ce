"""A key goes by plain http to this computer alone, unless the user allows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dictation.credentials import Keys
from dictation.errors import DictationError, PlainHttp
from dictation.first_run import use_key, use_server
from dictation.login import Login
from dictation.models import Models
from dictation.net import Http
from dictation.paths import places
from dictation.settings import Settings
from dictation.values import Secret
from dictation.wiring import Wiring
from tests.app import DICTATION, App
from tests.desktop import VirtualDesktop, until
from tests.e2e.shell import told
from tests.loopback import Loopback, Reply, server
from tests.proxy import Proxy, proxying

assert server  # the fixture

KEY = Secret("sk-or-v1-0123456789abcdef")
BASE = "http://lan.invalid/api/v1"  # leads to the server, through the proxy


@pytest.fixture
def way(server: Loopback) -> Iterator[Proxy]:
    with proxying(to=server.port) as proxy:
        yield proxy


@pytest.fixture
def http(way: Proxy) -> Iterator[Http]:
    client = Http(proxy=way.address, timeout=5)
    yield client
    client.close()


class Ring:
    """A keyring that is never asked to keep a key."""

    def get_password(self, _service: str, _username: str) -> None:
        return None

    def set_password(self, *_: str) -> None:
        pytest.fail("a key was stored")

    delete_password = set_password


ASKING: dict[str, Callable[[Http, Keys, Path], object]] = {
    "a take": lambda http, _keys, _folder: http.json("POST", f"{BASE}/x", key=KEY, value={}),
    "the models": lambda http, _keys, folder: Models(
        http, folder, key_for=lambda _provider, _base: KEY
    ).refresh("openai", BASE),
    "a sign-in": lambda http, _keys, _folder: Login(BASE, http, no_browser).run(),
    "a key that is tried": lambda http, keys, _folder: use_key(
        Settings(base_url=BASE), KEY, http, keys
    ),
    "an own server's key": lambda http, keys, _folder: use_server(
        Settings(), BASE, KEY, http, keys
    ),
}


def no_browser(address: str) -> bool:
    pytest.fail(f"{address} was opened")


@pytest.mark.parametrize("what", ASKING)
def test_nothing_of_it_is_sent(what: str, http: Http, way: Proxy, tmp_path: Path) -> None:
    with pytest.raises(PlainHttp) as refused:
        ASKING[what](http, Keys(places(), {}, Ring()), tmp_path)
    error = refused.value
    assert way.asked == []
    assert (error.code, "lan.invalid" in error.message) == (4, True)
    assert "https" in error.hint
    assert "allow_plain_http" in error.hint


def test_a_server_that_wants_no_key_may_speak_plain_http(http: Http, way: Proxy) -> None:
    assert http.json("GET", f"{BASE}/models")["data"]
    assert way.asked == [f"GET {BASE}/models HTTP/1.1"]


def test_a_key_is_sent_where_that_is_allowed(way: Proxy, server: Loopback) -> None:
    http = Http(proxy=way.address, timeout=5, plain_http=True)
    assert http.json("GET", f"{BASE}/models", key=KEY)["data"]
    assert server.last.headers["authorization"] == f"Bearer {KEY.reveal()}"
    http.close()


@pytest.mark.parametrize("plain_http", [False, True])
def test_a_redirect_to_plain_http_gets_nothing_and_is_told_without_the_key(
    way: Proxy, server: Loopback, plain_http: bool
) -> None:
    http = Http(proxy=way.address, timeout=5, plain_http=plain_http)
    server.answer = lambda _request: Reply.redirect(f"{BASE}/{KEY.reveal()}", 307)
    for url in (f"http://127.0.0.1:{server.port}/x", f"http://localhost:{server.port}/x"):
        with pytest.raises(DictationError, match=r"lan\.invalid") as refused:
            http.json("GET", url, key=KEY)
        assert KEY.reveal() not in str(refused.value)
    assert way.asked == []
    http.close()


def test_the_setting_allows_it_from_the_next_request_on(way: Proxy, server: Loopback) -> None:
    wiring = Wiring(places())
    chosen = Settings(proxy=way.address)
    with pytest.raises(PlainHttp):
        wiring.http(chosen).json("GET", f"{BASE}/models", key=KEY)
    allowed = wiring.http(replace(chosen, allow_plain_http=True))
    assert allowed.json("GET", f"{BASE}/models", key=KEY)["data"]
    with pytest.raises(PlainHttp):
        wiring.http(chosen).json("GET", f"{BASE}/models", key=KEY)
    assert len(server.requests) == 1
    allowed.close()


def test_a_sign_in_by_command_needs_the_setting_too(desktop: VirtualDesktop) -> None:
    app = App(desktop, DICTATION_BASE_URL=BASE, BROWSER="true")
    code, _out, err = app.command("key", "login")
    assert (code, told(err), "unencrypted" in err) == (4, True, True)
    app.environment["DICTATION_ALLOW_PLAIN_HTTP"] = "true"
    login = desktop.start(*DICTATION, "key", "login", **app.environment)
    address = "Sign in at http://lan.invalid/auth?"
    until("the sign-in", lambda: address in desktop.log.read_text(errors="replace"))
    login.terminate()
    login.wait(5)
