"""What a running set of streams has to say: candles, and everything that makes them doubtful. Gaps are items too."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from eliteflow.model.candle_push import CandlePush


class CandlePushes(NamedTuple):
    """Pushes of one connection in the order in which they came, at least one."""

    pushes: Sequence[CandlePush]


class StreamsLive(NamedTuple):
    """From `since_ms` on (venue time) every push of these symbols arrives: their streams have been acknowledged on a
    connection that has brought its first frame."""

    symbols: tuple[str, ...]
    since_ms: int


class Reconnecting(NamedTuple):
    """Pushes of these symbols may be missing from `since_ms` on (venue time), until `StreamsLive` names them again.

    reason: `closed`, `stale`, `silent` (acknowledged without a frame), `unreachable`.
    """

    symbols: tuple[str, ...]
    since_ms: int
    reason: str


class MarketTraded(NamedTuple):
    """Symbols that were traded lately, by the market-wide witness `!miniTicker@arr`.

    event_ms: venue time of the message. prices: symbol → last price.
    """

    event_ms: int
    prices: Mapping[str, float]


class ContractChanged(NamedTuple):
    """The venue announced that a contract was listed, delisted or changed; exchangeInfo has the details."""

    event_ms: int
    symbol: str
    status: str


StreamEvent = CandlePushes | StreamsLive | Reconnecting | MarketTraded | ContractChanged
