"""Rank and breadth look across the market at each bar alone."""

import numpy as np
import pytest

from eliteflow.analysis.cross_section import advance_decline, rank, share_above

NAN = float("nan")


def plain_rank(values: list[float]) -> list[float]:
    """Return the part of the other known values below each one, equal ones counted half, by counting pairs."""
    ranks = []
    for place, value in enumerate(values):
        others = [one for other, one in enumerate(values) if other != place and one == one]
        scores = [1.0 if one < value else 0.5 if one == value else 0.0 for one in others]
        ranks.append(sum(scores) / len(scores) if value == value and scores else NAN)
    return ranks


def test_rank_counts_pairs() -> None:
    """With ties, unknown values and infinities, it equals the count over all pairs."""
    random = np.random.default_rng(3)
    values = random.integers(0, 6, (12, 30)).astype(float)
    values[random.random(values.shape) < 0.3] = np.nan
    values[0, :5] = np.inf
    expected = np.array([plain_rank(column.tolist()) for column in values.T]).T
    np.testing.assert_allclose(rank(values), expected, rtol=1e-12)
    np.testing.assert_allclose(rank(values[:, 0]), expected[:, 0], rtol=1e-12)


@pytest.mark.parametrize("values", [np.full((3, 2), NAN), np.zeros((1, 2)), np.zeros((0, 2)), np.zeros((2, 0))])
def test_without_company_there_is_no_rank(values: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> None:
    """One symbol alone is not in the middle of anything."""
    assert rank(values).shape == values.shape
    assert np.isnan(rank(values)).all()


def test_the_share_above_counts_symbols_where_both_are_known() -> None:
    """Against a number or another output; equal is not above."""
    values = np.array([[1.0, NAN, NAN], [3.0, 3.0, NAN], [2.0, 5.0, NAN]])
    np.testing.assert_array_equal(share_above(values, 2.0), [1 / 3, 1.0, NAN])
    np.testing.assert_array_equal(share_above(values, values - [[1.0], [0.0], [NAN]]), [0.5, 0.0, NAN])
    assert share_above(values[:, 0], 2.0) == 1 / 3


def test_advance_decline_is_the_balance_of_the_symbols_that_are_known() -> None:
    """Unchanged symbols count in the whole only; the first bar has no change."""
    close = np.array([[1.0, 2.0, 3.0], [1.0, 0.5, 0.5], [1.0, 2.0, NAN], [NAN, NAN, 7.0]])
    np.testing.assert_array_equal(advance_decline(close), [NAN, 1 / 3, 0.5])
    assert advance_decline(np.zeros((2, 0))).shape == (0,)
