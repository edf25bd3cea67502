"""Which streams come over which connection, and what is said to get them (reference A.2, A.3). Pure.

A topic is what is subscribed to as a whole: a symbol with the klines of all timeframes, or one stream of the venue's
own name, as `!miniTicker@arr`.
"""

from collections.abc import Iterable, Sequence
from itertools import count, islice
from typing import NamedTuple

import msgspec

from eliteflow.errors import InvalidArgument
from eliteflow.model.timeframe import Timeframe

MARKET_ROUTE = "market"
MOST_STREAMS = 1_024
NAMES_A_MESSAGE = 200

HEARTBEAT = "btcusdt@markPrice"
"""Comes every three seconds on the route of the klines, traded or not: on each connection it proves that it lives."""
MARKET_TOPICS = ("!miniTicker@arr", "!contractInfo")
"""The whole market's streams: who was traded, what was listed."""


class StreamRequest(NamedTuple):
    """One message to the venue about some topics. method: `SUBSCRIBE` or `UNSUBSCRIBE`."""

    id: int
    method: str
    topics: tuple[str, ...]
    names: tuple[str, ...]

    def text(self) -> str:
        """Return it as it is sent; names that are not ASCII go as raw UTF-8, as the venue wants them."""
        return msgspec.json.encode({"method": self.method, "params": self.names, "id": self.id}).decode()


class StreamPlan:
    """Which symbols are followed on which connection. A symbol stays where it is for as long as it is followed.

    timeframes: whose klines are streamed for each symbol.
    streams_per_connection: about how many streams one connection carries; raises InvalidArgument above 1,000.
    """

    def __init__(self, timeframes: Sequence[Timeframe], streams_per_connection: int) -> None:
        if streams_per_connection + len(timeframes) >= MOST_STREAMS:
            raise InvalidArgument("streams_per_connection", found=streams_per_connection, wanted="1 … 1000")
        self.timeframes = tuple(timeframes)
        self.connections: dict[int, dict[str, None]] = {}
        self._room = max(1, streams_per_connection // len(self.timeframes))
        self._homes: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._homes)

    def follow(self, symbols: Iterable[str]) -> None:
        """Follow exactly these symbols: the others leave, the new fill the emptiest connections, then more of them."""
        wanted = dict.fromkeys(symbols)
        for symbol in [symbol for symbol in self._homes if symbol not in wanted]:
            del self.connections[self._homes.pop(symbol)][symbol]
        self._add([symbol for symbol in wanted if symbol not in self._homes])
        self.connections = {number: symbols for number, symbols in self.connections.items() if symbols}

    def home(self, symbol: str) -> int | None:
        """Return the number of the symbol's connection, None if it is not followed."""
        return self._homes.get(symbol)

    def names(self, topic: str) -> tuple[str, ...]:
        """Return the names of a topic's streams; the venue knows them in lower case only."""
        return stream_names(topic, self.timeframes)

    def _add(self, symbols: Sequence[str]) -> None:
        spare = sum(self._room - len(followed) for followed in self.connections.values())
        unused = (number for number in count(1) if number not in self.connections)
        for number in list(islice(unused, max(0, -(-(len(symbols) - spare) // self._room)))):
            self.connections[number] = {}
        for symbol in symbols:
            number, followed = min(self.connections.items(), key=lambda entry: len(entry[1]))
            followed[symbol] = None
            self._homes[symbol] = number


def symbols_among(topics: Iterable[str]) -> tuple[str, ...]:
    """Return the topics that are symbols."""
    return tuple(topic for topic in topics if not _is_stream(topic))


def stream_names(topic: str, timeframes: Iterable[Timeframe]) -> tuple[str, ...]:
    """Return the names of a topic's streams; the venue knows them in lower case only."""
    if _is_stream(topic):
        return (topic,)
    return tuple(f"{topic.lower()}@kline_{timeframe}" for timeframe in timeframes)


def stream_path(route: str, names: Iterable[str]) -> str:
    """Return the path to subscribe to `names` at; raise InvalidArgument for klines on a route that has none.

    The venue acknowledges them there and stays silent for ever.
    """
    if route != MARKET_ROUTE and any("@kline_" in name for name in names):
        raise InvalidArgument("route", found=route, wanted=MARKET_ROUTE)
    return f"/{route}/stream"


def in_messages(topics: Sequence[str], streams_a_topic: int) -> list[tuple[str, ...]]:
    """Return the topics in groups that fit into one message each."""
    size = max(1, NAMES_A_MESSAGE // streams_a_topic)
    return [tuple(topics[start : start + size]) for start in range(0, len(topics), size)]


def _is_stream(topic: str) -> bool:
    return "@" in topic or topic.startswith("!")
