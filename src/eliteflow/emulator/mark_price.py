"""Mark and index prices and funding of contracts: made up around the last price, the same for REST and streams."""

from dataclasses import dataclass

import numpy as np

from eliteflow.emulator.bars import CLOSE
from eliteflow.emulator.instruments import Instrument
from eliteflow.emulator.intervals import BASE_MS, HOUR, SECOND
from eliteflow.emulator.market import Market
from eliteflow.emulator.noise import key_of

_FUNDING_EVERY_MS = 8 * HOUR
_DECIMALS = 8
_SCALE = 2.0**64


@dataclass(frozen=True, slots=True)
class Mark:
    """What the venue publishes of one contract; prices and rates as it writes them."""

    price: str
    average: str
    index: str
    settle: str
    rate: str
    next_funding_ms: int
    """0 for contracts without funding."""


def mark_of(market: Market, row: int, now_ms: int) -> Mark:
    """Return a contract's mark price and what belongs to it, new every second."""
    bar, elapsed_ms = divmod(now_ms - now_ms % SECOND, BASE_MS)
    pulse = market.base.pulse(bar)
    instrument = market.instruments[row]
    last = pulse.bar_at(row, pulse.steps_at(row, elapsed_ms))[CLOSE] / 10.0**instrument.price_precision
    key = key_of(now_ms // SECOND, instrument.symbol)
    lean = [((key >> shift & 0xFFFF) / 65_536 - 0.5) * 2e-4 for shift in (0, 16, 32)]
    has_funding = instrument.contract_type.endswith("PERPETUAL") and instrument.is_trading
    return Mark(
        price=_written(last * (1 + lean[0])),
        average=_written(last * (1 + lean[0] / 2)),
        index=_written(last * (1 + lean[1])),
        settle=_written(last * (1 + lean[2])),
        rate=_funding_rate(instrument, now_ms) if has_funding else "",
        next_funding_ms=now_ms - now_ms % _FUNDING_EVERY_MS + _FUNDING_EVERY_MS if has_funding else 0,
    )


def _funding_rate(instrument: Instrument, now_ms: int) -> str:
    luck = key_of(now_ms // _FUNDING_EVERY_MS, f"funding of {instrument.symbol}") / _SCALE
    return _written(float(np.clip(1e-4 + (luck - 0.5) * 4e-4, -3e-4, 3e-4)))


def _written(value: float) -> str:
    return f"{value:.{_DECIMALS}f}"
