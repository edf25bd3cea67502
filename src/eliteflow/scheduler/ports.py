"""What the scheduler needs of a client, as a protocol; `eliteflow.BinanceClient` is one."""

from collections.abc import Sequence
from typing import Protocol

from eliteflow.clock import Clock
from eliteflow.model.breaker import BreakerSnapshot
from eliteflow.model.ticker import Ticker
from eliteflow.pipeline.ports import SeriesSource


class MarketClient(SeriesSource, Protocol):
    """Candles, tickers and the venue's time."""

    @property
    def clock(self) -> Clock:
        """The venue's time."""

    @property
    def venue(self) -> str:
        """The venue's name in reports; `SIMULATED` for an emulator."""

    def breaker_snapshot(self) -> BreakerSnapshot:
        """Return the circuit breaker as it stands now."""

    async def fetch_tickers(self) -> Sequence[Ticker]:
        """Return the 24-hour statistics of every symbol that trades. Raises ExchangeError or CircuitOpen."""

    async def synchronise_clock(self) -> None:
        """Learn the venue's time anew. Raises ExchangeError or CircuitOpen."""
