"""When the next cycle starts. Pure; times are venue time in UTC milliseconds."""

from typing import NamedTuple


class NextCycle(NamedTuple):
    """The start of the next cycle, and how many starts were missed because the last cycle overran."""

    start_ms: int
    missed: int


def next_cycle(started_ms: int, now_ms: int, interval_s: float) -> NextCycle:
    """Return the next start after a cycle that began at `started_ms`, on the grid of its own starts.

    Starts lie exactly `interval_s` apart, whatever the cycles took; a cycle that overran skips the starts
    that it covered, it is never overlapped.
    """
    interval_ms = interval_s * 1000
    covered = max(0, int((now_ms - started_ms) // interval_ms))
    return NextCycle(round(started_ms + (covered + 1) * interval_ms), covered)
