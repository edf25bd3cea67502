"""How the signals of a strategy have done."""

from collections.abc import Iterable
from typing import NamedTuple

from eliteflow.analysis.signal_outcome import Ending, FollowedSignal


class StrategyRecord(NamedTuple):
    """The signals of one strategy, counted.

    signals: all of them. open: not ended yet. void: never entered, or without an end that is known.
    target, stop, expired: ended so. ambiguous: those stopped at a bar that touched the target too.
    hit_rate: target / (target + stop + expired), 0–1. expectancy_r: the mean result of these, total_r its sum, in R;
    an ambiguous one counts as a stop. None where none has ended.
    """

    strategy: str
    signals: int
    open: int
    void: int
    target: int
    stop: int
    expired: int
    ambiguous: int
    hit_rate: float | None
    expectancy_r: float | None
    total_r: float | None


def records(followed: Iterable[FollowedSignal]) -> list[StrategyRecord]:
    """Return one record for each strategy, by name."""
    by_strategy: dict[str, list[FollowedSignal]] = {}
    for one in followed:
        by_strategy.setdefault(one.signal.strategy, []).append(one)
    return [_record(strategy, ones) for strategy, ones in sorted(by_strategy.items())]


def _record(strategy: str, followed: list[FollowedSignal]) -> StrategyRecord:
    counts = {ending: sum(one.course.ending is ending for one in followed) for ending in (None, *Ending)}
    results = [result for one in followed if (result := one.result_r) is not None]
    total_r = sum(results) if results else None
    return StrategyRecord(
        strategy=strategy,
        signals=len(followed),
        open=counts[None],
        void=counts[Ending.VOID],
        target=counts[Ending.TARGET],
        stop=counts[Ending.STOP],
        expired=counts[Ending.EXPIRED],
        ambiguous=sum(one.course.is_ambiguous for one in followed),
        hit_rate=counts[Ending.TARGET] / len(results) if results else None,
        expectancy_r=None if total_r is None else total_r / len(results),
        total_r=total_r,
    )
