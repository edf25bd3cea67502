"""The candles of one symbol as people and programs read them."""

import csv
import io
import json
from dataclasses import replace

from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.tables.candle_table import CandleTable
from eliteflow.pipeline.frames import frame_of
from eliteflow.testing.series import HEAD_MS, make_series

SERIES = make_series("BTCUSDT", "1h", bars=2)
TABLE = CandleTable("SIMULATED", "BTCUSDT", Timeframe.H1, frame_of(SERIES))


def test_json_has_times_in_milliseconds_and_every_field() -> None:
    """Programs read numbers."""
    document = json.loads(TABLE.render("json"))
    assert (document["venue"], document["symbol"], document["timeframe"]) == ("SIMULATED", "BTCUSDT", "1h")
    assert [candle["open_time_ms"] for candle in document["candles"]] == [HEAD_MS - 3_600_000, HEAD_MS]
    assert document["candles"][1]["close"] == SERIES.field("close")[1]
    assert document["candles"][1]["taker_buy_quote_volume"] == SERIES.field("taker_buy_quote_volume")[1]


def test_csv_says_in_every_row_what_it_is() -> None:
    """Rows of several symbols can be put together."""
    rows = list(csv.DictReader(io.StringIO(TABLE.render("csv"))))
    assert [row["venue"] for row in rows] == ["SIMULATED"] * 2
    assert rows[1]["timestamp"] == "2025-11-23T09:00:00+00:00"
    assert float(rows[1]["volume"]) == SERIES.field("volume")[1]


def test_the_table_is_titled_with_the_venue() -> None:
    """People see what is simulated."""
    title, *lines = TABLE.render("table").splitlines()
    assert title.strip() == "BTCUSDT 1h, closed candles [SIMULATED]"
    assert any("2025-11-23 09:00" in line for line in lines)


def test_the_table_shows_the_newest_rows_and_says_how_many_it_hides() -> None:
    """As many as `--rows` asks for; documents have all."""
    *_, last_row, _, hidden = replace(TABLE, rows=1).render("table").splitlines()
    assert "2025-11-23 09:00" in last_row
    assert hidden == "… and 1 older: --rows all, or --format csv"
    assert len(json.loads(replace(TABLE, rows=1).render("json"))["candles"]) == 2


def test_a_contract_without_a_closed_bar_is_named() -> None:
    """An empty table alone would not say why."""
    assert "without a closed bar yet: BTCUSDT" in replace(TABLE, frame=TABLE.frame.iloc[:0]).render("table")
    assert "without a closed bar" not in TABLE.render("table")
