"""Bindings as text, the rule of tapping and holding, and what is shown where nothing listens."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dictation.desktop import Desktop, detect
from dictation.errors import SettingsError
from dictation.hotkeys import (
    Action,
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
from dictation.program import APP_ID, program
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
            [("press", 1.0, "p1"), ("press", 1.6, ""), ("press", 2.7, "p2.7")],
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


TALK = actions(Settings(hotkey="Ctrl+Alt+Space"))
SPACE = '<keybind key="C-A-space"><action name="Execute" command="dictation press"/></keybind>'


def shown(compositor: str, *given: Action) -> list[str]:
    """The lines for the desktop, without where they go."""
    return list(none.lines(Desktop("linux", "wayland", compositor), given or TALK)[1:])


class TestNone:
    @pytest.mark.parametrize(
        ("compositor", "lines"),
        [
            (
                "sway",
                [
                    "bindsym --no-repeat Ctrl+Mod1+space exec dictation press",
                    "bindsym --release Ctrl+Mod1+space exec dictation release",
                ],
            ),
            (
                "hyprland",
                [
                    "bind = CTRL ALT, space, exec, dictation press",
                    "bindr = CTRL ALT, space, exec, dictation release",
                ],
            ),
            (
                "river",
                [
                    "riverctl map normal Control+Alt space spawn 'dictation press'",
                    "riverctl map -release normal Control+Alt space spawn 'dictation release'",
                ],
            ),
            (
                "wayfire",
                [
                    "binding_dictation_ctrl_alt_space = <ctrl> <alt> KEY_SPACE",
                    "command_dictation_ctrl_alt_space = dictation press",
                    "release_binding_dictation_up_ctrl_alt_space = <ctrl> <alt> KEY_SPACE",
                    "command_dictation_up_ctrl_alt_space = dictation release",
                ],
            ),
            ("niri", ['Ctrl+Alt+space repeat=false { spawn "dictation" "press"; }']),
            ("labwc", [SPACE]),
            ("kde", ["dictation toggle", "and press as its shortcut:", "Ctrl+Alt+Space"]),
            (
                "xfce",
                [
                    "xfconf-query -c xfce4-keyboard-shortcuts -p "
                    "'/commands/custom/<Primary><Alt>space' -n -t string -s 'dictation toggle'"
                ],
            ),
            ("something new", ["dictation toggle"]),
        ],
    )
    def test_shows_the_lines_that_bind_the_key(self, compositor: str, lines: list[str]) -> None:
        assert shown(compositor) == lines

    def test_shows_those_of_hyprland_in_lua_where_that_is_its_settings(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        (tmp_path / "hypr").mkdir()
        (tmp_path / "hypr" / "hyprland.lua").touch()
        assert shown("hyprland") == [
            'hl.bind("CTRL + ALT + space", hl.dsp.exec_cmd("dictation press"))',
            'hl.bind("CTRL + ALT + space", hl.dsp.exec_cmd("dictation release"), '
            "{ release = true })",
        ]

    @pytest.mark.parametrize(
        ("key", "compositor", "line"),
        [
            ("F9", "river", "riverctl map normal None F9 spawn 'dictation press'"),
            ("F9", "hyprland", "bind = , F9, exec, dictation press"),
            ("AudioPlay", "sway", "bindsym --no-repeat XF86AudioPlay exec dictation press"),
            ("Alt+D", "sway", "bindsym --no-repeat --to-code Mod1+d exec dictation press"),
            ("Mouse4", "hyprland", "bindr = , mouse:275, exec, dictation release"),
            ("Mouse5", "river", "riverctl map-pointer normal None BTN_EXTRA spawn "),
            (
                "Ctrl+Mouse5",
                "niri",
                'Ctrl+MouseForward repeat=false { spawn "dictation" "press"; }',
            ),
            ("Mouse4", "labwc", '<mouse><context name="All"><mousebind button="Side" action='),
            ("Mouse4", "sway", "bindsym --release --whole-window --border button8 exec "),
            ("F13", "sway", "bindcode --no-repeat 191 exec dictation press"),
            ("F13", "niri", "XF86Tools repeat=false"),
            ("F24", "hyprland", "bind = , code:202, exec, dictation press"),
            ("RightAlt", "sway", "bindcode --release 108 exec dictation release"),
            ("RightCtrl", "river", "riverctl map -release normal None Control_R spawn "),
            ("Super+Plus", "wayfire", "binding_dictation_super_plus = <super> KEY_EQUAL"),
            ("Ctrl+BracketLeft", "labwc", '<keybind key="C-bracketleft"><action'),
        ],
    )
    def test_each_kind_of_key_is_named_as_the_desktop_names_it(
        self, key: str, compositor: str, line: str
    ) -> None:
        lines = shown(compositor, *actions(Settings(hotkey=key)))
        assert any(its.startswith(line) for its in lines), lines

    @pytest.mark.parametrize(
        "compositor", ["sway", "hyprland", "river", "wayfire", "niri", "labwc"]
    )
    def test_every_key_can_be_written(self, compositor: str) -> None:
        for key in KEYS:
            binding = Binding(frozenset({"ctrl"}), key)
            assert shown(compositor, Action("talk", "", (binding,)))

    def test_each_key_that_talks_has_its_lines_and_no_other(self) -> None:
        base = Settings(hotkey="F8, F9", paste_last_hotkey="F7")
        lines = shown("sway", *actions(base, {"german": replace(base, hotkey="F10")}))
        assert [line.split()[2:] for line in lines if "--no-repeat" in line] == [
            ["F8", "exec", "dictation", "press"],
            ["F9", "exec", "dictation", "press"],
            ["F10", "exec", "dictation", "press", "--profile", "german"],
        ]

    def test_a_program_anywhere_is_run_as_a_whole(self) -> None:
        given = ("/my apps/it's", "-m", "dictation")
        for compositor, part in (
            ("sway", """exec '/my apps/it'"'"'s' -m dictation press"""),
            ("niri", """spawn "/my apps/it's" "-m" "dictation" "press";"""),
            ("labwc", "my apps/it&#x27;&quot;"),
        ):
            lines = none.lines(Desktop("linux", "wayland", compositor), TALK, given)
            assert part in lines[1]
        (river,) = none.lines(Desktop("linux", "wayland", "river"), TALK, given)[1:2]
        spawned = shlex.split(river)[-1]
        assert shlex.split(spawned) == [*given, "press"]

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
        assert "dictation" in verdict.fix

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
        _, *lines = none.lines(Desktop("linux", "wayland", "gnome"), TALK)
        shell = shutil.which("sh")
        assert shell
        path = f"{tmp_path}:{os.environ['PATH']}"
        script = "\n".join(lines)
        subprocess.run([shell, "-ec", script], check=True, env={"PATH": path})
        calls = (tmp_path / "calls").read_text().splitlines()
        assert any(call.endswith(" binding <Control><Alt>space") for call in calls)
        assert any(call.endswith(" command dictation press") for call in calls)
        assert calls[-1].endswith(" custom-keybindings " + after.format(ours=ours))


class TestProgram:
    @pytest.fixture
    def compositor(self, tmp_path: Path) -> Iterator[Callable[[str], dict[str, str]]]:
        """A process with a PATH and a socket, as a compositor has them: the variables for it."""
        running = []

        def start(path: str) -> dict[str, str]:
            code = (
                "import socket, sys\n"
                "end = socket.socket(socket.AF_UNIX)\n"
                "end.bind(sys.argv[1])\n"
                "end.listen()\n"
                "print(flush=True)\n"
                "sys.stdin.read()"
            )
            started = subprocess.Popen(
                [sys.executable, "-c", code, str(tmp_path / "wayland-7")],
                env={"PATH": path},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            running.append(started)
            assert started.stdout
            started.stdout.readline()
            return {"XDG_RUNTIME_DIR": str(tmp_path), "WAYLAND_DISPLAY": "wayland-7"}

        yield start
        for process in running:
            process.communicate()

    @pytest.mark.only_on("linux")
    def test_is_named_in_full_where_the_compositor_does_not_find_it(
        self, tmp_path: Path, compositor: Callable[[str], dict[str, str]]
    ) -> None:
        own = tmp_path / "bin" / "dictation"
        own.parent.mkdir()
        own.touch(0o755)
        path = {"PATH": str(own.parent)}
        assert program(path) == ("dictation",)  # no compositor is asked
        assert program(path | {"XDG_RUNTIME_DIR": "/no", "WAYLAND_DISPLAY": "w"}) == ("dictation",)
        told = compositor("/nowhere")
        in_full = program(path | told)
        assert Path(in_full[0]).is_absolute()
        shutil.rmtree(own.parent)
        assert program(path) == in_full

    @pytest.mark.only_on("linux")
    def test_is_named_alone_where_the_compositor_finds_it(
        self, tmp_path: Path, compositor: Callable[[str], dict[str, str]]
    ) -> None:
        own = tmp_path / "bin" / "dictation"
        own.parent.mkdir()
        own.touch(0o755)
        assert program({"PATH": "/nowhere"} | compositor(str(own.parent))) == ("dictation",)

    def test_is_what_starts_it_from_outside(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        inside = {"FLATPAK_ID": APP_ID, "PATH": "/app/bin"}
        assert program(inside) == ("flatpak", "run", APP_ID)
        monkeypatch.setattr(sys, "frozen", True, raising=False)
        monkeypatch.setattr(sys, "executable", str(tmp_path / "dictation.exe"))
        assert program({}) == (str(tmp_path / "dictation.exe"),)
        assert program({"APPIMAGE": "/home/me/Dictation.AppImage"}) == (
            "/home/me/Dictation.AppImage",
        )
        (tmp_path / "dictationw.exe").touch()  # on Windows, for the tray
        assert program({}) == (str(tmp_path / "dictationw.exe"),)


class TestDesktop:
    @pytest.mark.parametrize(
        ("variables", "name"),
        [
            ({"XDG_CURRENT_DESKTOP": "sway:wlroots"}, "sway"),
            ({"XDG_CURRENT_DESKTOP": "ubuntu:GNOME"}, "gnome"),
            ({"SWAYSOCK": "/run/sway"}, "sway"),
            ({"XDG_CURRENT_DESKTOP": "KDE", "SWAYSOCK": "/left/over"}, "kde"),
            ({}, ""),
        ],
    )
    def test_the_compositor_is_known_by_what_it_sets(
        self, variables: dict[str, str], name: str
    ) -> None:
        assert detect({"WAYLAND_DISPLAY": "w", **variables}, "linux").compositor == name
