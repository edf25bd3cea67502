"""A whole market that a program has been told of before: it finds the candles on disk, and goes on from there.

So a scenario of 530 contracts begins with one request instead of 3,180, and every bar can be compared with the venue.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from eliteflow.config import RestSettings, SchedulerSettings, Settings, StrategySettings, StreamSettings
from eliteflow.emulator.bars import TRADES
from eliteflow.emulator.intervals import BASE_MS
from eliteflow.emulator.opening import GENERATED
from eliteflow.model.timeframe import Timeframe
from eliteflow.model.venue import SIMULATED
from eliteflow.pipeline.candle_views import BarChange, SeriesChange
from eliteflow.pipeline.disk.disk_file import DiskFile
from tests.scenarios.live_world import PUSHES, START_MS, LiveWorld, Program
from tests.scenarios.venue_truth import TIMEFRAMES, VenueTruth

CONTRACTS = 530


class KnownMarket(LiveWorld):
    """530 contracts, and a file with the newest 499 bars of each series, as a program that ended just now left it.

    symbols: those that trade. stream: how the program streams. market, start_ms: as in `LiveWorld`.
    """

    def __init__(
        self,
        folder: Path,
        scenario: str = PUSHES,
        *,
        stream: StreamSettings | None = None,
        market: str = GENERATED,
        start_ms: int = START_MS,
    ) -> None:
        settings = Settings(
            rest=RestSettings(state_dir=str(folder)),
            scheduler=SchedulerSettings(batch_size=64),
            strategy=StrategySettings(names=()),
            stream=stream or StreamSettings(stale_s=75),  # longer than the pause between two pushes
        )
        contracts = CONTRACTS if market == GENERATED else None
        super().__init__(folder, scenario, symbols=contracts, settings=settings, market=market, start_ms=start_ms)
        instruments = [instrument for instrument in self.venue.market.instruments if instrument.is_usdt_perpetual]
        self.symbols = [i.symbol for i in instruments if i.onboard_date <= start_ms]
        assert len(self.symbols) == CONTRACTS
        self._path = folder / "venue.sqlite"
        self._truth = VenueTruth(self.venue.market)
        self._truth.advance(start_ms)
        file = DiskFile(self._path, SIMULATED, settings.data.capacity_bars)
        file.write([self._truth.series(timeframe, symbol) for timeframe in TIMEFRAMES for symbol in self.symbols])
        file.close()

    @asynccontextmanager
    async def cycling(self) -> AsyncIterator[Program]:
        """Start the program from the disk, with a cycle at every close, and stop it at the end."""
        async with self.running(self._path) as program:
            cycles = asyncio.create_task(program.scheduler.run())
            await self.pass_until(self.clock.now_ms() + 5_000)
            assert (program.report.succeeded, program.report.requests) == (CONTRACTS, 1)
            yield program
            cycles.cancel()
            await asyncio.wait([cycles])

    def differences(self, program: Program, closed_for_ms: int = 0) -> list[str]:
        """Return every series in memory of which a bar lacks or is not the venue's own.

        closed_for_ms: how long ago the newest bars that are looked at closed at least.
        """
        self._truth.advance(self.clock.now_ms() - closed_for_ms)
        store = program.pipeline.store
        return [found for timeframe in TIMEFRAMES for found in self._truth.differences(timeframe, self.symbols, store)]

    def quiet(self, boundary_ms: int) -> list[str]:
        """Return the symbols that nobody traded in the 5m bar that ended at the boundary."""
        rows = [self.venue.market.rows[symbol] for symbol in self.symbols]
        trades = self.venue.market.base.of_many(rows, boundary_ms // BASE_MS - 1, 1)[TRADES, :, 0]
        return [symbol for symbol, count in zip(self.symbols, trades.tolist(), strict=True) if count == 0]


class FinalBars:
    """A StoreObserver that notes when each bar became final."""

    def __init__(self, world: KnownMarket, program: Program) -> None:
        self._symbols = world.symbols
        self._clock = world.clock
        self._at_ms: dict[tuple[Timeframe, str, int], int] = {}
        program.pipeline.store.observers.append(self)

    def series_changed(self, change: SeriesChange) -> None:
        """Note the bars of an answer of REST."""
        for open_ms in change.added_ms.tolist():
            self._at_ms.setdefault((change.timeframe, change.symbol, open_ms), self._clock.now_ms())

    def bar_changed(self, change: BarChange) -> None:
        """Note a bar of many symbols."""
        for symbol in change.added:
            self._at_ms.setdefault((change.timeframe, symbol, change.open_time_ms), self._clock.now_ms())

    def lacking(self, boundary_ms: int, after_ms: int) -> list[tuple[Timeframe, str]]:
        """Return the series of which the bar that ended at the boundary was not final so long after it."""
        until_ms = boundary_ms + after_ms
        return [
            (timeframe, symbol)
            for timeframe in closing(boundary_ms)
            for symbol in self._symbols
            if self._at_ms.get((timeframe, symbol, boundary_ms - timeframe.ms), until_ms + 1) > until_ms
        ]

    def share_final(self, boundary_ms: int, after_ms: int) -> float:
        """Return which share of the bars that ended at the boundary was final so long after it, 0 to 1."""
        bars = len(self._symbols) * len(closing(boundary_ms))
        return 1 - len(self.lacking(boundary_ms, after_ms)) / bars


def closing(boundary_ms: int) -> list[Timeframe]:
    """Return the timeframes of which a bar ends at the boundary."""
    return [timeframe for timeframe in TIMEFRAMES if boundary_ms % timeframe.ms == 0]
