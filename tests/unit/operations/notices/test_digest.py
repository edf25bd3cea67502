"""When which notices go into one message."""

from eliteflow.operations.notices.digest import CAPACITY, LONGEST, Digest, message_of
from eliteflow.operations.notices.notice import Notice


def notice(title: str, *lines: str) -> Notice:
    """A notice about signals."""
    return Notice("signals", title, lines)


def test_the_first_notice_is_due_at_once() -> None:
    """Nobody waits for more to come."""
    digest = Digest(min_interval_s=10)
    assert digest.wait_s(100.0) is None
    digest.add(notice("3 signals", "a", "b", "c"))
    assert digest.wait_s(100.0) == 0
    assert digest.take(100.0) == ("3 signals", "a\nb\nc")
    assert digest.wait_s(100.0) is None


def test_what_comes_soon_after_a_message_goes_into_the_next_one() -> None:
    """Together, and not before the interval is over."""
    digest = Digest(min_interval_s=10)
    digest.add(notice("first"))
    digest.take(100.0)
    digest.add(notice("second", "a"))
    digest.add(notice("third", "b"))
    assert digest.wait_s(104.0) == 6
    assert digest.take(110.0) == ("second", "a\n\nthird\nb")


def test_a_queue_that_is_full_gives_up_its_oldest_and_says_so() -> None:
    """Of a hundred and two, two are missing, and the reader knows."""
    digest = Digest(min_interval_s=10)
    for number in range(CAPACITY + 2):
        digest.add(notice(f"number {number}"))
    assert (len(digest), digest.dropped) == (CAPACITY, 2)
    message = digest.take(0.0)
    assert message.title == "number 2"
    assert message.body.endswith("2 older notices were left out")
    digest.add(notice("next"))
    assert "left out" not in digest.take(10.0).body


def test_a_message_is_no_longer_than_the_services_take() -> None:
    """It ends with how many lines are missing, and none is cut in two."""
    message = message_of([notice("530 signals", *(f"C{number:03}USDT long" for number in range(530)))])
    *shown, last = message.body.splitlines()
    assert len(message.body) < LONGEST + 80
    assert last == f"… and {530 - len(shown)} lines more: `eliteflow status`, or the log"
    assert shown[-1] == f"C{len(shown) - 1:03}USDT long"
