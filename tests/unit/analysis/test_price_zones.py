"""The first bar below a level is found in few steps."""

import numpy as np

from eliteflow.analysis.price_zones import RangeMinima


def test_the_first_bar_below_is_that_of_a_plain_search() -> None:
    """For every start and many levels, in rows of every length from none to 20."""
    random = np.random.default_rng(4)
    for bars in range(21):
        values = random.integers(0, 9, (3, bars)).astype(float)
        minima = RangeMinima(values)
        rows, starts = (axis.ravel() for axis in np.mgrid[0:3, 0 : bars + 1])
        for level in (0.0, 1.0, 4.0, 10.0):
            levels = np.full(len(rows), level)
            below = [
                next((b for b in range(s, bars) if values[r, b] < level), -1) for r, s in zip(rows, starts, strict=True)
            ]
            at_most = [
                next((b for b in range(s, bars) if values[r, b] <= level), -1)
                for r, s in zip(rows, starts, strict=True)
            ]
            assert minima.first_below(rows, starts, levels).tolist() == below
            assert minima.first_not_above(rows, starts, levels).tolist() == at_most
