"""A desktop whose portals press keys and have the clipboard, and the program that has the focus."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from typing import Any

from jeepney import HeaderFields, Message

from dictation.backends import Verdict
from dictation.desktop import Desktop
from tests.eis import Eis
from tests.logind import Answer
from tests.portal import SESSION, Portal

KDE = Desktop("linux", "wayland", "kde")
Content = Mapping[str, bytes]
TEXT = "text/plain;charset=utf-8"
DONE: Answer = "", ()
PASTES = [0xFFE3, ord("v")], [29, 47]  # keysyms, and the keys where they are


class Note:
    """The next rung: a clipboard such as the windows hand in."""

    NAME = "note"
    text = ""

    def probe(self, desktop: Desktop) -> Verdict:
        return Verdict(True)

    def copy(self, text: str) -> None:
        self.text = text


class PastePortal(Portal):
    """Asks the user where it knows no token; `pasted` is what the program in front has read.

    `reads` is whether that program takes a paste, `on_key` what happens at the chord before that.
    """

    def __init__(
        self,
        address: str,
        *,
        version: int = 2,
        clipboard: bool = True,
        allowed: str = "",
        devices: int = 1,
        eis: Eis | None = None,
    ) -> None:
        """`allowed` is the token of an earlier permission, `eis` takes keys itself."""
        self.tokens = {allowed} - {""}
        self.content: dict[str, bytes] = {}  # what someone else has copied
        self.offered: list[str] = []  # what the session has there; empty while it has nothing
        self.pasted: list[str] = []
        self.reads = True
        self.on_key: Callable[[], None] = lambda: None
        self._devices, self._given, self._down = devices, 0, list[int]()
        self.connects: Callable[[], int] | None = None  # the handle of a new connection for keys
        self._connected = False
        if eis:
            self.connects, eis.on_keys = eis.connect, self._pressed
        self._transfers: dict[int, Callable[[bytes], None]] = {}
        self._changed = threading.Condition()
        versions = {"RemoteDesktop": version} | ({"Clipboard": 1} if clipboard else {})
        super().__init__(address, versions)

    def copy(self, content: Content) -> None:
        """The user copies something."""
        self.content, self.offered = dict(content), []
        self._owned(list(content), ours=False)

    def held(self) -> dict[str, bytes]:
        """All that is on the clipboard now; the session is asked where it holds it."""
        return {kind: self._fetched(kind) for kind in self.offered} or self.content

    def expect(self, text: str) -> None:
        """Waits until the program in front has it."""
        with self._changed:
            assert self._changed.wait_for(lambda: text in self.pasted, 5), self.pasted

    def _fetched(self, kind: str) -> bytes:
        got, done = list[bytes](), threading.Event()
        self._transfer(kind, lambda data: (got.append(data), done.set()))  # type: ignore[func-returns-value]
        assert done.wait(5), f"nobody gave {kind}"
        return got[0]

    def _transfer(self, kind: str, take: Callable[[bytes], Any]) -> None:
        serial = len(self._transfers) + 1
        self._transfers[serial] = take
        self.tell("Clipboard", "SelectionTransfer", "osu", (SESSION, kind, serial))

    def _take(self, data: bytes) -> None:
        with self._changed:
            self.pasted.append(data.decode())
            self._changed.notify_all()

    def _owned(self, kinds: list[str], *, ours: bool) -> None:
        options = {"mime_types": ("as", kinds), "session_is_owner": ("b", ours)}
        self.tell("Clipboard", "SelectionOwnerChanged", "oa{sv}", (SESSION, options))

    def _handle(self, message: Message) -> None:
        member, body = message.header.fields[HeaderFields.member], message.body
        if member == "CreateSession":
            self._connected = False
        if member == "SelectDevices":
            token = body[1].get("restore_token", ("s", ""))[1]
            self.asks = token not in self.tokens
            self.tokens.discard(token)  # good for once
        super()._handle(message)

    def _respond(self, token: str, code: int) -> None:
        if self._member[token] == "Start" and not code:
            self.results["Start"] = {
                "devices": ("u", self._devices),
                "clipboard_enabled": ("b", "Clipboard" in self.versions),
            }
            if self.versions["RemoteDesktop"] > 1:
                self._given += 1
                self.tokens.add(f"token {self._given}")
                self.results["Start"]["restore_token"] = "s", f"token {self._given}"
        super()._respond(token, code)
        if self._member[token] == "Start" and not code:
            self._owned(list(self.content), ours=False)

    def answer(self, member: str, body: tuple[Any, ...]) -> Answer | None:
        """Keys and the clipboard."""
        if member == self.refuses:
            return None
        match member, body:
            case "ConnectToEIS", (_, {}) if self.connects and not self._connected:
                self._connected = True
                return "h", (self.connects(),)
            case (("NotifyKeyboardKeysym" | "NotifyKeyboardKeycode"), _) if self._connected:
                return None
            case "RequestClipboard", _ if "Clipboard" in self.versions:
                return DONE
            case (("NotifyKeyboardKeysym" | "NotifyKeyboardKeycode"), (_, _, key, down)):
                self._key(key, down)
                return DONE
            case "SetSelection", (_, options):
                self.offered = list(options["mime_types"][1])
                self._owned(self.offered, ours=True)
                return DONE
            case "SelectionRead", (_, kind) if kind in self.content:
                return self._pipe(lambda end: _write(end, self.content[kind]), ours=1)
            case "SelectionWrite", (_, serial):
                return self._pipe(lambda end: self._transfers[serial](_read(end)), ours=0)
            case "SelectionWriteDone", _:
                return DONE
        return super().answer(member, body)

    def _pipe(self, job: Callable[[int], None], ours: int) -> Answer:
        ends = os.pipe()
        threading.Thread(target=job, args=(ends[ours],), name="transfer").start()
        return "h", (ends[1 - ours],)

    def _key(self, key: int, down: int) -> None:
        if not down:
            self._down.remove(key)
            return
        self._down.append(key)
        self._pressed(tuple(self._down))

    def _pressed(self, down: tuple[int, ...]) -> None:
        if list(down) in PASTES:
            self.on_key()
            if self.reads:
                self._transfer(TEXT, self._take)


def _write(end: int, data: bytes) -> None:
    with os.fdopen(end, "wb") as pipe:
        pipe.write(data)


def _read(end: int) -> bytes:
    with os.fdopen(end, "rb") as pipe:
        return pipe.read()
