"""What a strategy found in the whole market: its signals, and for every other symbol the rule that it failed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eliteflow.analysis.market_view import MarketView
from eliteflow.analysis.talib_library import Array
from eliteflow.errors import UnknownSymbol
from eliteflow.model.signal import Side, Signal
from eliteflow.model.timeframe import Timeframe


class Step(StrEnum):
    """The steps of the funnel, in order. A strategy without rules for a step lets everything through it."""

    DATA = "data"
    TREND = "trend"
    CONFIRMATION = "confirmation"
    ENTRY = "entry"
    REWARD_RISK = "reward_risk"


class Funnel(NamedTuple):
    """How many symbols were looked at, how many were left after each step, and how many signals came of it."""

    total: int
    data: int
    trend: int
    confirmation: int
    entry: int
    reward_risk: int
    signal: int


class Outcome(NamedTuple):
    """A rule applied to the whole market.

    rule: as a formula over the names in `values`: `close_5m > ema_20_5m`.
    passed: bool, shape (symbols,). values: what it was judged on, each of shape (symbols,).
    name: the sentence `rule.<name>` of the messages tells it in words; without one the formula alone is shown.
    """

    step: Step
    rule: str
    passed: NDArray[np.bool_]
    values: Mapping[str, Array]
    name: str = ""


class Check(NamedTuple):
    """A rule applied to one symbol."""

    step: Step
    rule: str
    passed: bool
    values: Mapping[str, float]
    name: str = ""


class Explanation(NamedTuple):
    """All rules for one symbol, in order, those after the first failure too.

    failed: the first rule that did not hold; None where there is a signal.
    """

    symbol: str
    checks: tuple[Check, ...]
    signal: Signal | None

    @property
    def failed(self) -> Check | None:
        """The rule for which there is no signal."""
        return next((check for check in self.checks if not check.passed), None)


class Proposal(NamedTuple):
    """The trades a strategy would make at the newest bar of `timeframe`, arrays of shape (symbols,).

    direction: 1 long, -1 short. entry, stop, target: prices. strength: 0–1.
    """

    timeframe: Timeframe
    direction: Array
    entry: Array
    stop: Array
    target: Array
    strength: Array

    def outcome(self) -> Outcome:
        """Return whether each trade is one: a direction, a strength, stop and target on their sides of the entry."""
        with np.errstate(invalid="ignore"):
            risk, reward = self.direction * (self.entry - self.stop), self.direction * (self.target - self.entry)
        is_sound = (risk > 0) & (reward > 0) & (np.minimum(self.stop, self.target) > 0)
        passed = is_sound & (np.abs(self.direction) == 1) & np.isfinite(risk + reward) & np.isfinite(self.strength)
        values = {"entry": self.entry, "stop": self.stop, "target": self.target}
        rule = "0 < stop < entry < target or 0 < target < entry < stop"
        return Outcome(Step.REWARD_RISK, rule, passed, values, "sound_trade")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One strategy's answer at one instant.

    signals: in the order of falling strength, then of symbols.
    outcomes: every rule for every symbol, in the order of the steps; the last one is that of the proposal.
    """

    strategy: str
    as_of_ms: int
    symbols: tuple[str, ...]
    funnel: Funnel
    signals: tuple[Signal, ...]
    outcomes: tuple[Outcome, ...] = field(repr=False)

    @classmethod
    def of(cls, strategy: str, market: MarketView, rules: Iterable[Outcome], proposal: Proposal) -> "Verdict":
        """Return the verdict: signals where all rules hold, the funnel, and what `explain` needs."""
        outcomes = tuple(sorted((*rules, proposal.outcome()), key=lambda outcome: tuple(Step).index(outcome.step)))
        left, counts = np.ones(len(market.symbols), np.bool_), []
        for step in Step:
            left = np.logical_and.reduce([left, *(found.passed for found in outcomes if found.step is step)])
            counts.append(int(np.count_nonzero(left)))
        signals = [_signal(strategy, market, outcomes, proposal, row) for row in np.flatnonzero(left).tolist()]
        signals.sort(key=lambda signal: (-signal.strength, signal.symbol))
        funnel = Funnel._make([len(market.symbols), *counts, len(signals)])
        return cls(strategy, market.as_of_ms, market.symbols, funnel, tuple(signals), outcomes)

    def explain(self, symbol: str) -> Explanation:
        """Return every rule with the values it was judged on; raise UnknownSymbol if the symbol was not looked at."""
        if symbol not in self.symbols:
            raise UnknownSymbol.among(symbol, self.symbols)
        row = self.symbols.index(symbol)
        checks = tuple(
            Check(found.step, found.rule, bool(found.passed[row]), _at(found.values, row), found.name)
            for found in self.outcomes
        )
        return Explanation(symbol, checks, next((one for one in self.signals if one.symbol == symbol), None))


def _signal(strategy: str, market: MarketView, outcomes: Sequence[Outcome], proposal: Proposal, row: int) -> Signal:
    values: dict[str, float] = {}
    for found in outcomes:
        values |= _at(found.values, row)
    return Signal(
        strategy=strategy,
        symbol=market.symbols[row],
        side=Side.LONG if proposal.direction[row] > 0 else Side.SHORT,
        timeframe=proposal.timeframe,
        bar_ms=market.bar_ms(proposal.timeframe),
        entry=float(proposal.entry[row]),
        stop=float(proposal.stop[row]),
        target=float(proposal.target[row]),
        strength=float(np.clip(proposal.strength[row], 0, 1)),
        reasons=tuple(found.rule for found in outcomes[:-1]),
        values=values,
    )


def _at(values: Mapping[str, Array], row: int) -> dict[str, float]:
    return {name: float(array[row]) for name, array in values.items()}
