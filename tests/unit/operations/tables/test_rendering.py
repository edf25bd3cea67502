"""What all tables share."""

import io

import pytest
from rich.console import Console
from rich.table import Table

from eliteflow.operations.tables.rendering import columns_of, short_time_cell, table_text, time_cell, title_of


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


class FakeTerminal(io.StringIO):
    """A stream that says that a person watches."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_a_row_stays_one_line_where_there_is_no_terminal() -> None:
    """However long it is, no cell is cut or folded: `grep` finds what was printed."""
    table = Table(*(f"column {place}" for place in range(30)))
    cells = [f"1000CHEEMSUSDT-{place} 11-23 09:05" for place in range(30)]
    table.add_row(*cells)
    (line,) = (line for line in table_text(table).splitlines() if "CHEEMS" in line)
    assert [cell.strip() for cell in line.strip("│").split("│")] == cells


def test_a_terminal_has_an_edge_and_a_pipe_has_none() -> None:
    """A terminal is asked for its width."""
    assert columns_of(FakeTerminal()) is None
    assert (columns_of(io.StringIO()) or 0) > 10_000
