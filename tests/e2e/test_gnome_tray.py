"""GNOME has no tray without an extension: the icon with it, and another way without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jeepney import DBusAddress, Properties, new_method_call
from jeepney.io.blocking import open_dbus_connection

from tests.app import App
from tests.desktop import until
from tests.gnome import Gnome, need_gnome

pytestmark = pytest.mark.only_on("linux")
EXTENSION = "ubuntu-appindicators@ubuntu.com"
ICONS = "Object.keys(Main.panel.statusArea).filter(name => name.startsWith('appindicator'))"
TOLD = """Main.messageTray.getSources().flatMap(source => source.notifications).map(
    each => each.bannerBodyText ?? '')"""
NAME = "org.kde.StatusNotifierWatcher"
WATCHER = DBusAddress("/StatusNotifierWatcher", NAME, NAME)
ITEM = "org.kde.StatusNotifierItem"


def installed() -> bool:
    return Path("/usr/share/gnome-shell/extensions", EXTENSION).exists()


def item(gnome: Gnome) -> DBusAddress:
    """The app's icon, as the extension knows it."""
    with open_dbus_connection(gnome.env["DBUS_SESSION_BUS_ADDRESS"]) as bus:
        ask = Properties(WATCHER).get("RegisteredStatusNotifierItems")
        ((_kind, found),) = bus.send_and_get_reply(ask, timeout=5).body
    service, slash, path = found[0].replace("@", "").partition("/")
    return DBusAddress(slash + path, service, ITEM)


def told(gnome: Gnome, name: str) -> Any:
    with open_dbus_connection(gnome.env["DBUS_SESSION_BUS_ADDRESS"]) as bus:
        reply = bus.send_and_get_reply(Properties(item(gnome)).get(name), timeout=5)
    return reply.body[0][1]


def window(gnome: Gnome) -> bool:
    return any("Dictation" in each["title"] for each in gnome.windows())


def test_with_the_extension_the_icon_shows_the_state_and_a_click_records(clip: Path) -> None:
    need_gnome()
    if not installed():
        pytest.skip("the package gnome-shell-extension-appindicator is not installed")
    with Gnome(EXTENSION) as gnome, App(gnome, DICTATION_MICROPHONE=f"file:{clip}") as app:
        until("the icon", lambda: gnome.look(ICONS))
        assert told(gnome, "ToolTip")[2] == "Dictation"
        click = new_method_call(item(gnome), "Activate", "ii", (0, 0))
        with open_dbus_connection(gnome.env["DBUS_SESSION_BUS_ADDRESS"]) as bus:
            bus.send_and_get_reply(click, timeout=5)
        app.until("recording")
        until("its words", lambda: "recording" in told(gnome, "ToolTip")[2])
        app.does("cancel")
        app.until("idle")
        assert not [text for text in gnome.look(TOLD) if "no tray icon" in text]


def test_without_it_the_user_is_told_and_a_second_start_opens_a_window(clip: Path) -> None:
    need_gnome()
    with Gnome() as gnome, App(gnome, DICTATION_MICROPHONE=f"file:{clip}") as app:
        until("the news", lambda: [t for t in gnome.look(TOLD) if "no tray icon" in t], 15)
        assert not window(gnome)
        app.does()
        until("the window", lambda: window(gnome))
