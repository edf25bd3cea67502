"""What a strategy proposes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite

from eliteflow.errors import InvalidArgument
from eliteflow.model.timeframe import Timeframe


class Side(StrEnum):
    """Which way a signal bets."""

    LONG = "long"
    SHORT = "short"

    @property
    def sign(self) -> int:
        """1 for a bet on rising prices, -1 on falling ones."""
        return 1 if self is Side.LONG else -1


@dataclass(frozen=True, slots=True)
class Signal:
    """A trade that a strategy proposes at the close of a bar.

    timeframe, bar_ms: length and open time (UTC milliseconds) of that bar.
    entry, stop, target: prices in the quote asset, as computed; whoever trades rounds them to the tick.
    strength: 0–1.
    reasons: the rules that held. values: what they were judged on, by name.
    Raises InvalidArgument unless stop, entry and target are positive and in the order of the side, and strength 0–1.
    """

    strategy: str
    symbol: str
    side: Side
    timeframe: Timeframe
    bar_ms: int
    entry: float
    stop: float
    target: float
    strength: float
    reasons: tuple[str, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        prices = (self.stop, self.entry, self.target)
        ordered = prices if self.side is Side.LONG else prices[::-1]
        if not (all(map(isfinite, prices)) and 0 < ordered[0] < ordered[1] < ordered[2]):
            wanted = "0 < stop < entry < target" if self.side is Side.LONG else "0 < target < entry < stop"
            raise InvalidArgument(f"{self.symbol} stop, entry, target", found=prices, wanted=wanted)
        if not 0 <= self.strength <= 1:
            raise InvalidArgument(f"{self.symbol} strength", found=self.strength, wanted="0–1")

    @property
    def risk(self) -> float:
        """What is lost at the stop, per unit of the base asset."""
        return abs(self.entry - self.stop)

    @property
    def reward(self) -> float:
        """What is won at the target, per unit of the base asset."""
        return abs(self.target - self.entry)

    @property
    def reward_risk(self) -> float:
        """How many times the risk is won at the target."""
        return self.reward / self.risk
