"""Which proxy a request goes through: the setting, else the environment's or the system's."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from dictation.errors import ProxyFailed, SettingsError
from dictation.i18n import _

if TYPE_CHECKING:
    import ssl

    import httpx

KEPT = 30.0  # seconds; a connection idle for longer is likely to be dead


def is_host(host: str) -> bool:
    """Whether this can be a host's name or address; httpx lets brackets and blanks pass."""
    return bool(re.fullmatch(r"[^\s%\[\]/\\]+|[0-9a-f:.]+(%\w+)?", host, re.I))


def is_loopback(host: str) -> bool:
    """Whether the host is this very machine, going by its name alone."""
    host = host.strip("[]").lower().rstrip(".")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def is_at_home(host: str) -> bool:
    """Whether the host is this machine or in a private network, going by its name alone."""
    host = host.strip("[]").lower().rstrip(".")
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        named = host.endswith((".local", ".lan", ".home.arpa", ".internal"))
        return named or is_loopback(host) or (bool(host) and "." not in host)


def proxy_for(scheme: str, host: str, setting: str = "") -> str:
    """The proxy's address for a server, or "" for none.

    The setting wins over all others, but NO_PROXY holds for it too, and no proxy can reach this
    machine's own loopback addresses.
    """
    from urllib.request import getproxies, proxy_bypass  # 6 MB, with TLS and mail

    # `proxy_bypass` also reads the exceptions that Windows and macOS keep for their proxies.
    if is_loopback(host) or proxy_bypass(host):
        return ""
    if setting:
        return _address(setting)
    known = getproxies()
    return _address(known.get(scheme) or known.get("all") or "")


def _address(proxy: str) -> str:
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def transport(proxy: str, context: ssl.SSLContext, kept: float = KEPT) -> httpx.HTTPTransport:
    """Connections through the proxy, "" for direct ones; ProxyFailed or SettingsError.

    One that was idle for longer than `kept` seconds is used no more.
    """
    import httpx

    try:
        way = httpx.Proxy(proxy, ssl_context=_https_only(proxy, context)) if proxy else None
        if way is not None and not is_host(way.url.host):
            raise ValueError
        return httpx.HTTPTransport(
            verify=context,
            trust_env=False,
            proxy=way,
            limits=httpx.Limits(
                max_connections=None, max_keepalive_connections=4, keepalive_expiry=kept
            ),
        )
    except ImportError as error:
        raise ProxyFailed(
            _("The proxy speaks SOCKS, which needs one more library."),
            hint=_("Add it with `pip install socksio`, or name an HTTP proxy in `proxy`."),
            again=False,
        ) from error
    except (ValueError, httpx.InvalidURL):
        # The address may hold a password, so neither it nor httpx's error is shown.
        raise SettingsError(
            _("The proxy's address can't be used: it reads http://HOST:PORT."),
            hint=_("Check `proxy` in the settings, or HTTPS_PROXY in the environment."),
        ) from None


def _https_only(proxy: str, context: ssl.SSLContext) -> ssl.SSLContext | None:
    return context if proxy.lower().startswith("https:") else None
