"""Why a symbol has a signal, or has none."""

import csv
import io
import json
from dataclasses import replace

import pytest

from eliteflow import messages
from eliteflow.analysis.strategies.trend_pullback import TrendPullback
from eliteflow.errors import ExchangeUnreachable, InvalidArgument, UnknownSymbol
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.tables.explanation_table import ExplanationTable
from eliteflow.scheduler.judgement import Judgement
from tests.unit.analysis.views import indicators_of, trends_of, view_of
from tests.unit.operations.judgements import JUDGED
from tests.unit.operations.outcomes import OUTCOME

H1, M15, M5 = Timeframe.H1, Timeframe.M15, Timeframe.M5
TREND = {"ema_20": 1.0, "ema_50": 1.0, "adx": 1.0, "atr": 1.0}
CHANNEL = {"donchian_upper": 9.0, "donchian_lower": 1.0}
MARKET = view_of(
    indicators_of(H1, {"BTCUSDT": TREND}),
    indicators_of(M15, {"BTCUSDT": TREND | CHANNEL | {"close": 5.0}}),
    indicators_of(M5, {"BTCUSDT": {"ema_20": 1.0, "atr": 1.0}}),
    trends=(trends_of(H1, {"BTCUSDT": (1, 0.2)}), trends_of(M15, {"BTCUSDT": (1, 0.5)})),
)
TRADING = ("BTCUSDT", "DEADUSDT", "SOLUSDT")
PULLBACK = replace(OUTCOME, judgement=Judgement({"trend_pullback": TrendPullback().evaluate(MARKET)}))


def test_the_first_rule_that_failed_is_told_in_words_with_formula_and_values() -> None:
    """The trend of the hour is too weak."""
    table = ExplanationTable.of(PULLBACK, "btcusdt", TRADING).render("table")
    assert "BTCUSDT: the rules of trend_pullback [SIMULATED]" in table
    assert table.splitlines()[-1] == (
        "BTCUSDT: no signal, because this does not hold: "
        "the 1h trend is strong enough (strength_1h >= 0.3); strength_1h = 0.2"
    )


def test_chinese_readers_read_the_rule_in_chinese() -> None:
    """Every rule of the built-in strategy has its sentence."""
    messages.set_language("zh-CN")
    table = ExplanationTable.of(PULLBACK, "BTCUSDT", TRADING).render("table")
    assert "没有信号，因为此规则不成立：1h 趋势足够强（strength_1h >= 0.3）；strength_1h = 0.2" in table
    for check in PULLBACK.judgement.verdicts["trend_pullback"].explain("BTCUSDT").checks:
        assert messages.find_text(f"rule.{check.name}"), check.rule


def test_a_rule_without_a_name_is_its_formula() -> None:
    """As in a strategy of one's own; a signal is said to be one."""
    table = ExplanationTable.of(JUDGED, "BTCUSDT", TRADING).render("table")
    assert "newest bar of 5m" in table
    assert "BTCUSDT: signal, long; all rules hold." in table
    assert "strategy slow has not answered after 2 s" in table


def test_json_has_every_rule_with_its_values() -> None:
    """Those after the first failure too."""
    document = json.loads(ExplanationTable.of(PULLBACK, "BTCUSDT", TRADING).render("json"))
    found = document["strategies"]["trend_pullback"]
    assert (document["venue"], found["has_signal"], found["failed"]) == ("SIMULATED", False, "strength_1h >= 0.3")
    assert len(found["checks"]) == 12
    assert found["checks"][4] == {
        "step": "trend",
        "rule": "strength_1h >= 0.3",
        "passed": False,
        "values": {"strength_1h": 0.2},
        "name": "strong_trend",
    }


def test_csv_has_a_line_for_each_rule() -> None:
    """Values as `name = number`."""
    rows = list(csv.DictReader(io.StringIO(ExplanationTable.of(PULLBACK, "BTCUSDT", TRADING).render("csv"))))
    assert len(rows) == 12
    assert (rows[4]["passed"], rows[4]["values"]) == ("false", "strength_1h = 0.2")


def test_a_symbol_whose_data_failed_tells_the_error_too() -> None:
    """The rules say that there is no bar, the error why."""
    failed = replace(JUDGED, errors={"DEADUSDT": ExchangeUnreachable("venue", "timed out after 10 s")})
    assert "venue cannot be reached: timed out after 10 s" in ExplanationTable.of(failed, "DEADUSDT", TRADING).render(
        "table"
    )


def test_a_symbol_that_was_not_looked_at_names_the_nearest() -> None:
    """One sentence."""
    with pytest.raises(UnknownSymbol, match="did you mean 'BTCUSDT'"):
        ExplanationTable.of(JUDGED, "BTCUSD", TRADING)


def test_a_contract_that_was_left_out_is_not_called_unknown() -> None:
    """It trades; only the selection lacks it."""
    with pytest.raises(InvalidArgument, match=r"--why: wanted one of the symbols looked at .* found 'SOLUSDT'"):
        ExplanationTable.of(JUDGED, "SOLUSDT", TRADING)
