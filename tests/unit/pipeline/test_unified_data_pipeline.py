"""The users' calls: shapes, one instant, memory first, and failures that stay where they belong."""

import asyncio
import inspect
import logging

import numpy as np
import pandas as pd
import pytest

from eliteflow.config import DataSettings, Settings
from eliteflow.errors import (
    DataGap,
    EliteflowError,
    ExchangeUnreachable,
    InvalidArgument,
    MalformedPayload,
    StaleData,
    UnknownSymbol,
)
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.telemetry.log import EventMessage
from eliteflow.testing.manual_clock import ManualClock
from eliteflow.testing.memory_source import MemorySource
from eliteflow.testing.series import make_series, make_stored
from tests.unit.pipeline.kept_candles import Kept

M5, M15, H1 = Timeframe.M5, Timeframe.M15, Timeframe.H1
SYMBOLS = [f"COIN{number}USDT" for number in range(64)]


def asked(source: MemorySource) -> list[tuple[str, str, int]]:
    """Return what was asked for so far, and forget it."""
    requests = [(request.symbol, request.timeframe.value, request.limit) for request in source.requests]
    source.requests.clear()
    return requests


async def turns() -> None:
    """Let every task go as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


def head_ms(clock: ManualClock, timeframe: Timeframe = M5) -> int:
    """Return the open time of the newest closed bar."""
    return timeframe.newest_closed_ms(clock.now_ms())


async def test_the_first_call_takes_over_what_the_disk_holds(source: MemorySource, clock: ManualClock) -> None:
    """Whoever hands over a cache need not know how it gets back into memory."""
    kept = Kept([make_stored("BTCUSDT", bars=60, head_ms=head_ms(clock))])
    pipeline = UnifiedDataPipeline(source, cache=kept, clock=clock)
    market = await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"], ["5m"])
    assert (market.report.requests, market.report.l2_hits, len(market["BTCUSDT"]["5m"])) == (0, 1, 50)


def test_the_signatures_are_the_ones_users_know() -> None:
    """Names, order and defaults, as `inspect.signature` shows them."""
    batch = inspect.signature(UnifiedDataPipeline.batch_get_multi_timeframe_data).parameters
    single = inspect.signature(UnifiedDataPipeline.get_multi_timeframe_data).parameters
    assert [str(batch[name]).split(":")[0] for name in batch][:4] == ["self", "symbols", "timeframes", "limit"]
    assert [*single][:4] == ["self", "symbol", "timeframes", "limit"]
    for parameters in (batch, single):
        assert parameters["timeframes"].default == ["1h", "15m", "5m"]
        assert parameters["limit"].default == 50
    assert [*inspect.signature(UnifiedDataPipeline).parameters][:3] == ["binance_client", "websocket_monitor", "cache"]


async def test_a_batch_is_a_dict_of_dicts_of_frames(pipeline: UnifiedDataPipeline, clock: ManualClock) -> None:
    """Upper-case symbols, the timeframes as asked, and the venue's newest closed bars."""
    result = await pipeline.batch_get_multi_timeframe_data(["btcusdt", "ETHUSDT", "BTCUSDT"])
    assert [*result] == ["BTCUSDT", "ETHUSDT"]
    assert [*result["BTCUSDT"]] == ["1h", "15m", "5m"]
    assert {type(key) for key in result["BTCUSDT"]} == {str}
    for name, frame in result["ETHUSDT"].items():
        wanted = make_series("ETHUSDT", name, bars=50, head_ms=head_ms(clock, Timeframe(name)))
        np.testing.assert_array_equal(frame.to_numpy(), wanted.values.T)
        assert frame.index.equals(pd.to_datetime(wanted.open_time_ms, unit="ms", utc=True))


async def test_one_symbol_is_a_dict_of_frames(pipeline: UnifiedDataPipeline) -> None:
    """The single call takes the same path."""
    result = await pipeline.get_multi_timeframe_data("btcusdt", ["15m"], 7)
    assert {name: frame.shape for name, frame in result.items()} == {"15m": (7, 9)}
    assert result.report.symbols == 1


async def test_nothing_asked_for_is_answered_with_nothing(pipeline: UnifiedDataPipeline, source: MemorySource) -> None:
    """An empty list is no mistake."""
    result = await pipeline.batch_get_multi_timeframe_data([])
    assert (result, asked(source), result.report.symbols) == ({}, [], 0)


async def test_a_first_fill_takes_what_one_weight_buys(
    pipeline: UnifiedDataPipeline, source: MemorySource, clock: ManualClock
) -> None:
    """99 rows that end with the last close are 99 closed bars."""
    result = await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"], ["5m"])
    assert source.requests[0].end_ms == head_ms(clock)
    assert asked(source) == [("BTCUSDT", "5m", 99)]
    assert (result.report.requests, result.report.weight) == (1, 1)
    assert pipeline.panel("5m").bars == 99


async def test_a_second_call_before_the_next_close_sends_nothing(
    pipeline: UnifiedDataPipeline, source: MemorySource, clock: ManualClock
) -> None:
    """Memory is valid exactly as long as its newest bar is the newest."""
    await pipeline.batch_get_multi_timeframe_data(SYMBOLS)
    asked(source)
    clock.advance(4 * 60 - 1)
    result = await pipeline.batch_get_multi_timeframe_data(SYMBOLS, limit=99)
    assert asked(source) == []
    assert (result.report.l1_hits, result.report.cache_hit_rate, result.report.data_s) == (192, 1.0, 0.0)
    assert pipeline.get_stats()["cache_hit_rate"] == 0.5


async def test_after_a_close_only_what_is_new_is_fetched(
    pipeline: UnifiedDataPipeline, source: MemorySource, clock: ManualClock
) -> None:
    """One bar of the one timeframe that closed; three after three closes."""
    await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"])
    asked(source)
    clock.advance(5 * 60)
    await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"])
    assert asked(source) == [("BTCUSDT", "5m", 1)]
    clock.advance(15 * 60)
    result = await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"])
    assert sorted(asked(source)) == [("BTCUSDT", "15m", 1), ("BTCUSDT", "5m", 3)]
    wanted = make_series("BTCUSDT", bars=50, head_ms=head_ms(clock))
    np.testing.assert_array_equal(result["BTCUSDT"]["5m"].to_numpy(), wanted.values.T)


async def test_a_hole_in_memory_is_filled(
    pipeline: UnifiedDataPipeline, source: MemorySource, clock: ManualClock
) -> None:
    """From its first bar to its last, and no further."""
    head = head_ms(clock)
    pipeline.absorb("BTCUSDT", "5m", make_series(bars=5, head_ms=head))
    pipeline.absorb("BTCUSDT", "5m", make_series(bars=60, head_ms=head - 8 * M5.ms))
    await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"], ["5m"])
    assert [(request.limit, request.end_ms) for request in source.requests] == [(3, head - 5 * M5.ms)]


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        (UnknownSymbol("COIN7USDT"), UnknownSymbol),
        (ExchangeUnreachable("venue", "answered 500", status=500), ExchangeUnreachable),
        (MalformedPayload("klines $[3]", "not JSON"), MalformedPayload),
        (ExchangeUnreachable("venue", "timed out"), ExchangeUnreachable),
    ],
)
async def test_one_failed_symbol_leaves_the_other_63_complete(
    pipeline: UnifiedDataPipeline, source: MemorySource, fault: Exception, wanted: type[EliteflowError]
) -> None:
    """It alone is empty, and named with its reason."""
    source.faults["COIN7USDT"] = fault
    result = await pipeline.batch_get_multi_timeframe_data(SYMBOLS)
    assert [symbol for symbol, frames in result.items() if not frames] == ["COIN7USDT"]
    assert {len(frame) for frames in result.values() for frame in frames.values()} == {50}
    assert {symbol: type(error) for symbol, error in result.errors.items()} == {"COIN7USDT": wanted}
    assert (result.report.succeeded, result.report.failed) == (63, 1)


async def test_one_failed_timeframe_fails_its_symbol_but_what_came_stays(
    pipeline: UnifiedDataPipeline, source: MemorySource
) -> None:
    """The next call asks for the failed one alone."""
    source.faults["BTCUSDT", "15m"] = ExchangeUnreachable("venue", "timed out")
    assert await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"]) == {"BTCUSDT": {}}
    asked(source)
    source.faults.clear()
    result = await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"])
    assert asked(source) == [("BTCUSDT", "15m", 99)]
    assert len(result["BTCUSDT"]) == 3


async def test_when_all_fail_every_value_is_empty(pipeline: UnifiedDataPipeline, source: MemorySource) -> None:
    """A dead venue raises nothing either."""
    source.faults |= dict.fromkeys(SYMBOLS, ExchangeUnreachable("venue", "timed out"))
    result = await pipeline.batch_get_multi_timeframe_data(SYMBOLS)
    assert result == {symbol: {} for symbol in SYMBOLS}
    assert [*result.errors] == SYMBOLS
    assert pipeline.get_stats()["batch_success_rate"] == 0.0


async def test_errors_are_raised_on_request(pipeline: UnifiedDataPipeline, source: MemorySource) -> None:
    """The first symbol's, with the others as its cause; the rest stays in memory."""
    source.faults |= {"B": ExchangeUnreachable("venue", "timed out"), "C": MalformedPayload("klines", "not JSON")}
    with pytest.raises(ExchangeUnreachable) as caught:
        await pipeline.batch_get_multi_timeframe_data(["A", "B", "C"], raise_errors=True)
    assert isinstance(caught.value.__cause__, ExceptionGroup)
    assert caught.value.__cause__.exceptions == (source.faults["C"],)
    with pytest.raises(ExchangeUnreachable):
        await pipeline.get_multi_timeframe_data("B", raise_errors=True)
    asked(source)
    await pipeline.batch_get_multi_timeframe_data(["A"], raise_errors=True)
    assert asked(source) == []


@pytest.mark.parametrize(
    ("symbols", "timeframes", "limit"),
    [(["A"], ["7m"], 50), (["A"], ["1h"], 0), (["A"], ["1h"], 100_000), ("A", ["1h"], 50), ([1], ["1h"], 50)],
)
async def test_calls_that_no_data_could_answer_raise(
    pipeline: UnifiedDataPipeline, source: MemorySource, symbols: list[str], timeframes: list[str], limit: int
) -> None:
    """Before anything is sent."""
    with pytest.raises(InvalidArgument):
        await pipeline.batch_get_multi_timeframe_data(symbols, timeframes, limit)
    assert asked(source) == []


async def test_a_name_outside_the_universe_costs_no_request(
    pipeline: UnifiedDataPipeline, source: MemorySource
) -> None:
    """It is named with the nearest one that trades."""
    pipeline.set_universe(["BTCUSDT", "ethusdt"])
    result = await pipeline.batch_get_multi_timeframe_data(["BTCUSD", "ETHUSDT"], ["1h"])
    assert asked(source) == [("ETHUSDT", "1h", 99)]
    assert str(result.errors["BTCUSD"]) == "'BTCUSD' is not a trading perpetual; did you mean 'BTCUSDT'?"
    assert result["BTCUSD"] == {}


async def test_without_a_universe_the_venues_refusal_gets_the_nearest_symbol_seen(
    pipeline: UnifiedDataPipeline, source: MemorySource
) -> None:
    """And the unknown name leaves no trace in memory."""
    source.unknown.add("BTCUSD")
    await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"])
    result = await pipeline.batch_get_multi_timeframe_data(["BTCUSD"])
    error = result.errors["BTCUSD"]
    assert isinstance(error, UnknownSymbol)
    assert error.nearest == "BTCUSDT"
    assert pipeline.snapshot().symbols == 1


async def test_a_young_listing_is_a_success_with_fewer_bars(
    pipeline: UnifiedDataPipeline, source: MemorySource, clock: ManualClock
) -> None:
    """It is not asked for again, and one without any closed bar yet has an empty frame."""
    source.listed_ms["NEWUSDT"] = head_ms(clock) - 2 * M5.ms
    result = await pipeline.batch_get_multi_timeframe_data(["NEWUSDT"])
    assert {name: len(frame) for name, frame in result["NEWUSDT"].items()} == {"1h": 0, "15m": 1, "5m": 3}
    assert not result.errors
    asked(source)
    await pipeline.batch_get_multi_timeframe_data(["NEWUSDT"])
    assert asked(source) == []


async def test_a_call_right_after_a_close_waits_until_the_bar_can_be_trusted(
    pipeline: UnifiedDataPipeline, source: MemorySource, clock: ManualClock
) -> None:
    """Only the timeframe that closed waits, until two seconds after the boundary."""
    await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"], ["15m", "5m"])
    asked(source)
    clock.advance(4 * 60 + 0.5)
    boundary_ms = head_ms(clock) + M5.ms
    result = await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"], ["15m", "5m"])
    assert clock.slept_until_ms == [boundary_ms + 2000]
    assert (result.report.waited_s, result.report.as_of_ms) == (1.5, boundary_ms + 500)
    assert asked(source) == [("BTCUSDT", "5m", 1)]
    assert result["BTCUSDT"]["5m"].index[-1].timestamp() * 1000 == boundary_ms - M5.ms


async def test_nobody_waits_for_what_is_in_memory(pipeline: UnifiedDataPipeline, clock: ManualClock) -> None:
    """A second call inside the two seconds answers at once."""
    clock.advance(4 * 60 + 0.5)
    await pipeline.refresh(["BTCUSDT"])
    clock.advance(-1)
    result = await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"])
    assert (result.report.waited_s, result.report.requests) == (0.0, 0)
    assert len(clock.slept_until_ms) == 1


async def test_a_bar_that_the_venue_has_not_yet_makes_the_symbol_stale(
    pipeline: UnifiedDataPipeline, source: MemorySource, clock: ManualClock
) -> None:
    """It is asked for again by the next call."""
    source.silent_ms = head_ms(clock)
    result = await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"], ["5m"])
    assert isinstance(result.errors["BTCUSDT"], StaleData)
    source.silent_ms = None
    asked(source)
    assert len((await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"], ["5m"]))["BTCUSDT"]["5m"]) == 50
    assert asked(source) == [("BTCUSDT", "5m", 1)]


async def test_a_hole_at_the_venue_is_a_gap(
    pipeline: UnifiedDataPipeline, source: MemorySource, clock: ManualClock
) -> None:
    """A frame with a missing bar is never handed out as whole."""
    source.missing_ms = {head_ms(clock) - 10 * M5.ms}
    result = await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"], ["5m"])
    error = result.errors["BTCUSDT"]
    assert isinstance(error, DataGap)
    assert (error.missing, error.first_missing_ms) == (1, head_ms(clock) - 10 * M5.ms)


async def test_all_requests_of_a_call_flow_at_once(pipeline: UnifiedDataPipeline, source: MemorySource) -> None:
    """No batch waits for another; how many are really sent at a time is the client's business."""
    source.gate = asyncio.Event()
    call = asyncio.create_task(pipeline.batch_get_multi_timeframe_data(SYMBOLS))
    await turns()
    assert len(source.requests) == 192
    assert pipeline.snapshot().under_way == 192
    source.gate.set()
    assert len((await call).errors) == 0


async def test_two_calls_at_once_share_their_requests(pipeline: UnifiedDataPipeline, source: MemorySource) -> None:
    """What one is fetching the other waits for."""
    source.gate = asyncio.Event()
    calls = [asyncio.create_task(pipeline.batch_get_multi_timeframe_data(SYMBOLS)) for _ in range(2)]
    await turns()
    source.gate.set()
    first, second = await asyncio.gather(*calls)
    assert len(source.requests) == 192
    assert (first.report.requests, second.report.requests) == (192, 0)
    assert second["COIN3USDT"]["5m"].equals(first["COIN3USDT"]["5m"])


async def test_a_cancelled_call_leaves_nothing_behind(pipeline: UnifiedDataPipeline, source: MemorySource) -> None:
    """No task goes on, and the next call works."""
    source.gate = asyncio.Event()
    call = asyncio.create_task(pipeline.batch_get_multi_timeframe_data(SYMBOLS))
    await turns()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert pipeline.snapshot().under_way == 0
    source.gate.set()
    assert not (await pipeline.batch_get_multi_timeframe_data(SYMBOLS)).errors


async def test_the_bar_in_progress_is_fetched_at_each_call(
    pipeline: UnifiedDataPipeline, source: MemorySource, clock: ManualClock
) -> None:
    """It is the last of the rows, marked, and costs one request a series."""
    await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"], ["5m"])
    asked(source)
    for _ in range(2):
        result = await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"], ["5m"], 10, include_forming=True)
        frame = result["BTCUSDT"]["5m"]
        assert asked(source) == [("BTCUSDT", "5m", 1)]
        assert frame["closed"].tolist() == [1.0] * 9 + [0.0]
        assert frame.index[-1].timestamp() * 1000 == head_ms(clock) + M5.ms
        clock.advance(1)
    assert "closed" not in (await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"], ["5m"]))["BTCUSDT"]["5m"]


async def test_a_first_fill_with_the_bar_in_progress_is_one_request(source: MemorySource) -> None:
    """98 closed bars and it are 99 rows; the constructor and the settings can ask for it in every call."""
    settings = Settings(data=DataSettings(include_forming=True))
    for pipeline in (UnifiedDataPipeline(source, include_forming=True), UnifiedDataPipeline(source, settings=settings)):
        result = await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"], ["5m"])
        assert asked(source) == [("BTCUSDT", "5m", 99)]
        assert len(result["BTCUSDT"]["5m"]) == 50
        plain = await pipeline.get_multi_timeframe_data("BTCUSDT", ["5m"], include_forming=False)
        assert "closed" not in plain["5m"]
        assert asked(source) == []


async def test_where_the_venue_has_no_bar_in_progress_all_rows_are_closed(
    pipeline: UnifiedDataPipeline, source: MemorySource, clock: ManualClock
) -> None:
    """There is none rather than a made-up one."""
    source.silent_ms = head_ms(clock) + M5.ms
    frame = (await pipeline.get_multi_timeframe_data("BTCUSDT", ["5m"], 10, include_forming=True))["5m"]
    assert frame["closed"].tolist() == [1.0] * 10


@pytest.mark.parametrize("include_forming", [False, True])
async def test_more_bars_than_memory_holds_are_paged(
    pipeline: UnifiedDataPipeline, source: MemorySource, clock: ManualClock, include_forming: bool
) -> None:
    """1,500 rows, newest last, a failure named like any other."""
    source.faults["BADUSDT"] = ExchangeUnreachable("venue", "timed out")
    result = await pipeline.batch_get_multi_timeframe_data(
        ["BTCUSDT", "BADUSDT"], ["5m"], 1500, include_forming=include_forming
    )
    frame = result["BTCUSDT"]["5m"]
    newest_ms = head_ms(clock) + include_forming * M5.ms
    assert frame.shape == (1500, 9 + include_forming)
    assert frame.index[-1].timestamp() * 1000 == newest_ms
    assert [*result.errors] == ["BADUSDT"]
    assert result["BADUSDT"] == {}
    assert result.report.requests == 5


async def test_paged_history_is_checked_and_waited_for_like_any_other(
    pipeline: UnifiedDataPipeline, source: MemorySource, clock: ManualClock
) -> None:
    """Right after a close it waits, and a hole fails the symbol."""
    clock.advance(4 * 60 + 1)
    source.missing_ms = {head_ms(clock) - 700 * M5.ms}
    result = await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"], ["5m"], 1000)
    assert isinstance(result.errors["BTCUSDT"], DataGap)
    assert result.report.waited_s == 1.0


async def test_a_cycle_of_several_calls_has_one_instant(pipeline: UnifiedDataPipeline, clock: ManualClock) -> None:
    """A boundary between two batches does not tear the market apart."""
    as_of_ms = clock.now_ms()
    await pipeline.refresh(SYMBOLS[:32], as_of_ms=as_of_ms)
    clock.advance(5 * 60)
    await pipeline.refresh(SYMBOLS[32:], as_of_ms=as_of_ms)
    panel = pipeline.panel("5m", SYMBOLS, as_of_ms=as_of_ms)
    assert panel.symbols == tuple(SYMBOLS)
    assert panel.open_time_ms[-1] == M5.newest_closed_ms(as_of_ms)


async def test_a_panel_is_of_the_latest_calls_instant(pipeline: UnifiedDataPipeline, clock: ManualClock) -> None:
    """Time that passes after the call takes nothing away; symbols that failed are left out."""
    await pipeline.refresh(["BTCUSDT", "ETHUSDT"], ["5m"])
    wanted_ms = head_ms(clock)
    clock.advance(5 * 60)
    panel = pipeline.panel("5m", bars=20)
    assert (panel.symbols, panel.bars) == (("BTCUSDT", "ETHUSDT"), 20)
    assert panel.open_time_ms[-1] == wanted_ms
    pipeline.set_universe(["ETHUSDT", "SOLUSDT"])
    assert pipeline.panel("5m").symbols == ("ETHUSDT",)


async def test_a_refresh_holds_no_more_than_memory_does(pipeline: UnifiedDataPipeline, source: MemorySource) -> None:
    """A larger limit fills memory and builds no frames."""
    refresh = await pipeline.refresh(["BTCUSDT"], ["5m"], 1500)
    assert asked(source) == [("BTCUSDT", "5m", 512)]
    assert refresh.report.succeeded == 1
    assert not refresh.errors


async def test_absorbed_candles_count_as_known(
    pipeline: UnifiedDataPipeline, source: MemorySource, clock: ManualClock
) -> None:
    """What another path fetched is not fetched again, also where it proves a young listing."""
    pipeline.absorb("btcusdt", "5m", make_series(bars=60, head_ms=head_ms(clock)))
    pipeline.absorb("NEWUSDT", "5m", make_series("NEWUSDT", bars=4, head_ms=head_ms(clock)), rows_asked=99)
    result = await pipeline.batch_get_multi_timeframe_data(["BTCUSDT", "NEWUSDT"], ["5m"])
    assert asked(source) == []
    assert len(result["NEWUSDT"]["5m"]) == 4


async def test_absorbed_candles_that_were_asked_for_too_early_stand_apart(
    pipeline: UnifiedDataPipeline, source: MemorySource, clock: ManualClock
) -> None:
    """The moment of the request decides, not the moment of the answer."""
    series = make_series(bars=60, head_ms=head_ms(clock))
    pipeline.absorb("BTCUSDT", "5m", series, requested_ms=head_ms(clock) + M5.ms + 1_999)
    await pipeline.refresh(["BTCUSDT"], ["5m"])
    assert asked(source) == [("BTCUSDT", "5m", 1)]


async def test_the_last_price_is_the_newest_close_known(pipeline: UnifiedDataPipeline, clock: ManualClock) -> None:
    """None before anything is known."""
    assert pipeline.last_price("BTCUSDT") is None
    await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"])
    assert pipeline.last_price("btcusdt") == make_series("BTCUSDT", bars=1, head_ms=head_ms(clock)).field("close")[0]


async def test_a_revision_of_the_venue_reaches_the_reader(
    pipeline: UnifiedDataPipeline, source: MemorySource, clock: ManualClock
) -> None:
    """When a bar is fetched again, the newer version wins."""
    await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"], ["5m"])
    source.revisions["BTCUSDT", "5m", head_ms(clock)] = 7.0
    clock.advance(1)
    result = await pipeline.get_multi_timeframe_data("BTCUSDT", ["5m"], 200)
    assert result["5m"]["close"].iloc[-1] != 7.0  # only older bars were missing
    pipeline.absorb("BTCUSDT", "5m", await source.fetch_series("BTCUSDT", M5, limit=1, end_ms=head_ms(clock)))
    assert (await pipeline.get_multi_timeframe_data("BTCUSDT", ["5m"]))["5m"]["close"].iloc[-1] == 7.0


async def test_any_client_with_klines_will_do(clock: ManualClock) -> None:
    """Its rows become the same frames, within one weight a series."""
    client = ForeignClient(clock)
    pipeline = UnifiedDataPipeline(client, clock=clock)
    result = await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"], ["5m"])
    wanted = make_series("BTCUSDT", bars=50, head_ms=head_ms(clock))
    np.testing.assert_array_equal(result["BTCUSDT"]["5m"].to_numpy(), wanted.values.T)
    assert client.limits == [99]
    assert result.report.weight == 1


class ForeignClient:
    """A client that knows only raw rows."""

    def __init__(self, clock: ManualClock) -> None:
        self.venue = MemorySource(clock)
        self.limits: list[int] = []

    async def get_klines(self, symbol: str, interval: str, limit: int) -> list[list[object]]:
        """Return the newest rows."""
        self.limits.append(limit)
        series = await self.venue.fetch_series(symbol, Timeframe(interval), limit=limit)
        return [
            [open_ms, *bar[:5], 0, *bar[5:], "0"]
            for open_ms, bar in zip(series.open_time_ms.tolist(), series.values.T.tolist(), strict=True)
        ]


def test_arguments_without_effect_are_refused(source: MemorySource) -> None:
    """They are not ignored silently."""
    with pytest.raises(InvalidArgument, match="websocket_monitor"):
        UnifiedDataPipeline(source, object())  # type: ignore[arg-type]  # the mistake under test
    with pytest.raises(InvalidArgument, match="cache"):
        UnifiedDataPipeline(source, cache={})  # type: ignore[arg-type]  # the mistake under test


async def test_the_log_has_one_line_a_batch(source: MemorySource, caplog: pytest.LogCaptureFixture) -> None:
    """And one when the pipeline is ready; single-symbol calls and empty batches write none."""
    with caplog.at_level(logging.INFO, "eliteflow"):
        pipeline = UnifiedDataPipeline(source)
        await pipeline.batch_get_multi_timeframe_data(["BTCUSDT", "ETHUSDT"])
        await pipeline.batch_get_multi_timeframe_data([])
        await pipeline.get_multi_timeframe_data("BTCUSDT")
    events = [record.msg for record in caplog.records if isinstance(record.msg, EventMessage)]
    assert [event.event for event in events] == ["pipeline.ready", "batch.fetched"]
    assert [*events[1].fields] == ["symbols", "succeeded", "failed", "data_s", "mean_ms"]


async def test_the_snapshot_tells_what_memory_holds(pipeline: UnifiedDataPipeline, clock: ManualClock) -> None:
    """Frozen and cheap."""
    assert pipeline.snapshot().as_of_ms is None
    await pipeline.refresh(SYMBOLS)
    snapshot = pipeline.snapshot()
    assert (snapshot.symbols, snapshot.timeframes, snapshot.capacity_bars) == (64, ("1h", "15m", "5m"), 512)
    assert (snapshot.as_of_ms, snapshot.stats["requests"]) == (clock.now_ms(), 192)


async def test_timeframes_stand_in_the_order_of_the_settings(pipeline: UnifiedDataPipeline) -> None:
    """Whichever came first into memory, as from the disk; one that the settings lack comes last."""
    for timeframe in ("5m", "4h", "15m", "1h"):
        await pipeline.get_multi_timeframe_data("BTCUSDT", [timeframe], 10)
    assert pipeline.snapshot().timeframes == ("1h", "15m", "5m", "4h")
