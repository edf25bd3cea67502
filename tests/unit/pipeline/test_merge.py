"""Which version of a bar wins."""

import numpy as np
import pytest

from eliteflow.pipeline.merge import (
    SETTLE_MS,
    closed_rows,
    closed_wins,
    forming_wins,
    inferred_version,
    is_inferred,
    is_streamed,
    overruling,
    rest_version,
    settled_at_ms,
    stream_version,
)

MINUTE_MS = 60_000


@pytest.mark.parametrize(
    ("requested_ms", "trades", "most_trades", "is_closed"),
    [
        (MINUTE_MS + SETTLE_MS, 10, 0, True),
        (MINUTE_MS + SETTLE_MS - 1, 10, 0, False),
        (MINUTE_MS - 1, 10, 0, False),
        (MINUTE_MS + SETTLE_MS, 10, 10, True),
        (MINUTE_MS + SETTLE_MS, 9, 10, False),
        (100 * MINUTE_MS, 9, 10, False),
        (MINUTE_MS + SETTLE_MS, 0, 0, True),
    ],
)
def test_a_row_is_closed_when_asked_for_late_enough_and_no_older_than_seen(
    requested_ms: int, trades: float, most_trades: float, is_closed: bool
) -> None:
    """A REST row of the bar at 0 counts as closed only two seconds after its end and with all trades ever seen."""
    rows = closed_rows(
        np.array([0]),
        np.array([trades], float),
        np.array([most_trades], float),
        interval_ms=MINUTE_MS,
        requested_ms=requested_ms,
    )
    assert rows.tolist() == [is_closed]


@pytest.mark.parametrize(
    ("stored_open_ms", "stored_version", "version", "wins"),
    [
        (0, 0, 5, True),  # nothing there
        (MINUTE_MS, 9, 5, True),  # an older bar, whatever its version
        (2 * MINUTE_MS, 4, 5, True),  # newer REST beats older
        (2 * MINUTE_MS, 5, 5, True),  # the later write of the same request
        (2 * MINUTE_MS, 6, 5, False),  # an answer that was overtaken
        (2 * MINUTE_MS, -1, 5, True),  # REST beats any version below all request times
        (3 * MINUTE_MS, 1, 5, False),  # a newer bar holds the slot
    ],
)
def test_closed_versions_are_ordered(stored_open_ms: int, stored_version: int, version: int, wins: bool) -> None:
    """The bar at minute 2 meets what its slot holds."""
    found = closed_wins(np.array([stored_open_ms]), np.array([stored_version]), np.array([2 * MINUTE_MS]), version)
    assert found.tolist() == [wins]


@pytest.mark.parametrize(
    ("trades", "event_ms", "wins"),
    [
        (8.0, 50, True),  # more trades
        (8.0, 10, True),  # more trades, whenever
        (7.0, 51, True),  # as many, later
        (7.0, 50, True),  # as many at the same time: the later write
        (7.0, 49, False),  # as many, earlier
        (6.0, 99, False),  # fewer, whenever
    ],
)
def test_forming_versions_are_ordered(trades: float, event_ms: int, wins: bool) -> None:
    """A bar with 7 trades, seen at 50, meets another version of itself."""
    assert forming_wins(7.0, 50, trades, event_ms) is wins


def test_versions_rank_by_where_they_came_from() -> None:
    """A bar closed by rule gives way to a stream's, and that to any of REST, whenever they were made."""
    by_rule, streamed, asked_for = inferred_version(9_000), stream_version(1), rest_version(1)
    assert by_rule < streamed < asked_for
    numbers = np.array([by_rule, streamed, asked_for])
    assert is_inferred(numbers).tolist() == [True, False, False]
    assert is_streamed(numbers).tolist() == [False, True, False]


def test_a_stream_that_shows_more_trades_stands_right_above_what_it_replaces() -> None:
    """Above that answer of REST, below the next one; it counts as streamed. Of a stream's it keeps the number."""
    held = np.array([rest_version(7), stream_version(7)])
    first, second = overruling(held).tolist()
    assert rest_version(7) < first < rest_version(8)
    assert second == stream_version(7)
    assert is_streamed(overruling(held)).tolist() == [True, True]


def test_a_bar_is_settled_two_seconds_after_its_end() -> None:
    """The moment from which REST may be asked follows from open time and length."""
    assert settled_at_ms(MINUTE_MS, MINUTE_MS) == 2 * MINUTE_MS + 2_000
