"""The structure of one series once more, bar by bar in plain Python, from the definitions on docs/indicators.md."""

from typing import NamedTuple

Prices = list[float]


class PlainZone(NamedTuple):
    """As one entry of `Zones`, without its row."""

    bar: int
    origin: int
    direction: int
    bottom: float
    top: float
    entered_bar: int
    passed_bar: int


class PlainBar(NamedTuple):
    """What became knowable at one bar; None where nothing did. Labels and directions are 1, 0, -1."""

    high: float | None
    high_label: int | None
    low: float | None
    low_label: int | None
    broken: int
    is_change: bool
    bias: int
    swept_high: float | None
    swept_low: float | None


class Level:
    """The newest confirmed swing of one kind."""

    def __init__(self, price: float, turned: int) -> None:
        self.price = price
        self.turned = turned
        self.is_broken = False
        self.is_taken = False


def turning_point(prices: Prices, bar: int, reach: int) -> float | None:
    """Return the high confirmed at `bar`, of `reach` bars before, None if it is no swing."""
    turned = bar - reach
    if turned < reach:
        return None
    price = prices[turned]
    before, after = prices[turned - reach : turned], prices[turned + 1 : bar + 1]
    return price if price > max(before) and price >= max(after) else None


def label(price: float, before: Level | None) -> int | None:
    """Return how a swing stands to the one before."""
    return None if before is None else (price > before.price) - (price < before.price)


def plain_structure(
    high: Prices, low: Prices, close: Prices, reach: int
) -> tuple[list[PlainBar], list[tuple[int, int, int]]]:
    """Return what each bar shows, and of each break its bar, direction and the bar at which its swing turned."""
    top: Level | None = None
    bottom: Level | None = None
    bias, bars, breaks = 0, [], []
    for bar in range(len(close)):
        peak = turning_point(high, bar, reach)
        trough = turning_point([-price for price in low], bar, reach)
        high_label = label(peak, top) if peak is not None else None
        low_label = label(-trough, bottom) if trough is not None else None
        if peak is not None:
            top = Level(peak, bar - reach)
        if trough is not None:
            bottom = Level(-trough, bar - reach)
        broken, before = 0, bias
        swept_high = swept_low = None
        if top is not None:
            if high[bar] > top.price and not top.is_taken:
                top.is_taken = True
                swept_high = top.price if close[bar] <= top.price else None
            if close[bar] > top.price and not top.is_broken:
                top.is_broken, broken, bias = True, 1, 1
                breaks.append((bar, 1, top.turned))
        if bottom is not None:
            if low[bar] < bottom.price and not bottom.is_taken:
                bottom.is_taken = True
                swept_low = bottom.price if close[bar] >= bottom.price else None
            if close[bar] < bottom.price and not bottom.is_broken:
                bottom.is_broken, broken, bias = True, -1, -1
                breaks.append((bar, -1, bottom.turned))
        is_change = broken != 0 and before == -broken
        trough_price = None if trough is None else -trough
        bars.append(PlainBar(peak, high_label, trough_price, low_label, broken, is_change, bias, swept_high, swept_low))
    return bars, breaks


def first(bars: range, happens: list[bool]) -> int:
    """Return the first of the bars at which it happens, -1 without one."""
    return next((bar for bar in bars if happens[bar]), -1)


def plain_gaps(high: Prices, low: Prices) -> list[PlainZone]:
    """Return the fair value gaps, in order of bar and direction."""
    gaps = []
    for bar in range(2, len(high)):
        later = range(bar + 1, len(high))
        if high[bar] < low[bar - 2]:
            edge, far = high[bar], low[bar - 2]
            entered, filled = [price > edge for price in high], [price >= far for price in high]
            gaps.append(PlainZone(bar, bar - 1, -1, edge, far, first(later, entered), first(later, filled)))
        if low[bar] > high[bar - 2]:
            edge, far = low[bar], high[bar - 2]
            entered, filled = [price < edge for price in low], [price <= far for price in low]
            gaps.append(PlainZone(bar, bar - 1, 1, far, edge, first(later, entered), first(later, filled)))
    return gaps


def plain_blocks(
    open_: Prices, high: Prices, low: Prices, close: Prices, breaks: list[tuple[int, int, int]]
) -> list[PlainZone]:
    """Return the order blocks that the breaks left."""
    blocks = []
    for bar, direction, turned in breaks:
        against = [place for place in range(turned, bar) if (close[place] - open_[place]) * direction < 0]
        if not against:
            continue
        bottom, top, later = low[against[-1]], high[against[-1]], range(bar + 1, len(close))
        entered = [price <= top for price in low] if direction > 0 else [price >= bottom for price in high]
        passed = [price < bottom for price in close] if direction > 0 else [price > top for price in close]
        blocks.append(PlainZone(bar, against[-1], direction, bottom, top, first(later, entered), first(later, passed)))
    return blocks
