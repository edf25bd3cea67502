"""Tests of when the circuit breaker opens and closes."""

from eliteflow.exchange.breaker_state import PROBE_PATIENCE_S, BreakerState
from eliteflow.model.breaker import Circuit


def opened_at(now_s: float) -> BreakerState:
    """A breaker that has just opened after three failures, for a minute."""
    state = BreakerState(failures=3, open_s=60)
    for failure in range(3):
        state.failed(sent_s=now_s - 3 + failure, now_s=now_s - 2 + failure)
    return state


def test_opens_after_as_many_failures_in_a_row_as_allowed() -> None:
    """The third failure opens it, and only the third says so."""
    state = BreakerState(failures=3, open_s=60)
    assert [state.failed(sent_s=at, now_s=at + 1) for at in (0.0, 1.0, 2.0)] == [False, False, True]
    assert state.circuit is Circuit.OPEN


def test_one_answer_between_failures_starts_the_count_anew() -> None:
    """Failures in a row, not failures in all."""
    state = BreakerState(failures=2, open_s=60)
    state.failed(sent_s=0, now_s=1)
    state.succeeded(sent_s=1)
    state.failed(sent_s=2, now_s=3)
    assert state.circuit is Circuit.CLOSED


def test_requests_that_die_together_are_one_failure() -> None:
    """A blip of the network that kills all requests under way does not stop the program for a minute."""
    state = BreakerState(failures=3, open_s=60)
    for request in range(256):
        state.failed(sent_s=0.001 * request, now_s=1 + 0.001 * request)
    assert state.circuit is Circuit.CLOSED


def test_an_answer_to_a_request_from_before_the_failure_is_no_news() -> None:
    """It cannot tell that the venue answers again."""
    state = opened_at(100)
    assert not state.succeeded(sent_s=90)
    assert state.circuit is Circuit.OPEN


def test_nothing_goes_while_it_is_open() -> None:
    """The wait is what is left of the minute."""
    state = opened_at(100)
    assert state.admit(now_s=115) == 45
    assert state.wait_s(now_s=115) == 45


def test_one_probe_goes_after_the_minute() -> None:
    """While it is under way the others wait."""
    state = opened_at(100)
    assert state.admit(now_s=160) == 0
    assert state.circuit is Circuit.HALF_OPEN
    assert state.admit(now_s=160) == PROBE_PATIENCE_S


def test_the_probes_success_closes_it() -> None:
    """All may go again, and it is said once."""
    state = opened_at(100)
    state.admit(now_s=160)
    assert state.succeeded(sent_s=160)
    assert not state.succeeded(sent_s=161)
    assert state.admit(now_s=161) == 0


def test_the_probes_failure_opens_it_for_another_minute() -> None:
    """One failure is enough then."""
    state = opened_at(100)
    state.admit(now_s=160)
    assert state.failed(sent_s=160, now_s=162)
    assert state.admit(now_s=162) == 60


def test_a_probe_that_was_cancelled_leaves_its_place_to_the_next() -> None:
    """Nothing was learnt, so the next request probes at once."""
    state = opened_at(100)
    state.admit(now_s=160)
    state.abandoned(now_s=161)
    assert state.admit(now_s=161) == 0
    assert state.circuit is Circuit.HALF_OPEN


def test_one_symbol_that_keeps_failing_does_not_stop_the_others() -> None:
    """Its failures count once while other symbols were answered within the last minute."""
    state = BreakerState(failures=3, open_s=60)
    state.succeeded(sent_s=0)
    assert not any(state.failed(sent_s=at, now_s=at + 0.5, subject="BADUSDT") for at in range(1, 20))
    assert state.circuit is Circuit.CLOSED


def test_failures_of_several_symbols_are_the_venues() -> None:
    """Two symbols in turn open the breaker like no symbol at all."""
    state = BreakerState(failures=3, open_s=60)
    state.succeeded(sent_s=0)
    outcomes = [state.failed(sent_s=at, now_s=at + 0.5, subject="AB"[at % 2]) for at in range(1, 4)]
    assert outcomes == [False, False, True]


def test_a_program_with_one_symbol_notices_an_outage_too() -> None:
    """When nothing was answered for a minute, every failure counts."""
    state = BreakerState(failures=3, open_s=60)
    state.succeeded(sent_s=0)
    outcomes = [state.failed(sent_s=at, now_s=at + 0.5, subject="BTCUSDT") for at in (70, 71, 72)]
    assert outcomes == [False, False, True]
