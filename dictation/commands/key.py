"""`dictation key`: set, delete, status, login."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
import webbrowser
from typing import TYPE_CHECKING

from dictation import credentials, settings
from dictation.control import ask
from dictation.credentials import OWN, Keys
from dictation.environment import take_keys
from dictation.errors import NoKey, NotRunning, SettingsError, UsageError
from dictation.i18n import _
from dictation.paths import places
from dictation.values import Secret

if TYPE_CHECKING:
    from dictation.net import Http

SOURCES = {
    "environment": "from the environment",
    "keyring": "in the keyring",
    "locked": "locked",
    "none": "none",
}


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    what = parser.add_subparsers(dest="what", required=True, metavar="set|delete|status|login")
    made = {}
    for name, help_ in (
        ("set", "store a key, read from stdin or a hidden prompt"),
        ("delete", "forget the key"),
        ("status", "where the key is; the exit code is 0 with one and 4 without"),
    ):
        made[name] = what.add_parser(name, help=help_)
        made[name].add_argument(
            "--for",
            dest="origin",
            metavar="ORIGIN",
            default=OWN["openrouter"],
            help="the server that the key belongs to [%(default)s]",
        )
    made["status"].add_argument(
        "--usage", action="store_true", help="ask OpenRouter for its balance, limit and usage, too"
    )
    what.add_parser("login", help="sign in to OpenRouter in the browser")


def run(args: argparse.Namespace) -> int:
    """Stores, forgets or tells about a key; never prints one."""
    keys = Keys(places(), take_keys(os.environ))  # out of the browser's environment, too
    if args.what == "login":
        return _login(keys)
    try:
        origin = credentials.origin(args.origin)
    except SettingsError as error:
        raise UsageError(error.message) from None
    match args.what:
        case "set":
            _store(keys, origin, _read_key(origin))
        case "delete":
            if not keys.delete(origin):
                raise NoKey(
                    _("No key is stored for {origin}.").format(origin=origin),
                    hint=_("`dictation key status --for ORIGIN` tells where a key is."),
                )
            _tell_app()
        case "status":
            status = keys.status(origin)
            why = f" ({status.why})" if status.why else ""
            print(f"{origin}: {SOURCES[status.source]}{why}")
            if status.source not in ("environment", "keyring"):
                return NoKey.code
            if args.usage:
                _tell_usage(keys, origin)
    return 0


def _read_key(origin: str) -> Secret:
    if sys.stdin and sys.stdin.isatty():
        key = getpass.getpass(f"Key for {origin} (hidden): ").strip()
    else:
        key = sys.stdin.read().strip() if sys.stdin else ""
    if not key:
        raise UsageError(_("The key is empty."), hint=_("Paste it at the prompt, or pipe it in."))
    return Secret(key)


def _login(keys: Keys) -> int:
    from dictation.first_run import openrouter_base
    from dictation.login import Login

    keys.check()  # before the sign-in makes a key that could not be kept
    chosen, _problems = settings.load(places().settings)
    base = openrouter_base(chosen)
    http = _http(chosen)
    try:
        secret = Login(base, http, _open_browser).run()
    finally:
        http.close()
    _store(keys, credentials.origin(base), secret)
    return 0


def _tell_usage(keys: Keys, origin: str) -> None:
    from dictation import account
    from dictation.first_run import openrouter_base

    chosen, _problems = settings.load(places().settings)
    base = openrouter_base(chosen)
    if credentials.origin(base) != origin:
        raise UsageError(
            _("{origin} tells no usage: only OpenRouter does.").format(origin=origin),
            hint=_("Leave --usage out, or look at that server's own site."),
        )
    key = keys.find("openrouter", base)
    if key is None:
        raise NoKey(_("No key of OpenRouter is there for {origin}.").format(origin=origin))
    http = _http(chosen)
    try:
        told = account.read(base, key, http)
    finally:
        http.close()
    for what, words in told.lines():
        print(f"{what}: {words}")


def _http(chosen: settings.Settings) -> Http:
    from dictation.net import Http

    return Http(
        proxy=chosen.proxy,
        ca_file=chosen.ca_file,
        timeout=chosen.timeout,
        plain_http=chosen.allow_plain_http,
    )


def _open_browser(address: str) -> bool:
    print(f"Sign in at {address}", file=sys.stderr, flush=True)
    webbrowser.open(address)
    return True  # where no browser opens, the address can be opened by hand


def _store(keys: Keys, origin: str, secret: Secret) -> None:
    keys.store(origin, secret)
    print(f"The key for {origin} is stored.", file=sys.stderr)
    _tell_app()


def _tell_app() -> None:
    try:
        ask(places(), {"do": "reload"})
    except NotRunning:
        return  # it looks for keys when it starts
