"""What the pipeline needs from outside, as protocols; `app` puts the real parts in."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from eliteflow.clock import Clock
from eliteflow.model.instrument import Instrument
from eliteflow.model.priority import Priority
from eliteflow.model.series import Series
from eliteflow.model.spend import Spend
from eliteflow.model.stream_event import StreamEvent
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_views import StoredSeries

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@runtime_checkable
class SeriesSource(Protocol):
    """Where candles come from that memory lacks; `eliteflow.BinanceClient` is one."""

    async def fetch_series(
        self,
        symbol: str,
        timeframe: Timeframe,
        *,
        limit: int,
        start_ms: int | None = None,
        end_ms: int | None = None,
        priority: Priority = Priority.INTERACTIVE,
        on_sent: Callable[[], None] | None = None,
    ) -> Series:
        """Return at most `limit` candles with open times from `start_ms` up to `end_ms`, the newest by default.

        on_sent: called whenever a request leaves for the venue, after whatever it had to wait for.
        The last candle may be the bar in progress. Raises ExchangeError, CircuitOpen, or UnknownSymbol.
        """

    def spend(self) -> Spend:
        """Return what has been sent so far."""


@runtime_checkable
class WeightLimited(Protocol):
    """A source that knows what its venue allows; `eliteflow.BinanceClient` is one."""

    @property
    def weight_limit(self) -> int:
        """How much weight the venue allows an address in a minute, as far as is known."""


@runtime_checkable
class KlinesClient(Protocol):
    """Any other client: `get_klines` returns the venue's raw rows, twelve columns each, oldest first."""

    async def get_klines(self, symbol: str, interval: str, limit: int) -> list[list[object]]:
        """Return the newest `limit` rows, the bar in progress last."""


@runtime_checkable
class UniverseSource(Protocol):
    """Where the list of contracts comes from; `eliteflow.BinanceClient` is one."""

    async def fetch_universe(self) -> Sequence[Instrument]:
        """Return the trading USDT perpetuals. Raises ExchangeError or CircuitOpen."""


@runtime_checkable
class ExchangeInfoClient(Protocol):
    """Any other client that can list the venue's contracts."""

    async def get_exchange_info(self) -> Mapping[str, object]:
        """Return the venue's exchangeInfo as it was sent: contracts under `symbols`."""


@runtime_checkable
class TimeSource(Protocol):
    """A client that can learn the venue's time; `eliteflow.BinanceClient` is one."""

    @property
    def clock(self) -> Clock:
        """The clock that `synchronise_clock` sets."""

    async def synchronise_clock(self) -> None:
        """Learn the venue's time. Raises ExchangeError or CircuitOpen."""


@runtime_checkable
class CandleStream(Protocol):
    """Where live candles come from; `eliteflow.WebSocketManager` is one."""

    def events(self) -> AsyncIterator[StreamEvent]:
        """Return everything that the streams say, until `aclose`; one reader at a time."""

    def follow(self, symbols: Iterable[str]) -> None:
        """Say which symbols' klines are wanted from now on; connections are opened and changed behind the scenes."""

    def is_alive(self, symbol: str) -> bool:
        """Return whether the symbol's stream is on a connection that has brought a frame lately."""


@runtime_checkable
class CandleKeeper(Protocol):
    """What keeps candles across restarts; `DiskCache` is one. Its methods return at once and never raise."""

    def load(self, timeframes: Sequence[Timeframe]) -> Iterator[StoredSeries]:
        """Return everything that was kept of these timeframes."""

    def keep_series(self, stored: StoredSeries) -> None:
        """Keep all bars of a series instead of those kept before."""

    def keep_part(self, stored: StoredSeries) -> None:
        """Keep some bars of a series beside those kept before."""

    def keep_bars(
        self,
        timeframe: Timeframe,
        open_time_ms: int,
        symbols: tuple[str, ...],
        values: "NDArray[np.float64]",
        versions: "NDArray[np.int64]",
    ) -> None:
        """Keep one bar of many symbols; shapes (fields, symbols) and (symbols,)."""

    def forget(self, symbol: str) -> None:
        """Drop a symbol."""
