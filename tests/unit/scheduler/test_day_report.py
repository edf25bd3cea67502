"""A day in numbers."""

from dataclasses import replace

import pytest

from eliteflow.pipeline.close_barrier import CloseSummary
from eliteflow.scheduler.day_report import DAY_MS, Counters, DayTally
from eliteflow.telemetry.events import EVENTS
from tests.unit.operations.outcomes import REPORT

DAY = 1_795_478_400_000  # 2026-11-24 00:00 UTC


def tally_from(hour: int = 0) -> DayTally:
    """A tally that begins at an hour of the day."""
    return DayTally(DAY + hour * 3_600_000, Counters())


def close(after_ms: int, bars: int, share_2s: float, share: float) -> CloseSummary:
    """A close so long after midnight. share_2s: of its bars final after 2 s; share: after that."""
    return CloseSummary(DAY + after_ms, bars, {2: share_2s, 3: share, 5: share, 10: share}, 0, 0, 0, 0, 3.0)


def test_cycles_add_up() -> None:
    """Mean, 99th percentile and slowest of a hundred cycles that take 1 to 100 s."""
    tally = tally_from()
    for seconds in range(100, 0, -1):
        tally.add_cycle(replace(REPORT, total_s=seconds, requests=2, weight=3, signals=1, cache_hit_rate=0.5))
    report = tally.report(DAY + DAY_MS, "SIMULATED", Counters())
    assert (report.day, report.venue, report.cycles, report.watched_s) == ("2026-11-24", "SIMULATED", 100, 86_400)
    assert (report.mean_s, report.p99_s, report.slowest_s) == (50.5, 99, 100)
    assert (report.requests, report.weight, report.signals, report.cache_hit_rate) == (200, 300, 100, 0.5)


def test_what_the_parts_count_is_the_difference_of_the_day() -> None:
    """What they had counted before belongs to the day before."""
    before = Counters(failed=1, missed=2, gaps=3, repaired=3, revised=5, mismatches=0)
    after = Counters(failed=1, missed=4, gaps=4, repaired=4, revised=9, mismatches=1)
    report = DayTally(DAY, before).report(DAY + DAY_MS, "x", after)
    counted = (report.failed, report.missed, report.gaps, report.repaired, report.revised, report.mismatches)
    assert counted == (0, 2, 1, 1, 4, 1)


def test_closes_count_once_however_often_they_are_told() -> None:
    """Their shares are over all bars of the day, so a close of three timeframes weighs more than one of one."""
    tally = tally_from()
    first = close(300_000, 530, 1.0, 1.0)
    second = close(900_000, 1060, 0.5, 1.0)
    tally.add_closes((first,))
    tally.add_closes((first, second))
    report = tally.report(DAY + DAY_MS, "x", Counters())
    assert report.closes == 2
    assert report.final_2s == pytest.approx(2 / 3)
    assert report.final_3s == report.final_10s == 1.0


def test_a_close_before_midnight_is_the_day_befores() -> None:
    """It is still among the last ones when the next day begins; that of midnight itself is the next day's."""
    tally = tally_from()
    tally.add_closes(tuple(close(after_ms, 530, 1.0, 1.0) for after_ms in (-300_000, 0)))
    assert tally.report(DAY + DAY_MS, "x", Counters()).closes == 1


def test_a_day_without_cycles_and_closes_claims_nothing() -> None:
    """No share of nothing."""
    report = tally_from(23).report(DAY + DAY_MS, "x", Counters())
    assert (report.cycles, report.mean_s, report.p99_s, report.final_2s, report.watched_s) == (0, 0, 0, None, 3600)


def test_the_day_ends_at_midnight_utc_whenever_it_began() -> None:
    """And time after it is not the day's."""
    tally = tally_from(9)
    assert tally.end_ms == DAY + DAY_MS
    assert tally.report(DAY + DAY_MS + 700, "x", Counters()).watched_s == 15 * 3600


def test_the_report_is_the_event() -> None:
    """Field by field."""
    assert tuple(tally_from().report(DAY, "x", Counters()).fields()) == EVENTS["day.finished"].fields
