"""The recipes for systems that are not this one, as far as they can be read here."""

from __future__ import annotations

import json
import plistlib
import re
import struct
import subprocess
import tomllib
from pathlib import Path

import pytest

from dictation.bus_interface import NAME
from dictation.languages import LANGUAGES
from dictation.links import SCHEME
from tests.test_architecture import ROOT

PACKAGING = ROOT / "packaging"
# What would open more of the user's things than the program says that it touches.
BROAD = ("--filesystem", "--device=all", "--socket=session-bus", "--socket=system-bus")
BROAD += ("--talk-name=org.freedesktop.Flatpak", "--talk-name=*")


def test_the_sandbox_has_no_more_than_it_needs() -> None:
    told = json.loads((PACKAGING / "flatpak" / f"{NAME}.json").read_text("utf-8"))
    assert (told["id"], told["command"]) == (NAME, "dictation")
    assert not [each for each in told["finish-args"] if each.startswith(BROAD)]
    for module in told["modules"]:
        for source in module["sources"]:
            if source["type"] == "dir":
                assert (PACKAGING / "flatpak" / source["path"]).resolve() == ROOT
            else:
                assert re.fullmatch("[0-9a-f]{64}", source["sha256"])
    commands = " ".join(told["modules"][-1]["build-commands"])
    for name in re.findall(r"packaging/\S+", commands):
        assert (ROOT / name).is_file()


def test_a_mac_is_told_what_the_microphone_and_the_keys_are_for() -> None:
    told = plistlib.loads((PACKAGING / "macos" / "Info.plist").read_bytes())
    for name in ("Microphone", "Accessibility", "InputMonitoring"):
        assert told[f"NS{name}UsageDescription"].startswith("Dictation ")
    assert set(told["CFBundleLocalizations"]) == set(LANGUAGES)
    [kind] = told["CFBundleURLTypes"]
    assert kind["CFBundleURLSchemes"] == [SCHEME]
    rights = plistlib.loads((PACKAGING / "macos" / "entitlements.plist").read_bytes())
    assert rights["com.apple.security.device.audio-input"] is True
    assert (PACKAGING / "macos" / "dictation.icns").read_bytes().startswith(b"icns")


@pytest.mark.only_on("linux", "darwin")
@pytest.mark.parametrize("script", ["appimage", "macos/dmg"])
def test_a_script_can_be_read(script: str) -> None:
    subprocess.run(["bash", "-n", PACKAGING / script], check=True)


def test_windows_installs_for_one_user_and_takes_all_of_it_back() -> None:
    told = (PACKAGING / "windows" / "dictation.iss").read_text("utf-8")
    assert "PrivilegesRequired=lowest" in told
    written = re.findall(r'^Root: (HK\w+); Subkey: "([^"]+)".*$', told, re.MULTILINE)
    assert {root for root, _key in written} <= {"HKA", "HKCU"}
    assert rf"Software\Classes\{SCHEME}" in {key for _root, key in written}
    assert re.search(rf'Software\\Classes\\{SCHEME}";.*Flags: uninsdeletekey', told)
    for code in LANGUAGES:
        assert f'Name: "{code}";' in told
        for message in re.findall(r"\{cm:(Autostart|Path)\}", told):
            assert f"\n{code}.{message}=" in told
    for name in re.findall(r"^(?:SetupIconFile|LicenseFile)=(.+)$", told, re.MULTILINE):
        assert (PACKAGING / "windows" / Path(name.replace("\\", "/"))).is_file()


def test_the_icon_of_windows_has_the_sizes_that_it_shows() -> None:
    icon = (PACKAGING / "windows" / "dictation.ico").read_bytes()
    kind, count = struct.unpack_from("<2xHH", icon)
    sizes = {icon[6 + 16 * at] or 256 for at in range(count)}
    assert (kind, {16, 24, 32, 48, 256} <= sizes) == (1, True)


def test_the_lock_has_every_package_in_its_range_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {
        "program.txt": project["dependencies"],
        "development.txt": [
            *project["dependencies"],
            *(each for extra in project["optional-dependencies"].values() for each in extra),
        ],
    }
    for name, requirements in wanted.items():
        text = (PACKAGING / "lock" / name).read_text("utf-8")
        assert "://" not in text, "where a package is had from is the installer's business"
        pinned = re.findall(
            r"^([\w.-]+)==\S+.*\\\n((?:    --hash=sha256:[0-9a-f]{64}.*\n)+)", text, re.M
        )
        names = {pin.lower() for pin, _hashes in pinned}
        asked = {re.split(r"[\s\[<>=!;]", each)[0].lower() for each in requirements}
        assert asked <= names
        assert len(pinned) == len(re.findall(r"^[\w.-]+==", text, re.M))
