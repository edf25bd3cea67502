"""What candles cost at the venue: its price list of klines (reference A.4, as documented).

Measured weights are one band lower at 100 and at 500 rows; what is documented is what may be charged any day.
"""

WEIGHT_BANDS = ((99, 1), (499, 2), (1000, 5), (1500, 10))
"""Up to so many rows cost so much weight."""

MOST_ROWS = WEIGHT_BANDS[-1][0]
"""What the venue gives in one answer."""

BEST_ROWS = 499
"""The rows of the answer that costs least weight a row."""


def request_weight(rows: int) -> int:
    """Return what a request for so many rows (1 to 1,500) costs."""
    return next(weight for most, weight in WEIGHT_BANDS if rows <= most)


def cheapest_rows(rows: int) -> int:
    """Return how many rows (at least `rows`, at most 1,500) the weight of `rows` buys."""
    return next((most for most, _ in WEIGHT_BANDS if rows <= most), rows)
