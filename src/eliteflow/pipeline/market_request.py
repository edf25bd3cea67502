"""What a caller asked for, checked before anything else happens. Wrong calls raise InvalidArgument."""

from collections.abc import Iterable
from typing import NamedTuple, SupportsIndex

from eliteflow.errors import InvalidArgument
from eliteflow.messages import text
from eliteflow.model.klines_weight import MOST_ROWS
from eliteflow.model.timeframe import Timeframe


class MarketRequest(NamedTuple):
    """Symbols in upper case, each once, in the caller's order; timeframes each once; 1 to 1,500 bars."""

    symbols: tuple[str, ...]
    timeframes: tuple[Timeframe, ...]
    bars: int


def market_request(symbols: Iterable[str], timeframes: Iterable[str], limit: int) -> MarketRequest:
    """Return the checked request; raise InvalidArgument naming the argument that cannot be used."""
    return MarketRequest(parse_symbols(symbols), parse_timeframes(timeframes), parse_limit(limit))


def parse_symbols(symbols: Iterable[str]) -> tuple[str, ...]:
    """Return the names in upper case, each once; a single string is refused, as it would be read by letters."""
    if isinstance(symbols, str) or not isinstance(symbols, Iterable):
        raise InvalidArgument("symbols", found=symbols, wanted=text("argument.symbols"))
    return tuple(dict.fromkeys(parse_symbol(symbol) for symbol in symbols))


def parse_symbol(symbol: object) -> str:
    """Return the name in upper case."""
    if not isinstance(symbol, str) or not symbol:
        raise InvalidArgument("symbol", found=symbol, wanted=text("argument.symbol"))
    return symbol.upper()


def parse_timeframes(timeframes: Iterable[str]) -> tuple[Timeframe, ...]:
    """Return the bar lengths, each once; there must be at least one."""
    if isinstance(timeframes, str) or not isinstance(timeframes, Iterable):
        raise InvalidArgument("timeframes", found=timeframes, wanted=text("argument.timeframes"))
    parsed = tuple(dict.fromkeys(Timeframe.parse(name) for name in timeframes))
    if not parsed:
        raise InvalidArgument("timeframes", found=timeframes, wanted=text("argument.timeframes"))
    return parsed


def parse_limit(limit: object, most: int | None = MOST_ROWS) -> int:
    """Return a number of bars from 1 to `most`."""
    wanted = text("argument.limit", most=most) if most else text("argument.limit_any")
    bars = int(limit) if isinstance(limit, SupportsIndex) and not isinstance(limit, bool) else 0
    if bars < 1 or (most is not None and bars > most):
        raise InvalidArgument("limit", found=limit, wanted=wanted)
    return bars
