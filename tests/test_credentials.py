"""Keys: found for their own origin alone, stored in a keyring alone, never shown."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import keyring.backends.fail
import keyring.backends.null
import pytest
from keyring.errors import KeyringLocked, PasswordDeleteError

from dictation.credentials import Keys, origin
from dictation.environment import take_keys
from dictation.errors import KeyLocked, KeyProblem, SettingsError
from dictation.paths import Places, places
from dictation.values import Secret
from dictation.wiring import Wiring
from tests.desktop import VirtualDesktop

OPENROUTER = "https://openrouter.ai/api/v1"
OPENAI = "https://api.openai.com/v1"


class Ring:
    """A keyring that can be locked, and that remembers what it was asked."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False
        self.asked = 0

    def _ask(self) -> None:
        self.asked += 1
        if self.locked:
            raise KeyringLocked("locked")

    def get_password(self, service: str, username: str) -> str | None:
        self._ask()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._ask()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._ask()
        if (service, username) not in self.kept:
            raise PasswordDeleteError("none")
        del self.kept[service, username]


@pytest.fixture
def here(home: Path) -> Places:
    return places()


def own_wiring() -> Wiring:
    """The parts with the environment's keys and a keyring of their own: the process has but one of
    the system's, which may not be there yet."""
    environment = take_keys(os.environ)
    wiring = Wiring(places())
    wiring.keys = Keys(places(), environment, Ring())
    return wiring


@pytest.fixture
def ring() -> Ring:
    return Ring()


@pytest.fixture
def keys(here: Places, ring: Ring) -> Keys:
    return Keys(here, {}, ring)


def found(keys: Keys, provider: str, base_url: str) -> str | None:
    secret = keys.find(provider, base_url)
    return None if secret is None else secret.reveal()


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://OpenRouter.ai/api/v1", "https://openrouter.ai"),
        ("https://openrouter.ai:443/api", "https://openrouter.ai"),
        ("http://localhost:8080/v1", "http://localhost:8080"),
        ("http://example.org:80", "http://example.org"),
        ("https://user:word@example.org/x", "https://example.org"),
        ("http://[::1]:9/v1", "http://[::1]:9"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, name: str) -> None:
    assert origin(url) == name


@pytest.mark.parametrize("url", ["", "openrouter.ai", "ftp://a.b", "https://", "http://a:99999"])
def test_what_is_no_address_is_a_settings_error(url: str) -> None:
    with pytest.raises(SettingsError):
        origin(url)


def test_a_stored_key_is_found_for_its_origin_alone(keys: Keys, ring: Ring) -> None:
    keys.store(OPENROUTER, Secret(" sk-1\n"))
    assert found(keys, "openrouter", "https://openrouter.ai/other") == "sk-1"
    assert ring.kept == {("dictation", "https://openrouter.ai"): "sk-1"}
    for other in ("http://openrouter.ai", "https://openrouter.ai:8443", "https://x.openrouter.ai"):
        assert found(keys, "openrouter", other) is None


def test_the_environment_beats_the_keyring(here: Places, ring: Ring) -> None:
    keys = Keys(here, {"OPENROUTER_API_KEY": "env", "OPENAI_API_KEY": "oai"}, ring)
    keys.store(OPENROUTER, Secret("stored"))
    assert found(keys, "openrouter", OPENROUTER) == "env"
    assert found(keys, "openai", OPENAI) == "oai"


@pytest.mark.parametrize(
    "base_url", ["http://127.0.0.1:8080/v1", "http://localhost/v1", "http://[::1]:1/v1"]
)
def test_the_environments_key_goes_to_loopback_each_for_its_own_provider(
    here: Places, ring: Ring, base_url: str
) -> None:
    keys = Keys(here, {"OPENROUTER_API_KEY": "env"}, ring)
    assert found(keys, "openrouter", base_url) == "env"
    assert found(keys, "openai", base_url) is None


@pytest.mark.parametrize("base_url", [OPENAI, "https://example.org", "http://127.0.0.1.evil.org"])
def test_the_environments_key_goes_nowhere_else(here: Places, ring: Ring, base_url: str) -> None:
    keys = Keys(here, {"OPENROUTER_API_KEY": "env"}, ring)
    assert found(keys, "openrouter", base_url) is None


def test_a_key_put_into_the_keyring_by_other_means_is_found(keys: Keys, ring: Ring) -> None:
    ring.kept["dictation", "https://openrouter.ai"] = "by hand\n"
    assert keys.configured("openrouter", OPENROUTER)
    assert found(keys, "openrouter", OPENROUTER) == "by hand"
    ring.locked = True
    assert keys.configured("openrouter", OPENROUTER)


def test_a_stored_key_stays_configured_while_the_keyring_is_locked(
    here: Places, keys: Keys, ring: Ring
) -> None:
    keys.store(OPENROUTER, Secret("sk-1"))
    ring.locked = True
    later = Keys(here, {}, ring)
    assert later.configured("openrouter", OPENROUTER)
    with pytest.raises(KeyLocked):
        later.find("openrouter", OPENROUTER)
    assert later.status(OPENROUTER).source == "locked"
    ring.locked = False
    assert found(later, "openrouter", OPENROUTER) == "sk-1"


def test_a_stored_key_stays_configured_when_the_keyring_is_gone(here: Places, keys: Keys) -> None:
    keys.store(OPENROUTER, Secret("sk-1"))
    later = Keys(here, {}, keyring.backends.fail.Keyring())
    assert later.configured("openrouter", OPENROUTER)
    with pytest.raises(KeyLocked, match="no keyring"):
        later.find("openrouter", OPENROUTER)


def test_where_no_key_was_ever_set_a_locked_keyring_is_no_trouble(keys: Keys, ring: Ring) -> None:
    ring.locked = True
    assert not keys.configured("openrouter", OPENROUTER)
    assert keys.find("openrouter", OPENROUTER) is None
    assert keys.status(OPENROUTER).source == "none"


def test_a_keyring_without_our_key_is_asked_once_and_not_at_every_take(
    keys: Keys, ring: Ring
) -> None:
    for _take in range(3):
        assert keys.find("openrouter", OPENROUTER) is None
    assert ring.asked == 1


@pytest.mark.parametrize("module", [keyring.backends.fail, keyring.backends.null])
def test_a_keyring_that_keeps_nothing_is_not_stored_to(here: Places, module: object) -> None:
    keys = Keys(here, {}, module.Keyring())  # type: ignore[attr-defined]
    with pytest.raises(KeyProblem) as caught:
        keys.store(OPENROUTER, Secret("sk-1"))
    assert "gnome-keyring" in caught.value.hint
    assert not keys.configured("openrouter", OPENROUTER)


def test_a_plain_file_is_no_keyring(here: Places) -> None:
    plain = type("PlaintextKeyring", (Ring,), {"__module__": "keyrings.alt.file"})()
    with pytest.raises(KeyProblem):
        Keys(here, {}, plain).store(OPENROUTER, Secret("sk-1"))
    assert plain.kept == {}


def test_an_empty_key_is_not_stored(keys: Keys) -> None:
    with pytest.raises(KeyProblem, match="empty"):
        keys.store(OPENROUTER, Secret(" \n"))


def test_a_deleted_key_is_neither_found_nor_configured(keys: Keys, ring: Ring) -> None:
    keys.store(OPENROUTER, Secret("sk-1"))
    assert keys.delete(OPENROUTER)
    assert ring.kept == {}
    assert not keys.configured("openrouter", OPENROUTER)
    assert not keys.delete(OPENROUTER)


def test_a_key_that_vanished_from_the_keyring_can_be_forgotten(keys: Keys, ring: Ring) -> None:
    keys.store(OPENROUTER, Secret("sk-1"))
    ring.kept.clear()
    with pytest.raises(KeyLocked, match="does not give it"):
        keys.find("openrouter", OPENROUTER)
    assert not keys.delete(OPENROUTER)
    assert not keys.configured("openrouter", OPENROUTER)


def test_the_key_stands_in_no_file_no_status_and_no_repr(here: Places, keys: Keys) -> None:
    keys.store(OPENROUTER, Secret("sk-secret"))
    said = f"{keys.status(OPENROUTER)} {keys.find('openrouter', OPENROUTER)}"
    files = [path for path in here.state.rglob("*") if path.is_file()]
    said += "".join(path.read_text() for path in files)
    assert files
    assert "https://openrouter.ai" in said
    assert "sk-secret" not in said


def test_a_keyring_that_never_answers_is_given_up(here: Places, ring: Ring) -> None:
    keys = Keys(here, {}, ring, patience=0.1)
    keys.store(OPENROUTER, Secret("sk-1"))
    asked, unlocked = threading.Event(), threading.Event()

    class Waiting(Ring):
        def get_password(self, service: str, username: str) -> str | None:
            asked.set()
            unlocked.wait(10)
            return ring.get_password(service, username)

    waiting = Keys(here, {}, Waiting(), patience=0.1)
    with pytest.raises(KeyLocked, match="did not answer"):
        waiting.find("openrouter", OPENROUTER)
    assert asked.is_set()
    unlocked.set()
    assert found(waiting, "openrouter", OPENROUTER) == "sk-1"


def test_a_keyring_of_a_kind_we_dont_know_may_fail_in_its_own_way(here: Places) -> None:
    class Odd(Ring):
        def get_password(self, service: str, username: str) -> str | None:
            raise OSError("bus gone")

    keys = Keys(here, {}, Odd())
    keys.store(OPENROUTER, Secret("sk-1"))
    with pytest.raises(KeyLocked, match="OSError"):
        keys.find("openrouter", OPENROUTER)


def test_a_broken_note_of_the_origins_is_told(here: Places, keys: Keys) -> None:
    here.state.mkdir(parents=True)
    (here.state / "keys.toml").write_text("origins = [")
    with pytest.raises(SettingsError, match=r"keys\.toml"):
        keys.find("openrouter", OPENROUTER)


def test_the_systems_own_keyring_keeps_and_gives_the_key(
    here: Places, desktop: VirtualDesktop
) -> None:
    assert desktop
    keys = Keys(here, {})
    assert not keys.configured("openrouter", OPENROUTER)
    keys.store(OPENROUTER, Secret("sk-real"))
    later = Keys(here, {})
    assert found(later, "openrouter", OPENROUTER) == "sk-real"
    (here.state / "keys.toml").unlink()
    assert found(Keys(here, {}), "openrouter", OPENROUTER) == "sk-real"
    assert later.delete(OPENROUTER)
    assert not Keys(here, {}).configured("openrouter", OPENROUTER)


def test_who_never_stored_a_key_needs_no_keyring_loaded(desktop: VirtualDesktop) -> None:
    code = f"""
import os
import sys
from dictation.credentials import Keys
from dictation.paths import places
print(Keys(places(), {{}}).configured("openrouter", {OPENROUTER!r}), "keyring" in sys.modules)
"""
    more = {"PYTHONPATH": str(Path(__file__).parents[1]), "DICTATION_HOME": str(desktop.home)}
    for desktop_name, loaded in (("XFCE", False), ("KDE", True)):
        said = desktop.run(sys.executable, "-c", code, XDG_CURRENT_DESKTOP=desktop_name, **more)
        assert said.split() == ["False", str(loaded)]
