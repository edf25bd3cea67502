"""Any stretch of the past comes in pages of the best price."""

import numpy as np
import pytest

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.history import Stretch, fetch_stretch, joined
from eliteflow.pipeline.tally import Tally
from eliteflow.testing.memory_source import MemorySource
from eliteflow.testing.series import HEAD_MS, make_series

M5 = Timeframe.M5


@pytest.mark.parametrize(
    ("limit", "pages", "weight"), [(1, [1], 1), (499, [499], 2), (1500, [499, 499, 499, 3], 7), (598, [499, 99], 3)]
)
async def test_pages_go_back_until_the_limit(source: MemorySource, limit: int, pages: list[int], weight: int) -> None:
    """No page costs more than two weights, and the last is as small as need be."""
    tally = Tally()
    series = await fetch_stretch(source, Stretch("BTCUSDT", M5, limit, HEAD_MS), tally)
    np.testing.assert_array_equal(series.values, make_series(bars=limit).values)
    assert [request.limit for request in source.requests] == pages
    assert (tally.requests, tally.weight) == (len(pages), weight)


@pytest.mark.parametrize("bars", [500, 601, 997])
async def test_pages_go_back_until_the_listing(source: MemorySource, bars: int) -> None:
    """A page that is not full is the last one."""
    source.listed_ms["NEWUSDT"] = HEAD_MS - (bars - 1) * M5.ms
    series = await fetch_stretch(source, Stretch("NEWUSDT", M5, 5000, HEAD_MS), Tally())
    assert len(series) == bars
    assert len(source.requests) == 2


async def test_with_a_start_pages_go_forward(source: MemorySource) -> None:
    """Everything from the start to the end, both included."""
    stretch = Stretch("BTCUSDT", M5, None, HEAD_MS, HEAD_MS - 999 * M5.ms)
    series = await fetch_stretch(source, stretch, Tally())
    np.testing.assert_array_equal(series.open_time_ms, make_series(bars=1000).open_time_ms)
    assert [request.limit for request in source.requests] == [499, 499, 2]


async def test_with_a_start_and_a_limit_the_first_bars_come(source: MemorySource) -> None:
    """As the venue has it, also where the start lies before the listing."""
    source.listed_ms["NEWUSDT"] = HEAD_MS - 700 * M5.ms
    stretch = Stretch("NEWUSDT", M5, 600, HEAD_MS, HEAD_MS - 2000 * M5.ms)
    series = await fetch_stretch(source, stretch, Tally())
    assert series.open_time_ms[[0, -1]].tolist() == [HEAD_MS - 700 * M5.ms, HEAD_MS - 101 * M5.ms]


async def test_a_stretch_without_candles_is_empty(source: MemorySource) -> None:
    """A start after the end asks for nothing, a time before the listing finds nothing."""
    source.listed_ms["NEWUSDT"] = HEAD_MS
    assert len(await fetch_stretch(source, Stretch("NEWUSDT", M5, None, HEAD_MS, HEAD_MS + M5.ms), Tally())) == 0
    assert len(await fetch_stretch(source, Stretch("NEWUSDT", M5, 5, HEAD_MS - M5.ms), Tally())) == 0
    assert len(source.requests) == 1


def test_joining_nothing_gives_an_empty_run() -> None:
    """Its arrays have the right shapes."""
    assert joined([]).values.shape == (9, 0)
