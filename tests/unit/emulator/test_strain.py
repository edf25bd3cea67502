"""Tests of a venue that slows down when it is pushed."""

import pytest

from eliteflow.emulator.strain import Strain


def test_a_venue_at_ease_keeps_its_delays() -> None:
    """Up to the number, and always without one."""
    assert [Strain().stretch(0.1, 0) for _ in range(100)] == [0.1] * 100
    strain = Strain(above=4)
    assert [strain.stretch(0.1, 0) for _ in range(4)] == [0.1] * 4


def test_each_request_above_the_number_takes_longer_and_slows_the_venue_down() -> None:
    """Twice as many under way are answered at less than half the pace."""
    strain = Strain(above=4)
    delays_s = [strain.stretch(0.1, 0) for _ in range(8)]
    assert delays_s == sorted(delays_s)
    assert delays_s[-1] == pytest.approx(0.1 * 2**1.5)
    assert 8 / delays_s[-1] < 4 / delays_s[0]


def test_answers_that_are_out_weigh_no_longer() -> None:
    """The venue recovers as soon as it has answered."""
    strain = Strain(above=1)
    slow_s = [strain.stretch(0.1, 0) for _ in range(3)][-1]
    assert strain.stretch(0.1, round(slow_s * 1_000) + 1) == 0.1
