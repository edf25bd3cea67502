"""5m bars into larger ones, exactly as the venue has them (DESIGN 7). Pure: arrays in, arrays out.

The venue writes a volume with the decimals of the lot step, and a quote volume with those of tick × step. Counted in
such units every volume is a whole number and every sum exact; divided once, it is the very float of the venue's text.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Self

import numpy as np

from eliteflow.model.candle import FIELDS, OHLCV
from eliteflow.model.instrument import Instrument
from eliteflow.model.timeframe import Timeframe

if TYPE_CHECKING:
    from numpy.typing import NDArray

_OPEN, _HIGH, _LOW, _CLOSE, _VOLUME = (FIELDS.index(name) for name in OHLCV)
_TELLING = 2.0**52
"""Up to it no two whole numbers of a unit are the same float, so that a float tells which one the venue wrote."""

_EXACT = 2.0**53
"""Up to it floats add whole numbers exactly."""

# Orders at the tick of before a change of filters go on trading: 18 of 293 recorded contracts have such decimals.
_MORE_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class RollUpUnits:
    """How many units make one, for each field that adds up: powers of ten.

    per_one: float64, shape (5, symbols), the rows in the order of `FIELDS` from `volume` on.
    """

    per_one: "NDArray[np.float64]"

    @classmethod
    def of(cls, instruments: Iterable[Instrument]) -> Self:
        """Return the units of contracts, in their order, from the decimals of their tick and lot step."""
        rows = []
        for instrument in instruments:
            decimals = _decimals(instrument.step_size)
            volume, quote_volume = 10**decimals, 10 ** (decimals + _decimals(instrument.tick_size))
            rows.append((volume, quote_volume, 1, volume, quote_volume))
        return cls(np.array(rows, np.float64).reshape(-1, 5).T)

    def select(self, rows: "slice | NDArray[np.intp]") -> Self:
        """Return the units of some of the symbols."""
        return type(self)(self.per_one[:, rows])


def roll_up(parts: "NDArray[np.float64]", units: RollUpUnits) -> "NDArray[np.float64]":
    """Return the bar that consecutive bars make together, of many symbols at once.

    parts: shape (fields, symbols, parts), all of one larger bar so far, in order. The result has shape (fields,
    symbols); a column is NaN where it cannot be proved, so that it has to be fetched: a part is NaN, or a volume does
    not lie on its unit, nor on one up to three decimals finer, or has more digits than a float.
    """
    prices, amounts = parts[: _VOLUME + 1], parts[_VOLUME:]
    sums, proved = _exact_sums(amounts, units.per_one)
    for more in range(1, _MORE_DECIMALS + 1):
        if proved.all():
            break
        rest = ~proved
        sums[:, rest], proved[rest] = _exact_sums(amounts[:, rest], units.per_one[:, rest] * 10.0**more)
    rolled = np.concatenate((rolled_prices(prices), sums))
    rolled[:, ~proved] = np.nan
    return rolled


def parts_of(timeframe: Timeframe, open_time_ms: int, part: Timeframe) -> range:
    """Return the open times of the shorter bars that the bar opening at `open_time_ms` is made of."""
    return range(open_time_ms, open_time_ms + timeframe.ms, part.ms)


def containing(timeframes: Iterable[Timeframe], open_time_ms: int, part: Timeframe) -> dict[Timeframe, int]:
    """Return the open time of the larger bar of each timeframe that a bar of `part` belongs to.

    Timeframes that whole bars of `part` cannot fill, and `part` itself, are left out.
    """
    return {
        timeframe: timeframe.open_time_ms(open_time_ms)
        for timeframe in timeframes
        if timeframe.ms > part.ms and timeframe.ms % part.ms == 0
    }


def rolled_prices(parts: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return open, high, low and close, shape (4, symbols), of parts whose fields are OHLCV."""
    # A bar without trades repeats the previous close, while the venue's larger bar opens at its first trade.
    traded = parts[_VOLUME] > 0
    first = traded.argmax(axis=1)[:, None]
    prices = np.empty((_VOLUME, parts.shape[1]))
    prices[_OPEN] = np.take_along_axis(parts[_OPEN], first, axis=1)[:, 0]
    prices[_HIGH] = np.where(traded, parts[_HIGH], -np.inf).max(axis=1)
    prices[_LOW] = np.where(traded, parts[_LOW], np.inf).min(axis=1)
    prices[_CLOSE] = parts[_CLOSE, :, -1]
    quiet = ~traded.any(axis=1)
    prices[:_CLOSE, quiet] = prices[_CLOSE, quiet]
    return prices


def _exact_sums(
    amounts: "NDArray[np.float64]", per_one: "NDArray[np.float64]"
) -> "tuple[NDArray[np.float64], NDArray[np.bool_]]":
    """Return the sums over the parts, and which symbols' are proved: all amounts are whole numbers of their unit."""
    counts = np.rint(amounts * per_one[:, :, None])
    proved = ((counts / per_one[:, :, None] == amounts) & (counts <= _TELLING)).all(axis=(0, 2))
    total = counts.sum(axis=2)
    sums = total / per_one
    for field, symbol in np.argwhere((total > _EXACT) & proved):
        sums[field, symbol] = sum(map(int, counts[field, symbol])) / int(per_one[field, symbol])
    return sums, proved


def _decimals(size: Decimal) -> int:
    """Return how many decimals multiples of `size` have; 0 for whole ones."""
    exponent = size.normalize().as_tuple().exponent
    assert isinstance(exponent, int), f"{size} is no size"
    return max(0, -exponent)
