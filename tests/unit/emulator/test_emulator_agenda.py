"""What the venue will do, in the order of time."""

from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from eliteflow.emulator.agenda import NEVER_MS, Agenda


@settings(max_examples=50)
@given(st.lists(st.integers(0, 20)), st.lists(st.integers(0, 30), min_size=1))
def test_everything_due_happens_once_and_in_order(times: list[int], stops: list[int]) -> None:
    """However time is cut into steps; equal times keep the order in which they were planned."""
    agenda, done = Agenda(), list[tuple[int, int]]()
    for place, time in enumerate(times):
        agenda.at(time, partial(lambda place, due: done.append((due, place)), place))
    for stop in sorted(stops):
        agenda.run(stop)
        assert agenda.next_ms > stop
    expected = sorted((time, place) for place, time in enumerate(times))
    assert done == [one for one in expected if one[0] <= max(stops)]


def test_what_an_action_plans_for_now_happens_now() -> None:
    """And what is cleared does not."""
    agenda, done = Agenda(), list[int]()
    agenda.at(5, lambda due: agenda.at(due + 1, done.append))
    agenda.run(10)
    assert (done, agenda.next_ms) == ([6], NEVER_MS)
    agenda.at(11, done.append)
    agenda.clear()
    agenda.run(20)
    assert done == [6]
