"""Events of the whole market as the venue writes them: mini tickers, mark prices, listings (reference A.7).

Since 2026-06-30 the venue's all-market streams carry COIN-M contracts too, told apart by `st` (1: USD-M, 2: COIN-M);
one such row is planted here, so that a client that does not look at `st` is found out.
"""

from collections.abc import Iterable, Iterator

import msgspec
import numpy as np

from eliteflow.emulator.bars import CLOSE, HIGH, LOW, OPEN, QUOTE, VOLUME, roll_up
from eliteflow.emulator.base_bars import join
from eliteflow.emulator.generator import BARS_A_DAY
from eliteflow.emulator.intervals import BASE_MS, SECOND
from eliteflow.emulator.mark_price import mark_of
from eliteflow.emulator.market import Market
from eliteflow.emulator.rows import decimal
from eliteflow.emulator.stream_names import EVERYONE, MINI_TICKER, Stream

USD_M, COIN_M = 1, 2
_TRADFI = "TRADIFI_PERPETUAL"
_COIN_M_PAIR = "BTCUSD"

Event = dict[str, object]


class MarketEvents:
    """Writes the events of the streams that come by the clock."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._days: tuple[int, list[list[int]]] = (-1, [])

    def of(self, stream: Stream, now_ms: int) -> Iterator[bytes]:
        """Yield the messages of a stream for this second."""
        if stream.row != EVERYONE:
            one = self._mini_ticker if stream.kind == MINI_TICKER else self._mark_price
            if self._market.is_live(stream.row, now_ms):
                yield msgspec.json.encode(one(stream.row, now_ms))
        elif stream.kind == MINI_TICKER:
            rows = self._traded_since(now_ms - SECOND, now_ms)
            if events := [self._mini_ticker(row, now_ms) for row in rows]:
                yield msgspec.json.encode(_with_coin_m(events))
        else:
            yield from self._mark_prices(now_ms)

    def contract_info(self, row: int, event_ms: int) -> bytes:
        """Return the event of a listing, a change of status or a delivery."""
        instrument = self._market.instruments[row]
        event = {"e": "contractInfo", "E": event_ms, "s": instrument.symbol, "ps": instrument.pair}
        event |= {"ct": instrument.contract_type, "dt": instrument.delivery_date, "ot": instrument.onboard_date}
        return msgspec.json.encode(event | {"cs": instrument.status, "bks": [], "st": USD_M})

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

    def _mini_ticker(self, row: int, now_ms: int) -> Event:
        bar, elapsed_ms = divmod(now_ms, BASE_MS)
        pulse = self._market.base.pulse(bar)
        day = join(self._closed_day(bar)[row], pulse.bar_at(row, pulse.steps_at(row, elapsed_ms)))
        instrument = self._market.instruments[row]
        price, quantity = instrument.price_precision, instrument.quantity_precision
        event: Event = {"e": "24hrMiniTicker", "E": now_ms, "s": instrument.symbol}
        event |= {
            name: decimal(day[field], price) for name, field in (("c", CLOSE), ("o", OPEN), ("h", HIGH), ("l", LOW))
        }
        event |= {"v": decimal(day[VOLUME], quantity), "q": decimal(day[QUOTE], price + quantity)}
        return event | {"ps": instrument.pair, "st": USD_M}

    def _closed_day(self, bar: int) -> list[list[int]]:
        """Return the sum of the 287 bars before one, by contract."""
        if self._days[0] != bar:
            closed = self._market.base.everyone(bar - BARS_A_DAY + 1, BARS_A_DAY - 1)
            self._days = (bar, roll_up(closed, [0])[:, :, 0].T.tolist())
        return self._days[1]

    def _traded_since(self, after_ms: int, now_ms: int) -> list[int]:
        """Return the contracts that were traded in a span that lies in one bar or ends with its first moment."""
        bar, until_ms = divmod(now_ms - 1, BASE_MS)
        traded: list[int] = []
        for group in self._market.base.pulse(bar).groups:
            happens = (group.slots[VOLUME] > 0) & (group.when_ms >= after_ms % BASE_MS) & (group.when_ms <= until_ms)
            traded += group.rows[np.any(happens, axis=1)].tolist()
        return [row for row in sorted(traded) if self._market.is_live(row, now_ms)]

    def _live(self, now_ms: int) -> Iterable[int]:
        return [row for row in self._market.rows.values() if self._market.is_live(row, now_ms)]


def _with_coin_m(events: list[Event]) -> list[Event]:
    """Add a COIN-M contract: the first row once more under a COIN-M name."""
    name = {"s": f"{_COIN_M_PAIR}_PERP", "st": COIN_M}
    return [*events, events[0] | name | ({"ps": _COIN_M_PAIR} if "ps" in events[0] else {})]
