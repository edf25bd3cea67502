"""Counts in buckets, and what can be told from them."""

from math import inf

import pytest

from eliteflow.telemetry.histogram import Histogram


def test_a_value_counts_in_the_first_bucket_that_holds_it() -> None:
    """A bound belongs to its bucket, and what is above the last one to the infinite."""
    histogram = Histogram((1, 2))
    for value in (0.5, 1, 1.5, 7):
        histogram.observe(value)
    seen = histogram.snapshot()
    assert (seen.bounds, seen.counts) == ((1, 2, inf), (2, 1, 1))
    assert (seen.count, seen.total, seen.mean, seen.largest) == (4, 10, 2.5, 7)


def test_many_of_one_value_are_one_observation() -> None:
    """A batch of a thousand pushes costs as much as one."""
    histogram = Histogram((1,))
    histogram.observe(0.5, times=1000)
    assert (histogram.snapshot().counts, histogram.snapshot().total) == ((1000, 0), 500)


def test_clocks_that_disagree_make_no_negative_sum() -> None:
    """A sum that falls is a reset to whoever scrapes it."""
    histogram = Histogram((1,))
    histogram.observe(-3)
    assert (histogram.snapshot().counts, histogram.snapshot().total) == ((1, 0), 0)


def test_a_snapshot_does_not_change() -> None:
    """What was handed out stays what it was."""
    histogram = Histogram((1,))
    before = histogram.snapshot()
    histogram.observe(0.5)
    assert before.count == 0


@pytest.mark.parametrize(("share", "bound"), [(0.0, 1), (0.5, 1), (0.75, 2), (0.99, 7), (1.0, 7)])
def test_a_quantile_is_bounded_from_above(share: float, bound: float) -> None:
    """The bucket's own bound, and never more than the largest value."""
    histogram = Histogram((1, 2, 10))
    for value in (0.5, 0.6, 1.5, 7):
        histogram.observe(value)
    assert histogram.snapshot().quantile(share) == bound


def test_an_empty_histogram_answers_zero() -> None:
    """Before anything was seen."""
    empty = Histogram((1,)).snapshot()
    assert (empty.count, empty.mean, empty.quantile(0.99), empty.largest) == (0, 0, 0, 0)


def test_histograms_with_the_same_buckets_add_up() -> None:
    """As those of several connections do; others do not."""
    one, other = Histogram((1, 2)), Histogram((1, 2))
    one.observe(0.5)
    other.observe(1.5)
    both = one.snapshot() + other.snapshot()
    assert (both.counts, both.total, both.largest) == ((1, 1, 0), 2.0, 1.5)
    with pytest.raises(ValueError, match="different buckets"):
        one.snapshot() + Histogram((1,)).snapshot()
