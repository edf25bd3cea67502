"""Which of the venue's contracts a cycle looks at."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from eliteflow.clock import Clock
from eliteflow.config import UniverseSettings
from eliteflow.errors import CircuitOpen, ExchangeError, UnknownSymbol
from eliteflow.pipeline.data_service import DataService
from eliteflow.scheduler.ports import MarketClient
from eliteflow.telemetry.log import EventLog


class UniverseReader:
    """Reads the universe, and again after `universe.refresh_s`, when the venue's time is learnt anew too."""

    def __init__(
        self, settings: UniverseSettings, client: MarketClient, data_service: DataService, clock: Clock
    ) -> None:
        self._settings = settings
        self._client = client
        self._data_service = data_service
        self._clock = clock
        self._log = EventLog("UnifiedScheduler")
        self._universe: Universe | None = None
        self._read_ms = -math.inf

    def expire(self) -> None:
        """Read the list of contracts anew when it is asked for next: the venue announced a change."""
        self._read_ms = -math.inf

    @property
    def symbols(self) -> tuple[str, ...]:
        """What is watched, as read last; empty before."""
        return () if self._universe is None else self._universe.symbols

    async def current(self, at_ms: int) -> "Universe":
        """Return the universe, at most `universe.refresh_s` old at `at_ms` unless the venue does not tell it now.

        Raises ExchangeError or CircuitOpen if it could never be read, UnknownSymbol if no symbol asked for trades.
        """
        if self._universe is None:
            self._universe = await self._read()
        elif at_ms - self._read_ms >= self._settings.refresh_s * 1000:
            await self._read_again(self._universe)
        return self._universe

    async def _read_again(self, before: "Universe") -> None:
        try:
            await self._client.synchronise_clock()
            self._universe = await self._read()
        except (ExchangeError, CircuitOpen) as error:
            if not error.retryable:
                raise
            self._log.write("universe.kept", symbols=len(before.symbols), reason=str(error))
        else:
            self._log_change(before, self._universe)

    async def _read(self) -> "Universe":
        await self._data_service.initialize()
        self._read_ms = self._clock.now_ms()
        settings = self._settings
        turnover = {}
        if settings.top is not None:
            turnover = {ticker.symbol: ticker.quote_volume for ticker in await self._client.fetch_tickers()}
        universe = select_universe(
            self._data_service.all_symbols,
            include=settings.include,
            exclude=settings.exclude,
            turnover=turnover,
            top=settings.top,
        )
        if not universe.symbols and universe.unknown:
            raise next(iter(universe.unknown.values()))
        return universe

    def _log_change(self, before: "Universe", after: "Universe") -> None:
        listed, delisted = set(after.symbols) - set(before.symbols), set(before.symbols) - set(after.symbols)
        if listed or delisted:
            names = {"listed": ", ".join(sorted(listed)) or "–", "delisted": ", ".join(sorted(delisted)) or "–"}
            self._log.write("universe.changed", symbols=len(after.symbols), **names)


class Universe(NamedTuple):
    """symbols: what is watched, in order. unknown: names that were asked for and do not trade."""

    symbols: tuple[str, ...]
    unknown: Mapping[str, UnknownSymbol]


def select_universe(
    trading: Sequence[str],
    *,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    turnover: Mapping[str, float] | None = None,
    top: int | None = None,
) -> Universe:
    """Return what to watch of the `trading` symbols.

    include: only these, when there are any; names are accepted in lower case. exclude: never these.
    top, turnover: only the `top` symbols by 24 h quote volume, largest first.
    """
    wanted = [name.upper() for name in include] or trading
    banned = {name.upper() for name in exclude}
    known = set(trading)
    symbols = [name for name in dict.fromkeys(wanted) if name in known and name not in banned]
    if top is not None:
        volume = turnover or {}
        symbols = sorted(symbols, key=lambda name: -volume.get(name, 0.0))[:top]
    unknown = {name: UnknownSymbol.among(name, trading) for name in wanted if name not in known}
    return Universe(tuple(symbols), unknown)
