"""A verdict counts the funnel, gives signals where all rules hold, and explains every other symbol."""

import numpy as np
import pytest

from eliteflow.analysis.verdict import Outcome, Proposal, Step, Verdict
from eliteflow.errors import UnknownSymbol
from eliteflow.model.signal import Side
from eliteflow.model.timeframe import Timeframe
from tests.unit.analysis.analysis_series import Array
from tests.unit.analysis.views import NOW_MS, indicators_of, view_of

M5 = Timeframe.M5
SYMBOLS = ("A", "B", "C", "D")
VIEW = view_of(indicators_of(M5, {symbol: {"rsi": 1.0} for symbol in SYMBOLS}))


def outcome(step: Step, *passed: bool) -> Outcome:
    """Return an outcome named after its step."""
    return Outcome(step, f"rule of {step}", np.array(passed), {str(step): np.arange(4.0)})


def proposal(*, stop: float = 9.0, strength: tuple[float, ...] = (0.1, 0.9, 0.9, 0.5)) -> Proposal:
    """Return a long trade for each symbol, the same but for its strength."""
    ones = np.ones(4)
    return Proposal(M5, ones, ones * 10, ones * stop, ones * 12, np.array(strength))


RULES = [
    outcome(Step.ENTRY, True, True, True, False),
    outcome(Step.TREND, True, True, False, True),
    outcome(Step.TREND, True, True, True, False),
]


def test_the_funnel_counts_what_is_left_after_each_step() -> None:
    """In the order of the steps, however the rules were given; steps without a rule let everything through."""
    found = Verdict.of("test", VIEW, RULES, proposal())
    assert found.funnel == (4, 4, 2, 2, 2, 2, 2)
    assert [one.step for one in found.outcomes] == [Step.TREND, Step.TREND, Step.ENTRY, Step.REWARD_RISK]


def test_signals_come_with_their_reasons_the_strongest_first() -> None:
    """Prices, bar, rules and values are those of the proposal and the outcomes."""
    found = Verdict.of("test", VIEW, RULES, proposal())
    assert [signal.symbol for signal in found.signals] == ["B", "A"]
    signal = found.signals[0]
    assert (signal.strategy, signal.side, signal.timeframe) == ("test", Side.LONG, M5)
    assert signal.bar_ms == NOW_MS - M5.ms
    assert (signal.entry, signal.stop, signal.target, signal.strength) == (10, 9, 12, 0.9)
    assert signal.reasons == ("rule of trend", "rule of trend", "rule of entry")
    assert signal.values == {"trend": 1.0, "entry": 1.0, "stop": 9.0, "target": 12.0} | {"entry": 10.0}


def test_explain_names_the_first_rule_that_failed_with_its_values() -> None:
    """All rules are shown; where all hold there is the signal."""
    found = Verdict.of("test", VIEW, RULES, proposal())
    failed = found.explain("C").failed
    assert failed == (Step.TREND, "rule of trend", False, {"trend": 2.0}, "")
    assert len(found.explain("D").checks) == 4
    assert found.explain("C").signal is None
    assert found.explain("A").failed is None
    assert found.explain("A").signal is found.signals[1]
    with pytest.raises(UnknownSymbol):
        found.explain("X")


@pytest.mark.parametrize(
    ("trade", "passes"),
    [
        (proposal(), True),
        (proposal(stop=10.0), False),
        (proposal(stop=-1.0), False),
        (proposal(stop=float("nan")), False),
        (proposal(strength=(float("nan"),) * 4), False),
        (proposal()._replace(direction=np.full(4, -1.0)), False),
        (proposal()._replace(direction=np.full(4, 2.0)), False),
        (proposal()._replace(target=np.full(4, np.inf)), False),
    ],
)
def test_a_trade_that_makes_no_sense_is_stopped_at_the_last_step(trade: Proposal, passes: bool) -> None:
    """It costs its symbol a signal, and never the whole market an error."""
    found = Verdict.of("test", VIEW, [], trade)
    assert found.funnel == (4, 4, 4, 4, 4, 4 * passes, 4 * passes)
    failed = found.explain("A").failed
    assert passes or (failed is not None and failed.step is Step.REWARD_RISK)


def test_a_market_without_symbols_has_an_empty_funnel() -> None:
    """Nothing is looked at, nothing fails."""
    empty: Array = np.empty(0)
    found = Verdict.of("test", view_of(indicators_of(M5, {})), [], Proposal(M5, empty, empty, empty, empty, empty))
    assert found.funnel == (0,) * 7
    assert found.signals == ()
