"""The docs cannot drift from the code."""

from pathlib import Path

import pytest
from tools import write_docs

PAGES = sorted(write_docs.DOCS.glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_marked_table_is_as_the_code_has_it(page: Path) -> None:
    """`python tools/write_docs.py` would change nothing."""
    content = page.read_text("utf-8")
    assert write_docs.rendered(content) == content


def test_every_table_of_the_code_stands_in_some_page() -> None:
    """No table is written for nobody."""
    marked = {found[2] for page in PAGES for found in write_docs.MARKED.finditer(page.read_text("utf-8"))}
    assert marked == write_docs.TABLES.keys()
