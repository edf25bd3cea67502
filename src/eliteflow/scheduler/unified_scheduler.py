"""Startup, main loop and shutdown: one cycle over the whole market after another."""

import asyncio
import contextlib
import itertools
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.analysis.strategy import Strategy, structure_read
from eliteflow.analysis.trend_monitor import TrendMonitor
from eliteflow.clock import Clock
from eliteflow.config import Settings
from eliteflow.errors import EliteflowError
from eliteflow.model.breaker import Circuit
from eliteflow.model.instrument import Instrument
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.data_service import DataService
from eliteflow.pipeline.result import Refresh
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.scheduler.cycle import CycleOutcome, CycleReport, batches
from eliteflow.scheduler.cycle_failures import FailedSymbol, failed_symbols, reasons_told
from eliteflow.scheduler.cycle_pace import CyclePace
from eliteflow.scheduler.cycle_tally import CycleTally
from eliteflow.scheduler.market_analysis import MarketAnalysis
from eliteflow.scheduler.patience import Patience
from eliteflow.scheduler.ports import MarketClient
from eliteflow.scheduler.serial_fallback import fetch_serially
from eliteflow.scheduler.signal_ledger import SignalLedger
from eliteflow.scheduler.signal_telling import ended_signals_told, new_signals_told
from eliteflow.scheduler.strategy_desk import StrategyDesk
from eliteflow.scheduler.strategy_loading import indicator_names, load_strategies
from eliteflow.scheduler.universe import Universe, UniverseReader
from eliteflow.telemetry.log import EventLog

PREPARE_MS, READ_WITHIN_S = 15_000, 10.0
"""How long before a cycle it is prepared, and how long the contracts may take then."""


class CycleObserver(Protocol):
    """Somebody who watches the cycles, as a progress bar does. Its methods return at once."""

    def cycle_started(self, cycle: int, total: int) -> None:
        """Cycle number `cycle` begins over `total` symbols."""

    def batch_finished(self, symbols: int) -> None:
        """A batch of `symbols` has been fetched and analysed."""

    def cycle_finished(self, outcome: CycleOutcome | None) -> None:
        """The cycle is over; without an outcome it failed."""


@dataclass(frozen=True, slots=True)
class SchedulerSnapshot:
    """A scheduler at one instant. started, failed, missed: cycles. last_report: of the last one that was finished.

    failures: the first symbols that failed in it; the report has their number.
    has_fallen_back: whether a batch of the last cycle was completed one by one.
    """

    started: int
    failed: int
    missed: int
    last_report: CycleReport | None
    is_paused: bool = False
    failures: tuple[FailedSymbol, ...] = ()
    has_fallen_back: bool = False


class UnifiedScheduler:
    """Drives one cycle after another: universe → batches → data → indicators → ranked market → report.

    config: the settings. binance_client: a client as `eliteflow.BinanceClient`.
    data_service: finds the universe, and completes a batch whose pooled path breaks.
    strategies: those of `strategy.names` by default. strategy_executor: where they run, by default in
        a thread each. ledger: keeps their signals; opened by the first cycle.
    After a cycle `last_outcome` holds its rows and errors, `indicators` what is known at the newest bars, by timeframe.
    A cycle that overruns is reported and never overlapped.
    Raises ConfigError for a strategy or an indicator that does not exist.
    """

    last_outcome: CycleOutcome | None = None

    def __init__(
        self,
        config: Settings,
        binance_client: MarketClient,
        data_service: DataService,
        *,
        data_pipeline: UnifiedDataPipeline | None = None,
        engine: EliteTechnicalEngine | None = None,
        trend_monitor: TrendMonitor | None = None,
        clock: Clock | None = None,
        observer: CycleObserver | None = None,
        strategies: Sequence[Strategy] | None = None,
        strategy_executor: Executor | None = None,
        ledger: SignalLedger | None = None,
    ) -> None:
        self._settings, self._client, self._data_service = config, binance_client, data_service
        self._observer, self._ledger = observer, ledger
        self._clock = clock or binance_client.clock
        self.data_pipeline = data_pipeline or UnifiedDataPipeline(binance_client, clock=self._clock, settings=config)
        self.engine = engine or EliteTechnicalEngine()
        self.trend_monitor = trend_monitor or TrendMonitor(self.engine)
        chosen = load_strategies(config.strategy.names) if strategies is None else strategies
        self._analysis = _analysis(config, self.data_pipeline, self.trend_monitor, self.engine, chosen)
        self._desk = StrategyDesk(chosen, executor=strategy_executor)
        self._universe = UniverseReader(config.universe, binance_client, data_service, self._clock)
        self._log = EventLog("UnifiedScheduler")
        self._cycles = self._failed = 0
        self._has_fallen_back = False
        self._prepared: tuple[int, Universe | None] = (0, None)
        self._pace = CyclePace(config, self.data_pipeline, self._clock)
        self._resumed = asyncio.Event()
        self._resumed.set()

    @property
    def indicators(self) -> Mapping[Timeframe, MarketIndicators]:
        """What the engine knows at the newest bars, arrays of shape (symbols, 1), by timeframe."""
        return self._analysis.indicators

    async def run(self, cycles: int | None = None, *, patience: Patience | None = None) -> None:
        """Run `cycles` cycles, or until cancelled: the first now, the others as `scheduler.trigger` says.

        By `close` a cycle begins whenever a bar of the shortest timeframe has closed and its candles are final, or are
        named as missing; by `interval` the starts lie exactly `scheduler.interval_s` apart.
        patience: waits out whatever the venue does, and the cycles go on; without it this raises the EliteflowError of
            the first cycle if that one fails, or one that waiting cannot heal.
        Any other failed cycle is logged, and the next one follows.
        """
        start_ms = self._pace.first_start_ms()
        for number in itertools.count(1):
            await self._resumed.wait()
            await self._contained_cycle(is_first=number == 1, patience=patience)
            if number == cycles:
                return
            start_ms = await self._pace.next_start_ms(start_ms, self._prepare)

    def pause(self) -> None:
        """Begin no further cycle until `resume`; candles are kept current meanwhile."""
        if self._resumed.is_set():
            self._resumed.clear()
            self._log.write("run.paused")

    def resume(self) -> None:
        """Go on with the next close, or start of an interval."""
        if not self._resumed.is_set():
            self._resumed.set()
            self._log.write("run.resumed")

    @property
    def is_paused(self) -> bool:
        """Whether cycles are paused."""
        return not self._resumed.is_set()

    async def run_cycle(self) -> CycleReport:
        """Run one cycle and return its report; rows and errors stand in `last_outcome`.

        Raises ExchangeError or CircuitOpen if the universe cannot be read, UnknownSymbol if no symbol asked for trades.
        """
        self._cycles += 1
        self._has_fallen_back = False
        tally = CycleTally(self._cycles, self._clock.steady_s(), self._client.spend())
        universe = self._take_prepared() or await self._contracts(self._clock.now_ms())
        if self._observer:
            self._observer.cycle_started(self._cycles, len(universe.symbols))
        try:
            tally.as_of_ms = self._clock.now_ms()
            tally.degraded = self.data_pipeline.is_degraded
            await self._run_batches(universe.symbols, tally)
            await self._judge(universe.symbols, tally)
            now_s, breaker = self._clock.steady_s(), self._client.breaker_snapshot()
            outcome = tally.outcome(self._client.venue, self._client.spend(), universe.unknown, now_s, breaker=breaker)
        except BaseException:
            if self._observer:
                self._observer.cycle_finished(None)
            raise
        self.last_outcome = outcome
        self._log_outcome(outcome)
        if self._observer:
            self._observer.cycle_finished(outcome)
        return outcome.report

    def snapshot(self) -> SchedulerSnapshot:
        """Return how many cycles there were."""
        report = None if self.last_outcome is None else self.last_outcome.report
        failures = () if self.last_outcome is None else failed_symbols(self.last_outcome.errors)
        counts = self._cycles, self._failed, self._pace.missed
        return SchedulerSnapshot(*counts, report, self.is_paused, failures, self._has_fallen_back)

    async def _contracts(self, at_ms: int) -> Universe:
        """Return what is watched from now on: read anew after news of it, and before it is too old at `at_ms`."""
        if self.data_pipeline.take_contract_news():
            self._universe.expire()
        universe = await self._universe.current(at_ms)
        self.data_pipeline.set_universe(self._data_service.all_symbols)
        self.data_pipeline.watch(self._instruments(universe.symbols))
        return universe

    async def _read_contracts(self, at_ms: int) -> Universe:
        """Return what will be watched at `at_ms`, with the past of what was just listed in memory."""
        before, data = self._universe.symbols, self._settings.data
        universe = await self._contracts(at_ms)
        if listed := [symbol for symbol in universe.symbols if symbol not in before]:
            now_ms = self._clock.now_ms()
            await self.data_pipeline.refresh(listed, data.timeframes, data.limit, as_of_ms=now_ms)
        return universe

    def _take_prepared(self) -> Universe | None:
        """Return the universe that was read for the cycle that begins now, once; None after a pause."""
        (start_ms, universe), self._prepared = self._prepared, (0, None)
        return universe if self._clock.now_ms() - start_ms < PREPARE_MS else None

    def _instruments(self, symbols: Sequence[str]) -> list[Instrument]:
        """Return the contracts of the symbols, as far as the client tells more than their names."""
        known = {instrument.symbol: instrument for instrument in self._data_service.instruments}
        return [known[symbol] for symbol in symbols if symbol in known]

    async def _contained_cycle(self, *, is_first: bool, patience: Patience | None) -> None:
        """Run a cycle whose failure costs only itself, unless somebody has to hear of it."""
        try:
            await self.run_cycle()
            failure = self.last_outcome.failure if self.last_outcome is not None else None
            if failure is not None and not failure.retryable:
                raise failure
        except EliteflowError as error:
            self._fail(str(error))
            if patience is not None:
                await patience.wait(error)
            elif is_first or not error.retryable:
                raise
        except Exception as error:  # a program that watches a market does not end because of one cycle
            if patience is None:
                raise
            self._fail(repr(error))
        else:
            if patience is not None:
                patience.rewarded()

    def _fail(self, reason: str) -> None:
        self._failed += 1
        self._log.write("cycle.failed", cycle=self._cycles, reason=reason)

    async def _prepare(self, start_ms: int) -> None:
        """Shortly before a cycle, let engine, trends and universe take in what came between cycles.

        Opening a series of deeper or corrected history takes far longer than one more bar, and reading the contracts
        five round trips: one more bar of each series is then all that the cycle has to do.
        """
        if self.last_outcome is None or start_ms - self._clock.now_ms() < 2 * PREPARE_MS:
            return
        await self._clock.sleep_until(start_ms - PREPARE_MS)
        with contextlib.suppress(EliteflowError, TimeoutError):  # the cycle then meets, and tells, the same error
            async with asyncio.timeout(READ_WITHIN_S):
                self._prepared = start_ms, await self._read_contracts(start_ms)
        await self._take_in(self._clock.now_ms(), failed=self.last_outcome.errors)

    async def _take_in(self, as_of_ms: int, failed: Collection[str]) -> None:
        parts: dict[Timeframe, list[MarketIndicators]] = {}
        for batch in batches(self._universe.symbols, self._settings.scheduler.batch_size):
            for timeframe, found in self._analysis.take([one for one in batch if one not in failed], as_of_ms).items():
                parts.setdefault(timeframe, []).append(found)
            await asyncio.sleep(0)  # streams go on
        self._analysis.rank(parts, as_of_ms)

    async def _run_batches(self, symbols: Sequence[str], tally: CycleTally) -> None:
        """Fetch all batches at once, through one pool without barriers, and analyse each as soon as it is there."""
        async with asyncio.TaskGroup() as tasks:
            for number, batch in enumerate(batches(symbols, self._settings.scheduler.batch_size), 1):
                tasks.create_task(self._run_batch(number, batch, len(symbols), tally), name=f"batch {number}")

    async def _run_batch(self, number: int, symbols: Sequence[str], total: int, tally: CycleTally) -> None:
        refresh = await self._fetch(number, symbols, tally)
        fetched_s = self._clock.steady_s()
        self._log.write("batch.finished", batch=number, symbols=len(symbols), data_s=refresh.report.data_s)
        complete = [symbol for symbol in symbols if symbol not in refresh.errors]
        indicators = self._analysis.take(complete, tally.as_of_ms)
        tally.add_batch(refresh, indicators, fetched_s=fetched_s, analysis_s=self._clock.steady_s() - fetched_s)
        self._log.write("cycle.progress", total=total, **tally.progress())
        if self._observer:
            self._observer.batch_finished(len(symbols))
        await asyncio.sleep(0)  # let replies that arrived meanwhile be read before the next batch is analysed

    async def _fetch(self, number: int, symbols: Sequence[str], tally: CycleTally) -> Refresh:
        """Bring a batch up to date through the pooled path; where that breaks, one by one through DataService."""
        data = self._settings.data
        try:
            # One late bar must not hold up what the rest of the market says.
            return await self.data_pipeline.refresh(
                symbols, data.timeframes, data.limit, as_of_ms=tally.as_of_ms, leave_late=True
            )
        except Exception as error:  # noqa: BLE001  # whatever breaks the pooled path, the serial one must take over
            tally.degraded = self._has_fallen_back = True
            self._log.write("batch.fallback", batch=number, symbols=len(symbols), reason=repr(error))
            return await fetch_serially(
                self._data_service, self.data_pipeline, symbols, data.timeframes, data.limit, as_of_ms=tally.as_of_ms
            )

    async def _judge(self, symbols: Sequence[str], tally: CycleTally) -> None:
        """Put the batches together to one market, rank it, and show it to every strategy."""
        started_s = self._clock.steady_s()
        tally.rows = self._analysis.rank(tally.indicators, tally.as_of_ms)
        tally.regimes = self._analysis.regimes
        ranked = {row.symbol for row in tally.rows} | tally.errors.keys()
        tally.without_bars = tuple(symbol for symbol in symbols if symbol not in ranked)
        await self._remember_signals()
        tally.judgement = await self._desk.judge(self._analysis.view(symbols, tally.as_of_ms))
        tally.analysis_s += self._clock.steady_s() - started_s
        if self._ledger:
            tally.ended = await self._ledger.keep(tally.judgement.new_signals, tally.as_of_ms, failed=tally.errors)

    async def _remember_signals(self) -> None:
        """Open the ledger once, so that no signal of an earlier run is taken for a new one."""
        if self._ledger and not self._ledger.was_opened:
            await self._ledger.open(self._client.venue)
            self._desk.seen.know(self._ledger.newest_bars)

    def _log_outcome(self, outcome: CycleOutcome) -> None:
        if outcome.errors:
            self._log.write("cycle.failures", count=len(outcome.errors), reasons=reasons_told(outcome.errors))
        breaker = self._client.breaker_snapshot()
        if breaker.circuit is Circuit.OPEN:
            self._log.write("breaker.holding", host=breaker.host, retry_after_s=breaker.retry_after_s)
        self._log.write("cycle.finished", **outcome.report.fields())
        if new := outcome.judgement.new_signals:
            self._log.write("signals.new", **new_signals_told(new))
        if outcome.ended:
            self._log.write("signals.ended", **ended_signals_told(outcome.ended))


def _analysis(
    config: Settings,
    data_pipeline: UnifiedDataPipeline,
    trend_monitor: TrendMonitor,
    engine: EliteTechnicalEngine,
    strategies: Sequence[Strategy],
) -> MarketAnalysis:
    """Return the analysis that settings and strategies ask for; raise ConfigError for an unknown indicator."""
    names = indicator_names(engine, config.engine.indicators, strategies)
    structured = structure_read(strategies)
    return MarketAnalysis(data_pipeline, engine, trend_monitor, config.data.timeframes, names, structured=structured)
