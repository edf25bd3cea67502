"""Hours of signals with a program that is stopped in between: each is told once, and each ends as the bars say."""

import asyncio
import contextlib
from collections import Counter
from pathlib import Path
from types import MappingProxyType

import numpy as np

from eliteflow.analysis.market_view import MarketView
from eliteflow.analysis.signal_outcome import Ending, FollowedSignal, follow
from eliteflow.analysis.verdict import Outcome, Proposal, Step, Verdict
from eliteflow.config import DataSettings, SchedulerSettings, Settings
from eliteflow.model.signal import Signal
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.data_service import DataService
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.scheduler.detached_threads import AtOnce
from eliteflow.scheduler.ledger_file import read_ledger
from eliteflow.scheduler.signal_follower import SignalFollower
from eliteflow.scheduler.signal_ledger import SignalLedger
from eliteflow.scheduler.unified_scheduler import UnifiedScheduler
from tests.scenarios.local_market import LocalMarket

M5 = Timeframe.M5
EXPIRY = 24
SETTINGS = Settings(
    data=DataSettings(timeframes=(M5,)), scheduler=SchedulerSettings(trigger="interval", interval_s=150.0)
)


class Pulse:
    """Bets on each symbol at every seventh bar, up and down in turn, with a narrow stop."""

    name = "pulse"
    reads = MappingProxyType({M5: ("ema_9",)})

    def evaluate(self, market: MarketView) -> Verdict:
        """Decide by the number of the bar alone."""
        close = market.candle(M5, "close")
        number = market.bar_ms(M5) // M5.ms + np.arange(len(close))
        side = np.where(number % 2 == 0, 1.0, -1.0)
        rules = [Outcome(Step.ENTRY, "every seventh bar", (number % 7 == 0) & market.has_bar(M5), {})]
        trade = Proposal(
            M5, side, close, close * (1 - 0.004 * side), close * (1 + 0.007 * side), np.full(len(close), 0.5)
        )
        return Verdict.of(self.name, market, rules, trade)


async def run_program(market: LocalMarket, path: Path, *, cycles: int) -> list[Signal]:
    """Run a program for some cycles and return the signals that it told."""
    client = market.program()
    service = DataService(client)
    pipeline = UnifiedDataPipeline(client, clock=client.clock, settings=SETTINGS, data_service=service)
    follower = SignalFollower(pipeline.store, service, expiry_bars=EXPIRY)
    told: list[Signal] = []
    async with contextlib.aclosing(SignalLedger(path, follower, host="emulator")) as ledger:
        scheduler = UnifiedScheduler(
            *(SETTINGS, client, service),
            data_pipeline=pipeline,
            strategies=[Pulse()],
            strategy_executor=AtOnce(),
            ledger=ledger,
        )
        for number in range(cycles):
            await asyncio.sleep(SETTINGS.scheduler.interval_s if number else 0)  # the first one in the bar of a restart
            await scheduler.run_cycle()
            assert scheduler.last_outcome is not None
            told += scheduler.last_outcome.judgement.new_signals
    return told


async def as_the_bars_say(market: LocalMarket, signal: Signal) -> FollowedSignal:
    """Follow a signal over all of the venue's bars since."""
    start_ms, head_ms = signal.bar_ms + M5.ms, M5.newest_closed_ms(market.clock.now_ms())
    if start_ms > head_ms:
        return FollowedSignal.new(signal)
    series = await market.program().fetch_series(signal.symbol, M5, limit=1_000, start_ms=start_ms, end_ms=head_ms)
    return follow(FollowedSignal.new(signal), series.open_time_ms, series.values, expiry_bars=EXPIRY)


async def test_signals_outlive_a_program_that_was_down_for_hours(tmp_path: Path) -> None:
    """Two hours, a restart at once, ten hours down, two hours more: every signal once, every end right."""
    market, path = LocalMarket(tmp_path), tmp_path / "signals.sqlite"
    told = await run_program(market, path, cycles=48)
    told += await run_program(market, path, cycles=1)
    await asyncio.sleep(10 * 3_600)  # longer than memory is filled for
    told += await run_program(market, path, cycles=48)
    kept = read_ledger(path).signals
    assert set(Counter((one.symbol, one.bar_ms) for one in told).values()) == {1}
    assert [one.signal for one in kept] == sorted(told, key=lambda one: (one.bar_ms, one.symbol))
    newest_ms = max(one.course.followed_ms for one in kept)
    for one in kept:
        expected = await as_the_bars_say(market, one.signal)
        if expected.course.ending is not None and expected.course.followed_ms <= newest_ms:
            assert one == expected
        else:
            assert one.course.ending is None
    endings = Counter(one.course.ending for one in kept)
    assert min(endings[Ending.STOP], endings[Ending.TARGET], endings[Ending.EXPIRED]) > 3
    assert endings[Ending.VOID] == 0
