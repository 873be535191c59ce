"""Bindings as text, the rule of tapping and holding, and what is shown where nothing listens."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dictation.desktop import Desktop
from dictation.errors import SettingsError
from dictation.hotkeys import Binding, Presses, none, parse
from dictation.hotkeys.binding import KEYS, MODIFIERS
from dictation.hotkeys.x11 import symbols
from dictation.hotkeys.x11_keyboard import symbol
from dictation.settings import Settings
from dictation.values import Hotkey


class TestBinding:
    @pytest.mark.parametrize(
        ("text", "written"),
        [
            ("Ctrl+Alt+Space", "Ctrl+Alt+Space"),
            ("alt + control + SPACE", "Ctrl+Alt+Space"),
            ("win+d", "Super+D"),
            ("cmd+shift+7", "Shift+Super+7"),
            ("Ctrl+,", "Ctrl+Comma"),
            ("esc", "Escape"),
            ("f24", "F24"),
            ("scrolllock", "ScrollLock"),
            ("audioplay", "AudioPlay"),
        ],
    )
    def test_is_read_in_any_case_and_written_in_one_form(self, text: str, written: str) -> None:
        assert str(parse(text)) == written

    @given(st.sets(st.sampled_from(MODIFIERS)), st.sampled_from(KEYS))
    def test_comes_back_from_its_text(self, modifiers: set[str], key: str) -> None:
        binding = Binding(frozenset(modifiers | {"ctrl"}), key)
        assert parse(str(binding)) == binding

    @pytest.mark.parametrize("text", ["", "Ctrl+", "Ctrl+Alt", "Hyper+D", "Ctrl+Eject", "F25", "Ä"])
    def test_bad_text_is_an_error_that_says_what_may_be_written(self, text: str) -> None:
        with pytest.raises(SettingsError) as caught:
            parse(text)
        assert "Ctrl+Alt+Space" in caught.value.hint
        assert "F1 to F24" in caught.value.hint

    @pytest.mark.parametrize("text", ["D", "Shift+D", "Space", "7", "Comma", "Return"])
    def test_a_key_that_writes_needs_a_modifier(self, text: str) -> None:
        with pytest.raises(SettingsError) as caught:
            parse(text)
        assert "Ctrl+Alt+" in caught.value.hint

    def test_every_key_has_a_symbol_of_its_own(self) -> None:
        assert len({symbol(key) for key in KEYS}) == len(KEYS)

    def test_of_the_settings_goes_to_x11_as_keysyms_but_for_what_is_no_key(self) -> None:
        settings = Settings(hotkey="Ctrl+Alt+D", cancel_hotkey="Shift+F9")
        assert symbols(settings) == [Hotkey(ord("d"), True), Hotkey(0xFFC6, False)]
        assert symbols(Settings(hotkey="Ctrl+", cancel_hotkey="")) == []


class TestPresses:
    def test_a_tap_starts_and_goes_on_until_the_next_press(self) -> None:
        presses = Presses("hybrid")
        assert presses.press(False, 10.0) == "start"
        assert presses.release(True, 10.39) is None
        assert presses.press(True, 20.0) == "stop"
        assert presses.release(False, 25.0) is None

    def test_a_hold_records_until_the_release(self) -> None:
        presses = Presses("hybrid")
        assert presses.press(False, 10.0) == "start"
        assert presses.release(True, 10.4) == "stop"

    def test_hold_mode_stops_at_every_release(self) -> None:
        presses = Presses("hold")
        assert presses.press(False, 10.0) == "start"
        assert presses.release(True, 10.01) == "stop"

    def test_toggle_mode_ignores_releases(self) -> None:
        presses = Presses("toggle")
        assert presses.press(False, 10.0) == "start"
        assert presses.release(True, 15.0) is None
        assert presses.press(True, 20.0) == "stop"
        assert presses.release(False, 25.0) is None

    @pytest.mark.parametrize("mode", ["hybrid", "hold", "toggle"])
    def test_after_a_lost_release_the_next_press_stops(self, mode: str) -> None:
        presses = Presses(mode)  # type: ignore[arg-type]
        assert presses.press(False, 10.0) == "start"
        assert presses.press(True, 20.0) == "stop"
        assert presses.release(False, 21.0) is None

    def test_a_take_that_ended_by_itself_is_not_stopped_again(self) -> None:
        presses = Presses("hold")
        presses.press(False, 10.0)
        assert presses.release(False, 99.0) is None

    def test_the_release_after_a_stopping_press_stops_no_newer_take(self) -> None:
        presses = Presses("hybrid")
        presses.press(True, 10.0)
        assert presses.release(True, 11.0) is None

    def test_a_short_take_is_cancelled_by_one_press(self) -> None:
        assert Presses().cancel_press(10.0, 5.0)

    def test_a_long_take_is_cancelled_by_the_second_press_in_time(self) -> None:
        presses = Presses()
        assert not presses.cancel_press(10.1, 5.0)
        assert not presses.cancel_press(12.0, 6.6)  # too late: this one is the first again
        assert presses.cancel_press(13.0, 8.1)

    def test_a_press_for_the_take_before_does_not_count(self) -> None:
        presses = Presses()
        assert not presses.cancel_press(60.0, 5.0)
        presses.press(False, 5.5)
        assert not presses.cancel_press(11.0, 6.0)


class TestNone:
    HOTKEY = parse("Ctrl+Alt+Space")

    @pytest.mark.parametrize(
        ("compositor", "line"),
        [
            ("sway", "bindsym --no-repeat Ctrl+Mod1+space exec dictation toggle"),
            ("hyprland", "bind = CTRL ALT, space, exec, dictation toggle"),
            ("river", "riverctl map normal Control+Alt space spawn 'dictation toggle'"),
            ("niri", 'Ctrl+Alt+space repeat=false { spawn "dictation" "toggle"; }'),
            ("kde", "Ctrl+Alt+Space"),
            (
                "xfce",
                "xfconf-query -c xfce4-keyboard-shortcuts -p "
                "'/commands/custom/<Primary><Alt>space' -n -t string -s 'dictation toggle'",
            ),
            (
                "labwc",
                '<keybind key="C-A-space"><action name="Execute" command="dictation toggle"/>'
                "</keybind>",
            ),
            ("something new", "dictation toggle"),
        ],
    )
    def test_shows_the_line_that_binds_the_key(self, compositor: str, line: str) -> None:
        shown = none.lines(Desktop("linux", "wayland", compositor), self.HOTKEY)
        assert line in shown

    def test_a_key_without_modifiers_is_bound_too(self) -> None:
        river = none.lines(Desktop("linux", "wayland", "river"), parse("F9"))
        assert "riverctl map normal None F9 spawn 'dictation toggle'" in river
        sway = none.lines(Desktop("linux", "wayland", "sway"), parse("AudioPlay"))
        assert "bindsym --no-repeat XF86AudioPlay exec dictation toggle" in sway

    @pytest.mark.parametrize(
        "desktop",
        [
            Desktop("linux", "wayland", "gnome"),
            Desktop("linux", "none"),
            Desktop("windows", "native"),
            Desktop("macos", "native"),
        ],
    )
    def test_says_what_is_missing(self, desktop: Desktop) -> None:
        verdict = none.probe(desktop)
        assert not verdict.works
        assert verdict.why
        assert "dictation toggle" in verdict.fix

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("@as []", "['{ours}']"),
            ("['/a/', '/b/']", "['/a/', '/b/', '{ours}']"),
            ("['{ours}', '/b/']", "['{ours}', '/b/']"),
        ],
    )
    def test_gnome_lines_keep_the_bindings_that_are_there(
        self, tmp_path: Path, before: str, after: str
    ) -> None:
        ours = "/org/gnome/settings-daemon/plugins/media-keys/custom-keybindings/dictation/"
        program = tmp_path / "gsettings"  # stands in for GNOME's, which needs its schemas
        answer = before.format(ours=ours)
        program.write_text(
            f'#!/bin/sh\nif [ "$1" = get ]; then echo "{answer}"; '
            f"else printf '%s\\n' \"$*\" >>'{tmp_path}/calls'; fi\n"
        )
        program.chmod(0o755)
        _, *lines = none.lines(Desktop("linux", "wayland", "gnome"), self.HOTKEY)
        shell = shutil.which("sh")
        assert shell
        path = f"{tmp_path}:{os.environ['PATH']}"
        script = "\n".join(lines)
        subprocess.run([shell, "-ec", script], check=True, env={"PATH": path})
        calls = (tmp_path / "calls").read_text().splitlines()
        assert any(call.endswith(" binding <Control><Alt>space") for call in calls)
        assert any(call.endswith(" command dictation toggle") for call in calls)
        assert calls[-1].endswith(" custom-keybindings " + after.format(ours=ours))
