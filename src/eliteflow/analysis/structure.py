"""Market structure as traders of ICT and SMC read it: swings, breaks, gaps, order blocks, sweeps.

Every value stands at the bar at whose close it became knowable; nothing later changes it. The bars of a zone's further
life (`entered_bar`, `passed_bar`) are such bars too. Each definition is the docstring of its module.
"""

from dataclasses import dataclass, field

from eliteflow.analysis.fair_value_gaps import find_gaps, part_filled
from eliteflow.analysis.liquidity_sweeps import Sweeps, find_sweeps
from eliteflow.analysis.order_blocks import find_blocks
from eliteflow.analysis.price_zones import Zones
from eliteflow.analysis.structure_breaks import Breaks, find_breaks
from eliteflow.analysis.swings import Swings, swing_highs, swing_lows
from eliteflow.analysis.talib_library import Array
from eliteflow.analysis.usable_candles import usable_candles
from eliteflow.errors import InvalidArgument
from eliteflow.model.panel import Panel

REACH = 2
"""Bars on each side that confirm a swing."""


@dataclass(frozen=True, slots=True)
class MarketStructure:
    """The structure of all symbols of a panel; arrays of shape (symbols, bars), zones of shape (zones,).

    panel: the candles it was found in.
    highs, lows: confirmed swings. breaks: of structure, and changes of character. sweeps: of swing highs and lows.
    gaps, blocks: fair value gaps and order blocks, those that were passed too.
    gaps_filled: how much of each gap is filled by the newest bar, 0–1, shape (gaps,).
    holes: symbols with a missing value after their first bar. Nothing is found in them.
    """

    panel: Panel
    reach: int
    highs: Swings = field(repr=False)
    lows: Swings = field(repr=False)
    breaks: Breaks = field(repr=False)
    sweeps: Sweeps = field(repr=False)
    gaps: Zones = field(repr=False)
    gaps_filled: Array = field(repr=False)
    blocks: Zones = field(repr=False)
    holes: tuple[str, ...] = ()

    def zones_of(self, symbol: str, zones: Zones) -> Zones:
        """Return those of one symbol that are still open; raise KeyError if it is not here."""
        if symbol not in self.panel.symbols:
            raise KeyError(symbol)
        row = self.panel.symbols.index(symbol)
        return zones.select((zones.row == row) & zones.is_open)


def find_structure(panel: Panel, reach: int = REACH) -> MarketStructure:
    """Return the structure of all symbols of a panel.

    reach: bars on each side that confirm a swing. Raises InvalidArgument if it is less than 1.
    """
    if reach < 1:
        raise InvalidArgument("reach", found=reach, wanted="1, 2, 3, …")
    candles, _, holes = usable_candles(panel)
    open_, high, low, close, _ = candles
    highs, lows = swing_highs(high, reach), swing_lows(low, reach)
    breaks, gaps = find_breaks(close, highs, lows), find_gaps(high, low)
    return MarketStructure(
        panel=panel,
        reach=reach,
        highs=highs,
        lows=lows,
        breaks=breaks,
        sweeps=find_sweeps(high, low, close, highs, lows),
        gaps=gaps,
        gaps_filled=part_filled(gaps, high, low),
        blocks=find_blocks(open_, high, low, close, breaks, reach),
        holes=holes,
    )
