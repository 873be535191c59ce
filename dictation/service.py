"""What the running app answers to commands: the control socket's side of the engine."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict
from typing import Literal, Protocol, TypeVar

from dictation import __version__, links
from dictation.control import Message
from dictation.engine import Engine
from dictation.errors import DictationError, UsageError
from dictation.i18n import _
from dictation.lanes import fulfil
from dictation.settings import Settings
from dictation.takes import Take
from dictation.talking import BoundKeys

T = TypeVar("T")


class App(Protocol):
    """What commands may ask of the windows; called on the main thread."""

    def show(self, window: str) -> None: ...
    def quit(self) -> None: ...
    def reload(self) -> None: ...
    def profile(self, name: str) -> Settings: ...
    def keys_go(self) -> str: ...


class Service:
    """Answers on the callers' threads; everything that changes runs on the main thread."""

    def __init__(
        self, engine: Engine, app: App, post: Callable[[Callable[[], None]], None]
    ) -> None:
        self._engine, self._app, self._post = engine, app, post
        self.bound = BoundKeys(engine, app.profile)
        self._followers: list[queue.SimpleQueue[Message]] = []
        self._text: tuple[str | None, str] = None, ""  # of which take

    def status(self) -> Message:
        """The contract's `status --json`."""
        state = self._engine.state
        return {
            "state": state.name,
            "take": state.take,
            "waiting": self._engine.outbox,
            "version": __version__,
        }

    def _news(self) -> Message:
        """The same, with the text that is on its way, for those who follow."""
        take, text = self._text
        known = take is not None and take == self._engine.state.newest
        return {**self.status(), **({"text": text} if known else {})}

    def partial(self, text: str) -> None:
        """The text so far of the newest take."""
        self._text = self._engine.state.newest, text
        self.changed()

    def changed(self) -> None:
        """Tells those who follow; called when the state or the outbox changed."""
        for follower in tuple(self._followers):
            follower.put(self._news())

    def answer(self, message: Message, send: Callable[[Message], None]) -> Message:
        """One command."""
        engine = self._engine
        match message.get("do"):
            case "status":
                return self.status()
            case "follow":
                return self._follow(send)
            case "start":
                return {"take": self._main(lambda: engine.start(self._chosen(message)))}
            case "stop":
                return self._taken(engine.stop, wait=bool(message.get("wait")))
            case "toggle":
                return self._taken(lambda: self._toggle(message), wait=bool(message.get("wait")))
            case "press" | "release" | "bound" as what:
                return self._key(what, message)
            case "cancel":
                return {"take": self._main(engine.cancel)}
            case "paste-last":
                return {"take": self._main(engine.paste).result().as_json()}
            case "reload":
                self._main(self._app.reload)
            case "show":
                window = links.window(str(message.get("link", links.to(""))))
                self._main(lambda: self._app.show(window))
            case "quit":
                self._main(self._app.quit)
                send({})
                threading.Event().wait()  # the caller waits with us until the process has ended
            case other:
                raise UsageError(
                    _("The app does not know the command {other}.").format(other=repr(other))
                )
        return {}

    def _chosen(self, message: Message) -> Settings:
        return self._app.profile(str(message.get("profile") or ""))

    def _key(self, what: Literal["press", "release", "bound"], message: Message) -> Message:
        """About keys that the desktop bound, and those that it presses."""
        if what == "bound":
            portal = self._main(self.bound.by_portal)
            seen = self._main(lambda: sorted(self.bound.seen))
            heard = asdict(portal) if portal else None
            return {"seen": seen, "portal": heard, "keys": self._app.keys_go()}
        profile, at = str(message.get("profile") or ""), _when(message)
        return {"take": self._main(lambda: self.bound.told(what, profile, at))}

    def _toggle(self, message: Message) -> str | None:
        """A desktop may have bound this to a key that is being tried out."""
        chosen = self._chosen(message)
        return None if self.bound.tried("press") else self._engine.toggle(chosen)

    def _main(self, job: Callable[[], T]) -> T:
        future: Future[T] = Future()
        self._post(lambda: fulfil(future, job))
        return future.result()

    def _taken(self, job: Callable[[], str | None], *, wait: bool) -> Message:
        def do() -> tuple[str | None, Future[Take] | None]:
            id_ = job()
            return id_, self._engine.wait_for(id_) if wait and id_ else None

        id_, future = self._main(do)
        if wait and future is None:
            raise DictationError(
                _("Nothing is being recorded or transcribed."),
                title=_("Nothing to wait for"),
                hint=_("Start with `dictation start`, or by the hotkey."),
            )
        return {"take": future.result().as_json() if future else id_}

    def _follow(self, send: Callable[[Message], None]) -> Message:
        follower: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._followers.append(follower)
        try:
            send(last := self.status())
            while True:
                status = follower.get()
                if status != last:
                    send(last := status)
        finally:
            self._followers.remove(follower)


def _when(message: Message) -> float:
    """When the key moved, as time.monotonic() tells; not yet to come."""
    now = time.monotonic()
    told = message.get("at", now)
    if not isinstance(told, int | float):
        raise UsageError(_("at is a time in seconds, not {told}.").format(told=repr(told)))
    return min(told, now)
