"""Indicators of one symbol as people and programs read them."""

import csv
import io
import json

import numpy as np

from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.tables.indicator_table import IndicatorTable
from tests.unit.analysis.views import NOW_MS, indicators_of


def table(known_bars: int = 499, **outputs: float) -> IndicatorTable:
    """Outputs that need 100 bars to converge."""
    return IndicatorTable(
        "SIMULATED", "BTCUSDT", indicators_of(Timeframe.M5, {"BTCUSDT": outputs}, known_bars=known_bars)
    )


def values(rendered: str) -> dict[str, str]:
    """The table's lines by name."""
    lines = [line.split("│") for line in rendered.splitlines() if line.startswith("│")]
    return {line[1].strip(): line[2].strip() for line in lines}


def test_converged_values_are_plain_and_others_carry_a_tilde() -> None:
    """What is not known is a dash, never a neutral number."""
    assert values(table(rsi=47.5, atr=np.nan).render("table")) == {"rsi": "47.5", "atr": "–"}
    assert values(table(known_bars=99, rsi=47.5).render("table")) == {"rsi": "~47.5"}


def test_the_table_says_venue_bar_and_number_of_bars() -> None:
    """From what the values follow."""
    rendered = table(rsi=47.5).render("table")
    assert "BTCUSDT 5m [SIMULATED]" in rendered
    assert "from 499 bars" in rendered


def test_json_and_csv_have_the_same_values() -> None:
    """Unknown ones are null, or empty."""
    found = table(rsi=47.5, atr=np.nan)
    document = json.loads(found.render("json"))
    assert (document["venue"], document["bar_ms"]) == ("SIMULATED", Timeframe.M5.newest_closed_ms(NOW_MS))
    assert document["indicators"]["rsi"] == {"value": 47.5, "converged": True}
    assert document["indicators"]["atr"] == {"value": None, "converged": False}
    rows = list(csv.DictReader(io.StringIO(found.render("csv"))))
    assert {row["indicator"]: (row["value"], row["converged"]) for row in rows} == {
        "rsi": ("47.5", "true"),
        "atr": ("", "false"),
    }
