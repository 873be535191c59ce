"""Windows on Wayland, where the compositor itself tells of them: Sway (and i3's kin), Hyprland."""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from dictation.errors import NotDelivered
from dictation.i18n import _
from dictation.output.programs import is_terminal
from dictation.values import Target

WITHIN = 0.5  # seconds for an answer; it comes within one thousandth of that
MAGIC = b"i3-ipc"
RUN_COMMAND, GET_TREE = 0, 4


class Windows(Protocol):
    """Which window has the focus, and giving it to one; NotDelivered where nobody answers."""

    def active(self) -> int:
        """The window's number; 0 for none."""
        ...

    def may_activate(self, target: Target) -> bool:
        """Whether it is there still and shown, so that the focus can be brought back to it."""
        ...

    def activate(self, number: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Window:
    """What a compositor tells of one."""

    number: int
    names: tuple[str, ...]
    process: int
    shown: bool

    @property
    def target(self) -> Target:
        """The same, as a text's target."""
        return Target(self.number, self.names, is_terminal(self.names), self.process)


class Compositor:
    """The windows of a compositor that lists them; `windows` gives all, and who has the focus."""

    def __init__(
        self, windows: Callable[[], tuple[list[Window], int]], focus: Callable[[int], None]
    ) -> None:
        self._windows, self.activate = windows, focus

    def active(self) -> int:
        """The window that has the focus; 0 for none."""
        return self._windows()[1]

    def target(self) -> Target | None:
        """The same with its program; None for none."""
        windows, active = self._windows()
        return next((window.target for window in windows if window.number == active), None)

    def may_activate(self, target: Target) -> bool:
        """Whether a window is there still, of the same program, and shown."""
        known = {window.number: window for window in self._windows()[0]}
        found = known.get(target.window)
        return found is not None and found.shown and found.process == target.process


def find() -> Compositor | None:
    """The compositor of this session, where it tells of windows."""
    if path := os.environ.get("SWAYSOCK"):
        return sway(Path(path))
    if signature := os.environ.get("HYPRLAND_INSTANCE_SIGNATURE"):
        folder = Path(os.environ.get("XDG_RUNTIME_DIR", ""), "hypr", signature)
        return hyprland(folder / ".socket.sock")
    return None


def sway(path: Path) -> Compositor:
    """By its IPC: https://man.archlinux.org/man/sway-ipc.7"""

    def ask(kind: int, payload: str = "") -> Any:
        body = payload.encode()
        message = MAGIC + struct.pack("=II", len(body), kind) + body
        return json.loads(_ask(path, message, _one_reply))

    def windows() -> tuple[list[Window], int]:
        found, active = [], 0
        for node in _nodes(ask(GET_TREE)):
            if not node.get("pid"):
                continue
            old = node.get("window_properties") or {}
            names = (node.get("app_id"), old.get("class"), old.get("instance"))
            kept = tuple(dict.fromkeys(name.lower() for name in names if name))
            found.append(Window(node["id"], kept, node["pid"], bool(node.get("visible"))))
            active = node["id"] if node["focused"] else active
        return found, active

    return Compositor(windows, lambda number: ask(RUN_COMMAND, f"[con_id={number}] focus"))


def hyprland(path: Path) -> Compositor:
    """By its socket: https://wiki.hyprland.org/IPC/"""

    def ask(request: str) -> Any:
        answer = _ask(path, request.encode(), _until_the_end)
        return json.loads(answer) if request.startswith("j/") else None

    def windows() -> tuple[list[Window], int]:
        shown = {monitor["activeWorkspace"]["id"] for monitor in ask("j/monitors")}
        found = [
            Window(
                int(each["address"], 16),
                (each["class"].lower(),),
                each["pid"],
                each["workspace"]["id"] in shown and not each.get("hidden"),
            )
            for each in ask("j/clients")
        ]
        active = ask("j/activewindow") or {}
        return found, int(active.get("address", "0"), 16)

    return Compositor(windows, lambda number: ask(f"dispatch focuswindow address:{number:#x}"))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in (*node.get("nodes", ()), *node.get("floating_nodes", ())):
        yield from _nodes(child)


def _ask(path: Path, message: bytes, read: Callable[[socket.socket], bytes]) -> bytes:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(WITHIN)
            connection.connect(str(path))
            connection.sendall(message)
            return read(connection)
    except (OSError, struct.error) as error:
        raise NotDelivered(_("The compositor does not tell of its windows.")) from error


def _one_reply(connection: socket.socket) -> bytes:
    head = _exactly(connection, len(MAGIC) + 8)
    size, _kind = struct.unpack_from("=II", head, len(MAGIC))
    return _exactly(connection, size)


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (more := connection.recv(size - len(data))):
        data += more
    return data


def _until_the_end(connection: socket.socket) -> bytes:
    data = b""
    while more := connection.recv(2**16):
        data += more
    return data
