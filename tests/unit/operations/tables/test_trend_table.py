"""Trends as people and programs read them."""

import csv
import io
import json
from dataclasses import replace

from eliteflow.analysis.market_regime import find_regime
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.tables.trend_table import TrendTable
from tests.unit.analysis.views import indicators_of, trends_of

H1, M5 = Timeframe.H1, Timeframe.M5
TRENDS = {
    H1: trends_of(H1, {"BTCUSDT": (1, 0.8), "ETHUSDT": (-2, 0.0)}),
    M5: trends_of(M5, {"ETHUSDT": (-1, 0.4)}),
}
VALUES = {
    "BTCUSDT": {"close": 3.0, "ema_50": 2.0, "volatility_rank": 0.9},
    "ETHUSDT": {"close": 3.0, "ema_50": 2.0, "volatility_rank": 0.9},
}
REGIMES = {H1: find_regime(TRENDS[H1], indicators_of(H1, VALUES))}
TABLE = TrendTable("SIMULATED", ("BTCUSDT", "ETHUSDT"), TRENDS, REGIMES)


def test_a_line_has_direction_strength_and_since_when_in_each_timeframe() -> None:
    """What is not known is a dash."""
    table = TABLE.render("table")
    rows = {
        line.split("│")[1].strip(): [cell.strip() for cell in line.split("│")[2:-1]]
        for line in table.splitlines()
        if "USDT" in line
    }
    assert "[SIMULATED]" in table
    assert rows == {
        "BTCUSDT": ["up", "0.80", "01-01 00:00", "–", "–", "–"],
        "ETHUSDT": ["–", "–", "–", "down", "0.40", "01-01 00:00"],
    }


def test_symbols_beyond_the_chosen_number_are_counted() -> None:
    """Nothing is left out in silence."""
    table = TrendTable("SIMULATED", TABLE.symbols, TRENDS, REGIMES, rows=1).render("table")
    assert "… and 1 more" in table
    assert "ETHUSDT" not in table


def test_the_market_as_a_whole_is_one_line_for_each_timeframe() -> None:
    """What kind it is, and what that was judged on."""
    assert "1h: trending up; 100% of 1 symbols above EMA50, 100% rising, 0% falling" in TABLE.render("table")
    nothing = find_regime(TRENDS[M5], indicators_of(M5, {"ETHUSDT": {"ema_50": 2.0, "volatility_rank": float("nan")}}))
    assert "5m: regime not known yet" in TrendTable("SIMULATED", (), TRENDS, {M5: nothing}).render("table")


def test_json_and_csv_have_every_known_series() -> None:
    """A direction that is not known is null, or empty."""
    document = json.loads(TABLE.render("json"))
    assert document["trends"]["ETHUSDT"]["1h"]["direction"] is None
    assert list(document["trends"]["BTCUSDT"]) == ["1h"]
    assert [document["trends"][symbol]["1h"]["regime"] for symbol in ("BTCUSDT", "ETHUSDT")] == ["trending", None]
    assert (document["market"]["1h"]["regime"], document["market"]["1h"]["direction"]) == ("trending", "up")
    rows = list(csv.DictReader(io.StringIO(TABLE.render("csv"))))
    assert [(row["symbol"], row["timeframe"], row["direction"]) for row in rows] == [
        *(("BTCUSDT", "1h", "up"), ("ETHUSDT", "1h", ""), ("ETHUSDT", "5m", "down"))
    ]


def test_contracts_without_a_closed_bar_are_named() -> None:
    """They have no line in the table."""
    assert "without a closed bar yet: NEWUSDT" in replace(TABLE, without_bars=("NEWUSDT",)).render("table")
