"""macOS' pasteboard, which asks for a text that is only promised.

It asks on the main thread, so the app's loop has to run there.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from dictation.mac import framework

Content = list[dict[str, Any]]  # the data of each type, for each thing that was copied


class RealPasteboard:
    """What a delivery wants of it: `output.macos.Pasteboard`."""

    def __init__(self) -> None:
        """MissingPart elsewhere."""
        self._kit = framework("AppKit")
        self._board = self._kit.NSPasteboard.generalPasteboard()
        self._promise: Any = None  # has to live until it is kept

    def put(
        self, texts: Mapping[str, str], promised: Mapping[str, str], asked: Callable[[], None]
    ) -> int:
        """Replaces all, by type; the number that the change has."""
        item = self._kit.NSPasteboardItem.alloc().init()
        for kind, text in texts.items():
            item.setString_forType_(text, kind)
        if promised:
            self._promise = _promise_class().alloc().init()
            self._promise.texts, self._promise.asked = dict(promised), asked
            item.setDataProvider_forTypes_(self._promise, list(promised))
        return self._write([item])

    def content(self) -> Content:
        return [
            {str(kind): data for kind in item.types() if (data := item.dataForType_(kind))}
            for item in self._board.pasteboardItems() or ()
        ]

    def bring_back(self, content: Content) -> int:
        items = []
        for datas in content:
            item = self._kit.NSPasteboardItem.alloc().init()
            for kind, data in datas.items():
                item.setData_forType_(data, kind)
            items.append(item)
        return self._write(items)

    def changes(self) -> int:
        """How often it has been replaced."""
        return int(self._board.changeCount())

    def _write(self, items: list[Any]) -> int:
        self._board.clearContents()
        if items:
            self._board.writeObjects_(items)
        return self.changes()


@cache
def _promise_class() -> Any:
    """NSPasteboardItemDataProvider."""
    objc, foundation = framework("objc"), framework("Foundation")

    def provide(self: Any, _board: object, item: Any, kind: str) -> None:
        item.setString_forType_(self.texts[str(kind)], kind)
        self.asked()

    def body(names: dict[str, Any]) -> None:
        names["pasteboard_item_provideDataForType_"] = provide

    protocols = [objc.protocolNamed("NSPasteboardItemDataProvider")]
    return types.new_class(
        "DictationPromise", (foundation.NSObject,), {"protocols": protocols}, body
    )
