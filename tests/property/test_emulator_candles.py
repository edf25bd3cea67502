"""Candles of the emulator's market at any moment."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from eliteflow.emulator.intervals import BASE_MS, HOUR
from tests.unit.emulator.emulator_market import NOW_MS, Row, a_market, rows

SYMBOLS_LISTED = 77  # the last of them is the first quiet one
MARKET = a_market(symbols=SYMBOLS_LISTED, young=2)
QUIET = next(
    instrument.symbol
    for row, instrument in enumerate(MARKET.instruments)
    if instrument.is_usdt_perpetual and not MARKET.base.of(row, NOW_MS // BASE_MS - 200, 200)[4].all()
)

SYMBOLS = ("BTCUSDT", "DOGEUSDT", "1000SATSUSDT", QUIET)
moments = st.integers(NOW_MS - 40 * HOUR, NOW_MS + 40 * HOUR)


def _sum(parts: list[Row]) -> list[object]:
    """Roll rows up by hand, in exact decimals, by the venue's rule."""
    traded = [row for row in parts if row[8]]
    prices = [parts[-1][4]] * 4
    if traded:
        prices = [
            traded[0][1],
            *(f(traded, key=lambda r: Decimal(r[i]))[i] for f, i in ((max, 2), (min, 3))),
            parts[-1][4],
        ]
    sums = [sum(Decimal(row[i]) for row in parts) for i in (5, 7, 9, 10)]
    return [*prices, *sums, sum(row[8] for row in parts)]


def _values(row: Row) -> list[object]:
    return [*row[1:5], *(Decimal(row[i]) for i in (5, 7, 9, 10)), row[8]]


@settings(max_examples=20, deadline=None)
@given(
    moments,
    st.sampled_from(SYMBOLS),
    st.sampled_from([("5m", "15m"), ("5m", "1h"), ("15m", "1h"), ("1m", "5m"), ("1m", "3m"), ("1h", "4h")]),
)
def test_longer_candles_are_exactly_the_sum_of_shorter_ones(now_ms: int, symbol: str, names: tuple[str, str]) -> None:
    """Closed or in progress, a candle is the aggregate of the shorter candles it spans at the same instant."""
    short, long = names
    for open_ms, *_ in rows(MARKET, long, now_ms, symbol, limit=3):
        whole = rows(MARKET, long, now_ms, symbol, limit=1, start_ms=open_ms)[0]
        parts = rows(MARKET, short, now_ms, symbol, limit=1_000, start_ms=open_ms, end_ms=whole[6])
        assert _sum(parts) == _values(whole)


@settings(max_examples=20, deadline=None)
@given(moments, st.sampled_from(SYMBOLS), st.sampled_from(["1m", "5m", "15m", "1h", "1d"]), st.integers(1, 400))
def test_a_bar_grows_until_it_closes_as_announced(now_ms: int, symbol: str, name: str, steps: int) -> None:
    """The last row's trades and volume never fall, its range never narrows, and its last state is the closed bar."""
    first = rows(MARKET, name, now_ms, symbol, limit=1)[0]
    later = rows(MARKET, name, min(first[6], now_ms + steps * 1_000), symbol, limit=1)[0]
    last = rows(MARKET, name, first[6], symbol, limit=1)[0]
    closed = rows(MARKET, name, first[6] + 1, symbol, limit=2)[0]
    assert first[0] == later[0] == last[0] == closed[0]
    for column in (5, 7, 8, 9, 10):
        assert Decimal(first[column]) <= Decimal(later[column]) <= Decimal(closed[column])
    if first[8]:
        assert Decimal(first[2]) <= Decimal(later[2])
        assert Decimal(first[3]) >= Decimal(later[3])
    assert last == closed
