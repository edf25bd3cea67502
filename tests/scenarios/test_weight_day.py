"""A day of REST alone beside a second program of ours and a neighbour: nobody is ever refused, everybody is served."""

import os
import sys
from pathlib import Path

from tests.scenarios.weight_day import CEILING, NEIGHBOUR_MOST, SYMBOLS, play

# 24 hours take 50 s: `make soak-limits`, which sets this.
HOURS = float(os.environ.get("ELITEFLOW_SCENARIO_HOURS", "3"))


async def test_a_day_of_cycles_never_sees_a_refusal(tmp_path: Path) -> None:
    """From the third minute on no 429, never above nine tenths, and every cycle complete before the next."""
    day = await play(HOURS, tmp_path)
    settled = {minute: weight for minute, weight in day.totals.items() if minute >= 2}
    refused = {minute: count for minute, count in day.refusals.items() if minute >= 2}
    first = {minute: day.totals.get(minute, 0) for minute in (0, 1)}
    sys.stdout.write(f"first minutes {first}, refused {day.refusals}; later at most {max(settled.values())}\n")
    assert refused == {}
    assert max(settled.values()) <= CEILING
    assert max(day.neighbour.values()) == NEIGHBOUR_MOST
    assert day.failed == []
    boundaries = int(HOURS * 12)
    assert len(day.late_s) == boundaries
    assert day.served == len(SYMBOLS) * sum(1 + (number % 3 == 0) + (number % 12 == 0) for number in range(boundaries))
    assert max(day.late_s) < 300
    assert sorted(day.late_s)[len(day.late_s) // 2] < 5
    assert day.second_served > 150 * boundaries
