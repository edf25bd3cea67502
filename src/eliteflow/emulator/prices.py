"""Last and mark prices of contracts, with the fields of `/fapi/v1/ticker/price` and `/fapi/v1/premiumIndex`."""

from eliteflow.emulator.bars import CLOSE
from eliteflow.emulator.intervals import BASE_MS
from eliteflow.emulator.mark_price import mark_of
from eliteflow.emulator.market import Market
from eliteflow.emulator.rows import decimal

Price = dict[str, str | int]
_INTEREST_RATE = "0.00010000"


def last_price(market: Market, row: int, now_ms: int) -> Price:
    """Return the last price and the time of the batch of trades that made it, or of the bar's open."""
    bar, elapsed_ms = divmod(now_ms, BASE_MS)
    pulse, instrument = market.base.pulse(bar), market.instruments[row]
    steps = pulse.steps_at(row, elapsed_ms)
    price = decimal(pulse.bar_at(row, steps)[CLOSE], instrument.price_precision)
    return {"symbol": instrument.symbol, "price": price, "time": bar * BASE_MS + pulse.step_time(row, steps)}


def premium_index(market: Market, row: int, now_ms: int) -> Price:
    """Return mark price, index price and funding; the same that the markPrice stream pushes."""
    mark = mark_of(market, row, now_ms)
    return {
        "symbol": market.instruments[row].symbol,
        "markPrice": mark.price,
        "indexPrice": mark.index,
        "estimatedSettlePrice": mark.settle,
        "lastFundingRate": mark.rate,
        "interestRate": _INTEREST_RATE if mark.next_funding_ms else "",
        "nextFundingTime": mark.next_funding_ms,
        "time": now_ms - now_ms % 1_000,
    }
