"""docs/indicators.md is what the registry says."""

from pathlib import Path

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.indicator_reference import render

PAGE = Path(__file__).parents[3] / "docs" / "indicators.md"


def test_the_page_is_up_to_date() -> None:
    """Rewrite it with `python -m eliteflow.analysis.indicator_reference > docs/indicators.md`."""
    assert PAGE.read_text("utf-8") == render()


def test_every_indicator_has_its_line() -> None:
    """Nothing that can be asked for is left out."""
    page = render()
    assert all(f"| `{indicator.name}` |" in page for indicator in EliteTechnicalEngine().indicators())
