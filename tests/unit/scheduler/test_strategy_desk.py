"""Whatever a strategy does, it costs only itself."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import ParamSpec, TypeVar

import pytest

from eliteflow.analysis.market_view import MarketView
from eliteflow.analysis.verdict import Verdict
from eliteflow.model.timeframe import Timeframe
from eliteflow.scheduler.detached_threads import AtOnce
from eliteflow.scheduler.strategy_desk import StrategyDesk
from tests.unit.analysis.views import indicators_of, view_of
from tests.unit.scheduler.strategies import Eager, Mute

P = ParamSpec("P")
T = TypeVar("T")
MARKET = view_of(indicators_of(Timeframe.M5, {"A": {"close": 100.0}, "B": {"close": 50.0}}))


@pytest.fixture(autouse=True)
def lines(caplog: pytest.LogCaptureFixture) -> None:
    """All lines are kept."""
    caplog.set_level(logging.INFO)


async def test_every_strategy_sees_the_market_and_its_signals_are_put_together() -> None:
    """The strongest signals stand first, whoever gave them."""
    judgement = await StrategyDesk([Eager("one"), Eager("two")], executor=AtOnce()).judge(MARKET)
    assert [(signal.strategy, signal.symbol) for signal in judgement.signals] == [
        *(("one", "A"), ("two", "A"), ("one", "B"), ("two", "B"))
    ]
    assert {name: funnel.signal for name, funnel in judgement.funnels.items()} == {"one": 2, "two": 2}
    assert not judgement.is_troubled


async def test_a_signal_is_new_once() -> None:
    """The next look at the same bar shows the same signals and calls none of them new."""
    desk = StrategyDesk([Eager()], executor=AtOnce())
    first, second = await desk.judge(MARKET), await desk.judge(MARKET)
    assert first.new_signals == first.signals
    assert (second.signals, second.new_signals) == (first.signals, ())


async def test_a_strategy_that_raises_costs_only_itself_and_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    """The reason says where; once it works again, that is said once too."""
    broken = Eager("broken")
    broken.raises = ZeroDivisionError("nothing left")
    desk = StrategyDesk([broken, Eager("sound")], executor=AtOnce())
    for _ in range(3):
        judgement = await desk.judge(MARKET)
        assert list(judgement.verdicts) == ["sound"]
        assert judgement.is_troubled
    broken.raises = None
    assert list((await desk.judge(MARKET)).verdicts) == ["broken", "sound"]
    first, second = caplog.messages
    assert first.startswith("strategy broken failed: ZeroDivisionError('nothing left'), strategies.py:")
    assert second == "strategy broken answers again"


async def test_an_answer_that_is_no_verdict_is_a_failure() -> None:
    """The sentence names what came and what was wanted."""
    judgement = await StrategyDesk([Mute()], executor=AtOnce()).judge(MARKET)
    assert str(judgement.silences["mute"]) == "strategy mute failed: list ≠ Verdict"


async def test_a_strategy_is_not_asked_about_timeframes_that_nobody_keeps(caplog: pytest.LogCaptureFixture) -> None:
    """That is no trouble, and is said once."""
    desk = StrategyDesk([Eager()], executor=AtOnce())
    hourly = view_of(indicators_of(Timeframe.H1, {"A": {"close": 100.0}}))
    judgements = [await desk.judge(hourly) for _ in range(2)]
    assert [judgement.is_troubled for judgement in judgements] == [False, False]
    assert caplog.messages == ["strategy eager is not asked: there is nothing of 5m, which it reads"]


class Held(Executor):
    """An executor whose calls are made when the test says so."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Keep the call."""
        result: Future[T] = Future()
        self.calls.append(lambda: result.set_result(fn(*args, **kwargs)))
        return result


async def test_a_late_strategy_is_dropped_and_not_called_again_until_it_returns(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is named once, and what it returns too late is not used."""
    held, slow = Held(), Eager("slow")
    desk = StrategyDesk([slow], executor=held, deadline_s=0.0)
    assert (await desk.judge(MARKET)).is_troubled
    assert (await desk.judge(MARKET)).is_troubled
    assert len(held.calls) == 1
    held.calls[0]()
    await asyncio.sleep(0)  # the loop hears of it
    assert not (await desk.judge(MARKET)).verdicts
    assert (slow.seen, len(held.calls)) == (1, 2)
    assert caplog.messages == [
        "strategy slow has not answered after 0 s: dropped, and not called again until it returns"
    ]


async def test_a_verdict_about_an_earlier_market_is_not_used() -> None:
    """A strategy that returns while another one is waited for was asked about the market of the last cycle."""
    held, loop = Held(), asyncio.get_running_loop()
    desk = StrategyDesk([Eager("slow"), Eager("quick")], executor=held, deadline_s=0.05)
    loop.call_soon(lambda: held.calls[1]())
    assert list((await desk.judge(MARKET)).verdicts) == ["quick"]
    loop.call_soon(lambda: (held.calls[0](), held.calls[2]()))
    judgement = await desk.judge(MARKET)
    assert (list(judgement.verdicts), list(judgement.silences)) == (["quick"], ["slow"])


class Stubborn:
    """Does not answer before it is let go. entered: set when it was called."""

    name = "stubborn"
    reads = Eager.reads

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.let_go = threading.Event()

    def evaluate(self, market: MarketView) -> Verdict:
        """Wait, then answer."""
        self.entered.set()
        assert self.let_go.wait(10)
        return Eager(self.name).evaluate(market)


async def test_a_strategy_that_hangs_in_its_thread_holds_up_no_other() -> None:
    """The other one answers; the loop goes on."""
    stubborn = Stubborn()
    desk = StrategyDesk([stubborn, Eager("quick")], deadline_s=0.2)
    judgement = await desk.judge(MARKET)
    assert stubborn.entered.is_set()
    assert (list(judgement.verdicts), list(judgement.silences)) == (["quick"], ["stubborn"])
    stubborn.let_go.set()


async def test_a_strategy_in_its_thread_answers() -> None:
    """The usual case, with real threads."""
    judgement = await StrategyDesk([Eager()]).judge(MARKET)
    assert [signal.symbol for signal in judgement.signals] == ["A", "B"]


async def test_without_strategies_there_is_nothing_to_say() -> None:
    """Nobody is waited for."""
    assert not (await StrategyDesk([]).judge(MARKET)).signals
