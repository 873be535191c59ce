"""Bindings as text, the rule of tapping and holding, and what is shown where nothing listens."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dictation.desktop import Desktop
from dictation.errors import SettingsError
from dictation.hotkeys import (
    Binding,
    CancelPresses,
    InOrder,
    Presses,
    actions,
    none,
    parse,
    parse_all,
    written,
)
from dictation.hotkeys.binding import KEYS, LONE_MODIFIERS, MODIFIERS, MOUSE_BUTTONS
from dictation.hotkeys.x11 import symbols
from dictation.hotkeys.x11_symbols import symbol
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
        lone = key in LONE_MODIFIERS
        binding = Binding(frozenset() if lone else frozenset(modifiers | {"ctrl"}), key)
        assert parse(str(binding)) == binding

    @pytest.mark.parametrize(
        ("text", "keys"),
        [
            ("Ctrl+Alt+Space, F9", ["Ctrl+Alt+Space", "F9"]),
            ("Ctrl+,", ["Ctrl+Comma"]),
            ("Ctrl+,, mouse4 ,f13", ["Ctrl+Comma", "Mouse4", "F13"]),
            ("F9, f9,", ["F9"]),
            ("RightCtrl, AltGr", ["RightCtrl", "RightAlt"]),
            (" ", []),
        ],
    )
    def test_several_are_separated_by_commas(self, text: str, keys: list[str]) -> None:
        assert [str(binding) for binding in parse_all(text)] == keys
        assert written(parse_all(text)) == ", ".join(keys)

    def test_a_modifier_of_one_side_is_a_hotkey_by_itself_alone(self) -> None:
        with pytest.raises(SettingsError, match="only by itself"):
            parse("Ctrl+RightAlt")

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
        keys = [key for key in KEYS if key not in MOUSE_BUTTONS]
        assert len({symbol(key) for key in keys}) == len(keys)

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

    def test_a_release_ends_only_what_its_own_key_began(self) -> None:
        one, other = Presses("hold"), Presses("hold")
        assert one.press(False, 10.0) == "start"
        assert other.press(True, 11.0) == "stop"
        assert other.release(False, 11.1) is None


class TestInOrder:
    """Each line: what is reported, in the order in which it comes, and what it means by then."""

    @pytest.mark.parametrize(
        "reports",
        [
            [("press", 1.0, "p1"), ("release", 1.2, "r1.2")],
            # A release overtakes its press, also in the same tick of the clock.
            [("release", 1.2, ""), ("press", 1.0, "p1 r1.2")],
            [("release", 1.0, ""), ("press", 1.01, "p1.01 r1.01")],
            [("press", 1.01, "p1.01"), ("release", 1.0, "r1")],
            [("press", 1.0, "p1"), ("press", 1.51, ""), ("release", 1.5, "r1.5")],
            # A key that is held repeats, late at first and then quickly.
            [
                ("press", 1.0, "p1"),
                ("press", 1.6, ""),
                ("press", 1.7, ""),
                ("release", 1.8, "r1.8"),
            ],
            # The release is lost: the next press is another one.
            [("press", 1.0, "p1"), ("press", 3.0, "p3"), ("release", 3.1, "r3.1")],
            [("press", 1.0, "p1"), ("press", 1.6, ""), ("press", 2.0, "p2")],
            # The press is lost, or was for another program.
            [("release", 1.0, ""), ("press", 2.0, "p2"), ("release", 3.0, "r3")],
            # Two taps, of which the second overtakes the first's release.
            [
                ("press", 1.0, "p1"),
                ("press", 1.3, ""),
                ("release", 1.1, "r1.1 p1.3"),
                ("release", 1.4, "r1.4"),
            ],
            # Nothing of an earlier pair is left for a later one.
            [
                ("release", 1.2, ""),
                ("press", 1.0, "p1 r1.2"),
                ("press", 1.5, "p1.5"),
                ("release", 1.7, "r1.7"),
            ],
        ],
    )
    def test_reports_mean_what_the_key_did(self, reports: list[tuple[str, float, str]]) -> None:
        order = InOrder()
        for what, at, meant in reports:
            events = order.press(at) if what == "press" else order.release(at)
            assert " ".join(f"{event[0]}{when:g}" for event, when in events) == meant


class TestCancelPresses:
    def test_a_short_take_is_cancelled_by_one_press(self) -> None:
        assert CancelPresses().press("a", 10.0, 5.0)

    def test_a_long_take_is_cancelled_by_the_second_press_in_time(self) -> None:
        presses = CancelPresses()
        assert not presses.press("a", 10.1, 5.0)
        assert not presses.press("a", 12.0, 6.6)  # too late: this one is the first again
        assert presses.press("a", 13.0, 8.1)

    def test_a_press_for_the_take_before_does_not_count(self) -> None:
        presses = CancelPresses()
        assert not presses.press("a", 60.0, 5.0)
        assert not presses.press("b", 11.0, 6.0)


class TestActions:
    def test_of_the_settings_are_those_that_have_keys(self) -> None:
        assert [action.name for action in actions(Settings(cancel_hotkey=""))] == ["talk"]
        names = [action.name for action in actions(Settings(paste_last_hotkey="F8"))]
        assert names == ["talk", "cancel", "paste-last"]

    def test_a_profile_with_a_key_of_its_own_talks_too(self) -> None:
        base = Settings()
        found = actions(base, {"german": replace(base, hotkey="F9"), "mine": base})
        assert [(action.name, action.profile) for action in found if action.is_talk] == [
            ("talk", ""),
            ("talk:german", "german"),
        ]

    @pytest.mark.parametrize(
        "settings",
        [
            Settings(hotkey="F9", cancel_hotkey="F9"),
            Settings(hotkey="F8, F9", cancel_hotkey="Escape, F9"),
            Settings(paste_last_hotkey="Escape"),
        ],
    )
    def test_one_key_does_one_thing(self, settings: Settings) -> None:
        with pytest.raises(SettingsError, match="two things"):
            actions(settings)

    def test_a_hotkey_there_must_be(self) -> None:
        with pytest.raises(SettingsError, match="names no key"):
            actions(Settings(hotkey=""))


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
