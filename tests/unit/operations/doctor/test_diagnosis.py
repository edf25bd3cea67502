"""What doctor found, and what its program ends with."""

import pytest

from eliteflow.operations.doctor.diagnosis import Diagnosis, failed, ok, skipped, skipped_after, warning


@pytest.mark.parametrize(
    ("statuses", "expected"), [((), 0), ((3,), 3), ((3, 5), 5), ((3, 4), 4), ((4, 2), 2), ((2, 7), 7), ((6, 7), 6)]
)
def test_the_gravest_failure_gives_the_exit_status(statuses: tuple[int, ...], expected: int) -> None:
    """What somebody has to change comes before what may pass by itself."""
    found = [failed("rest", "it broke", "mend it", status) for status in statuses]
    assert Diagnosis("SIMULATED", (ok("dns", "is there"), *found)).exit_status == expected


def test_warnings_and_what_was_skipped_are_no_failure() -> None:
    """The program works."""
    findings = (warning("clock", "off", "set it"), skipped("keys", "none set"))
    assert Diagnosis("SIMULATED", findings).exit_status == 0


def test_what_depends_on_a_failure_names_it() -> None:
    """In the words of the table."""
    assert skipped_after("rest", failed("dns", "no address", "look", 3)).found == "needs: name (DNS)"
