"""Asks every strategy once a cycle, and keeps their faults from hurting anything else."""

import asyncio
import traceback
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import PurePath
from typing import NamedTuple

from eliteflow.analysis.market_view import MarketView
from eliteflow.analysis.strategy import Strategy
from eliteflow.analysis.verdict import Verdict
from eliteflow.model.timeframe import Timeframe
from eliteflow.scheduler.detached_threads import DetachedThreads
from eliteflow.scheduler.judgement import Judgement, Silence
from eliteflow.scheduler.seen_signals import SeenSignals
from eliteflow.telemetry.log import EventLog

DEADLINE_S = 2.0


class Failure(NamedTuple):
    """What a strategy raised, or what it returned instead of a verdict."""

    reason: str


@dataclass(slots=True, eq=False)
class _Seat:
    """A strategy, what it said of itself when it came, its call under way, and the silence that was last told."""

    strategy: Strategy
    name: str
    reads: Sequence[Timeframe]
    call: "asyncio.Future[Verdict | Failure] | None" = None
    told: Silence | None = None


class StrategyDesk:
    """Calls the strategies, each in a worker thread of its own, all with the same view of the market.

    One that takes longer than `deadline_s` is dropped from this cycle, named once, and not called again until it
    returns; what it then returns is not used. One that raises costs only itself and is named once for each reason.
    executor: where they run. seen: the signals that earlier runs have given.
    """

    def __init__(
        self,
        strategies: Sequence[Strategy],
        *,
        executor: Executor | None = None,
        deadline_s: float = DEADLINE_S,
        seen: SeenSignals | None = None,
    ) -> None:
        self._seats = [_Seat(strategy, strategy.name, tuple(strategy.reads)) for strategy in strategies]
        self._executor = executor or DetachedThreads("strategy")
        self._deadline_s = deadline_s
        self.seen = SeenSignals() if seen is None else seen
        self._log = EventLog("UnifiedScheduler")

    async def judge(self, market: MarketView) -> Judgement:
        """Return what the strategies say of the market, within the deadline."""
        called = [seat for seat in self._seats if self._call(seat, market)]
        if called:
            await asyncio.wait([seat.call for seat in called if seat.call], timeout=self._deadline_s)
        verdicts, silences = dict[str, Verdict](), dict[str, Silence]()
        for seat in self._seats:
            found = self._answer(seat, market, was_called=seat in called)
            if isinstance(found, Verdict):
                verdicts[seat.name] = found
            else:
                silences[seat.name] = found
            self._tell(seat, silences.get(seat.name))
        return Judgement(verdicts, self.seen.take_new(Judgement(verdicts).signals), silences)

    def _call(self, seat: _Seat, market: MarketView) -> bool:
        """Call the strategy, unless it has not returned yet or lacks what it reads; return whether that was done."""
        if (seat.call is not None and not seat.call.done()) or _lacking(seat, market):
            return False
        seat.call = asyncio.get_running_loop().run_in_executor(self._executor, _evaluate, seat.strategy, market)
        return True

    def _answer(self, seat: _Seat, market: MarketView, *, was_called: bool) -> Verdict | Silence:
        if lacking := _lacking(seat, market):
            return Silence("strategy.idle", {"strategy": seat.name, "timeframes": ", ".join(lacking)})
        # A call of an earlier cycle may return while others are waited for: its verdict is of an earlier market.
        if seat.call is None or not was_called or not seat.call.done():
            return Silence("strategy.dropped", {"strategy": seat.name, "after_s": self._deadline_s})
        found = seat.call.result()
        if isinstance(found, Failure):
            return Silence("strategy.failed", {"strategy": seat.name, "reason": found.reason})
        return found

    def _tell(self, seat: _Seat, silence: Silence | None) -> None:
        """Log a change of state, not each repeat."""
        if silence == seat.told:
            return
        if silence is None:
            self._log.write("strategy.returned", strategy=seat.name)
        else:
            self._log.write(silence.event, **silence.fields)
        seat.told = silence


def _lacking(seat: _Seat, market: MarketView) -> list[Timeframe]:
    return [timeframe for timeframe in seat.reads if timeframe not in market.timeframes]


def _evaluate(strategy: Strategy, market: MarketView) -> Verdict | Failure:
    """Return the strategy's verdict, or what it did instead; runs in the strategy's thread."""
    try:
        found: object = strategy.evaluate(market)
    except Exception as error:  # noqa: BLE001  # whatever a strategy raises costs only itself
        place = traceback.extract_tb(error.__traceback__)[-1]
        return Failure(f"{error!r}, {PurePath(place.filename).name}:{place.lineno}")
    return found if isinstance(found, Verdict) else Failure(f"{type(found).__name__} ≠ Verdict")
