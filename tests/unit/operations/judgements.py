"""What two strategies said of a market of two symbols, for tests of what people and programs read."""

from dataclasses import replace

from eliteflow.model.timeframe import Timeframe
from eliteflow.scheduler.judgement import Judgement, Silence
from tests.unit.analysis.views import indicators_of, view_of
from tests.unit.operations.outcomes import OUTCOME, REPORT
from tests.unit.scheduler.strategies import bought

MARKET = view_of(
    indicators_of(Timeframe.M5, {"BTCUSDT": {"close": 100.0}, "ETHUSDT": {"close": 50.0}, "DEADUSDT": {"close": -1.0}})
)
VERDICT = bought("eager", MARKET)
LATE = Silence("strategy.dropped", {"strategy": "slow", "after_s": 2.0})
JUDGEMENT = Judgement({"eager": VERDICT}, VERDICT.signals[:1], {"slow": LATE})
JUDGED = replace(OUTCOME, report=replace(REPORT, signals=1), judgement=JUDGEMENT)
