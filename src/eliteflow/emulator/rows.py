"""Candles as the venue writes them: a JSON list of twelve columns a row, decimals as strings."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from eliteflow.emulator.bars import (
    CLOSE,
    HIGH,
    LOW,
    OPEN,
    QUOTE,
    TAKER_QUOTE,
    TAKER_VOLUME,
    TRADES,
    VOLUME,
    Block,
)

Text = NDArray[np.uint8]

_FOUR_DIGITS = np.frombuffer("".join(f"{n:04d}" for n in range(10_000)).encode(), dtype="<u4")
_POWERS = 10 ** np.arange(1, 19, dtype=np.int64)


def decimal(units: int, decimals: int) -> str:
    """Write a whole number of units of 10^-decimals; zero is plain `0`, as the venue's empty sums are."""
    return pointed(str(units), decimals) if units >= 0 else f"-{pointed(str(-units), decimals)}"


def pointed(digits: str, decimals: int) -> str:
    """Put the point into the digits of such a number, which is not negative."""
    if len(digits) > decimals > 0:
        return f"{digits[:-decimals]}.{digits[-decimals:]}"
    return digits if not decimals or digits == "0" else f"0.{digits.rjust(decimals, '0')}"


def digits_of(numbers: NDArray[np.int64]) -> list[str]:
    """Return the digits of many numbers, three times quicker than one by one."""
    return msgspec.json.encode(numbers.tolist())[1:-1].decode().split(",")


def encode_row(open_ms: int, close_ms: int, bar: list[int], price_decimals: int, quantity_decimals: int) -> bytes:
    """Write one candle (ten whole numbers, as in `bars`) without a comma behind it."""
    open_, high, low, close = (decimal(bar[field], price_decimals) for field in (OPEN, HIGH, LOW, CLOSE))
    volume, taker = decimal(bar[VOLUME], quantity_decimals), decimal(bar[TAKER_VOLUME], quantity_decimals)
    quotes = price_decimals + quantity_decimals
    quote, taker_quote = decimal(bar[QUOTE], quotes), decimal(bar[TAKER_QUOTE], quotes)
    return (
        f'[{open_ms},"{open_}","{high}","{low}","{close}","{volume}",{close_ms},"{quote}",{bar[TRADES]},'
        f'"{taker}","{taker_quote}","0"]'
    ).encode()


def encode_rows(
    opens_ms: NDArray[np.int64], closes_ms: NDArray[np.int64], bars: Block, price_decimals: int, quantity_decimals: int
) -> tuple[bytes, NDArray[np.int64]]:
    """Write many candles at once, a comma behind each; return the text and where in it each row ends."""
    quotes = price_decimals + quantity_decimals
    prices = [_digits(bars[field], price_decimals) for field in (OPEN, HIGH, LOW, CLOSE)]
    count = bars.shape[1]
    pieces: list[Text] = [_literal("[", count), _digits(opens_ms, 0)]
    for price in prices:
        pieces += [_literal('","' if len(pieces) > 2 else ',"', count), price]
    pieces += [_literal('","', count), _digits(bars[VOLUME], quantity_decimals), _literal('",', count)]
    pieces += [_digits(closes_ms, 0), _literal(',"', count), _digits(bars[QUOTE], quotes), _literal('",', count)]
    pieces += [_digits(bars[TRADES], 0), _literal(',"', count), _digits(bars[TAKER_VOLUME], quantity_decimals)]
    pieces += [_literal('","', count), _digits(bars[TAKER_QUOTE], quotes), _literal('","0"],', count)]
    matrix = np.concatenate(pieces, axis=1)
    written = matrix != 0
    return matrix[written].tobytes(), np.cumsum(np.count_nonzero(written, axis=1))


def _literal(text: str, count: int) -> Text:
    return np.broadcast_to(np.frombuffer(text.encode(), dtype=np.uint8), (count, len(text)))


def _digits(values: NDArray[np.int64], decimals: int) -> Text:
    """Return one row of ASCII a value, bytes of 0 where nothing is written; the same text as `decimal`."""
    longest = max(len(str(int(values.max()))), decimals + 1)
    words = np.empty((len(values), -(-longest // 4)), dtype="<u4")
    rest = values
    for place in range(words.shape[1] - 1, -1, -1):
        quotient = rest // 10_000
        words[:, place] = _FOUR_DIGITS[rest - quotient * 10_000]
        rest = quotient
    text = words.view(np.uint8)
    width = text.shape[1]
    length = np.ones(len(values), dtype=np.int64)
    for power in _POWERS[: longest - 1]:
        length += values >= power
    text[np.arange(width) < (width - np.maximum(length, decimals + 1))[:, None]] = 0
    if not decimals:
        return text
    point = np.full((len(values), 1), ord("."), dtype=np.uint8)
    text = np.concatenate((text[:, : width - decimals], point, text[:, width - decimals :]), axis=1)
    empty = values == 0
    text[empty] = 0
    text[empty, -1] = ord("0")
    return text
