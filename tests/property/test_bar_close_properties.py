"""A boundary's watch keeps its promises whatever happens at whatever moment."""

import heapq
from collections.abc import Mapping, Sequence, Set

from hypothesis import given
from hypothesis import strategies as st

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.bar_close import WATCH_MS, CloseWatch, FetchClosed, Infer, Release
from eliteflow.testing.series import HEAD_MS

SYMBOLS = ("A", "B", "C")
TIMEFRAMES = (Timeframe.M5, Timeframe.M15, Timeframe.H1)
Which = tuple[Timeframe, str]

which = st.tuples(st.sampled_from(TIMEFRAMES), st.sampled_from(SYMBOLS))
settling = st.dictionaries(which, st.integers(0, 20_000))
"""When each bar settles by itself, in ms after the boundary; the others never do."""
answers = st.dictionaries(which, st.tuples(st.integers(1, 4), st.integers(20, 3_000)))
"""The how-manieth fetch of a bar brings it, and how long after it was sent; no fetch ever brings the others."""


class Caller:
    """Carries out what the watch wants, and checks each action against what it knows itself."""

    def __init__(
        self,
        timeframes: Set[Timeframe],
        traded: Set[str],
        settling: Mapping[Which, int],
        answers: Mapping[Which, tuple[int, int]],
    ) -> None:
        self.watch = CloseWatch(HEAD_MS, dict.fromkeys(timeframes, SYMBOLS))
        self.unfinal = {(timeframe, symbol) for timeframe in timeframes for symbol in SYMBOLS}
        self.shortest = min(timeframes, key=lambda timeframe: timeframe.ms)
        self.traded = traded
        self.answers = answers
        self.coming = [(HEAD_MS + after_ms, bar) for bar, after_ms in settling.items()]
        heapq.heapify(self.coming)
        self.fetched_ms: dict[Which, list[int]] = {}
        self.released_ms: list[int] = []
        self.inferred = 0

    def run(self, lag_ms: int) -> int:
        """Let time pass, every wake-up of the watch `lag_ms` late, and return when the watch was over."""
        now_ms, rounds = HEAD_MS, 0
        while (next_ms := self.watch.next_ms()) is not None:
            rounds += 1
            assert rounds < 200, "the watch wants to be asked without end"
            now_ms = max(now_ms, next_ms + lag_ms)
            if self.coming and self.coming[0][0] <= now_ms:
                now_ms = self.coming[0][0]
            while self.coming and self.coming[0][0] <= now_ms:
                self.settle(heapq.heappop(self.coming)[1], now_ms)
            self.step(now_ms)
        return now_ms

    def settle(self, bar: Which, now_ms: int) -> None:
        """Let a bar become final."""
        self.unfinal.discard(bar)
        self.watch.settled(bar[0], [bar[1]], now_ms)

    def step(self, now_ms: int) -> None:
        """Do what the watch wants."""
        for action in self.watch.step(now_ms, lambda symbols: [name for name in symbols if name not in self.traded]):
            match action:
                case Infer(symbols):
                    self.infer(symbols, now_ms)
                case FetchClosed(timeframe, symbols):
                    self.fetch([(timeframe, symbol) for symbol in symbols], now_ms)
                case Release(missing):
                    assert {(timeframe, name) for timeframe, names in missing.items() for name in names} == self.unfinal
                    assert not self.unfinal or now_ms >= HEAD_MS + 5_000
                    self.released_ms.append(now_ms)

    def infer(self, symbols: Sequence[str], now_ms: int) -> None:
        """Close bars by rule: once, not before +2 s, only of symbols without a final bar that did not trade."""
        assert now_ms >= HEAD_MS + 2_000
        assert not self.traded & {*symbols}
        assert self.unfinal >= {(self.shortest, symbol) for symbol in symbols}
        self.inferred += 1
        for symbol in symbols:
            self.settle((self.shortest, symbol), now_ms)
        self.step(now_ms)

    def fetch(self, bars: Sequence[Which], now_ms: int) -> None:
        """Fetch unfinal bars: from +3 to +15 s, a second apart, a longer one only after the shortest."""
        assert HEAD_MS + 3_000 <= now_ms < HEAD_MS + WATCH_MS
        for bar in bars:
            assert bar in self.unfinal
            assert bar[0] is self.shortest or (self.shortest, bar[1]) not in self.unfinal
            times = self.fetched_ms.setdefault(bar, [])
            assert not times or now_ms - times[-1] >= 1_000
            times.append(now_ms)
            number, delay_ms = self.answers.get(bar, (0, 0))
            if number == len(times):
                heapq.heappush(self.coming, (now_ms + delay_ms, bar))


@given(
    st.sets(st.sampled_from(TIMEFRAMES), min_size=1),
    st.sets(st.sampled_from(SYMBOLS)),
    settling,
    answers,
    st.sampled_from((0, 7, 400, 12_000, 40_000)),
)
def test_a_watch_always_ends_and_never_hides_an_unfinal_bar(
    timeframes: set[Timeframe],
    traded: set[str],
    settling: dict[Which, int],
    answers: dict[Which, tuple[int, int]],
    lag_ms: int,
) -> None:
    """One release that names exactly what lacks, at the latest at +5 s; only quiet symbols closed by rule; an end."""
    caller = Caller(timeframes, traded, settling, answers)
    over_ms = caller.run(lag_ms)
    assert len(caller.released_ms) == 1
    assert caller.released_ms[0] <= HEAD_MS + 5_000 + lag_ms
    assert over_ms <= HEAD_MS + WATCH_MS + lag_ms
    assert caller.inferred <= 1
    assert not caller.unfinal or over_ms >= HEAD_MS + WATCH_MS
    shares = list(caller.watch.completeness().values())
    assert shares == sorted(shares)
    total = len(timeframes) * len(SYMBOLS)
    assert caller.watch.share_final(10**9) == (total - len(caller.unfinal)) / total
