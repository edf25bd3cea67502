"""What is held on disk against what the venue has now."""

import msgspec
import pytest

from eliteflow.errors import CandlesDiffer
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.tables.verification import Verification, verify
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.data_service import DataService
from eliteflow.testing.manual_clock import ManualClock
from eliteflow.testing.memory_source import MemorySource
from eliteflow.testing.series import HEAD_MS, make_series

M5 = Timeframe.M5
NOW_MS = HEAD_MS + 20 * M5.ms


async def verified(*, bars: int = 50, corrected_ms: int | None = None) -> Verification:
    """Hold 20 bars, let the venue correct one of them, and compare."""
    clock = ManualClock(NOW_MS)
    source, store = MemorySource(clock), CandleStore(64)
    store.write("BTCUSDT", M5, make_series(bars=20), requested_ms=NOW_MS)
    if corrected_ms is not None:
        source.revisions["BTCUSDT", "5m", corrected_ms] = 7.5
    return await verify(store, DataService(source, clock=clock), clock, ("BTCUSDT", M5), bars=bars, venue="SIMULATED")


async def test_what_is_as_the_venue_has_it_passes() -> None:
    """The number of bars and the stretch are said."""
    found = await verified()
    found.check()
    assert found.render("table") == (
        "BTCUSDT 5m: 20 bars from 2025-11-23 07:25:00 UTC to 2025-11-23 09:00:00 UTC compared, 0 differ\n"
    )


async def test_a_bar_that_differs_is_shown_with_both_values() -> None:
    """In every format, and the program ends with a status of its own."""
    found = await verified(corrected_ms=HEAD_MS - M5.ms)
    held = make_series(bars=2).field("close")[0]
    with pytest.raises(CandlesDiffer, match="1 of 20 bars"):
        found.check()
    assert "2025-11-23 08:55:00 UTC" in found.render("table")
    assert found.render("csv").splitlines()[1] == f"SIMULATED,BTCUSDT,5m,{HEAD_MS - M5.ms},close,{held},7.5"
    document = msgspec.json.decode(found.render("json"))
    assert document["mismatches"] == [{"open_time_ms": HEAD_MS - M5.ms, "fields": {"close": [held, 7.5]}}]
    assert (document["venue"], document["bars"]) == ("SIMULATED", 20)


async def test_only_so_many_bars_are_compared() -> None:
    """The newest that are held."""
    assert (await verified(bars=5, corrected_ms=HEAD_MS - 10 * M5.ms)).mismatches == []


async def test_nothing_held_is_nothing_wrong() -> None:
    """It is said, and nothing is asked for."""
    clock = ManualClock(NOW_MS)
    source = MemorySource(clock)
    series = "XUSDT", M5
    found = await verify(CandleStore(64), DataService(source, clock=clock), clock, series, bars=9, venue="SIMULATED")
    found.check()
    assert "nothing is held on disk" in found.render("table")
    assert source.requests == []
