"""What a run takes over from the one before it."""

from collections.abc import Iterator, Sequence

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.candle_views import StoredSeries
from eliteflow.pipeline.warm_start import WarmStart
from eliteflow.testing.series import HEAD_MS, make_stored
from tests.unit.pipeline.kept_candles import Kept

M5 = Timeframe.M5


class Loaded(Kept):
    """A CandleKeeper that holds some series."""

    def __init__(self, *symbols: str) -> None:
        super().__init__()
        self.symbols = symbols
        self.loads = 0
        self.forgotten: list[str] = []

    def load(self, timeframes: Sequence[Timeframe]) -> Iterator[StoredSeries]:
        """Return a series for each symbol."""
        self.loads += 1
        return (make_stored(symbol, bars=20) for symbol in self.symbols)

    def forget(self, symbol: str) -> None:
        """Remember the symbol."""
        self.forgotten.append(symbol)


def test_what_trades_is_taken_over_once_in_the_venues_order() -> None:
    """Symbols side by side in memory as they are in every call; a second list loads nothing."""
    store, cache = CandleStore(64), Loaded("C", "A", "B")
    start = WarmStart(store, cache, [M5])
    start.follow(["A", "B", "C", "D"])
    start.follow(["A", "B", "C", "D"])
    assert cache.loads == 1
    assert store.symbols == ("A", "B", "C", "D")
    assert store.newest_closed_ms("B", M5) == HEAD_MS
    assert start.series == {("A", M5), ("B", M5), ("C", M5)}


def test_what_trades_no_more_is_forgotten() -> None:
    """Whether it went while nobody looked, or later."""
    store, cache = CandleStore(64), Loaded("A", "OLD", "B")
    start = WarmStart(store, cache, [M5])
    start.follow(["A", "B"])
    assert (cache.forgotten, store.symbols) == (["OLD"], ("A", "B"))
    start.follow(["B", "NEW"])
    assert cache.forgotten == ["OLD", "A"]


def test_a_venue_that_lists_nothing_costs_nothing() -> None:
    """It is out of order; what is kept of it is not."""
    cache = Loaded("A")
    start = WarmStart(CandleStore(64), cache, [M5])
    start.follow([])
    start.follow(["A"])
    start.follow([])
    assert (cache.loads, cache.forgotten) == (1, [])


def test_without_a_list_everything_is_taken_over() -> None:
    """As by a program of one's own that never names the universe."""
    store, cache = CandleStore(64), Loaded("A", "B")
    start = WarmStart(store, cache, [M5])
    start.load()
    start.load()
    assert (cache.loads, store.symbols, cache.forgotten) == (1, ("A", "B"), [])


def test_each_series_counts_once() -> None:
    """Where it is first asked for."""
    start = WarmStart(CandleStore(64), Loaded("A", "B"), [M5])
    start.load()
    assert start.count({("A", M5), ("A", Timeframe.H1), ("C", M5)}) == {("A", M5)}
    assert start.count({("A", M5)}) == set()


def test_without_a_disk_cache_nothing_happens() -> None:
    """And nothing is reserved."""
    store = CandleStore(64)
    start = WarmStart(store, None, [M5])
    start.follow(["A"])
    start.follow(["B"])
    start.load()
    assert (store.symbols, start.series) == ((), set())
