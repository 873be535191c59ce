"""Delivery under Wayland: with programs that stand in for the real ones, then on Sway itself."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from dictation.desktop import Desktop
from dictation.errors import MissingPart, NotDelivered
from dictation.output import Delivery, wayland
from dictation.output.insert import Insert
from dictation.output.wayland import Content, WaylandPaste, WlCopy, Wtype, WtypeType, Ydotool
from dictation.settings import Settings
from dictation.values import Receipt
from tests.desktop import until
from tests.sway import Sway, sway

pytestmark = pytest.mark.only_on("linux")

__all__ = ["sway"]  # a fixture
SWAY = Desktop("linux", "wayland", "sway")
GNOME = Desktop("linux", "wayland", "gnome")
COPY = """#!/bin/sh
where=$BOARD/clipboard kind=
while [ $# -gt 0 ]; do
  case $1 in
    --primary) where=$BOARD/primary ;;
    --type) kind=$2; shift ;;
    --clear) rm "$where" "$where.kinds"; exit ;;
  esac
  shift
done
[ ! -e "$where.refused" ] || exit 1
cat >"$where"
printf '%s\\n' "$kind" >"$where.kinds"
"""
HOLDING = "sleep 3 &\n"  # like the real one, leaves a child that holds all it was given
PASTE = """#!/bin/sh
where=$BOARD/clipboard show=
while [ $# -gt 0 ]; do
  case $1 in
    --primary) where=$BOARD/primary ;;
    --list-types) show=.kinds ;;
  esac
  shift
done
[ -e "$where" ] && exec cat "$where$show"
"""
KEYS = """#!/bin/sh
[ ! -e "$BOARD/locked" ] || exit 1
printf '%s\\n' "$*" >>"$BOARD/keys"
case "$*" in
  *Insert*) cat "$BOARD/clipboard" >>"$BOARD/pasted" ;;
  -) cat >>"$BOARD/typed" ;;
esac
"""


class Board:
    """Two selections in a folder, and the programs on PATH that reach them."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.bin = folder / "board", folder / "bin"
        for made in (self.folder, self.bin):
            made.mkdir()
        for name in ("sh", "cat", "rm", "sleep"):
            (self.bin / name).symlink_to(shutil.which(name) or "")
        monkeypatch.setenv("PATH", str(self.bin))
        monkeypatch.setenv("BOARD", str(self.folder))
        self.install("wl-copy", COPY)
        self.install("wl-paste", PASTE)
        self.install("wtype", KEYS)

    def install(self, name: str, script: str) -> None:
        """Puts a program onto PATH."""
        (self.bin / name).write_text(script)
        (self.bin / name).chmod(0o755)

    def remove(self, *names: str) -> None:
        """Takes programs from PATH."""
        for name in names:
            (self.bin / name).unlink()

    def hold(self, where: str, data: bytes, *kinds: str) -> None:
        """Someone copies this."""
        (self.folder / where).write_bytes(data)
        (self.folder / f"{where}.kinds").write_text("\n".join(kinds or ("text/plain",)) + "\n")

    def held(self, where: str) -> bytes:
        """What a selection, or another file of the board, holds."""
        file = self.folder / where
        return file.read_bytes() if file.exists() else b""


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Board:
    return Board(tmp_path, monkeypatch)


def paste(way: WaylandPaste, text: str, settings: Settings | None = None) -> Receipt:
    return way.deliver(Insert(text, settings or Settings()))


class TestPaste:
    def test_the_text_is_pasted_and_both_selections_hold_the_old_ones_again(
        self, board: Board
    ) -> None:
        board.hold("clipboard", b"old")
        board.hold("primary", b"chosen")
        way = WaylandPaste(Wtype())
        receipt = paste(way, "grüße 🎤")
        assert board.held("pasted").decode() == "grüße 🎤"
        assert board.held("primary").decode() == "grüße 🎤"  # terminals paste this one
        assert (receipt.backend, receipt.confirmed) == ("wtype", False)
        assert receipt.chord_sent is not None
        until("the old text is back", lambda: board.held("clipboard") == b"old")
        until("the old selection is back", lambda: board.held("primary") == b"chosen")

    def test_a_child_that_wl_copy_leaves_is_not_waited_for(self, board: Board) -> None:
        board.install("wl-copy", COPY + HOLDING)
        paste(WaylandPaste(Wtype()), "text")
        assert board.held("pasted") == b"text"

    @pytest.mark.parametrize(
        ("kinds", "kept"),
        [
            (["text/html", "image/png"], "image/png"),
            (["text/plain", "text/uri-list"], "text/uri-list"),
            (["image/png", "UTF8_STRING", "STRING"], "UTF8_STRING"),
            (["application/x-own"], "application/x-own"),
        ],
    )
    def test_what_was_copied_comes_back_as_its_most_useful_kind(
        self, board: Board, kinds: list[str], kept: str
    ) -> None:
        board.hold("clipboard", b"\x89PNG\r\n\x00", *kinds)
        way = WaylandPaste(Wtype())
        paste(way, "text")
        way.give_back()
        assert board.held("clipboard") == b"\x89PNG\r\n\x00"
        assert board.held("clipboard.kinds").decode().split() == [kept]

    def test_what_was_copied_meanwhile_stays(self, board: Board) -> None:
        board.hold("clipboard", b"old")
        way = WaylandPaste(Wtype())
        paste(way, "text")
        board.hold("clipboard", b"new")
        way.give_back()
        assert board.held("clipboard") == b"new"

    def test_a_second_text_brings_back_what_was_before_the_first(self, board: Board) -> None:
        board.hold("clipboard", b"old")
        way = WaylandPaste(Wtype())
        paste(way, "one ")
        paste(way, "two")
        assert board.held("pasted") == b"one two"
        way.give_back()
        assert board.held("clipboard") == b"old"

    def test_nothing_is_given_back_where_the_user_wants_none(self, board: Board) -> None:
        board.hold("clipboard", b"old")
        way = WaylandPaste(Wtype())
        paste(way, "text", Settings(restore_clipboard=False))
        way.give_back()
        assert board.held("clipboard") == b"text"

    def test_a_compositor_without_primary_is_pasted_to_as_well(self, board: Board) -> None:
        board.hold("primary.refused", b"")
        paste(WaylandPaste(Wtype()), "text")
        assert board.held("pasted") == b"text"

    def test_where_no_key_goes_out_the_text_stays_on_the_clipboard(self, board: Board) -> None:
        board.hold("clipboard", b"old")
        board.hold("locked", b"")
        way = WaylandPaste(Wtype())
        with pytest.raises(NotDelivered) as caught:
            paste(way, "text")
        way.give_back()
        assert board.held("clipboard") == b"text"
        assert "Ctrl+V" in caught.value.hint

    def test_what_is_no_longer_wanted_touches_nothing(self, board: Board) -> None:
        board.hold("clipboard", b"old")
        with pytest.raises(NotDelivered):
            WaylandPaste(Wtype()).deliver(Insert("text", Settings(), still_wanted=lambda: False))
        assert board.held("clipboard") == b"old"
        assert board.held("keys") == b""

    def test_insert_is_not_the_last_key_of_wtypes_keyboard(self, board: Board) -> None:
        """GTK finds no shortcut on a keyboard's last key."""
        paste(WaylandPaste(Wtype()), "text")
        keys = [part.split()[0] for part in board.held("keys").split(b" -k ")[1:]]
        assert b"Insert" in keys[:-1]


class TestChoice:
    def deliver(self, text: str, desktop: Desktop = SWAY, **settings: str) -> Receipt:
        delivery = Delivery(desktop)
        try:
            return delivery.deliver(text, Settings(**settings), None)  # type: ignore[arg-type]
        finally:
            delivery.close()

    def test_wtype_pastes_and_closing_gives_the_clipboard_back(self, board: Board) -> None:
        board.hold("clipboard", b"old")
        assert self.deliver("two\nlines").backend == "wtype"
        assert board.held("pasted") == b"two lines"  # it may be a terminal
        assert board.held("clipboard") == b"old"

    @pytest.mark.parametrize("missing", [True, False])
    def test_without_keys_the_text_is_copied_and_the_user_told(
        self, board: Board, missing: bool
    ) -> None:
        if missing:
            board.remove("wtype")
        else:
            board.hold("locked", b"")
        receipt = self.deliver("text")
        assert (receipt.backend, receipt.confirmed) == ("wl-copy", False)
        assert "press Ctrl+V" in receipt.note
        assert board.held("clipboard") == b"text"

    def test_without_wl_copy_nothing_can_be_delivered_and_its_package_is_named(
        self, board: Board
    ) -> None:
        board.remove("wl-copy", "wtype")
        with pytest.raises((MissingPart, NotDelivered)) as caught:
            self.deliver("text")
        assert caught.value.hint == "Install the package wl-clipboard."

    def test_wtype_is_recommended_only_where_it_would_work(self, board: Board) -> None:
        board.remove("wtype")
        assert "wtype" in Wtype().probe(SWAY).fix
        assert Wtype().probe(GNOME).fix == ""
        assert "virtual keyboard" in Wtype().probe(GNOME).why

    def test_typing_goes_to_wtype_through_its_input(self, board: Board) -> None:
        receipt = self.deliver("-k Return", output="type")
        assert board.held("typed") == b"-k Return"
        assert (receipt.backend, receipt.confirmed) == ("wtype-type", False)

    def test_a_long_text_is_given_the_time_to_be_typed(self, board: Board) -> None:
        board.install("wtype", KEYS.replace("  -)", f"  -) sleep {wayland.WITHIN + 0.3};"))
        WtypeType().deliver(Insert("long " * 100, Settings()))
        assert board.held("typed") == b"long " * 100

    def test_ydotool_needs_its_service(self, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
        board.install("ydotool", KEYS)
        path = board.folder / "socket"
        monkeypatch.setenv("YDOTOOL_SOCKET", str(path))
        assert "service" in Ydotool().probe(SWAY).why
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as service:
            service.bind(str(path))
            assert Ydotool().probe(SWAY).works


class TestRoundTrip:
    def test_leaves_both_selections_as_they_were(self, board: Board) -> None:
        board.hold("clipboard", b"old")
        board.hold("primary", b"chosen")
        assert wayland.round_trip(SWAY).works
        assert (board.held("clipboard"), board.held("primary")) == (b"old", b"chosen")

    def test_leaves_an_empty_selection_empty(self, board: Board) -> None:
        assert wayland.round_trip(SWAY).works
        assert not (board.folder / "primary").exists()

    def test_tells_what_does_not_come_back(self, board: Board) -> None:
        board.install("wl-copy", COPY.replace("cat >", "printf x >"))
        assert "did not come back" in wayland.round_trip(SWAY).why

    def test_tells_of_a_program_that_fails(self, board: Board) -> None:
        board.install("wl-copy", "#!/bin/sh\nexit 7\n")
        assert "wl-copy failed with status 7" in wayland.round_trip(SWAY).why


TEXT = "Grüße: 中文 🎤 don't"


def test_on_sway_text_arrives_in_a_terminal_and_a_gtk_editor(sway: Sway) -> None:
    """As a whole, with the clipboard as it was before; also where it is only copied."""
    clipboard = WlCopy()
    clipboard.put(Content("text/plain", b"old"), wayland.CLIPBOARD)
    assert wayland.round_trip(SWAY).works
    delivery = Delivery(SWAY)
    held = sway.folder / "terminal.txt"
    sway.open("foot", "sh", "-c", 'stty -icanon; exec cat >"$0"', str(held))
    until("the terminal reads", held.exists)
    assert delivery.deliver(TEXT, Settings(output_backend="wtype"), None).backend == "wtype"
    until("the terminal holds the text", lambda: held.read_text() == TEXT)

    edited = sway.folder / "editor.txt"
    edited.touch()
    sway.open("mousepad", "--disable-server", str(edited))

    def saved() -> str:
        subprocess.run(
            ["wtype", "-M", "ctrl", "-k", "s", "-m", "ctrl", "-k", "VoidSymbol"], check=True
        )
        return edited.read_text().removesuffix("\n")

    delivery.deliver(TEXT, Settings(output_backend="wtype"), None)
    until("the editor holds the text", lambda: saved() == TEXT)
    delivery.close()
    assert clipboard.held(wayland.CLIPBOARD) == Content("text/plain;charset=utf-8", b"old")

    delivery = Delivery(SWAY)
    copied = delivery.deliver(TEXT, Settings(output_backend="wl-copy"), None)
    assert "press Ctrl+V" in copied.note
    delivery.close()
    assert clipboard.held(wayland.CLIPBOARD) == Content.of(TEXT)
