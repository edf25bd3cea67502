"""One line of the ranked market."""

from typing import NamedTuple


class MarketRow(NamedTuple):
    """One row of the table, and one of `rows` in JSON. None: not known, or a timeframe that was not chosen.

    price: close of the newest closed bar of the shortest timeframe, in the quote asset.
    change_pct: change over 24 h in percent.
    trend_1h, trend_15m, trend_5m: `up`, `down` or `flat`.
    strength: 0–1, mean over the chosen timeframes of direction × strength, without its sign; opposed trends cancel.
    adx_1h: ADX14, 0–100.
    converged: whether every trend rests on values within 1e-6 of those from an endless history.
    """

    symbol: str
    price: float | None
    change_pct: float | None
    trend_1h: str | None
    trend_15m: str | None
    trend_5m: str | None
    strength: float
    adx_1h: float | None
    converged: bool
