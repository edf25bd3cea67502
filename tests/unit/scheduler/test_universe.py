"""Which contracts a cycle looks at."""

from eliteflow.scheduler.universe import select_universe

TRADING = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "币安人生USDT")


def test_without_wishes_everything_that_trades_is_watched() -> None:
    """In the venue's order."""
    assert select_universe(TRADING).symbols == TRADING


def test_wishes_are_kept_in_order_in_upper_case_and_once() -> None:
    """`eth` twice is ETHUSDT once; names that do not trade are set apart."""
    universe = select_universe(TRADING, include=("ethusdt", "ETHUSDT", "BTCUSDT", "LUNAUSDT"))
    assert universe.symbols == ("ETHUSDT", "BTCUSDT")
    assert [error.symbol for error in universe.unknown.values()] == ["LUNAUSDT"]


def test_excluded_symbols_are_never_watched() -> None:
    """Not even when they are among the largest."""
    turnover = {"BTCUSDT": 9.0, "ETHUSDT": 8.0, "SOLUSDT": 7.0}
    assert select_universe(TRADING, exclude=("btcusdt",), turnover=turnover, top=2).symbols == ("ETHUSDT", "SOLUSDT")
