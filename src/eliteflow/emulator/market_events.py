"""Events of the whole market as the venue writes them: mini tickers, mark prices, listings (reference A.7).

Since 2026-06-30 the venue's all-market streams carry COIN-M contracts too, told apart by `st` (1: USD-M, 2: COIN-M);
one such row is planted here, so that a client that does not look at `st` is found out.
"""

from collections.abc import Iterable, Iterator

import msgspec

from eliteflow.emulator.mark_price import mark_of
from eliteflow.emulator.market import Market
from eliteflow.emulator.mini_tickers import COIN_M, COIN_M_PAIR, USD_M, MiniTickers
from eliteflow.emulator.stream_names import EVERYONE, MINI_TICKER, Stream

_TRADFI = "TRADIFI_PERPETUAL"

Event = dict[str, object]


class MarketEvents:
    """Writes the events of the streams that come by the clock."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._mini_tickers = MiniTickers(market)

    def of(self, stream: Stream, now_ms: int) -> Iterator[bytes]:
        """Yield the messages of a stream for this second."""
        if stream.row == EVERYONE:
            yield from self._of_everyone(stream, now_ms)
        elif self._market.is_live(stream.row, now_ms):
            if stream.kind == MINI_TICKER:
                yield self._mini_tickers.of_one(stream.row, now_ms)
            else:
                yield msgspec.json.encode(self._mark_price(stream.row, now_ms))

    def contract_info(self, row: int, event_ms: int) -> bytes:
        """Return the event of a listing, a change of status or a delivery."""
        instrument = self._market.instruments[row]
        event = {"e": "contractInfo", "E": event_ms, "s": instrument.symbol, "ps": instrument.pair}
        event |= {"ct": instrument.contract_type, "dt": instrument.delivery_date, "ot": instrument.onboard_date}
        return msgspec.json.encode(event | {"cs": instrument.status, "bks": [], "st": USD_M})

    def _of_everyone(self, stream: Stream, now_ms: int) -> Iterator[bytes]:
        if stream.kind != MINI_TICKER:
            yield from self._mark_prices(now_ms)
        elif message := self._mini_tickers.of_everyone(now_ms):
            yield message

    def _mark_prices(self, now_ms: int) -> Iterator[bytes]:
        """Yield two frames: TradFi contracts come in one of their own (reference A.7)."""
        rows = self._live(now_ms)
        for is_tradfi in (False, True):
            chosen = [row for row in rows if (self._market.instruments[row].contract_type == _TRADFI) is is_tradfi]
            if chosen:
                events = [self._mark_price(row, now_ms) for row in chosen]
                yield msgspec.json.encode(events if is_tradfi else _with_coin_m(events))

    def _mark_price(self, row: int, now_ms: int) -> Event:
        mark = mark_of(self._market, row, now_ms)
        event: Event = {"e": "markPriceUpdate", "E": now_ms, "s": self._market.instruments[row].symbol}
        event |= {"p": mark.price, "ap": mark.average, "i": mark.index, "P": mark.settle, "r": mark.rate}
        return event | {"T": mark.next_funding_ms, "st": USD_M}

    def _live(self, now_ms: int) -> Iterable[int]:
        return [row for row in self._market.rows.values() if self._market.is_live(row, now_ms)]


def _with_coin_m(events: list[Event]) -> list[Event]:
    """Add a COIN-M contract: the first row once more under a COIN-M name."""
    return [*events, events[0] | {"s": f"{COIN_M_PAIR}_PERP", "st": COIN_M}]
