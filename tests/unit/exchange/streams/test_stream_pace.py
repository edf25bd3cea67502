"""How fast connections are tried."""

from random import Random

import pytest

from eliteflow.exchange.streams.stream_pace import LONGEST_PAUSE_S, AttemptPace, pause_s


def test_no_five_minutes_have_more_than_300_attempts() -> None:
    """However hard it is tried."""
    pace = AttemptPace()
    attempts = [now_s for now_s in range(3_000) for _ in range(50) if pace.take(float(now_s))]
    assert max(sum(begin <= at < begin + 300 for at in attempts) for begin in range(0, 2_700, 7)) <= 300
    assert len(attempts) >= 2_400


def test_the_first_attempts_go_at_once() -> None:
    """Starting a whole market waits for nothing."""
    pace = AttemptPace(at_once=3, a_second=0.5)
    assert [pace.take(10.0) for _ in range(4)] == [True, True, True, False]
    assert pace.wait_s(10.0) == 2.0
    assert not pace.take(11.9)
    assert pace.take(12.0)
    assert pace.wait_s(1_000.0) == 0.0


@pytest.mark.parametrize(
    ("failures", "longest_s"), [(1, 0.5), (2, 1.0), (4, 4.0), (7, LONGEST_PAUSE_S), (10_000, LONGEST_PAUSE_S)]
)
def test_pauses_double_up_to_a_limit(failures: int, longest_s: float) -> None:
    """Each by chance between half of it and all of it."""
    pauses = [pause_s(failures, Random(seed)) for seed in range(200)]
    assert longest_s / 2 <= min(pauses) < longest_s * 0.55
    assert longest_s * 0.95 < max(pauses) <= longest_s


@pytest.mark.parametrize(("status", "least_s"), [(451, 300.0), (403, 300.0), (418, 300.0), (429, 60.0), (502, 0.25)])
def test_an_answer_that_means_this_address_is_waited_out(status: int, least_s: float) -> None:
    """Asking on would make it worse."""
    assert least_s <= pause_s(1, Random(7), status) <= least_s + 0.5


def test_the_same_dice_give_the_same_pause() -> None:
    """So that a scenario can be repeated."""
    assert pause_s(3, Random(7)) == pause_s(3, Random(7))
