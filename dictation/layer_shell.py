"""A picture above all windows of a Wayland desktop that never takes the keyboard, and its mouse.

By wlr-layer-shell, which Sway, Hyprland, KDE and others have and GNOME has not:
https://wayland.app/protocols/wlr-layer-shell-unstable-v1
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.errors import MissingPart, NotDelivered
from dictation.i18n import _
from dictation.output.wire import Event, Wire

SHELL = "zwlr_layer_shell_v1"
TOP, BOTTOM, LEFT, RIGHT = 1, 2, 4, 8  # the edges of an anchor
_OVERLAY = 3  # the layer above full-screen windows
_ARGB = 0  # premultiplied, in the machine's own byte order
_POINTER = 1  # of a seat's capabilities
_LEFT_BUTTON = 0x110  # linux/input-event-codes.h
_ARROW = 1  # of wp_cursor_shape_device_v1
MISSING = _("the compositor has no layer for windows above others")

Motion = Literal["enter", "leave", "move", "press", "release"]


@dataclass(frozen=True, slots=True)
class Picture:
    """Premultiplied ARGB pixels, 4 bytes each; `scale` of them a side for each of the surface."""

    pixels: bytes
    width: int
    height: int
    scale: int = 1


@dataclass(frozen=True, slots=True)
class Place:
    """Width, height and distance to the anchor's edges (top, right, bottom, left), unscaled."""

    width: int
    height: int
    anchor: int
    margins: tuple[int, int, int, int]


class LayerSurface:
    """One surface on its own connection, on the output that the compositor chooses.

    For one thread; whoever has `fileno` readable calls `read`. `draw` asks for a Picture, once at
    first and after each change of size; `mouse` hears of the pointer, in unscaled pixels from the
    top left; `gone` that the compositor took it away.
    """

    def __init__(
        self,
        place: Place,
        draw: Callable[[], Picture],
        mouse: Callable[[Motion, float, float], None],
        gone: Callable[[], None],
    ) -> None:
        """Raises MissingPart where the compositor has no such layer."""
        self._draw, self._mouse, self._gone = draw, mouse, gone
        self._at, self._ready = (0.0, 0.0), False
        self._buffers: set[int] = set()  # that the compositor may still read
        self._wire = wire = Wire()
        self._shell = wire.bind(SHELL, 1)
        self._compositor, self._shm = wire.bind("wl_compositor", 4), wire.bind("wl_shm", 1)
        self._seat = wire.bind("wl_seat", 1)
        self._cursors = wire.bind("wp_cursor_shape_manager_v1", 1)
        self._pointer = self._cursor = 0
        if not (self._shell and self._compositor and self._shm):
            wire.close()
            raise MissingPart(MISSING)
        self._surface, self._layer = wire.new(), wire.new()
        wire.request(self._compositor, 0, self._surface)
        wire.request(self._shell, 0, self._layer, self._surface, 0, _OVERLAY, "dictation")
        wire.request(self._layer, 4, 0)  # takes no keys
        self.move(place)

    def fileno(self) -> int:
        """The connection, to wait on."""
        return self._wire.fileno()

    def move(self, place: Place) -> None:
        """Another size or place; `draw` is asked once the compositor agrees."""
        self._wire.request(self._layer, 0, place.width, place.height)
        self._wire.request(self._layer, 1, place.anchor)
        self._wire.request(self._layer, 3, *(m & 0xFFFFFFFF for m in place.margins))
        self._wire.request(self._surface, 6)

    def show(self) -> None:
        """Asks `draw` for the picture and puts it up; nothing before the compositor is ready."""
        if not self._ready:
            return
        picture, wire = self._draw(), self._wire
        size = picture.width * picture.height * 4
        pool, buffer = wire.new(), wire.new()
        handle = os.memfd_create("dictation", os.MFD_CLOEXEC)
        try:
            os.truncate(handle, size)
            with mmap.mmap(handle, size) as memory:
                memory[:] = picture.pixels
            wire.request(self._shm, 0, pool, size, handles=[handle])
        finally:
            os.close(handle)
        form = (0, picture.width, picture.height, picture.width * 4, _ARGB)
        wire.request(pool, 0, buffer, *form)
        wire.request(pool, 1)
        wire.request(self._surface, 8, picture.scale)
        wire.request(self._surface, 1, buffer, 0, 0)
        wire.request(self._surface, 9, 0, 0, picture.width, picture.height)
        wire.request(self._surface, 6)
        self._buffers.add(buffer)

    def read(self) -> None:
        """Heeds what the compositor said; `gone` where it has ended."""
        try:
            for event in self._wire.events():
                self._heed(event)
        except NotDelivered:
            self._gone()

    def close(self) -> None:
        """Takes it off the screen."""
        self._wire.close()

    def _heed(self, event: Event) -> None:
        match event.about, event.code:
            case self._layer, 0:
                self._wire.request(self._layer, 6, event.numbers()[0])
                self._ready = True
                self.show()
            case self._layer, 1:
                self._gone()
            case self._seat, 0:
                self._take_pointer(event.numbers()[0])
            case self._pointer, code if self._pointer:
                self._point(code, event.numbers())
            case buffer, 0 if buffer in self._buffers:
                self._buffers.discard(buffer)
                self._wire.request(buffer, 0)

    def _take_pointer(self, capabilities: int) -> None:
        if capabilities & _POINTER and not self._pointer:
            self._pointer = self._wire.new()
            self._wire.request(self._seat, 0, self._pointer)
            if self._cursors:
                self._cursor = self._wire.new()
                self._wire.request(self._cursors, 1, self._cursor, self._pointer)

    def _point(self, code: int, numbers: tuple[int, ...]) -> None:
        match code:
            case 0:
                if self._cursor:
                    self._wire.request(self._cursor, 1, numbers[0], _ARROW)
                self._at = _fixed(numbers[2]), _fixed(numbers[3])
                self._mouse("enter", *self._at)
            case 1:
                self._mouse("leave", *self._at)
            case 2:
                self._at = _fixed(numbers[1]), _fixed(numbers[2])
                self._mouse("move", *self._at)
            case 3 if numbers[2] == _LEFT_BUTTON:
                self._mouse("press" if numbers[3] else "release", *self._at)


def probe(desktop: Desktop) -> Verdict:
    """Whether a window of ours can lie above others here without taking the focus."""
    if desktop.has_overlay:
        return Verdict(True)
    if desktop.session == "none":
        return Verdict(False, _("there is no desktop"))
    try:
        wire = Wire()
    except MissingPart as error:
        return Verdict(False, error.message)
    wire.close()
    if SHELL in wire.globals_:
        return Verdict(True)
    fix = "QT_QPA_PLATFORM=xcb dictation" if desktop.display else ""
    meanwhile = _("the tray alone shows what happens")
    return Verdict(False, f"{MISSING}: {meanwhile}", fix)


def _fixed(word: int) -> float:
    """A signed number with 8 bits behind the point."""
    return (word - (word >> 31 << 32)) / 256
