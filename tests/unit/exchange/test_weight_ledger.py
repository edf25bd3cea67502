"""Tests of the weight ledger: tables of moments in a clock minute."""

import pytest

from eliteflow.exchange.weight_ledger import BOUNDARY_MARGIN_MS, WeightLedger
from eliteflow.model.priority import Priority

MINUTE = 60_000
NOON = 29_000_000 * MINUTE
INTERACTIVE = Priority.INTERACTIVE


def informed(at_ms: int, *, counter: int = 1, limit: int = 2400) -> WeightLedger:
    """A ledger that has had one answer, of weight 1, at `at_ms`."""
    ledger = WeightLedger(limit)
    spend(ledger, 1, at_ms, counter=counter)
    return ledger


def spend(ledger: WeightLedger, weight: int, at_ms: int, *, counter: int | None = None, took_ms: int = 0) -> None:
    """Send and answer one request."""
    ledger.settle(ledger.reserve(weight, at_ms), at_ms + took_ms, counter=counter)


def test_the_first_request_goes_alone() -> None:
    """Nothing is known of what others have spent, so the first answer is waited for before any burst."""
    ledger = WeightLedger()
    assert ledger.wait_ms(1, INTERACTIVE, NOON + 500) == 0
    lease = ledger.reserve(1, NOON + 500)
    assert ledger.wait_ms(1, INTERACTIVE, NOON + 510) is None
    ledger.settle(lease, NOON + 600, counter=1)
    assert ledger.wait_ms(1, INTERACTIVE, NOON + 610) == 0


def test_a_request_that_got_no_answer_teaches_nothing() -> None:
    """After a failed first request the next one goes alone too."""
    ledger = WeightLedger()
    ledger.settle(ledger.reserve(1, NOON + 500), NOON + 600, answered=False)
    ledger.reserve(1, NOON + 700)
    assert ledger.wait_ms(1, INTERACTIVE, NOON + 710) is None


def test_an_order_does_not_wait_for_an_answer() -> None:
    """It weighs nothing that matters, and closing a position is urgent."""
    ledger = WeightLedger()
    ledger.reserve(1, NOON + 500)
    assert ledger.wait_ms(1, Priority.ORDER, NOON + 510) == 0


def test_the_first_requests_of_each_minute_are_few() -> None:
    """Others may have spent most of it already; one answer tells, and then the burst goes."""
    ledger = informed(NOON + 500)
    later = NOON + MINUTE + 500
    lease = ledger.reserve(1, later)
    ledger.reserve(118, later)
    assert ledger.wait_ms(1, INTERACTIVE, later) == 0
    assert ledger.wait_ms(2, INTERACTIVE, later) is None
    ledger.settle(lease, later + 120, counter=1500)
    assert ledger.wait_ms(362, INTERACTIVE, later + 120) == 0


def test_never_more_than_a_fifth_is_under_way() -> None:
    """At the next boundary all of it may fall into a minute that others have begun to spend."""
    ledger = informed(NOON + 500)
    ledger.reserve(440, NOON + 500)
    assert ledger.wait_ms(40, INTERACTIVE, NOON + 500) == 0
    assert ledger.wait_ms(41, INTERACTIVE, NOON + 500) is None


def test_ten_silent_minutes_are_forgotten() -> None:
    """What others spend now is unknown after ten minutes without an answer."""
    ledger = informed(NOON + 500)
    ledger.reserve(1, NOON + 9 * MINUTE + 500)
    assert ledger.wait_ms(1, INTERACTIVE, NOON + 9 * MINUTE + 500) == 0
    assert ledger.wait_ms(1, INTERACTIVE, NOON + 11 * MINUTE + 500) is None


@pytest.mark.parametrize(
    ("priority", "fits"),
    [
        (Priority.ORDER, 2160),
        (Priority.CLOSE_REPAIR, 2052),
        (Priority.INTERACTIVE, 2052),
        (Priority.BACKFILL, 1620),
        (Priority.AUDIT, 1620),
    ],
)
def test_each_class_leaves_its_reserve(priority: Priority, fits: int) -> None:
    """Nine tenths of 2,400 may be spent; orders may take all of it, the less urgent leave room."""
    ledger = informed(NOON + MINUTE + 500)
    assert ledger.wait_ms(fits - 1, priority, NOON + MINUTE + 500) == 0
    assert ledger.wait_ms(fits, priority, NOON + MINUTE + 500) == MINUTE - 500 + BOUNDARY_MARGIN_MS


def test_the_venues_counter_is_believed_over_our_own_sum() -> None:
    """Another program's 1,500 are seen in the answer's header."""
    ledger = informed(NOON + 500, counter=1501)
    assert ledger.spent(NOON + 500) == 1501
    assert ledger.wait_ms(552, INTERACTIVE, NOON + 500) != 0
    assert ledger.wait_ms(551, INTERACTIVE, NOON + 500) == 0


def test_requests_under_way_count_on_top_of_the_counter() -> None:
    """The newest counter cannot know of requests that were sent later."""
    ledger = informed(NOON + 500, counter=1000)
    ledger.reserve(40, NOON + 510)
    assert ledger.spent(NOON + 510) == 1040


def test_nothing_is_sent_right_at_a_boundary() -> None:
    """Nobody could tell which minute would be charged; the window opens when the venue's has surely begun."""
    ledger = informed(NOON + 500, counter=2052)
    assert ledger.wait_ms(1, INTERACTIVE, NOON + MINUTE - 40) == BOUNDARY_MARGIN_MS + 40
    assert ledger.wait_ms(1, INTERACTIVE, NOON + MINUTE + 40) == BOUNDARY_MARGIN_MS - 40
    assert ledger.wait_ms(1000, INTERACTIVE, NOON + MINUTE + BOUNDARY_MARGIN_MS) == 0


def test_a_request_under_way_at_the_boundary_counts_in_both_minutes() -> None:
    """Sent at :59.9 and answered in the next minute: the venue may have counted it in either."""
    ledger = informed(NOON + 500)
    lease = ledger.reserve(100, NOON + 59_900)
    later = NOON + MINUTE + 200
    assert ledger.spent(later) == 100
    ledger.settle(lease, later, counter=100)
    assert ledger.spent(NOON + 59_900) == 101
    assert ledger.spent(later) == 100


def test_an_answer_right_before_the_boundary_counts_in_both_minutes_too() -> None:
    """Our clock may be a little behind the venue's."""
    ledger = informed(NOON + 500)
    spend(ledger, 100, NOON + 59_950, took_ms=10)
    assert ledger.spent(NOON + MINUTE + 200) == 100


def test_a_counter_from_across_the_boundary_is_not_believed() -> None:
    """It may be the old minute's, and would cost the whole new one."""
    ledger = informed(NOON + 500)
    spend(ledger, 1, NOON + 59_990, took_ms=200, counter=2300)
    assert ledger.spent(NOON + MINUTE + 200) == 1


def test_a_request_given_back_was_never_there() -> None:
    """What was not sent costs nothing."""
    ledger = informed(NOON + 500)
    ledger.give_back(ledger.reserve(40, NOON + 510))
    assert ledger.spent(NOON + 510) == 1


def test_others_peak_is_kept_free_for_ten_minutes() -> None:
    """Others who once spent 720 in a minute may do it again at any time."""
    ledger = informed(NOON + 500)
    seen = NOON + 2 * MINUTE
    spend(ledger, 1, seen + 500, counter=721)
    assert ledger.others_peak(seen + 9 * MINUTE) == 720
    assert ledger.wait_ms(1440, INTERACTIVE, seen + 5 * MINUTE + 500) == 0  # a fresh minute
    spend(ledger, 1, seen + 5 * MINUTE + 500)
    assert ledger.wait_ms(1440, INTERACTIVE, seen + 5 * MINUTE + 500) != 0
    assert ledger.wait_ms(1439, INTERACTIVE, seen + 5 * MINUTE + 500) == 0
    assert ledger.others_peak(seen + 10 * MINUTE + 500) == 0


def test_the_minute_of_the_first_answer_is_no_evidence_of_others() -> None:
    """An earlier run of this program may have spent it, and will not again."""
    ledger = informed(NOON + 500, counter=1591)
    assert ledger.others_peak(NOON + 500) == 0


def test_our_own_burst_is_not_taken_for_others() -> None:
    """Requests under way may be counted already; only what surely is not ours is theirs."""
    ledger = informed(NOON - MINUTE)
    leases = [ledger.reserve(1, NOON + 500) for _ in range(200)]
    for number, lease in enumerate(leases):
        ledger.settle(lease, NOON + 620, counter=min(number + 50, 200))
    assert ledger.others_peak(NOON + 700) == 0


def test_however_much_others_spend_some_room_is_ours() -> None:
    """A neighbour at the ceiling leaves us a twentieth of the limit at the start of a minute."""
    ledger = informed(NOON + 500)
    spend(ledger, 1, NOON + MINUTE + 500, counter=2161)
    spend(ledger, 1, NOON + 2 * MINUTE + 500, counter=1)
    assert ledger.wait_ms(119, INTERACTIVE, NOON + 2 * MINUTE + 600) == 0
    assert ledger.wait_ms(120, INTERACTIVE, NOON + 2 * MINUTE + 600) != 0


def test_a_fresh_minute_lets_anything_go() -> None:
    """A request heavier than the ceiling is not stuck for ever."""
    ledger = informed(NOON + 500, limit=10)
    assert ledger.wait_ms(40, INTERACTIVE, NOON + 500) != 0
    assert ledger.wait_ms(40, INTERACTIVE, NOON + MINUTE + 500) == 0


def test_a_hold_lets_nothing_go_and_then_one() -> None:
    """After a 429 the venue's counter is read before anything else is sent."""
    ledger = informed(NOON + 500)
    ledger.hold(NOON + MINUTE)
    assert ledger.held_ms(NOON + 600) == MINUTE - 600
    assert ledger.wait_ms(1, Priority.ORDER, NOON + 600) == MINUTE - 600
    after = NOON + MINUTE + 500
    assert ledger.wait_ms(1, INTERACTIVE, after) == 0
    ledger.reserve(1, after)
    assert ledger.wait_ms(1, INTERACTIVE, after) is None


def test_an_answer_during_a_hold_does_not_open_the_burst_after_it() -> None:
    """What was under way when the venue refused says nothing about the time after the hold."""
    ledger = informed(NOON + 500)
    lease = ledger.reserve(1, NOON + 510)
    ledger.hold(NOON + MINUTE)
    ledger.settle(lease, NOON + 600, counter=2400)
    ledger.reserve(1, NOON + MINUTE + 500)
    assert ledger.wait_ms(1, INTERACTIVE, NOON + MINUTE + 500) is None


@pytest.mark.parametrize("days", [-3, 3])
def test_a_clock_that_is_set_right_does_not_confuse_the_books(days: int) -> None:
    """The machine was days wrong; after the synchronisation the ledger goes on in the venue's minutes."""
    ledger = informed(NOON + 500 + days * 24 * 60 * MINUTE)
    assert ledger.wait_ms(1, INTERACTIVE, NOON + 500) == 0
    spend(ledger, 1, NOON + 500, counter=3)
    assert ledger.spent(NOON + 500) == 3


def test_old_minutes_are_dropped() -> None:
    """A year of minutes takes no more room than twenty."""
    ledger = WeightLedger()
    for minute in range(1000):
        spend(ledger, 1, NOON + minute * MINUTE + 500)
    assert len(ledger._minutes) <= 22


def test_what_is_not_ours_is_told_for_two_minutes() -> None:
    """The book of all our programs decides whose it is; the minute of the first answer counts there too."""
    ledger = informed(NOON + 500, counter=301)
    spend(ledger, 5, NOON + MINUTE + 500, counter=105)
    assert ledger.unexplained(NOON + MINUTE + 600) == ((NOON // MINUTE, 300), (NOON // MINUTE + 1, 100))


def test_with_a_book_strangers_peak_is_the_books_business() -> None:
    """The leases leave it free, so the ledger does not take it off once more."""
    ledger = informed(NOON + 500)
    spend(ledger, 1, NOON + MINUTE + 500, counter=1500)
    later = NOON + 2 * MINUTE + 500
    spend(ledger, 1, later)
    assert ledger.wait_ms(1000, INTERACTIVE, later + 10) != 0
    ledger.is_shared = True
    assert ledger.wait_ms(1000, INTERACTIVE, later + 10) == 0
    assert ledger.own_spent(later + 10) == 1


@pytest.mark.parametrize(
    ("since_close_ms", "wait_ms"), [(-501, 0), (-500, 8_500), (200, 7_800), (7_999, 1), (8_000, 0), (60_200, 0)]
)
@pytest.mark.parametrize("priority", [Priority.BACKFILL, Priority.AUDIT])
def test_what_has_time_leaves_a_close_alone(priority: Priority, since_close_ms: int, wait_ms: int) -> None:
    """From half a second before a whole five minutes until eight after; what the close itself needs goes."""
    at_ms = NOON + since_close_ms
    ledger = informed(at_ms)
    assert ledger.wait_ms(1, priority, at_ms) == wait_ms
    assert ledger.wait_ms(1, Priority.CLOSE_REPAIR, at_ms) == 0
