"""The state machine: what the app does, without anything that does it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dictation.errors import Cancelled, DictationError
from dictation.session import (
    Away,
    Back,
    Cancel,
    Captured,
    CloseMicrophone,
    Deliver,
    Delivered,
    Event,
    Failed,
    OpenMicrophone,
    Overdue,
    Resend,
    Send,
    Settle,
    Start,
    State,
    Stop,
    Transcribed,
    Waiting,
    Withdraw,
    step,
)

BOOM = DictationError("boom")


def walk(*events: Event, state: State | None = None) -> tuple[State, list[object]]:
    """The state after the events, and all effects on the way."""
    state, effects = state or State(), []
    for event in events:
        state, more = step(state, event)
        effects += more
    return state, effects


class TestOneTake:
    def test_goes_from_key_to_text(self) -> None:
        state, effects = walk(Start("a"), Stop(), Captured("a"), Transcribed("a"), Delivered("a"))
        assert state == State()
        assert effects == [
            OpenMicrophone("a"),
            CloseMicrophone("a", keep=True),
            Send("a"),
            Deliver("a"),
            Settle("a", "delivered"),
        ]

    def test_tells_its_state_at_each_step(self) -> None:
        names, state = [], State()
        for event in (Start("a"), Stop(), Captured("a"), Transcribed("a"), Delivered("a")):
            state, _ = step(state, event)
            names.append((state.name, state.take))
        assert names == [
            ("recording", "a"),
            ("transcribing", "a"),
            ("transcribing", "a"),
            ("delivering", "a"),
            ("idle", None),
        ]

    def test_that_ends_by_itself_is_sent_without_closing_again(self) -> None:
        state, effects = walk(Start("a"), Captured("a"))
        assert state.waiting == (Waiting("a"),)
        assert effects == [OpenMicrophone("a"), Send("a")]

    def test_cancelled_while_recording_is_closed_and_not_sent(self) -> None:
        state, effects = walk(Start("a"), Cancel(), Captured("a"))
        assert state == State()
        assert effects == [
            OpenMicrophone("a"),
            CloseMicrophone("a", keep=False),
            Settle("a", "cancelled"),
        ]

    def test_cancelled_while_transcribed_is_never_delivered(self) -> None:
        _, effects = walk(Start("a"), Stop(), Captured("a"), Cancel(), Transcribed("a"))
        assert effects[-1] == Settle("a", "cancelled")
        assert Deliver("a") not in effects

    def test_cancelled_while_delivered_ends_as_the_delivery_finds(self) -> None:
        before = (Start("a"), Stop(), Captured("a"), Transcribed("a"), Cancel())
        state, effects = walk(*before)
        assert state.name == "delivering"
        assert effects[-1] == Withdraw("a")
        assert walk(*before, Delivered("a"))[1][-1] == Settle("a", "delivered")
        assert walk(*before, Failed("a", Cancelled("")))[1][-1] == Settle("a", "cancelled")

    def test_that_fails_is_settled_with_its_error(self) -> None:
        for before in ((Start("a"),), (Start("a"), Stop()), (Start("a"), Stop(), Captured("a"))):
            state, effects = walk(*before, Failed("a", BOOM))
            assert state == State()
            assert effects[-1] == Settle("a", "failed", BOOM)


class TestAway:
    """The screen locks or the computer sleeps."""

    def test_ends_the_recording_and_keeps_its_text(self) -> None:
        state, effects = walk(Start("a"), Away(), Captured("a"), Transcribed("a"))
        assert state == State(away=True)
        assert effects == [
            OpenMicrophone("a"),
            CloseMicrophone("a", keep=True),
            Send("a"),
            Settle("a", "late"),
        ]

    def test_delivers_nothing_that_was_on_its_way(self) -> None:
        before = (Start("a"), Stop(), Start("b"), Stop(), Captured("a"), Captured("b"))
        state, effects = walk(*before, Transcribed("b"), Transcribed("a"), Away())
        assert effects[-2:] == [Withdraw("a", keep=True), Settle("b", "late")]
        assert walk(Failed("a", BOOM), state=state)[0] == State(away=True)

    def later(self, *events: Event) -> object:
        """What becomes of a take after the events."""
        return walk(Away(), *events, Stop(), Captured("b"), Transcribed("b"))[1][-1]

    def test_lets_nothing_through_until_the_user_is_back(self) -> None:
        assert self.later(Start("b")) == Settle("b", "late")
        assert self.later(Back(), Start("b")) == Deliver("b")
        assert self.later(Start("b", here=True)) == Deliver("b")  # a key was pressed

    def test_with_nothing_under_way_has_no_effects(self) -> None:
        assert walk(Away()) == (State(away=True), [])


class TestSeveralTakes:
    def test_overlap(self) -> None:
        state, _ = walk(Start("a"), Stop(), Start("b"))
        assert state == State("b", (Waiting("a"),))
        assert state.name == "recording"

    def test_a_second_start_while_recording_means_nothing(self) -> None:
        assert walk(Start("a"), Start("b"))[0].recording == "a"

    def test_are_delivered_in_the_order_of_their_stops(self) -> None:
        _, effects = walk(
            *(Start("a"), Stop(), Start("b"), Stop(), Captured("a"), Captured("b")),
            *(Transcribed("b"), Transcribed("a"), Delivered("a"), Delivered("b")),
        )
        assert [e.id for e in effects if isinstance(e, Deliver)] == ["a", "b"]

    def test_one_at_a_time_is_delivered(self) -> None:
        state, _ = walk(
            *(Start("a"), Stop(), Start("b"), Stop(), Captured("a"), Captured("b")),
            *(Transcribed("a"), Transcribed("b")),
        )
        assert [take.phase for take in state.waiting] == ["delivering", "ready"]

    def test_one_that_is_not_ready_in_time_leaves_the_line(self) -> None:
        state, effects = walk(
            *(Start("a"), Stop(), Start("b"), Stop(), Captured("a"), Captured("b")),
            *(Transcribed("b"), Overdue("a")),
        )
        assert effects[-1] == Deliver("b")
        _, effects = walk(Transcribed("a"), state=state)
        assert effects == [Settle("a", "late")]

    def test_one_that_waits_for_its_turn_is_not_late(self) -> None:
        state, _ = walk(
            *(Start("a"), Stop(), Start("b"), Stop(), Captured("a"), Captured("b")),
            *(Transcribed("a"), Transcribed("b"), Overdue("b"), Delivered("a")),
        )
        assert state.name == "delivering"
        assert state.take == "b"

    def test_that_failed_let_the_next_one_through(self) -> None:
        _, effects = walk(
            *(Start("a"), Stop(), Start("b"), Stop(), Captured("a"), Captured("b")),
            *(Transcribed("b"), Failed("a", BOOM)),
        )
        assert effects[-2:] == [Settle("a", "failed", BOOM), Deliver("b")]

    def test_whose_delivery_takes_too_long_hold_up_no_other(self) -> None:
        _, effects = walk(Start("a"), Stop(), Captured("a"), Transcribed("a"), Overdue("a"))
        assert effects[-1] == Withdraw("a", keep=True)

    def test_sent_again_are_not_what_a_cancel_means(self) -> None:
        _, effects = walk(Start("mine"), Stop(), Captured("mine"), Resend("old"), Cancel())
        assert effects[-1] == Settle("mine", "cancelled")

    def test_sent_again_come_as_late_text(self) -> None:
        _, effects = walk(Resend("old"), Transcribed("old"))
        assert effects == [Send("old"), Settle("old", "late")]


IDS = st.sampled_from(["a", "b", "c", "d"])
EVENTS = st.one_of(
    st.builds(Start, IDS),
    st.builds(Stop),
    st.builds(Cancel),
    st.builds(Away),
    st.builds(Back),
    st.builds(Captured, IDS),
    st.builds(Transcribed, IDS),
    st.builds(Delivered, IDS),
    st.builds(Failed, IDS, st.just(BOOM)),
    st.builds(Overdue, IDS),
    st.builds(Resend, IDS),
)


@given(st.lists(EVENTS, max_size=60))
def test_whatever_happens_the_promises_hold(events: list[Event]) -> None:
    """The microphone is open exactly while recording; every take settles once at most."""
    state, opened, used = State(), False, set()
    for event in events:
        if isinstance(event, Start | Resend):
            # The engine makes a new id for each take, and sends only ended ones again.
            if event.id in used:
                continue
            used.add(event.id)
        before = {take.id for take in state.waiting} | {state.recording}
        state, effects = step(state, event)
        for effect in effects:
            if isinstance(effect, OpenMicrophone):
                assert not opened
                opened = True
            if isinstance(effect, CloseMicrophone):
                assert opened
                opened = False
            if isinstance(effect, Settle):
                assert effect.id in before
                assert effect.id not in {take.id for take in state.waiting} | {state.recording}
        if isinstance(event, Captured | Failed) and state.recording is None:
            opened = False  # it ended by itself
        assert opened == (state.recording is not None)
        delivering = [take for take in state.waiting if take.phase == "delivering"]
        assert len(delivering) <= 1
        in_line = [take for take in state.waiting if not take.late]
        assert not in_line or in_line[0].phase != "ready"
