"""When inside a bar something is pushed."""

from itertools import pairwise

import pytest

from eliteflow.emulator.bar_plan import planned_klines, planned_trades
from eliteflow.emulator.bars import VOLUME
from eliteflow.emulator.intervals import BASE_MS
from tests.unit.emulator.emulator_market import NOW_MS, a_market

PULSE = a_market(symbols=3).base.pulse(NOW_MS // BASE_MS)
ROWS = {0, 2}


def test_every_batch_of_trades_is_planned_at_its_moment() -> None:
    """Only of the contracts asked for, and only what is still to come."""
    plan = planned_trades(PULSE, ROWS, -1)
    assert {push.row for push in plan} == ROWS
    for row in ROWS:
        steps = [push.step for push in plan if push.row == row]
        assert all(PULSE.batch(row, step)[VOLUME] for step in steps)
        assert sum(PULSE.batch(row, step)[VOLUME] for step in steps) == PULSE.bar_at(row, steps[-1] + 1)[VOLUME]
    later = planned_trades(PULSE, ROWS, 100_000)
    assert sorted(later) == sorted(push for push in plan if push.elapsed_ms > 100_000)


@pytest.mark.parametrize("every_ms", [250, 1_000, 50_000])
def test_klines_are_pushed_on_a_beat_after_trades(every_ms: int) -> None:
    """Never more often than allowed, never without a trade since the last push, never late by more than a beat."""
    plan = planned_klines(PULSE, ROWS, -1, every_ms)
    for row in ROWS:
        times = [push.elapsed_ms for push in plan if push.row == row]
        trades = [push.elapsed_ms for push in planned_trades(PULSE, {row}, -1)]
        assert min((after - before for before, after in pairwise(times)), default=every_ms) >= every_ms
        for before, after in pairwise([-1, *times]):
            assert any(before < time <= after for time in trades)
        for time in trades:
            assert any(time <= push < time + every_ms for push in times) or time + every_ms >= BASE_MS
    assert planned_klines(PULSE, set(), -1, every_ms) == []
