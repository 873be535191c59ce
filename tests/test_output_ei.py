"""Keys by libei's protocol: against a strict compositor, and by the portal that hands it out."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dictation.control import Server
from dictation.doctor import _outputs
from dictation.errors import NotDelivered
from dictation.output import Delivery
from dictation.output.ei import KEYMAP_MOST, WITHIN, Keyboard
from dictation.output.ei_wire import EiFault
from dictation.output.portal_keys import SHIFT_INSERT, PortalKeys
from dictation.paths import places
from dictation.settings import Settings
from dictation.wiring import Wiring
from tests import libeis
from tests.buses import Bus
from tests.desktop import until
from tests.eis import HEAD, KEYBOARD, POINTER, Client, Eis, hello, packed
from tests.libeis import LibEis
from tests.portal_paste import KDE, TEXT, Note, PastePortal

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

pytestmark = pytest.mark.only_on("linux")
CONTROL_V = 29, 47
PRESSED = [{29: 1}, {47: 1}, {47: 0}, {29: 0}]  # each key in a frame of its own


def held() -> int:
    """The handles and threads that this process has."""
    return len(list(Path("/proc/self/fd").iterdir())) + threading.active_count()


@pytest.fixture
def eis() -> Iterator[Eis]:
    made = Eis()
    yield made
    made.close()


AnyEis = Eis | LibEis


@pytest.fixture(params=[Eis, LibEis] if libeis.is_here() else [Eis])
def any_eis(request: pytest.FixtureRequest) -> Iterator[AnyEis]:
    """Ours, and the one of real desktops where this machine has it."""
    made: AnyEis = request.param()
    yield made
    made.close()


def connect(eis: AnyEis) -> Keyboard:
    return Keyboard(socket.socket(fileno=eis.connect()))


@pytest.fixture
def keyboard(eis: Eis) -> Iterator[Keyboard]:
    made = connect(eis)
    yield made
    made.close()


@pytest.fixture
def its_keyboard(any_eis: AnyEis) -> Iterator[Keyboard]:
    made = connect(any_eis)
    yield made
    made.close()


def test_a_chord_comes_in_order_each_key_in_a_frame(
    any_eis: AnyEis, its_keyboard: Keyboard
) -> None:
    for _each in range(3):
        assert its_keyboard.ready()
        its_keyboard.chord(CONTROL_V)
    until("the keys", lambda: len(any_eis.frames) == 12)
    assert any_eis.frames == PRESSED * 3


class SlowSocket(socket.socket):
    """Comes back from sending when the other side has had time to answer."""

    def sendall(self, data: ReadableBuffer, flags: int = 0, /) -> None:
        """As every socket's."""
        super().sendall(data, flags)
        time.sleep(0.1)


@pytest.mark.parametrize("kind", [socket.socket, SlowSocket])
def test_it_says_goodbye_and_leaves_nothing(eis: Eis, kind: type[socket.socket]) -> None:
    before = held()
    keyboard = Keyboard(kind(fileno=eis.connect()))
    keyboard.chord(CONTROL_V)
    keyboard.close()
    keyboard.close()
    assert eis.client.closed.wait(5)
    assert eis.client.said_goodbye
    assert eis.client.binds == KEYBOARD  # and of a pointer nothing
    until("the thread's end", lambda: held() == before)
    assert (keyboard.is_open, keyboard.fault) == (False, None)
    with pytest.raises(EiFault):
        keyboard.chord(CONTROL_V)


def test_a_question_of_the_compositors_is_answered(eis: Eis, keyboard: Keyboard) -> None:
    heard = threading.Event()
    eis.client.ping(heard.set)
    assert heard.wait(5)


def place(keyboard: Keyboard, name: str, usual: int = 1) -> int:
    return keyboard.place(0xFFE3 if name == "Control_L" else ord(name[0]), name, usual)


def test_keys_are_where_the_layout_in_force_has_them(
    any_eis: AnyEis, its_keyboard: Keyboard
) -> None:
    assert (place(its_keyboard, "Control_L"), place(its_keyboard, "v")) == (29, 47)
    any_eis.client.resume(group=1)
    until("the other layout", lambda: place(its_keyboard, "v") == 48)
    assert place(its_keyboard, "k") == 47
    assert place(its_keyboard, "b") == 48  # the layout has none, another has
    assert place(its_keyboard, "Insert", 110) == 110
    any_eis.client.pause()  # which ends all that was told
    any_eis.client.resume()
    until("the first layout", lambda: place(its_keyboard, "v") == 47)


def test_without_a_keymap_keys_are_at_their_usual_places(eis: Eis) -> None:
    eis.keymap = "no keymap"
    keyboard = connect(eis)
    assert place(keyboard, "v", 47) == 47
    keyboard.close()


def test_a_new_layout_comes_with_a_new_keyboard(any_eis: AnyEis, its_keyboard: Keyboard) -> None:
    any_eis.keymap = any_eis.keymap.replace("v, V", "x, X").replace("b, B", "v, V")
    for _each in range(20):
        any_eis.client.unplug()
        any_eis.client.plug()
        any_eis.client.resume()
    assert its_keyboard.ready()
    assert place(its_keyboard, "v") == 48
    its_keyboard.chord((29, 48))
    until("the keys", lambda: len(any_eis.frames) == 4)


def test_no_key_is_sent_while_they_are_paused(any_eis: AnyEis, its_keyboard: Keyboard) -> None:
    any_eis.client.pause()
    start = time.monotonic()
    assert not its_keyboard.ready()
    assert time.monotonic() - start < 0.4
    with pytest.raises(EiFault, match="not taken"):
        its_keyboard.chord(CONTROL_V)
    any_eis.client.resume()
    assert its_keyboard.ready()
    its_keyboard.chord(CONTROL_V)
    until("the keys", lambda: any_eis.frames == PRESSED)


def test_keys_that_are_paused_for_a_moment_are_waited_for(
    any_eis: AnyEis, its_keyboard: Keyboard
) -> None:
    any_eis.client.pause()
    resuming = threading.Timer(0.05, any_eis.client.resume)
    resuming.start()
    assert its_keyboard.ready()
    resuming.join()


def test_an_end_on_purpose_is_no_fault(any_eis: AnyEis, its_keyboard: Keyboard) -> None:
    any_eis.client.end()
    until("the end", lambda: not its_keyboard.is_open)
    assert its_keyboard.fault is None


@pytest.mark.parametrize("how", ["a refusal", "a crash"])
def test_any_other_end_is_one(how: str, eis: Eis, keyboard: Keyboard) -> None:
    if how == "a crash":
        eis.client.drop()
    else:
        eis.client.end(2, "no senders")
    until("the end", lambda: not keyboard.is_open)
    assert ("gone" if how == "a crash" else "no senders") in str(keyboard.fault)
    with pytest.raises(EiFault):
        keyboard.ready()


def test_silence_is_not_waited_for_long(eis: Eis, keyboard: Keyboard) -> None:
    eis.answers = False
    start = time.monotonic()
    with pytest.raises(EiFault, match="not answer"):
        keyboard.ready()
    assert time.monotonic() - start < WITHIN + 0.3


def test_who_takes_nothing_more_is_not_waited_for(eis: Eis, keyboard: Keyboard) -> None:
    stuck = threading.Event()
    eis.on_keys = lambda _down: stuck.wait(20) and None

    def fill() -> None:
        for _each in range(10_000):
            keyboard.chord(CONTROL_V)

    start = time.monotonic()
    with pytest.raises(EiFault, match="nothing can be sent"):
        fill()
    assert time.monotonic() - start < 5
    stuck.set()


def garbage(data: bytes) -> Callable[[Client], bool]:
    """Greets with that."""

    def greet(client: Client) -> bool:
        client.put(data)
        return True

    return greet


def hangs_up(client: Client) -> bool:
    return False


GREETINGS: dict[str, Callable[[Client], bool]] = {
    "zeros": garbage(bytes(64)),
    "ones": garbage(b"\xff" * 64),
    "a page": garbage(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9),
    "no version": garbage(packed(0, 0, "u", 0)),
    "a short message": garbage(packed(0, 0)),
    "a long message": garbage(packed(0, 0, "ut", 1, 1)),
    "a text that never ends": garbage(packed(0, 0, "u", 1) + packed(0, 2, "u", 2**32 - 1)),
    "a hang-up": hangs_up,
    "a refusal": lambda client: hello(client) and bool(client.end(2, "no")),
    "an empty message": garbage(HEAD.pack(77, 0, 0)),
    "half a message": garbage(packed(0, 0, "u", 1)[:-1]),
}


@pytest.mark.parametrize("what", GREETINGS)
def test_who_does_not_greet_as_is_right_is_left(what: str, eis: Eis) -> None:
    eis.greet = GREETINGS[what]
    before, start = held(), time.monotonic()
    with pytest.raises(EiFault):
        connect(eis)
    assert time.monotonic() - start < WITHIN + 0.3
    eis.client.close()
    until("nothing is left", lambda: held() == before)


def offers_no_keyboard(eis: Eis) -> None:
    eis.offers = POINTER


def never_resumes(eis: Eis) -> None:
    eis.resumes = False


def gives_no_keymap(eis: Eis) -> None:
    eis.gives_keymap = False  # but says so


def gives_a_huge_one(eis: Eis) -> None:
    eis.keymap_size = KEYMAP_MOST + 1


@pytest.mark.parametrize(
    "how", [offers_no_keyboard, never_resumes, gives_no_keymap, gives_a_huge_one]
)
def test_who_has_no_keyboard_for_us_is_left(how: Callable[[Eis], None], eis: Eis) -> None:
    how(eis)
    before = held()
    with pytest.raises(EiFault):
        connect(eis)
    eis.client.close()
    until("nothing is left", lambda: held() == before)


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    if not shutil.which("dbus-daemon"):
        pytest.skip("missing here: apt install dbus")
    made = Bus(tmp_path)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", made.address)
    monkeypatch.setenv("PATH", str(tmp_path))  # no other tools
    yield made
    made.stop()


Make = Callable[..., PastePortal]


@pytest.fixture
def make(bus: Bus, eis: Eis) -> Iterator[Make]:
    made: list[PastePortal] = []

    def portal(version: int = 2) -> PastePortal:
        token = places().state / "portal-token"
        token.parent.mkdir(parents=True, exist_ok=True)
        token.write_text("token 0")  # the user said yes in an earlier run
        made.append(PastePortal(bus.address, allowed="token 0", version=version, eis=eis))
        made[-1].tokens.add("")  # nor does it ask where it remembers nothing
        return made[-1]

    yield portal
    for each in made:
        each.close()


@pytest.fixture
def note() -> Note:
    return Note()


@pytest.fixture
def delivery(note: Note) -> Iterator[Delivery]:
    made = Delivery(KDE, [note])
    yield made
    made.close()


def deliver(delivery: Delivery, text: str) -> str:
    """The way that it went."""
    return delivery.deliver(text, Settings(spacing="none"), None).backend


def notified(portal: PastePortal) -> int:
    return sum(member.startswith("Notify") for member in portal.members())


def how(delivery: Delivery) -> str:
    """What `doctor` tells."""
    return dict(delivery.verdicts(Settings()))["portal"].why


def test_a_paste_goes_by_it_and_is_confirmed(make: Make, eis: Eis, delivery: Delivery) -> None:
    portal = make()
    portal.content = {TEXT: b"old"}
    assert "libei, where" in how(delivery)
    for text in ("Grüße 🎤", "another"):
        assert deliver(delivery, text) == "portal"
        portal.expect(text)
    until("the old content", lambda: portal.held() == {TEXT: b"old"})
    assert eis.frames == PRESSED * 2
    assert notified(portal) == 0
    assert portal.members().count("ConnectToEIS") == portal.members().count("Start") == 1
    assert how(delivery).endswith("by libei")


def test_doctor_tells_how_the_running_apps_keys_go(make: Make, delivery: Delivery) -> None:
    make()
    deliver(delivery, "one")
    wiring, other = Wiring(places()), Delivery(KDE)

    def says() -> str:
        found = {each.part: each.says for each in _outputs(wiring, Settings(), other)}
        return found["output: portal"]

    assert says().endswith("else by its portal")  # no app runs
    app = Server(wiring.places)
    app.serve(lambda _message, _send: {"seen": [], "keys": delivery.keys_go})
    assert says().endswith("those of the running app go by libei")
    app.close()
    other.close()


def test_the_keys_that_terminals_take_go_by_it_too(make: Make, eis: Eis) -> None:
    make()
    keys = PortalKeys()
    keys.open(clipboard=False).chord(*SHIFT_INSERT)
    until("the keys", lambda: eis.frames == [{42: 1}, {110: 1}, {110: 0}, {42: 0}])
    keys.close()


@pytest.mark.parametrize("version", [1, 2])
def test_without_it_keys_go_by_the_portal(
    version: int, make: Make, eis: Eis, delivery: Delivery
) -> None:
    portal = make(version)
    portal.refuses = "ConnectToEIS"
    for text in ("one", "two"):
        assert deliver(delivery, text) == "portal"
        portal.expect(text)
    assert notified(portal) == 8
    assert portal.members().count("ConnectToEIS") == version - 1
    assert portal.members().count("Start") == 1
    assert eis.clients == []
    assert "libei" not in how(delivery)


@pytest.mark.parametrize("what", ["zeros", "a hang-up", "silence", "no socket"])
def test_where_it_fails_the_same_text_goes_by_the_portal(
    what: str, make: Make, eis: Eis, delivery: Delivery
) -> None:
    portal = make()
    if what == "silence":
        eis.resumes = False
    elif what == "no socket":
        portal.connects = lambda: os.open(os.devnull, os.O_RDONLY)
    else:
        eis.greet = GREETINGS[what]
    for text in ("one", "two", "three"):
        assert deliver(delivery, text) == "portal"
        portal.expect(text)
    connections = [thread.name for thread in threading.enumerate()].count("portal")
    assert connections == 1  # the session that failed is closed
    assert notified(portal) == 12
    assert portal.members().count("ConnectToEIS") == 1  # it is not tried each time
    assert portal.members().count("Start") == 2
    assert "libei" not in how(delivery)

    eis.greet, eis.resumes, portal.connects = hello, True, eis.connect
    delivery.applied()
    portal.end_session()

    def by_it() -> bool:  # once the end is heard
        return deliver(delivery, "four") == "portal" and bool(eis.frames)

    until("another try", by_it)


def test_who_falls_silent_is_left_for_the_portal(make: Make, eis: Eis, delivery: Delivery) -> None:
    portal = make()
    deliver(delivery, "one")
    eis.answers = False
    assert deliver(delivery, "two") == "portal"
    portal.expect("two")
    assert notified(portal) == 4
    assert len(eis.frames) == 4


def test_while_keys_are_paused_the_next_way_is_taken(
    make: Make, eis: Eis, delivery: Delivery, note: Note
) -> None:
    portal = make()
    portal.content = {TEXT: b"old"}
    deliver(delivery, "one")
    eis.client.pause()
    assert deliver(delivery, "two") == "note"
    assert note.text == "two"
    eis.client.resume()
    assert deliver(delivery, "three") == "portal"
    portal.expect("three")
    assert portal.members().count("Start") == 1


def test_a_pause_amid_the_keys_is_told_and_the_text_stays(
    make: Make, eis: Eis, delivery: Delivery, note: Note
) -> None:
    portal = make()
    eis.on_keys = lambda down: eis.client.pause() if down == (29,) else None
    with pytest.raises(NotDelivered, match="did not take"):
        deliver(delivery, "one")
    assert portal.held()[TEXT] == b"one"
    assert eis.frames == PRESSED[:1]  # nothing after it
    assert deliver(delivery, "two") == "note"


def test_a_crash_amid_the_keys_is_told_and_the_next_text_goes_by_the_portal(
    make: Make, eis: Eis, delivery: Delivery
) -> None:
    portal = make()
    eis.on_keys = lambda down: eis.client.drop() if down == (29,) else None
    with pytest.raises(NotDelivered):
        deliver(delivery, "one")
    assert portal.held()[TEXT] == b"one"
    assert deliver(delivery, "two") == "portal"
    portal.expect("two")
    assert notified(portal) == 4


def test_who_ends_it_on_purpose_is_connected_to_again(
    make: Make, eis: Eis, delivery: Delivery
) -> None:
    portal = make()
    deliver(delivery, "one")
    eis.client.end()

    assert deliver(delivery, "two") == "portal"
    portal.expect("two")
    assert len(eis.clients) == 2
    assert notified(portal) == 0


def test_nothing_is_left_after_many_pastes(
    make: Make, eis: Eis, delivery: Delivery, sample: Callable[[int, int], int]
) -> None:
    portal = make()
    deliver(delivery, "first")
    delivery.close()
    before = held()
    many = sample(8, 50)
    for number in range(many):
        if number % 4 == 3:
            eis.client.unplug()
            eis.client.plug()
            eis.client.resume()
        assert deliver(delivery, f"text {number}") == "portal"
        portal.expect(f"text {number}")
    delivery.close()
    until("all is given back", lambda: held() <= before)
    assert len(eis.frames) == (many + 1) * 4


def test_sessions_that_ended_leave_nothing(make: Make, eis: Eis, delivery: Delivery) -> None:
    portal = make()
    deliver(delivery, "first")
    before = held()
    for number in range(2, 8):
        portal.end_session()

        def reopened(number: int = number) -> bool:  # once its end is heard
            deliver(delivery, "again")
            return portal.members().count("Start") == number

        until("another session", reopened)
    until("all is given back", lambda: held() <= before)
