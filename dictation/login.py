"""Signing in to OpenRouter by browser (OAuth with PKCE), so that nobody has to copy a key.

The browser brings a code back to a server on this machine; the code alone buys nothing, the
verifier that makes a key of it never leaves the program but to the server that was asked.
"""

from __future__ import annotations

import base64
import hashlib
import queue
import re
import secrets
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from dictation.credentials import origin
from dictation.errors import BrokenAnswer, Cancelled, KeyProblem
from dictation.i18n import _, number
from dictation.net import Http
from dictation.values import Secret

PATIENCE = 300.0  # seconds for a person to sign in
METHOD = "S256"
PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Dictation</title>
<body style="font-family: sans-serif; margin: 4em; text-align: center"><p>{text}</p></body></html>
"""


class Login:
    """One attempt to sign in. `open_browser` gets an address and tells whether it opened it."""

    def __init__(
        self,
        base_url: str,
        http: Http,
        open_browser: Callable[[str], bool],
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._base, self._http = base_url.rstrip("/"), http
        self._open_browser, self._patience = open_browser, patience
        self._verifier = secrets.token_urlsafe(64)
        self._outcome: queue.SimpleQueue[str | KeyProblem | Cancelled] = queue.SimpleQueue()
        self._origin = origin(base_url)

    def run(self) -> Secret:
        """The key, once the person has signed in; not for the main thread of a window.

        Raises KeyProblem, Cancelled, or what sending the code means.
        """
        self._http.check_secrecy(self._base)  # the answer will hold the key
        with _Callback(self._outcome) as callback:
            if not self._open_browser(self._address(callback.address)):
                raise KeyProblem(
                    _("No browser could be opened."),
                    hint=_("Copy a key from the provider's site: `dictation key set`."),
                )
            try:
                outcome = self._outcome.get(timeout=self._patience)
            except queue.Empty:
                raise KeyProblem(
                    _("Nobody signed in within {minutes} minutes.").format(
                        minutes=number(self._patience / 60)
                    ),
                    hint=_("Try again: `dictation key login`."),
                    title=_("Not signed in"),
                ) from None
        if isinstance(outcome, Exception):
            raise outcome
        return self._key_for(outcome)

    def cancel(self) -> None:
        """Ends the wait, from any thread."""
        self._outcome.put(Cancelled(_("The sign-in was given up.")))

    def _address(self, callback: str) -> str:
        digest = hashlib.sha256(self._verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        query = {
            "callback_url": callback,
            "code_challenge": challenge,
            "code_challenge_method": METHOD,
        }
        return f"{self._origin}/auth?{urlencode(query)}"

    def _key_for(self, code: str) -> Secret:
        answer = self._http.json(
            "POST",
            f"{self._base}/auth/keys",
            value={
                "code": code,
                "code_verifier": self._verifier,
                "code_challenge_method": METHOD,
            },
        )
        key = answer.get("key") if isinstance(answer, dict) else None
        if not isinstance(key, str) or not key.strip():
            raise BrokenAnswer(
                _("The server took the sign-in and sent no key."),
                hint=_("Try again, or copy a key from its site: `dictation key set`."),
            )
        return Secret(key.strip())


class _Callback:
    """The server that the browser comes back to: one path that nobody can guess, taken once."""

    def __init__(self, outcome: queue.SimpleQueue[str | KeyProblem | Cancelled]) -> None:
        self._outcome = outcome
        self._path = "/" + secrets.token_urlsafe(32)
        self._once = threading.Lock()  # taken with the first answer, and never given back
        callback = self

        class Visit(BaseHTTPRequestHandler):
            server_version, sys_version = "dictation", ""
            timeout = 10  # browsers open connections in advance and send nothing

            def do_GET(self) -> None:
                status, text, result = callback.judge(self.path)
                page = PAGE.format(text=text).encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.send_header("Cache-Control", "no-store")
                self.send_header("Referrer-Policy", "no-referrer")
                self.end_headers()
                self.wfile.write(page)
                if result is not None:
                    outcome.put(result)

            def log_message(self, *_args: object) -> None:
                """Says nothing: the address holds the code."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Visit)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="login", daemon=True
        )
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}{self._path}"

    def __enter__(self) -> _Callback:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def judge(self, target: str) -> tuple[HTTPStatus, str, str | KeyProblem | None]:
        """What the browser is answered, and what came out of it, if anything did."""
        parts = urlsplit(target)
        query = parse_qs(parts.query)
        if not secrets.compare_digest(parts.path.encode(), self._path.encode()):
            return HTTPStatus.NOT_FOUND, _("There is nothing here."), None
        if "code" not in query and "error" not in query:
            return HTTPStatus.BAD_REQUEST, _("Something is missing in this address."), None
        if not self._once.acquire(blocking=False):
            return HTTPStatus.GONE, _("This sign-in is over."), None
        if "error" in query:
            reason = re.sub(r"[^\w .-]", "", query["error"][0])[:80]
            refused = KeyProblem(
                _("The server did not sign you in: {reason}.").format(reason=reason),
                hint=_("Try again: `dictation key login`."),
                title=_("Not signed in"),
            )
            return HTTPStatus.FORBIDDEN, _("You were not signed in."), refused
        return HTTPStatus.OK, _("You can close this window."), query["code"][0]
