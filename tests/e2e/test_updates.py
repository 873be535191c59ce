"""`dictation updates` as a user runs it: the address it looks at, and what it prints."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from dictation import __version__
from dictation.updates import ADDRESS, SERVER
from tests.e2e.shell import Shell
from tests.loopback import Loopback
from tests.proxy import Proxy, proxying
from tests.replies import Reply


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Loopback]:
    """Under its name, by a certificate of the authority in web.pem."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "web.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(SERVER).configure_cert(context)
    running = Loopback(tls=context)
    yield running
    running.close()


@pytest.fixture
def web(github: Loopback) -> Iterator[Proxy]:
    """Leads every name there."""
    with proxying(to=github.port) as proxy:
        yield proxy


def look(dictation: Shell, web: Proxy, *more: str) -> tuple[int, str, str]:
    return dictation("updates", "--proxy", web.address, "--ca-file", "web.pem", *more)


@pytest.mark.parametrize(
    ("tag", "words"), [("v99.0", "99.0 is there"), (f"v{__version__}", "is the newest")]
)
def test_it_says_where_it_looks_and_what_is_there(
    dictation: Shell, github: Loopback, web: Proxy, tag: str, words: str
) -> None:
    github.answer = lambda _request: Reply(body=json.dumps({"tag_name": tag}).encode())
    code, out, err = look(dictation, web)
    assert (code, words in out, ADDRESS in err) == (0, True, True)
    assert web.asked == ["CONNECT api.github.com:443 HTTP/1.1"]
    [request] = github.requests
    assert ADDRESS.endswith(request.path)
    code, out, _err = look(dictation, web, "--json")
    assert json.loads(out)["newest"] == tag.removeprefix("v")


def test_a_failure_is_told_with_what_to_do(dictation: Shell, github: Loopback, web: Proxy) -> None:
    github.answer = lambda _request: Reply(500)
    code, out, err = look(dictation, web)
    assert (code, out) == (6, "")
    assert "\nhint: " in err
