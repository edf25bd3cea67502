"""The merge rule orders versions without contradiction."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eliteflow.pipeline.merge import closed_wins, forming_wins

versions = st.tuples(st.integers(0, 5).map(float), st.integers(0, 5))


@given(st.permutations(range(6)), st.lists(versions, min_size=6, max_size=6))
def test_one_bar_in_progress_wins_whatever_the_order(order: list[int], candidates: list[tuple[float, int]]) -> None:
    """The version that stands at the end is the greatest by trades and event time."""
    stored = (0.0, 0)
    for number in order:
        if forming_wins(*stored, *candidates[number]):
            stored = candidates[number]
    assert stored == max((0.0, 0), *candidates)


@given(st.integers(1, 5), st.integers(0, 5), st.integers(1, 5), st.integers(0, 5))
def test_of_two_different_closed_versions_exactly_one_wins(
    one_ms: int, one_version: int, other_ms: int, other_version: int
) -> None:
    """Whichever comes first, unless they are the same bar of the same request: then the later write stands."""

    def wins(stored_ms: int, stored_version: int, open_ms: int, version: int) -> bool:
        return bool(closed_wins(np.array([stored_ms]), np.array([stored_version]), np.array([open_ms]), version)[0])

    forth = wins(one_ms, one_version, other_ms, other_version)
    back = wins(other_ms, other_version, one_ms, one_version)
    is_same = (one_ms, one_version) == (other_ms, other_version)
    assert (forth and back) if is_same else (forth != back)
