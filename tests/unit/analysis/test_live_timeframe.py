"""Values carried forward bar by bar are those over the whole history, to the bit, whatever happens to the series."""

from pathlib import Path

import numpy as np
import pytest
import talib

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.further_indicators import FURTHER
from eliteflow.analysis.indicators import DEFAULT_SET
from eliteflow.analysis.market_bar import MarketBar
from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.analysis.talib_streams import Bar, HandleTable
from eliteflow.errors import InvalidArgument
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe
from tests.unit.analysis.analysis_series import (
    Array,
    hostile_series,
    panel_of,
    random_walk,
    recorded_series,
    same_bits,
    with_young_head,
)
from tests.unit.analysis.bar_memory import BarMemory

BATCH = EliteTechnicalEngine()
FURTHER_NAMES = tuple(indicator.name for indicator in FURTHER)
NAMES = (*DEFAULT_SET, *FURTHER_NAMES)


def engine() -> EliteTechnicalEngine:
    """Return a new engine that follows all named indicators."""
    return EliteTechnicalEngine(live=NAMES)


def assert_is_batch(found: MarketIndicators, memory: BarMemory, names: tuple[str, ...] = NAMES) -> None:
    """Compare each series with the batch over as many bars as it says that it follows from."""
    for row, (symbol, bars) in enumerate(zip(found.symbols, found.known_bars.tolist(), strict=True)):
        if not bars:
            assert np.isnan(list(found.at(symbol).values())).all()
            continue
        place = memory.symbols.index(symbol)
        since = memory.since(bars)
        batch = BATCH.calculate_market(
            Panel(since.timeframe, (symbol,), since.open_time_ms, since.values[:, [place]]), names
        )
        for output in found.outputs:
            assert same_bits(found.latest(output)[row], batch.latest(output)[0]), (symbol, output)


@pytest.mark.parametrize(("names", "bars"), [(DEFAULT_SET, 2_100), (FURTHER_NAMES, 400)])
def test_two_thousand_updates_with_a_correction_are_equal_to_batch_at_every_bar(
    names: tuple[str, ...], bars: int
) -> None:
    """Half-way a bar is corrected: its series is opened anew, the others go on from their anchor."""
    memory = BarMemory(*(random_walk(bars, seed=seed) for seed in range(2)))
    before = memory.values.copy()
    live = EliteTechnicalEngine(live=names)
    found: dict[str, list[Array]] = {}
    memory.now = 99
    for bar in range(100, bars):
        if bar == bars // 2:
            memory.correct(1, bars // 2 - 50, 1.01)
        for output, newest in live.update(memory.close(), memory).values.items():
            found.setdefault(output, []).append(newest[:, 0])
    assert memory.asked == [memory.symbols, ("S1USDT",)]
    uncorrected = BATCH.calculate_market(panel_of(*before.swapaxes(0, 1)), names)
    corrected = BATCH.calculate_market(panel_of(*memory.values.swapaxes(0, 1)), names)
    for output, rows in found.items():
        values, change = np.stack(rows, axis=1), bars // 2 - 1
        assert same_bits(values[:, : change - 99], uncorrected[output][:, 99:change]), output
        assert same_bits(values[:, change - 99 :], corrected[output][:, change:-1]), output


@pytest.mark.recorded
def test_recorded_markets_are_followed_to_the_bit(recorded_data: Path) -> None:
    """A hundred closes of recorded symbols, bars without volume among them, from a full history."""
    recorded = recorded_series(recorded_data / "market530/5m.parquet", every=53)
    memory = BarMemory(*(one[:, :600] for one in recorded.values()), timeframe=Timeframe.M5)
    live = engine()
    live.update(memory.close(499), memory)
    values: list[Array] = []
    for _ in range(100):
        found = live.update(memory.close(), memory)
        values.append(np.stack([found.latest(output) for output in found.outputs]))
    batch = BATCH.calculate_market(memory.since(599), NAMES)
    assert same_bits(np.stack(values, axis=2), np.stack([batch[output][:, 499:] for output in batch.outputs]))


def test_every_function_of_talib_can_be_followed() -> None:
    """All of them are equal to the batch at each of 90 bars, those of whole numbers and of long warm-ups too."""
    names = tuple(indicator.name for indicator in BATCH.indicators() if indicator.name != "mavp")
    memory = BarMemory(random_walk(130), with_young_head(random_walk(130, seed=8), 0))
    live = EliteTechnicalEngine(live=names)
    rows: dict[str, list[Array]] = {}
    memory.now = 20
    for _ in range(90):
        for output, newest in live.update(memory.close(), memory).values.items():
            rows.setdefault(output, []).append(newest[:, 0])
    batch = BATCH.calculate_market(memory.since(110), names)
    for output, columns in rows.items():
        assert same_bits(np.stack(columns, axis=1), batch[output][:, 20:]), output


@pytest.mark.parametrize("name", hostile_series())
def test_hostile_series_are_followed_without_a_warning(name: str) -> None:
    """Flat, empty, tiny and huge series update to the batch's bits; one that knows nothing stays unknown."""
    memory = BarMemory(hostile_series()[name], random_walk(120))
    memory.first[0] = np.isnan(memory.values[0, 0]).sum()
    live = engine()
    memory.now = 114
    for _ in range(5):
        live.peek(memory.forming(1.01))
        found = live.update(memory.close(), memory)
    assert_is_batch(found, memory)
    assert found.known_bars[0] == memory.now - memory.first[0] or name in {"nothing known", "one bar known"}


def test_peek_leaves_no_trace() -> None:
    """However often bars in progress are looked at, the next update is what it would have been."""
    curious, plain = engine(), engine()
    memory = BarMemory(random_walk(140), random_walk(140, seed=8))
    memory.now = 119
    for _ in range(5):
        bar = memory.close()
        expected, found = plain.update(bar, memory), curious.update(bar, memory)
        assert all(same_bits(found[output], expected[output]) for output in expected.outputs)
        for change in (0.5, 1.0, 2.0):
            curious.peek(memory.forming(change))


def test_peek_is_the_update_that_would_follow() -> None:
    """The bar in progress gives the value that the same bar gives when it closes."""
    live = engine()
    memory = BarMemory(random_walk(140), random_walk(140, seed=8))
    live.update(memory.close(130), memory)
    peeked = live.peek(memory.forming(1.0))
    updated = live.update(memory.close(), memory)
    assert peeked.known_bars.tolist() == updated.known_bars.tolist() == [131, 131]
    assert all(same_bits(peeked[output], updated[output]) for output in updated.outputs)


def test_peek_knows_nothing_without_the_bar_before() -> None:
    """Before any update, after a missed bar, for another symbol, and without a bar in progress."""
    live = engine()
    memory = BarMemory(random_walk(140), random_walk(140, seed=8))
    assert live.peek(memory.forming(1.0)).holes == memory.symbols
    live.update(memory.close(120), memory)
    forming = memory.forming(1.0)
    stranger = forming._replace(symbols=("S0USDT", "XUSDT"))
    assert live.peek(stranger).holes == ("XUSDT",)
    forming.values[3, 1] = np.nan
    assert live.peek(forming).holes == ("S1USDT",)
    memory.now += 1
    assert live.peek(memory.forming(1.0)).holes == memory.symbols


def test_a_gap_opens_the_series_anew() -> None:
    """A bar that does not follow the newest one is no next bar; the history says what came between."""
    live = engine()
    memory = BarMemory(random_walk(140), random_walk(140, seed=8))
    live.update(memory.close(100), memory)
    live.update(memory.close(only=slice(0, 1)), memory)
    found = live.update(memory.close(), memory)
    assert memory.asked == [memory.symbols, ("S1USDT",)]
    assert_is_batch(found, memory)


def test_a_part_of_the_market_leaves_the_rest_as_it_is() -> None:
    """Batches of symbols may be updated one after another, in any order of symbols."""
    live = engine()
    memory = BarMemory(*(random_walk(140, seed=seed) for seed in range(4)))
    live.update(memory.close(100), memory)
    for only in (slice(2, 4), slice(0, 2)):
        memory.now = 100
        found = live.update(memory.close(only=only), memory)
        assert_is_batch(found, memory)
    whole = memory.close()
    found = live.update(
        whole._replace(
            symbols=whole.symbols[::-1],
            values=whole.values[:, ::-1],
            revisions=whole.revisions,
            first_ms=whole.first_ms,
        ),
        memory,
    )
    assert_is_batch(found, memory)
    assert memory.asked == [memory.symbols]


def test_the_same_bar_twice_changes_nothing() -> None:
    """Giving a bar again returns its values again; the next one follows."""
    live = engine()
    memory = BarMemory(random_walk(140))
    live.update(memory.close(100), memory)
    bar = memory.close()
    first, again = live.update(bar, memory), live.update(bar, memory)
    assert all(same_bits(first[output], again[output]) for output in first.outputs)
    assert_is_batch(live.update(memory.close(), memory), memory)
    assert len(memory.asked) == 1


def test_a_deepened_history_opens_the_series_anew() -> None:
    """Older bars that the backfill brought move the anchor back, so that values converge."""
    live = engine()
    memory = BarMemory(random_walk(500), random_walk(500, seed=8))
    memory.first[:] = 300
    assert live.update(memory.close(399), memory).known_bars.tolist() == [99, 99]
    memory.first[0] = 0
    found = live.update(memory.close(), memory)
    assert found.known_bars.tolist() == [400, 100]
    assert found.converged("ema_50").tolist() == [True, False]
    assert_is_batch(found, memory)


def test_a_history_that_forgets_its_oldest_bars_moves_no_anchor() -> None:
    """The store keeps 512 bars; values still follow from the first bar of the run, until a correction."""
    live = engine()
    memory = BarMemory(random_walk(400), capacity=150)
    live.update(memory.close(150), memory)
    for _ in range(100):
        found = live.update(memory.close(), memory)
    assert found.known_bars.tolist() == [250]
    assert_is_batch(found, memory)
    memory.correct(0, 240, 1.01)
    found = live.update(memory.close(), memory)
    assert found.known_bars.tolist() == [150]
    assert_is_batch(found, memory)


def test_a_correction_of_the_newest_bar_is_taken_before_the_next_one() -> None:
    """The same bar with another revision opens the series anew."""
    live = engine()
    memory = BarMemory(random_walk(140))
    live.update(memory.close(100), memory)
    memory.correct(0, 99, 1.02)
    memory.now -= 1
    assert_is_batch(live.update(memory.close(), memory), memory)


def test_a_symbol_without_the_bar_is_a_hole_and_comes_back() -> None:
    """NaN, or a history that has not got the bar, costs that symbol alone until its next bar."""
    live = engine()
    memory = BarMemory(random_walk(140), random_walk(140, seed=8))
    live.update(memory.close(100), memory)
    bar = memory.close()
    bar.values[4, 1] = np.nan
    found = live.update(bar, memory)
    assert found.holes == ("S1USDT",)
    assert np.isnan(list(found.at("S1USDT").values())).all()
    found = live.update(memory.close(), memory)
    assert found.holes == ()
    assert_is_batch(found, memory)


def test_a_young_listing_gets_its_handles_one_by_one() -> None:
    """Each function begins at the bar at which TA-Lib's first value is due, and the history is asked no more often."""
    live = EliteTechnicalEngine(live=("ema_9", "macd", "cdldoji"))
    memory = BarMemory(random_walk(60), random_walk(60, seed=8))
    memory.first[1] = 20
    for _ in range(58):
        assert_is_batch(live.update(memory.close(), memory), memory, ("ema_9", "macd", "cdldoji"))
    assert len(memory.asked) <= 10


def test_panels_are_followed_without_a_store() -> None:
    """A panel's newest bar is taken; a correction anywhere in it is found by comparison."""
    live = engine()
    memory = BarMemory(random_walk(140), random_walk(140, seed=8))
    memory.now = 100
    live.update(memory.since(100))
    memory.now = 101
    assert_is_batch(live.update(memory.since(101)), memory)
    memory.correct(1, 70, 1.03)
    memory.now = 102
    found = live.update(memory.since(100))
    assert found.known_bars.tolist() == [102, 100]
    assert_is_batch(found, memory)


def test_a_registered_function_sees_the_newest_bars() -> None:
    """It is called with what is kept of each series, up to 512 bars."""
    live = EliteTechnicalEngine(live=("reach", "sma_5"))
    live.register("reach", lambda close: np.full(len(close), float(np.isfinite(close).sum())), inputs=("close",))
    memory = BarMemory(random_walk(700))
    assert live.update(memory.close(40), memory).at("S0USDT")["reach"] == 40
    assert live.update(memory.close(600), memory).at("S0USDT")["reach"] == 512


def test_rows_of_symbols_that_are_gone_are_used_again() -> None:
    """A market that changes every day does not grow the engine."""
    live = EliteTechnicalEngine(live=("sma_5",))
    memory = BarMemory(random_walk(1_100))
    live.update(memory.close(10), memory)
    for day in range(30):
        bar = memory.close(36)
        memory.symbols = (f"D{day}USDT",)
        live.update(bar._replace(symbols=memory.symbols), memory)
    assert len(live._followed(Timeframe.H1)._rows) <= 3


def test_an_interrupted_update_is_made_good_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Handles that have taken a bar before an error do not take it twice."""
    live = engine()
    memory = BarMemory(random_walk(140))
    live.update(memory.close(100), memory)
    bar = memory.close()
    take = HandleTable.update

    def interrupted(table: HandleTable, rows: list[int], bars: list[Bar]) -> Array:
        take(table, rows, bars)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(HandleTable, "update", interrupted)
        with pytest.raises(KeyboardInterrupt):
            live.update(bar, memory)
    assert live.peek(memory.forming(1.0)).holes == memory.symbols
    assert_is_batch(live.update(bar, memory), memory)


def test_values_follow_the_trend_monitors_needs() -> None:
    """One bar answers like a panel's indicators: outputs by name, read-only, with its own bar as panel."""
    live = engine()
    memory = BarMemory(random_walk(140))
    found = live.update(memory.close(120), memory)
    assert found.panel.bars == 1
    assert found["rsi"].shape == (1, 1)
    assert found.latest("sma_20")[0] == talib.SMA(memory.values[3, 0, :120], 20)[-1]
    with pytest.raises(ValueError, match="read-only"):
        found["rsi"][0, 0] = 1


def test_what_is_followed_later_is_opened_at_the_next_bar() -> None:
    """Beside what was followed before; asking again changes nothing."""
    live = EliteTechnicalEngine(live=("sma_20",))
    memory = BarMemory(random_walk(140), random_walk(140, seed=8))
    assert live.update(memory.close(120), memory).opened == memory.symbols
    live.follow(("rsi", "sma_20"))
    found = live.update(memory.close(), memory)
    assert found.outputs == ("sma_20", "rsi")
    assert_is_batch(found, memory, ("sma_20", "rsi"))
    live.follow(("rsi",))
    assert live.update(memory.close(), memory).opened == ()
    with pytest.raises(InvalidArgument):
        live.follow(("rsii",))


def test_what_cannot_be_followed_is_refused() -> None:
    """A bar without a history, a panel without bars, an unknown name, a column that is not there."""
    memory = BarMemory(random_walk(40))
    bar: MarketBar = memory.close(30)
    with pytest.raises(InvalidArgument):
        engine().update(bar)
    with pytest.raises(InvalidArgument):
        engine().update(panel_of(random_walk(1)[:, :0]))
    with pytest.raises(InvalidArgument):
        EliteTechnicalEngine(live="rsi")
    with pytest.raises(InvalidArgument):
        engine().update(bar._replace(symbols=("A", "A"), values=bar.values[:, [0, 0]]), memory)
    for name in ("rsii", "mavp"):
        with pytest.raises(InvalidArgument):
            EliteTechnicalEngine(live=(name,)).update(bar, memory)
