"""Contracts that are listed and delisted while the venue runs (reference A.8)."""

from collections.abc import Callable
from functools import partial

import msgspec

from eliteflow.emulator.agenda import Agenda
from eliteflow.emulator.exchange_info import ExchangeInfo
from eliteflow.emulator.instruments import read_instrument
from eliteflow.emulator.intervals import BASE_MS
from eliteflow.emulator.market import Market
from eliteflow.emulator.messages import VenueError


class ListingOrder(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A contract that comes or goes; exactly one of the two times is given.

    symbol: a trading contract to delist, or for a listing one of the market's reserve (empty: the next one).
    """

    symbol: str = ""
    list_in_s: float | None = None
    """PENDING_TRADING now, TRADING from the first 5m boundary so many seconds from now or later."""
    delist_in_s: float | None = None
    """Announced by its deliveryDate now, SETTLING so many seconds from now."""


class Listings:
    """Changes who is listed, in exchangeInfo, in the market and by `!contractInfo`.

    announce: called with the row and the time of every change.
    """

    def __init__(
        self, market: Market, exchange_info: ExchangeInfo, agenda: Agenda, announce: Callable[[int, int], None]
    ) -> None:
        self._market = market
        self._exchange_info = exchange_info
        self._agenda = agenda
        self._announce = announce

    def follow(self, order: ListingOrder, now_ms: int) -> str:
        """Do as ordered and return the symbol; raise VenueError for a contract that cannot come or go."""
        if (order.list_in_s is None) is (order.delist_in_s is None):
            raise VenueError(-1, "A listing needs either list_in_s or delist_in_s.")
        if order.list_in_s is not None:
            return self._list(order.symbol.upper(), now_ms, now_ms + round(order.list_in_s * 1_000))
        assert order.delist_in_s is not None
        return self._delist(order.symbol.upper(), now_ms, now_ms + round(order.delist_in_s * 1_000))

    def _list(self, symbol: str, now_ms: int, earliest_ms: int) -> str:
        reserve = {self._market.instruments[row].symbol: row for row in self._market.unlisted}
        symbol = symbol or next(iter(reserve), "")
        if symbol not in reserve:
            raise VenueError(-1, f"{symbol!r} is not in reserve; {', '.join(reserve) or 'nothing'} can be listed.")
        opens_ms = -(-earliest_ms // BASE_MS) * BASE_MS
        self._change(reserve[symbol], now_ms, status="PENDING_TRADING", onboardDate=opens_ms)
        self._agenda.at(opens_ms, partial(self._change, reserve[symbol], status="TRADING"))
        return symbol

    def _delist(self, symbol: str, now_ms: int, ends_ms: int) -> str:
        row = self._market.rows.get(symbol)
        if row is None or not self._market.instruments[row].is_trading:
            raise VenueError(-1, f"{symbol!r} is not trading and cannot be delisted.")
        self._change(row, now_ms, deliveryDate=ends_ms)
        self._agenda.at(ends_ms, partial(self._change, row, status="SETTLING"))
        return symbol

    def _change(self, row: int, due_ms: int, **fields: object) -> None:
        symbol = self._market.instruments[row].symbol
        entry = msgspec.json.encode(self._exchange_info.entry(symbol) | fields)
        self._exchange_info.put(symbol, entry)
        self._market.put(row, read_instrument(entry))
        self._announce(row, due_ms)
