"""Tests of the line that requests wait in."""

from dataclasses import dataclass

from eliteflow.exchange.waiting_line import WaitingLine
from eliteflow.model.priority import Priority


@dataclass
class Guest:
    """Somebody who waits."""

    name: str
    is_gone: bool = False


def names_in_turn(line: WaitingLine[Guest]) -> list[str]:
    """Let everybody have their turn."""
    names = []
    while (guest := line.first()) is not None:
        line.leave()
        names.append(guest.name)
    return names


def test_the_more_urgent_class_goes_first_and_order_holds_inside_it() -> None:
    """A repair that came last overtakes the backfill, not another repair."""
    line: WaitingLine[Guest] = WaitingLine()
    for name, priority in [
        ("backfill 1", Priority.BACKFILL),
        ("backfill 2", Priority.BACKFILL),
        ("repair 1", Priority.CLOSE_REPAIR),
        ("repair 2", Priority.CLOSE_REPAIR),
    ]:
        line.join(Guest(name), priority)
    assert names_in_turn(line) == ["repair 1", "repair 2", "backfill 1", "backfill 2"]


def test_those_who_left_are_skipped() -> None:
    """A cancelled request does not hold up those behind it."""
    line: WaitingLine[Guest] = WaitingLine()
    guests = [Guest("a"), Guest("b"), Guest("c")]
    for guest in guests:
        line.join(guest, Priority.AUDIT)
    guests[0].is_gone = True
    assert [guest.name for guest in line] == ["b", "c"]
    assert names_in_turn(line) == ["b", "c"]


def test_only_the_same_or_a_more_urgent_class_makes_one_wait() -> None:
    """An order does not queue behind a backfill; a second backfill does."""
    line: WaitingLine[Guest] = WaitingLine()
    line.join(Guest("backfill"), Priority.BACKFILL)
    assert not line.has_to_join(Priority.ORDER)
    assert line.has_to_join(Priority.BACKFILL)
    assert line.has_to_join(Priority.AUDIT)


def test_clearing_returns_who_still_waited() -> None:
    """All are told, in the order of their turns."""
    line: WaitingLine[Guest] = WaitingLine()
    line.join(Guest("audit"), Priority.AUDIT)
    line.join(Guest("gone", is_gone=True), Priority.ORDER)
    line.join(Guest("order"), Priority.ORDER)
    assert [guest.name for guest in line.clear()] == ["order", "audit"]
    assert line.first() is None
