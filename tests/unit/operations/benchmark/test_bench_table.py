"""The benchmark's figures as people read them."""

import pytest

from eliteflow.operations.benchmark.bench import BenchResult, Measurement
from eliteflow.operations.benchmark.bench_table import render


def result(ours_s: float) -> BenchResult:
    """A run in which the old system took 70 s."""

    def measured(*wall_s: float, scale: int = 1) -> Measurement:
        return Measurement([*wall_s], [0.5] * len(wall_s), scale, 1590 // scale, 1590 // scale, 1590 // scale)

    return BenchResult(
        date="2026-11-23 09:00:00 UTC",
        machine={"processor": "EPYC", "cores": "2"},
        symbols=530,
        latency_ms=120.0,
        rounds=3,
        measurements={
            "serial": measured(20.0, scale=10),
            "serial_gathered": measured(6.9, 7.0, 7.2, scale=10),
            "batch_64": measured(6.0, 7.0, 9.0),
            "ours_cold": measured(ours_s, ours_s / 2, ours_s * 3),
            "ours_warm": measured(0.05, 0.04, 0.06),
        },
    )


def row(table: str, name: str) -> list[str]:
    """The cells of the row that begins with `name`."""
    line = next(line for line in table.splitlines() if line.startswith(f"│ {name}"))
    return [cell.strip() for cell in line.split("│")[2:-1]]


def test_figures_are_medians_for_the_whole_market_with_their_spread() -> None:
    """A way that fetched a part is scaled up and says so; the ratio is against the serial way as users had it."""
    table = render(result(ours_s=1.0))
    assert row(table, "eliteflow, cold")[:2] == ["1.00 s", "0.50–3.00"]
    assert row(table, "serial (a part × 10)")[0] == "200.00 s"
    assert row(table, "64 gathered, batch after batch")[-1] == "10.0×"
    assert row(table, "eliteflow, cold")[-1] == "70.0×"


@pytest.mark.parametrize(
    ("ours_s", "verdict"), [(1.0, "eliteflow 70.0×: reached."), (20.0, "eliteflow 3.5×: not reached.")]
)
def test_the_promise_is_judged_by_the_measurement(ours_s: float, verdict: str) -> None:
    """A result that misses 5× says so."""
    assert verdict in render(result(ours_s)).replace("\n", " ")
