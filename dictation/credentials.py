"""Keys: one for each origin, in the environment or in the system's keyring, nowhere else.

Which origins have a key is noted in the state folder (names alone), so that a locked or missing
keyring is told from a key that was never set.
"""

from __future__ import annotations

import os
import threading
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeVar
from urllib.parse import urlsplit

from dictation.bus import Bus, BusFault, Remote
from dictation.errors import KeyLocked, KeyProblem, MissingPart, SettingsError
from dictation.i18n import _, number
from dictation.net.proxies import is_loopback
from dictation.paths import Places, write_private
from dictation.values import Secret

T = TypeVar("T")

SERVICE = "dictation"
OWN = {"openrouter": "https://openrouter.ai", "openai": "https://api.openai.com"}
VARIABLES = {"openrouter": "OPENROUTER_API_KEY", "openai": "OPENAI_API_KEY"}
PORTS = {"https": 443, "http": 80}
SECRETS = Remote("org.freedesktop.secrets", interface="org.freedesktop.Secret.Service")
PATIENCE = 60.0  # seconds for a person to unlock the keyring when it asks


class Keyring(Protocol):
    """The part of a `keyring` backend that is used."""

    def get_password(self, service: str, username: str, /) -> str | None: ...
    def set_password(self, service: str, username: str, password: str, /) -> None: ...
    def delete_password(self, service: str, username: str, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Status:
    """Where the key of an origin is; `why` says what is wrong with a locked one."""

    origin: str
    source: Literal["environment", "keyring", "locked", "none"]
    why: str = ""


def origin(url: str) -> str:
    """Scheme, host and port of an address, the default port left out; SettingsError for others."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in PORTS:
        raise SettingsError(
            _("{url}: an address looks like https://example.org/api/v1.").format(url=url)
        )
    name = f"[{host}]" if ":" in host else host
    where = "" if port in (None, PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{name}{where}"


class Keys:
    """Finds, stores and deletes keys; a key is only ever handed out as a Secret."""

    def __init__(
        self,
        places: Places,
        environment: Mapping[str, str],
        keyring: Keyring | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._notes = places.state / "keys.toml"
        self._environment = environment
        self._keyring = keyring
        self._patience = patience
        self._asking = threading.Lock()  # one question, so one unlock window, at a time
        self._absent: set[str] = set()  # asked for and not there: not asked again at every take

    def find(self, provider: str, base_url: str) -> Secret | None:
        """The key for the origin of `base_url`; KeyLocked where there is one out of reach."""
        return self._from_environment(provider, base_url) or self._from_keyring(origin(base_url))

    def configured(self, provider: str, base_url: str) -> bool:
        """Whether a key was ever set for this origin, readable or not."""
        if self._from_environment(provider, base_url):
            return True
        where = origin(base_url)
        return self._is_there(where) or self._from_keyring(where) is not None

    def store(self, url: str, secret: Secret) -> None:
        """Keeps the key for the origin of `url`; KeyProblem where no keyring keeps it safely."""
        key, where = secret.reveal().strip(), origin(url)
        if not key:
            raise KeyProblem(_("The key is empty."))
        keyring = self._safe_keyring()
        self._ask(lambda: keyring.set_password(SERVICE, where, key))
        self._absent.discard(where)
        self._note(self.noted() | {where})

    def check(self) -> None:
        """Raises KeyProblem where no keyring would keep a key."""
        self._safe_keyring()

    def delete(self, url: str) -> bool:
        """Forgets the key for the origin of `url`; False where there was none."""
        where = origin(url)
        there = self._is_there(where) is not False and self._read(where) is not None
        if there:
            self._ask(lambda: self._safe_keyring().delete_password(SERVICE, where))
        self._note(self.noted() - {where})
        return there

    def noted(self) -> frozenset[str]:
        """The origins whose keys were stored, as noted; SettingsError for a broken note."""
        return _read_notes(self._notes)

    def status(self, url: str) -> Status:
        """Where the key for the origin of `url` is; never the key."""
        where = origin(url)
        if any(self._from_environment(provider, url) for provider in VARIABLES):
            return Status(where, "environment")
        try:
            return Status(where, "keyring" if self._from_keyring(where) else "none")
        except KeyLocked as error:
            return Status(where, "locked", error.message)

    def _from_environment(self, provider: str, base_url: str) -> Secret | None:
        key = self._environment.get(VARIABLES.get(provider, ""), "").strip()
        where = origin(base_url)
        if key and (where == OWN[provider] or is_loopback(urlsplit(where).hostname or "")):
            return Secret(key)
        return None

    def _from_keyring(self, where: str) -> Secret | None:
        """The stored key; KeyLocked where there surely is one that can't be had now."""
        there = self._is_there(where)
        if there is False:
            return None
        try:
            found = self._read(where)
        except KeyLocked:
            if there:
                raise
            return None
        if found and found.strip():  # put there by other means it may end in a line's end
            self._note(self.noted() | {where})
            return Secret(found.strip())
        if there:
            raise KeyLocked(
                _("A key was stored for {where}, but the keyring does not give it.").format(
                    where=where
                ),
                hint=_("Unlock the system's keyring, or store the key again: `dictation key set`."),
            )
        self._absent.add(where)
        return None

    def _is_there(self, where: str) -> bool | None:
        """Whether a key was ever stored, found out without a prompt; None = only asking tells."""
        if where in self.noted():
            return True
        if where in self._absent:
            return False
        if self._keyring is None and _surely_absent(where):
            self._absent.add(where)
            return False
        try:
            there = self._ask(lambda: _listed(self._safe_keyring(), where))
        except KeyLocked:  # no keyring at all, so none was ever asked to keep a key
            return False
        if there is False:
            self._absent.add(where)
        return there

    def _read(self, where: str) -> str | None:
        return self._ask(lambda: self._safe_keyring().get_password(SERVICE, where))

    def _safe_keyring(self) -> Keyring:
        """The keyring; KeyLocked where there is none that keeps keys safely."""
        if self._keyring is None:
            import keyring

            self._keyring = _first_safe(keyring.get_keyring())
        if not _is_safe(self._keyring):
            raise KeyLocked(
                _("There is no keyring that keeps keys safely."),
                title=_("No keyring"),
                hint=_(
                    "Install and start one (gnome-keyring or KWallet), or set OPENROUTER_API_KEY "
                    "or OPENAI_API_KEY in the environment."
                ),
            )
        return self._keyring

    def _ask(self, question: Callable[[], T]) -> T:
        """The keyring's answer, waited for as long as a person needs to unlock it."""
        answers: list[T] = []
        problems: list[Exception] = []
        done = threading.Event()

        def ask() -> None:
            try:
                with self._asking:
                    answers.append(question())
            except _troubles() as error:
                problems.append(error)
            finally:
                done.set()

        threading.Thread(target=ask, name="keyring", daemon=True).start()
        if not done.wait(self._patience):
            raise KeyLocked(
                _("The keyring did not answer within {seconds} seconds.").format(
                    seconds=number(self._patience)
                )
            )
        if answers:
            return answers[0]
        if problems and isinstance(problems[0], KeyProblem):
            raise problems[0]
        # What a backend says may hold anything, so its kind alone is told.
        kind = type(problems[0]).__name__ if problems else "no answer"
        raise KeyLocked(_("The keyring can't be read ({kind}).").format(kind=kind))

    def _note(self, origins: frozenset[str]) -> None:
        if origins == self.noted():
            return
        import tomli_w

        write_private(self._notes, tomli_w.dumps({"origins": sorted(origins)}).encode())


def _read_notes(path: Path) -> frozenset[str]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8")).get("origins", [])
    except FileNotFoundError:
        return frozenset()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{path}: {error}", hint=_("Delete the file.")) from error
    return frozenset(entry for entry in found if isinstance(entry, str))


def _first_safe(keyring: Keyring) -> Keyring:
    """Of a chain of keyrings the first that is safe; a chain would store in any of them."""
    links: list[Keyring] = getattr(keyring, "backends", [])
    return next((link for link in links if _is_safe(link)), keyring)


def _is_safe(keyring: Keyring) -> bool:
    """Whether it keeps anything, and not in a plain file."""
    module, name = type(keyring).__module__, type(keyring).__name__
    useless = module in {f"keyring.backends.{kind}" for kind in ("fail", "null", "chainer")}
    return not useless and not module.startswith("keyrings.alt") and "Plaintext" not in name


def _surely_absent(where: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the Secret Service, where it is the keyring, holds no key of ours.

    Asked without loading a keyring, 11 MB with all that it stands on: who never stored a key
    needs none.
    """
    own = Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    chosen = (own / "python_keyring" / "keyringrc.cfg").exists()
    desktop = environment.get("XDG_CURRENT_DESKTOP", "")  # KDE's own would come first
    if chosen or "PYTHON_KEYRING_BACKEND" in environment or "KDE" in desktop.split(":"):
        return False
    try:
        with Bus("SESSION", lambda _signal: None, name="keyring") as bus:
            wanted = {"service": SERVICE, "username": where}
            unlocked, locked = bus.call(SECRETS, "SearchItems", "a{ss}", (wanted,))
    except (BusFault, MissingPart):
        return False
    return not unlocked and not locked


def _listed(keyring: Keyring, where: str) -> bool | None:
    """Whether the keyring holds our key; None where it would have to be opened to tell.

    The Secret Service names locked items too, so nobody is prompted who never stored a key.
    """
    if type(keyring).__module__ != "keyring.backends.SecretService":
        return None
    import secretstorage

    connection = secretstorage.dbus_init()
    try:
        wanted = {"service": SERVICE, "username": where}
        return any(True for _ in secretstorage.search_items(connection, wanted))
    finally:
        connection.close()


def _troubles() -> tuple[type[Exception], ...]:
    """Ours, and what keyrings raise when they are locked, gone or broken."""
    from keyring.errors import KeyringError

    found: tuple[type[Exception], ...] = (KeyProblem, KeyringError, OSError, RuntimeError)
    try:
        from jeepney.wrappers import DBusErrorResponse
        from secretstorage.exceptions import SecretStorageException
    except ImportError:  # only on Linux
        return found
    return (*found, DBusErrorResponse, SecretStorageException)
