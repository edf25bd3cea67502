"""Cycles over a market: what they fetch, analyse, report, and survive."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from eliteflow import messages
from eliteflow.analysis.market_bar import History, MarketBar
from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.analysis.signal_outcome import Ending
from eliteflow.config import DataSettings, EngineSettings, SchedulerSettings, Settings, UniverseSettings
from eliteflow.errors import EliteflowError, ExchangeUnreachable, RestrictedLocation, UnknownSymbol
from eliteflow.model.breaker import BreakerSnapshot, Circuit
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.data_service import DataService
from eliteflow.pipeline.result import Refresh
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.scheduler.cycle import CycleOutcome
from eliteflow.scheduler.detached_threads import AtOnce
from eliteflow.scheduler.patience import Patience
from eliteflow.scheduler.signal_follower import SignalFollower
from eliteflow.scheduler.signal_ledger import SignalLedger
from eliteflow.scheduler.unified_scheduler import PREPARE_MS, UnifiedScheduler
from eliteflow.telemetry import log
from eliteflow.testing.series import make_series
from tests.unit.scheduler.market_client import NOW_MS, FakeMarket
from tests.unit.scheduler.strategies import Eager

M5 = Timeframe.M5
NAMES = [f"C{number:02}USDT" for number in range(10)]
SETTINGS = Settings(scheduler=SchedulerSettings(batch_size=4, trigger="interval", interval_s=5.0))


@pytest.fixture(autouse=True)
def standard_logging() -> Iterator[None]:
    """Records reach the root logger, as in an application with logging of its own."""
    logger = logging.getLogger(log.ROOT)
    logger.handlers[:], logger.propagate = [], True
    logger.setLevel(logging.INFO)
    yield
    logger.setLevel(logging.NOTSET)


def scheduler_over(market: FakeMarket, settings: Settings = SETTINGS) -> UnifiedScheduler:
    """A scheduler with all parts real but the venue."""
    return UnifiedScheduler(settings, market, DataService(market, clock=market.clock), strategy_executor=AtOnce())


def outcome_of(scheduler: UnifiedScheduler) -> CycleOutcome:
    """What the last cycle produced."""
    assert scheduler.last_outcome is not None
    return scheduler.last_outcome


async def test_a_cycle_fetches_analyses_and_ranks_every_symbol() -> None:
    """Each symbol stands in one row, the strongest trend first, and the report adds up."""
    market = FakeMarket(*NAMES)
    scheduler = scheduler_over(market)
    report = await scheduler.run_cycle()
    rows = outcome_of(scheduler).rows
    assert sorted(row.symbol for row in rows) == NAMES
    assert [row.strength for row in rows] == sorted((row.strength for row in rows), reverse=True)
    assert (report.symbols, report.succeeded, report.failed) == (10, 10, 0)
    assert report.requests == len(market.requests) == 30
    assert (report.as_of_ms, report.venue, report.cycle) == (NOW_MS, "SIMULATED", 1)
    assert {timeframe.value: len(found.symbols) for timeframe, found in scheduler.indicators.items()} == {
        "1h": 10,
        "15m": 10,
        "5m": 10,
    }


async def test_a_second_cycle_in_the_same_bar_sends_nothing() -> None:
    """Everything is answered from memory, and the table is the same."""
    market = FakeMarket(*NAMES)
    scheduler = scheduler_over(market)
    await scheduler.run_cycle()
    first_rows, sent = outcome_of(scheduler).rows, len(market.requests)
    report = await scheduler.run_cycle()
    assert len(market.requests) == sent
    assert (report.requests, report.l1_hits, report.cache_hit_rate, report.data_s) == (0, 30, 1.0, 0.0)
    assert outcome_of(scheduler).rows == first_rows


async def test_one_failed_symbol_hurts_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """It is named with its reason, in the result and in one line of the log."""
    market = FakeMarket(*NAMES)
    market.faults["C03USDT"] = ExchangeUnreachable("venue", "timed out after 10 s")
    scheduler = scheduler_over(market)
    report = await scheduler.run_cycle()
    assert (report.succeeded, report.failed) == (9, 1)
    assert isinstance(outcome_of(scheduler).errors["C03USDT"], ExchangeUnreachable)
    assert report.batch_success_rate == pytest.approx(2 / 3)
    assert "symbols failed: 1 (ExchangeUnreachable × 1: C03USDT)" in caplog.text


async def test_a_contract_without_a_closed_bar_is_named_and_has_not_failed() -> None:
    """Listed moments ago: it has no row, and the outcome says why."""
    market = FakeMarket(*NAMES)
    market.listed_ms["C03USDT"] = NOW_MS + Timeframe.H1.ms
    scheduler = scheduler_over(market)
    report = await scheduler.run_cycle()
    outcome = outcome_of(scheduler)
    assert (report.succeeded, report.failed, len(outcome.rows)) == (10, 0, 9)
    assert outcome.without_bars == ("C03USDT",)


async def test_a_failed_symbol_is_in_the_snapshot() -> None:
    """With its reason, for whoever asks a program that runs; it is not called a contract without bars."""
    market = FakeMarket(*NAMES)
    market.faults["C03USDT"] = ExchangeUnreachable("venue", "timed out after 10 s")
    scheduler = scheduler_over(market)
    await scheduler.run_cycle()
    assert [(one.symbol, one.kind) for one in scheduler.snapshot().failures] == [("C03USDT", "ExchangeUnreachable")]
    assert outcome_of(scheduler).without_bars == ()


class BrokenPipeline(UnifiedDataPipeline):
    """A pooled path that breaks for every batch with a certain symbol."""

    async def refresh(self, symbols: object, *arguments: object, **options: object) -> Refresh:
        """Break, or work."""
        assert isinstance(symbols, tuple)
        if "C05USDT" in symbols:
            raise RuntimeError("the pool is gone")
        return await super().refresh(symbols, *arguments, **options)  # type: ignore[arg-type]  # passed on as they came


async def test_a_batch_whose_pooled_path_breaks_is_completed_one_by_one_and_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """DataService takes over for that batch; the report is marked degraded."""
    market = FakeMarket(*NAMES)
    service = DataService(market, clock=market.clock)
    pipeline = BrokenPipeline(market, clock=market.clock)
    scheduler = UnifiedScheduler(SETTINGS, market, service, data_pipeline=pipeline)
    report = await scheduler.run_cycle()
    assert (report.degraded, scheduler.snapshot().has_fallen_back) == (True, True)
    assert (report.succeeded, report.failed) == (10, 0)
    assert (
        "batch 2: the pooled path broke (RuntimeError('the pool is gone')); 4 symbols fetched one by one" in caplog.text
    )


async def test_a_symbol_that_does_not_trade_is_named_with_the_nearest_one() -> None:
    """A misspelt name among good ones fails alone."""
    settings = Settings(universe=UniverseSettings(include=("C01USDT", "C1USDT")))
    scheduler = scheduler_over(FakeMarket(*NAMES), settings)
    report = await scheduler.run_cycle()
    error = outcome_of(scheduler).errors["C1USDT"]
    assert (report.symbols, report.succeeded, report.failed) == (2, 1, 1)
    assert isinstance(error, UnknownSymbol)
    assert error.nearest in NAMES


async def test_a_cycle_without_any_trading_symbol_is_refused() -> None:
    """When every name is wrong there is nothing to report."""
    scheduler = scheduler_over(FakeMarket(*NAMES), Settings(universe=UniverseSettings(include=("WRONG",))))
    with pytest.raises(UnknownSymbol, match="'WRONG' is not a trading perpetual"):
        await scheduler.run_cycle()


async def test_the_top_symbols_are_those_with_the_largest_turnover() -> None:
    """`universe.top` looks at the venue's 24-hour statistics."""
    scheduler = scheduler_over(FakeMarket(*NAMES), Settings(universe=UniverseSettings(top=3)))
    await scheduler.run_cycle()
    assert sorted(row.symbol for row in outcome_of(scheduler).rows) == NAMES[:3]


async def test_the_lines_users_know_appear_in_chinese(caplog: pytest.LogCaptureFixture) -> None:
    """Data, batch and progress of every batch, from the class that does the work."""
    messages.set_language("zh-CN")
    await scheduler_over(FakeMarket(*NAMES[:4])).run_cycle()
    lines = {(name.removeprefix("eliteflow."), line) for name, _, line in caplog.record_tuples}
    assert ("UnifiedDataPipeline", "✅ UnifiedDataPipeline已初始化（批量并行数据获取）") in lines
    assert (
        "UnifiedDataPipeline",
        "✅ 批量数据获取完成: 4个symbols | 成功4 | 失败0 | 耗时0.00秒 | 平均0.0ms/symbol",
    ) in lines
    assert ("UnifiedScheduler", "⏱️  批次 1: 4个symbols数据获取完成，耗时0.00秒") in lines
    assert ("UnifiedScheduler", "⏱️  進度: 4/4 | 已分析=4 | 平均分析=0.0ms | 平均數據=0.0ms") in lines
    assert any("[模拟行情]" in line for _, line in lines)


async def test_an_open_breaker_stands_in_log_and_report(caplog: pytest.LogCaptureFixture) -> None:
    """The sentence users know, in every cycle while it is open, and the fields for programs."""
    messages.set_language("zh-CN")
    market = FakeMarket(*NAMES)
    market.breaker = BreakerSnapshot("fapi.binance.com", Circuit.OPEN, 59.6)
    report = await scheduler_over(market).run_cycle()
    assert (report.breaker, report.breaker_retry_after_s) == ("open", 59.6)
    assert "熔断器恢复中，60秒后重试（fapi.binance.com）" in [record.getMessage() for record in caplog.records]
    caplog.clear()
    market.breaker = BreakerSnapshot("fapi.binance.com", Circuit.HALF_OPEN, 0.0)
    assert (await scheduler_over(market).run_cycle()).breaker == "half_open"
    assert "熔断器" not in caplog.text


async def test_cycles_start_exactly_one_interval_apart() -> None:
    """Whatever a cycle takes, the grid of starts does not drift."""
    market = FakeMarket(*NAMES[:2])
    await scheduler_over(market).run(3)
    assert market.manual_clock.slept_until_ms == [NOW_MS + 5_000, NOW_MS + 10_000]


async def test_a_list_of_contracts_that_cannot_be_read_again_costs_no_cycle(caplog: pytest.LogCaptureFixture) -> None:
    """The one that is known is used, and said to be."""
    market = FakeMarket(*NAMES[:2])
    settings = Settings(universe=UniverseSettings(refresh_s=10), scheduler=SETTINGS.scheduler)
    scheduler = scheduler_over(market, settings)
    await scheduler.run_cycle()
    market.breaks = ExchangeUnreachable("venue", "connection refused")
    market.manual_clock.advance(10)
    report = await scheduler.run_cycle()
    assert report.succeeded == 2
    assert "cannot be read; the 2 symbols known go on: venue cannot be reached: connection refused" in caplog.text
    market.breaks, market.symbols = None, NAMES[1:3]
    await scheduler.run_cycle()
    assert "listed C02USDT, delisted C00USDT" in caplog.text


async def test_a_cycle_follows_each_close() -> None:
    """By default the first cycle runs at once, the others when a bar of the shortest timeframe has become final."""
    market = FakeMarket(*NAMES[:2])
    await scheduler_over(market, Settings()).run(3)
    close_ms = NOW_MS - NOW_MS % Timeframe.M5.ms + Timeframe.M5.ms
    wanted = [start_ms + after_ms for start_ms in (close_ms, close_ms + M5.ms) for after_ms in (-PREPARE_MS, 0, 2_000)]
    assert market.manual_clock.slept_until_ms == wanted


async def test_what_waiting_cannot_heal_ends_the_run() -> None:
    """A restricted location is not asked again and again."""
    market = FakeMarket(*NAMES[:2])
    market.breaks = RestrictedLocation("venue")
    with pytest.raises(RestrictedLocation):
        await scheduler_over(market).run()


async def test_what_came_between_cycles_is_taken_in_before_the_next_close() -> None:
    """Engine and trends open deepened series while nobody waits; the cycle at the close takes one bar more."""
    market = FakeMarket(*NAMES[:2])
    scheduler = scheduler_over(market, Settings())
    opened: list[tuple[str, ...]] = []
    update = scheduler.engine.update

    def watched(market: MarketBar | Panel, history: History | None = None) -> MarketIndicators:
        found = update(market, history)
        opened.append(found.opened)
        return found

    scheduler.engine.update = watched  # type: ignore[method-assign]  # looked over the shoulder
    await scheduler.run_cycle()
    deeper = make_series(NAMES[0], "5m", bars=300, head_ms=M5.newest_closed_ms(NOW_MS))
    scheduler.data_pipeline.absorb(NAMES[0], "5m", deeper)
    start_ms = M5.open_time_ms(NOW_MS) + M5.ms
    opened.clear()
    before = scheduler.trend_monitor.trends
    await scheduler._prepare(start_ms)
    assert opened == [(NAMES[0],)]
    after = scheduler.trend_monitor.trends
    assert [timeframe for timeframe, trends in after.items() if trends is not before[timeframe]] == [M5]
    assert market.clock.now_ms() == start_ms - PREPARE_MS


async def test_contracts_are_read_anew_before_a_close_not_in_its_cycle() -> None:
    """With the past of what was listed: the cycle asks for nothing but the bars that have just closed."""
    market = FakeMarket(*NAMES[:2])
    scheduler = scheduler_over(market, Settings(universe=UniverseSettings(refresh_s=180)))
    await scheduler.run_cycle()
    market.symbols = NAMES[1:3]
    start_ms = M5.open_time_ms(NOW_MS) + M5.ms
    await scheduler._prepare(start_ms)
    assert market.times_synchronised == 1
    market.breaks = ExchangeUnreachable("venue", "connection refused")
    market.manual_clock.advance(PREPARE_MS / 1000 + 2)
    asked = market.spend().requests
    report = await scheduler.run_cycle()
    assert (report.symbols, report.succeeded) == (2, 2)
    assert [row.symbol for row in sorted(outcome_of(scheduler).rows)] == NAMES[1:3]
    assert market.spend().requests - asked == len(["5m"]) * 2
    assert market.times_synchronised == 1


async def test_contracts_that_cannot_be_read_before_a_close_are_asked_for_in_its_cycle() -> None:
    """A place the venue refuses to serve is met, and told, there."""
    market = FakeMarket(*NAMES[:2])
    scheduler = scheduler_over(market, Settings(universe=UniverseSettings(refresh_s=180)))
    await scheduler.run_cycle()
    market.breaks = RestrictedLocation("venue")
    await scheduler._prepare(M5.open_time_ms(NOW_MS) + M5.ms)
    market.manual_clock.advance(PREPARE_MS / 1000)
    with pytest.raises(RestrictedLocation):
        await scheduler.run_cycle()


async def test_with_patience_no_refusal_ends_the_run(caplog: pytest.LogCaptureFixture) -> None:
    """Restricted, away, then there: the cycles that could not be are counted, the others follow."""
    market = FakeMarket(*NAMES[:2])
    scheduler = scheduler_over(market)
    refusals: list[Exception | None] = [RestrictedLocation("venue"), ExchangeUnreachable("venue", "reset"), None]

    class Venue(Patience):
        """Changes its mind while it is waited for."""

        async def wait(self, error: EliteflowError) -> None:
            """Wait, then find the venue otherwise."""
            await super().wait(error)
            market.breaks = refusals.pop(0)

    market.breaks = refusals.pop(0)
    await scheduler.run(3, patience=Venue(market.clock))
    seen = scheduler.snapshot()
    assert (seen.started, seen.failed) == (3, 2)
    assert outcome_of(scheduler).report.succeeded == 2
    assert "nothing can be fetched; next attempt in 5 s" in caplog.text


async def test_a_paused_scheduler_begins_no_cycle_until_it_is_resumed() -> None:
    """Whoever pauses twice resumes once."""
    market = FakeMarket(*NAMES[:2])
    scheduler = scheduler_over(market)
    scheduler.pause()
    scheduler.pause()
    run = asyncio.create_task(scheduler.run(1))
    for _ in range(5):
        await asyncio.sleep(0)
    assert (scheduler.is_paused, scheduler.snapshot().started) == (True, 0)
    scheduler.resume()
    await run
    assert scheduler.snapshot().started == 1


async def test_the_universe_and_the_time_are_read_again_after_the_refresh_interval(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A listing is found, said once, and watched."""
    market = FakeMarket(*NAMES[:2])
    settings = Settings(universe=UniverseSettings(refresh_s=10), scheduler=SETTINGS.scheduler)
    scheduler = scheduler_over(market, settings)
    await scheduler.run_cycle()
    market.symbols = NAMES[1:3]
    market.manual_clock.advance(10)
    report = await scheduler.run_cycle()
    assert report.succeeded == 2
    assert market.times_synchronised == 1
    assert "universe: 2 symbols, listed C02USDT, delisted C00USDT" in caplog.text


async def test_strategies_see_the_whole_market_after_it_was_ranked(caplog: pytest.LogCaptureFixture) -> None:
    """Their signals and funnels stand in the outcome; a second cycle in the same bar counts none of them again."""
    market = FakeMarket(*NAMES)
    market.faults["C03USDT"] = ExchangeUnreachable("venue", "timed out after 10 s")
    service = DataService(market, clock=market.clock)
    scheduler = UnifiedScheduler(SETTINGS, market, service, strategies=[Eager()], strategy_executor=AtOnce())
    reports = [await scheduler.run_cycle() for _ in range(2)]
    outcome = outcome_of(scheduler)
    assert [report.signals for report in reports] == [9, 0]
    assert [signal.symbol for signal in outcome.signals] == [name for name in NAMES if name != "C03USDT"]
    assert outcome.funnels["eager"] == (10, 9, 9, 9, 9, 9, 9)
    assert caplog.text.count("9 new signals: C00USDT LONG") == 1
    assert "because eager: newest bar of 5m" in caplog.text
    assert not any(report.degraded for report in reports)


async def test_a_restart_takes_no_signal_of_the_same_bar_for_a_new_one(tmp_path: Path) -> None:
    """The ledger knows what was told, and follows it over the bars that closed since."""
    market = FakeMarket(*NAMES[:3])
    reports, ended = [], []
    for minutes in (0, 0, 5):
        market.manual_clock.advance(minutes * 60)
        service = DataService(market, clock=market.clock)
        pipeline = UnifiedDataPipeline(market, clock=market.clock)
        follower = SignalFollower(pipeline.store, service, expiry_bars=1)
        async with contextlib.aclosing(SignalLedger(tmp_path / "s.sqlite", follower, host="venue")) as ledger:
            scheduler = UnifiedScheduler(
                *(SETTINGS, market, service),
                data_pipeline=pipeline,
                strategies=[Eager()],
                strategy_executor=AtOnce(),
                ledger=ledger,
            )
            reports.append(await scheduler.run_cycle())
            ended.append([one.course.ending for one in outcome_of(scheduler).ended])
    assert [report.signals for report in reports] == [3, 0, 3]
    assert ended == [[], [], [Ending.EXPIRED] * 3]


async def test_a_strategy_that_fails_marks_the_cycle_degraded() -> None:
    """All else is as it was."""
    eager, market = Eager(), FakeMarket(*NAMES[:2])
    eager.raises = ValueError("no idea")
    service = DataService(market, clock=market.clock)
    scheduler = UnifiedScheduler(SETTINGS, market, service, strategies=[eager], strategy_executor=AtOnce())
    report = await scheduler.run_cycle()
    assert (report.succeeded, report.degraded, report.signals) == (2, True, 0)
    assert list(outcome_of(scheduler).judgement.silences) == ["eager"]


async def test_the_built_in_strategy_and_further_indicators_come_from_the_settings() -> None:
    """Fifty bars are too few for converged values, and the funnel says so."""
    settings = Settings(engine=EngineSettings(indicators=("ema_200",)))
    scheduler = scheduler_over(FakeMarket(*NAMES[:2]), settings)
    await scheduler.run_cycle()
    assert outcome_of(scheduler).funnels["trend_pullback"][:2] == (2, 0)
    assert "ema_200" in scheduler.indicators[Timeframe.H1].outputs


async def test_other_timeframes_leave_the_columns_of_the_usual_ones_empty() -> None:
    """A trend of a timeframe that was not chosen is unknown, not flat."""
    scheduler = scheduler_over(FakeMarket("C00USDT"), Settings(data=DataSettings(timeframes=("4h", "5m"))))  # type: ignore[arg-type]  # as the settings file has them
    await scheduler.run_cycle()
    row = outcome_of(scheduler).rows[0]
    assert (row.trend_1h, row.trend_15m, row.adx_1h) == (None, None, None)
    assert row.trend_5m in ("up", "down", "flat")
