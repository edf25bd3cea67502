"""What all tables share."""

import io

import pytest
from rich.console import Console
from rich.table import Table

from eliteflow.operations.tables.rendering import short_time_cell, time_cell, title_of


@pytest.mark.parametrize("venue", ["production", "venue.example", "127.0.0.1:9", "SIMULATED"])
def test_a_title_names_the_venue_whatever_it_is_called(venue: str) -> None:
    """Its brackets are no markup."""
    console = Console(file=io.StringIO(), width=80)
    with console.capture() as shown:
        console.print(Table("a column as wide as the title", title=title_of("signals.title", venue)))
    assert f"Signals [{venue}]" in shown.get()


def test_times_are_told_to_the_minute() -> None:
    """Bars begin at whole minutes; a narrow column leaves the year out."""
    assert time_cell(1_763_888_700_000) == "2025-11-23 09:05"
    assert short_time_cell(1_763_888_700_000) == "11-23 09:05"
