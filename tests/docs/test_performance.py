"""Every published figure is the latest measurement's."""

from pathlib import Path

import pytest
from bench import page

RESULTS = page.published()
FILES = page.rendered(RESULTS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_page_and_plot_shows_the_published_figures(path: Path) -> None:
    """`make performance` would change nothing."""
    assert path.read_text("utf-8") == FILES[path]


@pytest.mark.parametrize("path", page.PAGES, ids=lambda path: path.name)
def test_every_marked_place_is_known_and_measured(path: Path) -> None:
    """No page waits for a figure."""
    content = path.read_text("utf-8")
    assert content.count("<!-- figures: ") == len(page.MARKED.findall(content)) > 0
    assert "Not measured yet." not in content


def test_whatever_eliteflow_returned_was_right() -> None:
    """A quick answer that is wrong would be no figure."""
    ours = [
        one
        for table in RESULTS.tables
        for column in table.columns
        for one in column.measured
        if one.name == "eliteflow" or table.key in ("later", "in_flight", "symbols")
    ]
    assert len(ours) > 40
    assert [one.name for one in ours if one.error or not one.series == one.complete == one.right] == []


def test_a_broken_client_is_listed_with_its_error() -> None:
    """Nothing is left out because it failed."""
    limits = RESULTS.table("limits")
    assert limits is not None
    batches = limits.columns[0].of("64 gathered, batch by batch")
    assert batches.error
    assert batches.error.splitlines()[0][:20] in FILES[page.PAGES[0]]
