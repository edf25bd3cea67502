"""What many falls have left behind, and what they had to."""

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM

import msgspec
import numpy as np

from bench.soak.falls import Moment
from bench.soak.findings import STOP_S, Claim
from bench.soak.lives import Life
from bench.soak.recorder import TIMEFRAMES, is_bought, reward_risk
from bench.soak.truth import NOTHING, Difference, Truth, on_disk
from eliteflow.cli import INTERRUPTED
from eliteflow.model.candle import OHLCV
from eliteflow.model.signal import Signal
from eliteflow.model.timeframe import Timeframe

SETTLED_MS = 10_000
"""A bar that closed so long before an orderly end has to be on disk: a close waits for five seconds at most."""

PYTHON_BEGINS_S = 0.25
"""Before so long after its process began nothing of a program may have run yet."""

LEAST_BARS = 50
"""Bars of each series that a program has before it is ready (`data.limit`)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Newest bars as a strategy was shown them in all cycles. late: not there yet when the cycle was let go."""

    cycles: int
    bars: int
    wrong: Sequence[Difference]
    late: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class Kept:
    """Bars that one fall has left on disk. lost: closed before an orderly end, and not there."""

    bars: int
    wrong: Sequence[Difference]
    lost: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class FallFindings:
    """All that was seen. kept: by fall. last: of the life that ended when history was whole.

    signals: in the ledger. unfounded: of them, not those of the rule or not at the venue's price. told: signals that
    the webhook got, as often as it got them. logged: new ones that the logs count. complaints: lines that are none.
    """

    seed: int
    symbols: int
    minutes: float
    lives: Sequence[Life]
    seen: Seen
    kept: Sequence[Kept]
    last: Kept
    signals: Sequence[Signal]
    unfounded: int
    told: Sequence[tuple[str, int]]
    logged: int
    complaints: Sequence[str]
    refusals: int

    def claims(self) -> list[Claim]:
        """Return what had to be shown, with what was found."""
        return [
            *(self._stopped(), self._ready(), self._complete(), self._memory(), self._disk(), self._stored()),
            *(self._last(), self._told(), self._ledger(), self._quiet(), self._refused()),
        ]

    def _stopped(self) -> Claim:
        ends = [life for life in self.lives if life.fall.signal == SIGTERM]
        late = [life for life in ends if life.took_s > STOP_S]
        statuses = Counter(life.status for life in ends)
        found = f"{len(ends)} times, longest {max(life.took_s for life in ends):.2f} s; "
        found += ", ".join(f"{times} with status {status}" for status, times in statuses.items())
        # Python itself takes some time before the first line of any program, and dies of a signal until then.
        strange = [life for life in ends if life.status != INTERRUPTED and life.fell_after_s > PYTHON_BEGINS_S]
        return Claim("SIGTERM ends it", f"≤ {STOP_S:.0f} s, status {INTERRUPTED}", found, not late and not strange)

    def _ready(self) -> Claim:
        waited = [life for life in self.lives if life.fall.moment in (Moment.DEEPENING, Moment.CALM)]
        ready = [life.ready.after_s for life in self.lives if life.ready]
        found = f"{sum(life.ready is not None for life in waited)} of {len(waited)} that were waited for; "
        found += f"{len(ready)} in all, median {statistics.median(ready):.2f} s, longest {max(ready):.2f} s"
        return Claim("the next start is ready", "each", found, all(life.ready for life in waited))

    def _complete(self) -> Claim:
        ready = [life.ready for life in self.lives if life.ready]
        whole = sum(not one.failed and one.symbols >= self.symbols for one in ready)
        found = f"{whole} of {len(ready)} with all {self.symbols} contracts"
        return Claim("and complete", "each", found, whole == len(ready))

    def _memory(self) -> Claim:
        seen = self.seen
        found = f"{len(seen.wrong)} of {seen.bars:,} bars in {seen.cycles} cycles"
        found += f"; {len(seen.late)} were named as missing" if seen.late else ""
        return Claim("no bar in memory is wrong", "none", found, not seen.wrong and seen.bars > 0)

    def _disk(self) -> Claim:
        bars, wrong = sum(one.bars for one in self.kept), sum(len(one.wrong) for one in self.kept)
        found = f"{wrong} of {bars:,} bars, looked at after each of {len(self.kept)} falls"
        return Claim("no bar on disk is wrong", "none", found, not wrong and bars > 0)

    def _stored(self) -> Claim:
        lost = sum(len(one.lost) for one in self.kept)
        return Claim("SIGTERM leaves everything on disk", "nothing lost", f"{lost} bars lost", not lost)

    def _last(self) -> Claim:
        found = f"{len(self.last.lost)} of {self.last.bars:,} bars missing, {len(self.last.wrong)} wrong"
        holds = not self.last.lost and not self.last.wrong and self.last.bars > 0
        return Claim("after all falls the market is whole on disk", "all of 499 bars a series", found, holds)

    def _told(self) -> Claim:
        twice = [told for told, times in Counter(self.told).items() if times > 1]
        found = f"{len(self.told)} told, {len(twice)} of them twice"
        return Claim("no signal is told twice for one bar", "none", found, not twice and len(self.told) > 0)

    def _ledger(self) -> Claim:
        kept = {(one.symbol, reward_risk(one.bar_ms)) for one in self.signals}
        stray = sum(told not in kept for told in self.told)
        untold = len(kept - set(self.told))
        found = (
            f"{len(self.signals)} kept, {self.unfounded} unfounded; {self.logged} logged; {stray} told and not kept, "
        )
        found += f"{untold} kept and not told"
        holds = not stray and not self.unfounded and len(kept) == len(self.signals) >= self.logged
        return Claim("whatever is told stands in the ledger, once", "all", found, holds)

    def _quiet(self) -> Claim:
        found = "; ".join(self.complaints[:3]) or "none"
        return Claim("no traceback in any log", "none", found, not self.complaints)

    def _refused(self) -> Claim:
        return Claim("the venue never had to say 429", "none", str(self.refusals), not self.refusals)


def seen_in_cycles(folder: Path, truth: Truth) -> Seen:
    """Compare what the strategy was shown with what is true."""
    wrong, late, bars, files = list[Difference](), list[Difference](), 0, sorted(folder.glob("*.npz"))
    for path in files:
        with np.load(path) as seen:
            symbols = seen["symbols"].tolist()
            for timeframe in TIMEFRAMES:
                open_ms = timeframe.newest_closed_ms(int(path.stem))
                for symbol, held in zip(symbols, seen[timeframe].T.tolist(), strict=True):
                    true = truth.bars[symbol, timeframe].get(open_ms)
                    if true is None:
                        continue  # a contract just listed has no closed hour yet
                    bars += 1
                    if np.isnan(held[0]):
                        late.append(Difference(symbol, timeframe, open_ms, None, true))
                    elif tuple(held) != true[: len(held)]:
                        wrong.append(Difference(symbol, timeframe, open_ms, tuple(held), true))
    return Seen(len(files), bars, wrong, late)


def lacks(store: Path, truth: Truth) -> bool:
    """Return whether a file of candles lacks bars that the venue had when it was asked last."""
    held = on_disk(store, TIMEFRAMES)
    return any(one.held is None for key in truth.bars for one in truth.compare(key, *held.get(key, NOTHING)))


def kept_by(life: Life, truth: Truth, depth: int = LEAST_BARS) -> Kept:
    """Compare what a fall has left on disk with what is true. depth: bars that must be there of each series."""
    held = {} if life.candles is None else on_disk(life.candles, TIMEFRAMES)
    unlike = [one for key in truth.bars for one in truth.compare(key, *held.get(key, NOTHING), depth=depth)]
    is_orderly = life.fall.signal == SIGTERM and life.ready is not None and life.status == INTERRUPTED
    lost = [one for one in unlike if one.held is None and is_orderly and _was_closed(one, life.fell_ms)]
    bars = sum(len(times) for times, _ in held.values())
    return Kept(bars, [one for one in unlike if one.held is not None], lost)


def _was_closed(bar: Difference, at_ms: int) -> bool:
    return bar.open_time_ms + bar.timeframe.ms + SETTLED_MS <= at_ms


def logged_signals(logs: Sequence[Path]) -> int:
    """Return how many new signals the logs tell of."""
    told = (event for log in logs for event in _events(log) if event["event"] == "signals.new")
    return sum(int(str(event["count"])) for event in told)


def complaints(lives: Sequence[Life]) -> list[str]:
    """Return the lines of programs that ended in order, or went down by themselves, which are no events."""
    return [
        line.decode(errors="replace")
        for life in lives
        if life.status != -9
        for line in life.log.read_bytes().splitlines()
        if not line.startswith(b"{")
    ]


def unfounded(signals: Sequence[Signal], symbols: Sequence[str], truth: Truth) -> list[Signal]:
    """Return the signals that do not follow from the rule and the venue's own bars."""
    close = OHLCV.index("close")
    return [
        one
        for one in signals
        if not is_bought([one.symbol], one.bar_ms, of=len(symbols))[0]
        or truth.bars[one.symbol, Timeframe.M5][one.bar_ms][close] != one.entry
    ]


def _events(log: Path) -> Iterator[dict[str, object]]:
    for line in log.read_bytes().splitlines():
        if line.startswith(b"{") and line.endswith(b"}"):  # a killed program may leave half a line
            yield msgspec.json.decode(line)
