"""24-hour statistics as `!miniTicker@arr` pushes them each second: of the contracts that were traded in it.

Half a market is traded each second, so what is the same for all contracts is reckoned for all at once, and what did
not change since a contract's last message is not written anew.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eliteflow.emulator.bars import CLOSE, FIELDS, HIGH, LOW, QUOTE, VOLUME, Block, roll_up
from eliteflow.emulator.generator import BARS_A_DAY
from eliteflow.emulator.instruments import Instrument
from eliteflow.emulator.intervals import BASE_MS, SECOND
from eliteflow.emulator.market import Market
from eliteflow.emulator.rows import decimal, digits_of, pointed

USD_M, COIN_M = 1, 2
COIN_M_PAIR = "BTCUSD"


class _Written(NamedTuple):
    """What of a contract's last event holds for the next one. prices: its day's open, high and low.

    price, quantity: decimals. head, middle, tail: what stands before, between and behind the numbers.
    """

    instrument: Instrument
    prices: list[int]
    price: int
    quantity: int
    head: str
    middle: str
    tail: str


class MiniTickers:
    """Writes the events of one contract or of the whole market."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._closed: tuple[int, Block] = (-1, np.zeros((0, FIELDS), np.int64))
        self._volumes: tuple[int, NDArray[np.int64]] = (-1, np.zeros(0, np.int64))
        self._written: dict[int, _Written] = {}

    def of_one(self, row: int, now_ms: int) -> bytes:
        """Return the event of a contract."""
        bar, elapsed_ms = divmod(now_ms, BASE_MS)
        pulse = self._market.base.pulse(bar)
        newest = np.array([pulse.bar_at(row, pulse.steps_at(row, elapsed_ms))])
        return next(self._events([row], newest, now_ms)).encode()

    def of_everyone(self, now_ms: int) -> bytes:
        """Return the message of the second that ends now; empty if nobody was traded in it.

        A COIN-M contract is planted behind the others: the first row once more under another name.
        """
        rows = [row for row in self._traded_until(now_ms) if self._market.is_live(row, now_ms)]
        if not rows:
            return b""
        bar, elapsed_ms = divmod(now_ms, BASE_MS)
        newest = self._market.base.pulse(bar).everyone_at(elapsed_ms)[rows]
        events = list(self._events(rows, newest, now_ms))
        first = self._market.instruments[rows[0]]
        foreign = events[0].replace(f'"s":"{first.symbol}"', f'"s":"{COIN_M_PAIR}_PERP"')
        foreign = foreign.replace(f'"ps":"{first.pair}","st":{USD_M}', f'"ps":"{COIN_M_PAIR}","st":{COIN_M}')
        return f"[{','.join(events)},{foreign}]".encode()

    def _events(self, rows: list[int], newest: Block, now_ms: int) -> Iterator[str]:
        """Yield the events of some contracts; newest: their bars in progress, shape (contracts, 10)."""
        days = _joined(self._closed_day(now_ms // BASE_MS)[rows], newest)
        instruments, known = self._market.instruments, self._written
        begin = f'{{"e":"24hrMiniTicker","E":{now_ms},"s":"'
        sums = map(digits_of, days[:, CLOSE:].T)
        for row, prices, close, volume, quote in zip(rows, days[:, :CLOSE].tolist(), *sums, strict=True):
            written = known.get(row)
            if written is None or written[1] != prices or written[0] is not instruments[row]:
                written = known[row] = _written(instruments[row], prices)
            _, _, price, quantity, head, middle, tail = written
            yield (
                f"{begin}{head}{pointed(close, price)}{middle}{pointed(volume, quantity)}"
                f'","q":"{pointed(quote, price + quantity)}{tail}'
            )

    def _closed_day(self, bar: int) -> Block:
        """Return the sum of the 287 bars before one, shape (contracts, 10)."""
        if self._closed[0] != bar:
            closed = self._market.base.everyone(bar - BARS_A_DAY + 1, BARS_A_DAY - 1)
            self._closed = (bar, np.ascontiguousarray(roll_up(closed, [0])[:, :, 0].T))
        return self._closed[1]

    def _traded_until(self, now_ms: int) -> list[int]:
        """Return the contracts that were traded in the second before a moment; no second lies in two bars."""
        bar, last_ms = divmod(now_ms - 1, BASE_MS)
        before_ms, before = self._volumes
        pulse = self._market.base.pulse(bar)
        if before_ms != now_ms - SECOND or last_ms < SECOND:
            before = pulse.everyone_at(last_ms - SECOND)[:, VOLUME] if last_ms >= SECOND else np.zeros(1, np.int64)
        volumes = pulse.everyone_at(last_ms)[:, VOLUME]
        self._volumes = now_ms, volumes
        traded: list[int] = np.flatnonzero(volumes > before).tolist()
        return traded


def _joined(closed: Block, newest: Block) -> Block:
    """Return open, high, low, close, volume and quote volume of the days so far, shape (contracts, 6)."""
    old, new = closed[:, VOLUME] > 0, newest[:, VOLUME] > 0
    only_new = (new & ~old)[:, None]
    days = np.where(only_new, newest, closed)[:, : QUOTE + 1]
    both = old & new
    days[both, HIGH] = np.maximum(closed[both, HIGH], newest[both, HIGH])
    days[both, LOW] = np.minimum(closed[both, LOW], newest[both, LOW])
    days[both, CLOSE] = newest[both, CLOSE]
    days[both, VOLUME : QUOTE + 1] += newest[both, VOLUME : QUOTE + 1]
    return days


def _written(instrument: Instrument, prices: list[int]) -> _Written:
    price, quantity = instrument.price_precision, instrument.quantity_precision
    open_, high, low = (decimal(units, price) for units in prices)
    head = f'{instrument.symbol}","c":"'
    middle = f'","o":"{open_}","h":"{high}","l":"{low}","v":"'
    tail = f'","ps":"{instrument.pair}","st":{USD_M}}}'
    return _Written(instrument, prices, price, quantity, head, middle, tail)
