"""What clients may ask for, what it weighs, and the venue's words when they ask wrongly (reference A.4, A.6)."""

from functools import lru_cache
from urllib.parse import unquote_plus

from eliteflow.emulator.intervals import INTERVALS
from eliteflow.emulator.market import KlineQuery, Market
from eliteflow.emulator.messages import VenueError

DEFAULT_LIMIT = 500
MOST_ROWS = 1_500
TICKER_ALL_WEIGHT = 40

_DOCUMENTED = ((99, 1), (499, 2), (1_000, 5))
_MEASURED = ((100, 1), (500, 2), (1_000, 5))
_HEAVIEST = 10

_CONTRACT_TYPES = frozenset({"PERPETUAL", "CURRENT_QUARTER", "NEXT_QUARTER", "TRADIFI_PERPETUAL"})

Parameters = dict[str, str]


@lru_cache(maxsize=8_192)
def parse(query: str) -> Parameters:
    """Return the parameters of a query string; the first of a repeated one counts."""
    parameters: Parameters = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        parameters.setdefault(unquote_plus(name), unquote_plus(value))
    return parameters


def klines_weight(parameters: Parameters, measured: bool = False) -> int:
    """Return what a klines request costs, valid or not; 500 rows by default cost 5 in either table."""
    text = parameters.get("limit")
    if not text:
        return 5
    if not text.isascii() or not text.isdigit():
        return 1
    for most, weight in _MEASURED if measured else _DOCUMENTED:
        if int(text) <= most:
            return weight
    return _HEAVIEST


def klines_query(parameters: Parameters, market: Market) -> KlineQuery:
    """Return the request that the parameters make, or raise VenueError."""
    symbol, name = required(parameters, "symbol").upper(), required(parameters, "interval")
    start_ms, end_ms = time_of(parameters, "startTime"), time_of(parameters, "endTime")
    limit = _limit(parameters)
    if name not in INTERVALS:
        raise VenueError(-1120, "Invalid interval.")
    if symbol not in market.rows:
        raise VenueError(-1121, "Invalid symbol.")
    if start_ms is not None and end_ms is not None and start_ms > end_ms:
        raise VenueError(-1023, "Start time is greater than end time.")
    return KlineQuery(symbol, INTERVALS[name], start_ms, end_ms, limit)


def continuous_query(parameters: Parameters, market: Market) -> KlineQuery:
    """Return the request for the klines of a pair's contract, or raise VenueError."""
    pair, contract_type = required(parameters, "pair").upper(), required(parameters, "contractType").upper()
    if contract_type not in _CONTRACT_TYPES:
        raise VenueError(-1116, "Invalid contractType.")
    row = market.continuous_row(pair, contract_type)
    if row is None:
        raise VenueError(-1122, "Invalid pair.")
    return klines_query(parameters | {"symbol": market.instruments[row].symbol}, market)


def premium_index_weight(parameters: Parameters) -> int:
    """Return what premiumIndex costs."""
    return 1 if parameters.get("symbol") else 10


def price_weight(parameters: Parameters) -> int:
    """Return what ticker/price costs."""
    return 1 if parameters.get("symbol") else 2


def required(parameters: Parameters, name: str) -> str:
    """Return a mandatory parameter, or raise -1102."""
    if not parameters.get(name):
        raise VenueError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")
    return parameters[name]


def _limit(parameters: Parameters) -> int:
    limit = _number(parameters, "limit")
    if limit is None:
        return DEFAULT_LIMIT
    if not 1 <= limit <= MOST_ROWS:
        raise VenueError(-1130, "Data sent for parameter 'limit' is not valid.")
    return limit


def time_of(parameters: Parameters, name: str) -> int | None:
    """Return a time in ms that was sent, or None."""
    time_ms = _number(parameters, name)
    return None if time_ms is None else min(time_ms, 10**14)


def _number(parameters: Parameters, name: str) -> int | None:
    text = parameters.get(name)
    if text is None or text == "":
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise VenueError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'.")
    return int(text)
