"""What one call sends, and how long that took."""

from eliteflow.pipeline.tally import Tally


def test_time_runs_from_the_first_leaving_to_the_last_reply() -> None:
    """In whichever order requests of a batch leave and are answered."""
    tally = Tally()
    tally.left(10.0)
    tally.left(9.5)
    tally.replied(12.0)
    tally.replied(11.0)
    assert tally.data_s == 2.5


def test_a_call_that_sent_nothing_took_no_time() -> None:
    """A failure before anything left is no data time either."""
    tally = Tally()
    tally.replied(12.0)
    assert tally.data_s == 0.0


def test_requests_are_counted_at_the_venues_price() -> None:
    """499 rows cost two weights."""
    tally = Tally()
    tally.ask(99)
    tally.ask(499)
    assert (tally.requests, tally.weight) == (2, 3)
