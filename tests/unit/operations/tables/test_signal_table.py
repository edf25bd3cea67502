"""Signals and funnels as people and programs read them."""

import csv
import io
import json
from dataclasses import replace

from eliteflow import messages
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.tables.signal_table import SignalTable
from eliteflow.scheduler.judgement import Judgement
from tests.unit.analysis.views import indicators_of, view_of
from tests.unit.operations.judgements import JUDGED
from tests.unit.operations.outcomes import OUTCOME
from tests.unit.scheduler.strategies import bought


def cells(table: str, symbol: str) -> list[str]:
    """The cells of one symbol's line."""
    line = next(line for line in table.splitlines() if symbol in line)
    return [cell.strip() for cell in line.split("│")[1:-1]]


def test_a_line_has_the_trade_and_the_title_says_that_it_is_simulated() -> None:
    """Prices are not padded with zeros."""
    table = SignalTable(JUDGED).render("table")
    assert "Signals [SIMULATED]" in table
    assert cells(table, "BTCUSDT") == ["BTCUSDT", "eager", "long", "100", "90", "130", "3.00", "0.90"]


def test_below_it_stand_the_reasons_the_funnels_and_who_is_silent() -> None:
    """The rules of a strategy are told once, not for each of its signals."""
    *_, reasons, funnel, silence = SignalTable(JUDGED).render("table").splitlines()
    assert reasons == "eager, because all of these hold: newest bar of 5m"
    assert funnel == "eager: total 3 → data 3 → trend 3 → confirmation 3 → entry 3 → reward/risk 2 → signals 2"
    assert silence.startswith("strategy slow has not answered after 2 s")


def test_chinese_readers_read_chinese() -> None:
    """Title, side and funnel."""
    messages.set_language("zh-CN")
    table = SignalTable(JUDGED).render("table")
    assert "信号 [模拟行情]" in table
    assert cells(table, "BTCUSDT")[2] == "做多"
    assert "eager：总数 3 → 数据 3 → 趋势 3 → 确认 3 → 入场 3 → 盈亏比 2 → 信号 2" in table


def test_signals_beyond_the_chosen_number_are_counted() -> None:
    """Nothing is left out in silence."""
    table = SignalTable(JUDGED, rows=1).render("table")
    assert "ETHUSDT" not in table
    assert "… and 1 more signals: --rows all" in table


def test_without_signals_one_line_says_so_and_the_funnel_why() -> None:
    """A market of which too little is known tells what to do."""
    empty = bought("eager", view_of(indicators_of(Timeframe.M5, {"BTCUSDT": {"close": 1.0}}, known_bars=0)))
    table = SignalTable(replace(OUTCOME, judgement=Judgement({"eager": empty}))).render("table")
    assert table.splitlines() == [
        "No signals [SIMULATED]",
        "eager: total 1 → data 0 → trend 0 → confirmation 0 → entry 0 → reward/risk 0 → signals 0",
        "  no symbol has as many closed bars as the strategy needs: --limit 499 (data.limit) fetches more",
    ]


def test_json_marks_every_signal_with_its_venue_and_whether_it_is_new() -> None:
    """Report and errors stand beside them."""
    document = json.loads(SignalTable(JUDGED).render("json"))
    assert list(document) == ["report", "errors", "signals", "funnel", "silent", "ended"]
    btc, eth = document["signals"]
    assert (btc["venue"], btc["symbol"], btc["is_new"], eth["is_new"]) == ("SIMULATED", "BTCUSDT", True, False)
    assert (btc["reward_risk"], btc["values"]["close_5m"]) == (3.0, 100.0)
    assert document["funnel"]["eager"]["reward_risk"] == 2
    assert list(document["silent"]) == ["slow"]


def test_csv_has_one_line_for_each_signal() -> None:
    """Reasons are one column."""
    rows = list(csv.DictReader(io.StringIO(SignalTable(JUDGED).render("csv"))))
    assert [(row["venue"], row["symbol"], row["is_new"]) for row in rows] == [
        *(("SIMULATED", "BTCUSDT", "true"), ("SIMULATED", "ETHUSDT", "false"))
    ]
    assert rows[0]["reasons"] == "newest bar of 5m"
