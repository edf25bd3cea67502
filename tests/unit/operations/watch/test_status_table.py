"""The status as people read it."""

from dataclasses import replace

import pytest

from eliteflow import messages
from eliteflow.errors import RestrictedLocation
from eliteflow.exchange.standstill import Refusal
from eliteflow.operations.watch.ports import Days, Status
from eliteflow.operations.watch.status_document import status_document
from eliteflow.operations.watch.status_table import duration, status_table
from eliteflow.scheduler.cycle_failures import FailedSymbol
from eliteflow.scheduler.day_report import Counters, DayTally
from tests.unit.operations.statuses import CLIENT, CYCLES, NOW_MS, WELL, WHOLE

DAY = DayTally(NOW_MS, Counters()).report(NOW_MS + 1000, "SIMULATED", Counters())


def table(status: Status = WHOLE) -> str:
    """A status as text, without the frame."""
    return status_table(status_document(status, Days(DAY, DAY)))


def test_it_begins_with_what_runs_and_whether_it_is_ready() -> None:
    """A simulated market says so."""
    assert table().startswith("eliteflow 0.1.0 [SIMULATED]: ready")
    assert "number 3, 4 s ago: 530 of 530 symbols" in table()


def test_every_part_has_its_line() -> None:
    """Streams, closes, gaps and disk cache where there are any; a receiver that fails says why."""
    shown = table()
    for piece in (
        *("105 of 2160 spent", "ok 64, unreachable 2", "530 of 530 live", "+2 s 90.00%", "0 open, 3 repaired"),
        *("/data/candles.db", "discord: 7 sent, 1 failed", "(no answer)", "last day"),
    ):
        assert piece in shown
    assert "disk cache" not in table(WELL)


def test_failed_symbols_are_named_with_their_reason_and_the_rest_counted() -> None:
    """A program that runs says who failed, not only how many."""
    report = WELL.scheduler.last_report
    assert report is not None
    failed = (FailedSymbol("NOPEUSDT", "UnknownSymbol", "no such contract"),)
    status = replace(WELL, scheduler=replace(WELL.scheduler, last_report=replace(report, failed=3), failures=failed))
    assert [one.symbol for one in status_document(status, Days(DAY, DAY)).failed_symbols] == ["NOPEUSDT"]
    for piece in ("failed symbols", "NOPEUSDT: no such contract", "… +2"):
        assert piece in table(status)


def test_without_data_there_is_no_product_of_nothing() -> None:
    """As in the first seconds of a run."""
    empty = table(replace(WELL, pipeline=replace(WELL.pipeline, symbols=0, timeframes=())))
    assert "none yet" in empty
    assert "×" not in empty


def test_what_is_amiss_stands_below_marked_by_its_weight() -> None:
    """A cross for what makes the market useless, an exclamation mark for the rest."""
    assert WHOLE.gaps is not None
    cycles = replace(CYCLES, first_finished_ms=None, last_finished_ms=None, done=64)
    shown = table(replace(WHOLE, gaps=replace(WHOLE.gaps, open=4), cycles=cycles))
    assert shown.startswith("eliteflow 0.1.0 [SIMULATED]: NOT ready")
    assert "  ✗ first_fill: the first cycle is not finished: 64 symbols so far, 12%\n" in shown
    assert "  ! gaps_open: 4 gaps are not repaired yet\n" in shown
    assert "the first goes on: 64 of 530 symbols" in shown


def test_a_refusal_tells_when_the_venue_is_asked_again() -> None:
    """It counts down; who is restricted need not look into the log."""
    client = replace(CLIENT, refusal=Refusal(RestrictedLocation("venue"), NOW_MS + 3_530_000))
    assert "add --emulator. (next attempt in 58 min 50 s)\n" in table(replace(WELL, client=client))


def test_people_read_it_in_their_language() -> None:
    """Labels, states and reasons."""
    messages.set_language("zh-CN")
    shown = table()
    assert shown.startswith("eliteflow 0.1.0 [模拟行情]：就绪")
    assert "熔断器" in shown
    assert "收盘" in shown
    assert "UTC：+2 s 90.00%" in shown
    assert "! paused：周期已暂停" in table(replace(WELL, scheduler=replace(WELL.scheduler, is_paused=True)))


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (59, "59 s"), (60, "1 min 0 s"), (11_520, "3 h 12 min"), (90_000, "1 d 1 h")]
)
def test_durations_have_their_two_largest_units(seconds: float, words: str) -> None:
    """Nobody counts 11,520 seconds."""
    assert duration(seconds) == words
