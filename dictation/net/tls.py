"""Trust: the operating system's certificates plus `ca_file`, and what a failed check means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dictation.desktop import Desktop
from dictation.errors import ProviderError, SettingsError, TlsFailed, TlsInspected
from dictation.i18n import _

if TYPE_CHECKING:
    import ssl

# "Nobody I know has signed this": OpenSSL's 18 to 21, Windows' untrusted root and partial chain,
# macOS' not trusted.
UNKNOWN_AUTHORITY = {18, 19, 20, 21, 0x800B0109, 0x800B010A, -67843}
EXPIRED = {9, 10, 0x800B0101, -67818}
OTHER_NAME = {62, 64, 0x800B010F, -67602}

# Services whose certificates every system trusts. An unknown authority there is someone between.
PUBLIC = ("openrouter.ai", "openai.com", "groq.com", "mistral.ai", "deepgram.com", "together.ai")


def context(ca_file: str, desktop: Desktop) -> ssl.SSLContext:
    """A context that always verifies; SettingsError where `ca_file` can't be used."""
    import ssl

    import truststore

    made: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if desktop.system == "linux":
        # There truststore only finds the system's bundle, but reads it again for every connection
        # (30 ms) and lets one handshake at a time happen. The context inside it, once it has
        # found the bundle, is OpenSSL's own and verifies by itself.
        made = made.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost").context
        made.sslsocket_class, made.sslobject_class = ssl.SSLSocket, ssl.SSLObject
    if ca_file:
        try:
            made.load_verify_locations(Path(ca_file).expanduser())
        except OSError as error:  # ssl.SSLError is one: no certificate in it
            raise SettingsError(
                _("ca_file = {path}: this is no readable PEM file with certificates.").format(
                    path=ca_file
                )
            ) from error
    return made


def failure(error: ssl.SSLError, host: str, *, proxied: bool) -> ProviderError:
    """What a failed handshake means.

    An authority that the system does not know has signed: an own server's, or that of someone who
    opens the connection on its way (a company's proxy, a virus scanner). It is the latter where
    the host is known to have a certificate that every system trusts, or where a proxy stands
    between; an own server with its own authority is seldom reached through one.
    """
    import ssl

    if not isinstance(error, ssl.SSLCertVerificationError):
        return TlsFailed(
            _("{host} does not speak TLS as it should ({reason}).").format(
                host=host, reason=(error.reason or "no reason given").replace("_", " ").lower()
            ),
            hint=_("Check `base_url`: does it want http:// in place of https://?"),
        )
    code = getattr(error, "verify_code", 0)
    code = code & 0xFFFFFFFF if code < -0x40000000 else code  # Windows' numbers come signed
    said = _("{host}: {reason}.").format(
        host=host, reason=str(getattr(error, "verify_message", "") or error).rstrip(".")
    )
    if code in UNKNOWN_AUTHORITY and (proxied or is_public(host)):
        return TlsInspected(said)
    if code in EXPIRED:
        return TlsFailed(said, hint=_("Check this computer's date; else the server is at fault."))
    if code in OTHER_NAME:
        return TlsFailed(
            said,
            hint=_("Check `base_url`; or a login page of this network answers in its place."),
        )
    return TlsFailed(said)


def is_public(host: str) -> bool:
    """Whether the host is a service whose certificate every system trusts."""
    return any(host == name or host.endswith(f".{name}") for name in PUBLIC)
