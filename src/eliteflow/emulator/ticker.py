"""24-hour statistics of contracts, with the fields of `/fapi/v1/ticker/24hr`."""

from collections.abc import Sequence

import numpy as np

from eliteflow.emulator.bars import (
    CLOSE,
    FIRST_TRADE,
    HIGH,
    LOW,
    OPEN,
    QUOTE,
    TRADES,
    VOLUME,
    Block,
    roll_up,
)
from eliteflow.emulator.base_bars import join
from eliteflow.emulator.generator import BARS_A_DAY
from eliteflow.emulator.instruments import Instrument
from eliteflow.emulator.intervals import BASE_MS
from eliteflow.emulator.market import Market
from eliteflow.emulator.rows import decimal

Ticker = dict[str, str | int]
_CLOSED_BARS = BARS_A_DAY - 1


def tickers(market: Market, rows: Sequence[int], now_ms: int) -> list[Ticker]:
    """Return the statistics of some contracts over the last 24 hours, in whole 5m bars and the forming one."""
    bar, elapsed_ms = divmod(now_ms, BASE_MS)
    pulse = market.base.pulse(bar)
    closed = market.base.everyone(bar - _CLOSED_BARS, _CLOSED_BARS)[:, list(rows)]
    days = roll_up(closed, [0])[:, :, 0].T.tolist()
    sizes = _last_sizes(closed)
    window = ((bar - _CLOSED_BARS) * BASE_MS, now_ms)
    found = []
    for row, day, last_size in zip(rows, days, sizes, strict=True):
        forming = pulse.bar_at(row, pulse.steps_at(row, elapsed_ms))
        size = max(1, forming[VOLUME] // forming[TRADES]) if forming[TRADES] else last_size
        found.append(_ticker(market.instruments[row], join(day, forming), size, window))
    return found


def _last_sizes(closed: Block) -> list[int]:
    """Return the typical trade of the last bar that had any, in lot units."""
    traded = closed[TRADES] > 0
    last = closed.shape[-1] - 1 - np.argmax(traded[:, ::-1], axis=1)[:, None]
    volume = np.take_along_axis(closed[VOLUME], last, axis=1)
    trades = np.take_along_axis(closed[TRADES], last, axis=1)
    sizes: list[int] = (volume // np.maximum(trades, 1))[:, 0].tolist()
    return sizes


def _ticker(instrument: Instrument, day: list[int], last_size: int, window: tuple[int, int]) -> Ticker:
    price, quantity = instrument.price_precision, instrument.quantity_precision
    change, average = day[CLOSE] - day[OPEN], round(day[QUOTE] / day[VOLUME]) if day[VOLUME] else day[CLOSE]
    return {
        "symbol": instrument.symbol,
        "priceChange": decimal(change, price),
        "priceChangePercent": f"{100 * change / day[OPEN]:.3f}",
        "weightedAvgPrice": decimal(average, price),
        "lastPrice": decimal(day[CLOSE], price),
        "lastQty": decimal(last_size, quantity),
        "openPrice": decimal(day[OPEN], price),
        "highPrice": decimal(day[HIGH], price),
        "lowPrice": decimal(day[LOW], price),
        "volume": decimal(day[VOLUME], quantity),
        "quoteVolume": decimal(day[QUOTE], price + quantity),
        "openTime": window[0],
        "closeTime": window[1],
        "firstId": day[FIRST_TRADE] if day[TRADES] else -1,
        "lastId": day[FIRST_TRADE] + day[TRADES] - 1 if day[TRADES] else -1,
        "count": day[TRADES],
    }
