"""What candles cost is one list for those who plan requests and those who send them."""

import pytest

from eliteflow.model.klines_weight import cheapest_rows, request_weight


@pytest.mark.parametrize(
    ("rows", "weight", "best"),
    [(1, 1, 99), (99, 1, 99), (100, 2, 499), (499, 2, 499), (500, 5, 1000), (1000, 5, 1000), (1001, 10, 1500)],
)
def test_rows_cost_what_the_venue_documents(rows: int, weight: int, best: int) -> None:
    """The bands of the venue's list, and the most rows that the same weight buys."""
    assert (request_weight(rows), cheapest_rows(rows)) == (weight, best)
