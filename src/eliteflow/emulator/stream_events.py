"""Events of single contracts as the venue writes them: klines, trades, best prices (reference A.7).

`bar` is always a candle or a batch of trades as ten whole numbers in the order of `bars`.
"""

from eliteflow.emulator.bars import (
    CLOSE,
    FIRST_TRADE,
    HIGH,
    LOW,
    OPEN,
    QUOTE,
    TAKER_QUOTE,
    TAKER_VOLUME,
    TRADES,
    VOLUME,
)
from eliteflow.emulator.instruments import Instrument
from eliteflow.emulator.rows import decimal

_BOOK_LOTS = 7_919
_UPDATES_A_TRADE = 1_307
"""An update id is the trade id times this: order books change far more often than trades happen."""


def kline(
    instrument: Instrument, name: str, opens_ms: int, closes_ms: int, bar: list[int], event_ms: int, *, is_final: bool
) -> bytes:
    """Return a kline event."""
    first, last = _ids(bar, 1)
    values = _kline_values(instrument, bar, is_final=is_final)
    symbol = instrument.symbol
    return (
        f'{{"e":"kline","E":{event_ms},"s":"{symbol}","k":{{"t":{opens_ms},"T":{closes_ms},"s":"{symbol}","i":"{name}",'
        f'"f":{first},"L":{last},{values}}}}}'
    ).encode()


def continuous_kline(
    instrument: Instrument, name: str, opens_ms: int, closes_ms: int, bar: list[int], event_ms: int, *, is_final: bool
) -> bytes:
    """Return a continuous_kline event; its `f` and `L` are update ids."""
    first, last = _ids(bar, _UPDATES_A_TRADE)
    values = _kline_values(instrument, bar, is_final=is_final)
    return (
        f'{{"e":"continuous_kline","E":{event_ms},"ps":"{instrument.pair}","ct":"{instrument.contract_type}",'
        f'"k":{{"t":{opens_ms},"T":{closes_ms},"i":"{name}","f":{first},"L":{last},{values}}}}}'
    ).encode()


def _ids(bar: list[int], factor: int) -> tuple[int, int]:
    if not bar[TRADES]:
        return -1, -1
    return bar[FIRST_TRADE] * factor, (bar[FIRST_TRADE] + bar[TRADES] - 1) * factor


def _kline_values(instrument: Instrument, bar: list[int], *, is_final: bool) -> str:
    price, quantity = instrument.price_precision, instrument.quantity_precision
    quote = price + quantity
    return (
        f'"o":"{decimal(bar[OPEN], price)}","c":"{decimal(bar[CLOSE], price)}","h":"{decimal(bar[HIGH], price)}",'
        f'"l":"{decimal(bar[LOW], price)}","v":"{decimal(bar[VOLUME], quantity)}","n":{bar[TRADES]},'
        f'"x":{"true" if is_final else "false"},"q":"{decimal(bar[QUOTE], quote)}",'
        f'"V":"{decimal(bar[TAKER_VOLUME], quantity)}","Q":"{decimal(bar[TAKER_QUOTE], quote)}","B":"0"'
    )


def agg_trades(instrument: Instrument, batch: list[int], first_id: int, event_ms: int) -> list[bytes]:
    """Return a batch as one or two trades: what takers bought and what they sold, ending at the batch's close.

    Their volumes and trade ids sum to the kline's. A batch of one trade runs over one price only, its last.
    """
    rises = batch[CLOSE] >= batch[OPEN]
    bought, sold = batch[TAKER_VOLUME], batch[VOLUME] - batch[TAKER_VOLUME]
    sides = [(sold, True), (bought, False)] if rises else [(bought, False), (sold, True)]
    sides = [side for side in sides if side[0]]
    if batch[TRADES] < len(sides):
        sides = [(batch[VOLUME], not rises)]
    earlier = batch[TRADES] // 2 if len(sides) > 1 else 0
    first, last = batch[FIRST_TRADE], batch[FIRST_TRADE] + batch[TRADES] - 1
    spans = [(first, first + earlier - 1), (first + earlier, last)][-len(sides) :]
    prices = [batch[OPEN], batch[CLOSE]][-len(sides) :]
    return [
        _agg_trade(instrument, first_id + place, (price, *side), span, event_ms)
        for place, (price, side, span) in enumerate(zip(prices, sides, spans, strict=True))
    ]


def _agg_trade(
    instrument: Instrument, number: int, trade: tuple[int, int, bool], span: tuple[int, int], event_ms: int
) -> bytes:
    units, lots, is_sale = trade
    price, quantity = decimal(units, instrument.price_precision), decimal(lots, instrument.quantity_precision)
    return (
        f'{{"e":"aggTrade","E":{event_ms},"a":{number},"s":"{instrument.symbol}","p":"{price}","q":"{quantity}",'
        f'"nq":"{quantity}","f":{span[0]},"l":{span[1]},"T":{event_ms},"m":{"true" if is_sale else "false"}}}'
    ).encode()


def book_ticker(instrument: Instrument, batch: list[int], event_ms: int) -> bytes:
    """Return the best prices after a batch: its close on the side that was hit, a tick away on the other."""
    price, quantity, last = instrument.price_precision, instrument.quantity_precision, batch[CLOSE]
    bid, ask = (last - instrument.tick, last) if batch[CLOSE] >= batch[OPEN] else (last, last + instrument.tick)
    update = (batch[FIRST_TRADE] + batch[TRADES] - 1) * _UPDATES_A_TRADE
    lots = [1 + (update >> shift) % _BOOK_LOTS for shift in (0, 5)]
    return (
        f'{{"e":"bookTicker","u":{update},"s":"{instrument.symbol}","b":"{decimal(max(1, bid), price)}",'
        f'"B":"{decimal(lots[0], quantity)}","a":"{decimal(ask, price)}","A":"{decimal(lots[1], quantity)}",'
        f'"T":{event_ms},"E":{event_ms}}}'
    ).encode()
