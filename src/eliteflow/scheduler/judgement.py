"""What the strategies said in one cycle, and which of them said nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eliteflow.messages import text
from eliteflow.model.signal import Signal

if TYPE_CHECKING:
    from eliteflow.analysis.verdict import Funnel, Verdict


@dataclass(frozen=True, slots=True)
class Silence:
    """Why a strategy gave no verdict: the event that tells it, and its fields."""

    event: str
    fields: Mapping[str, str | float]

    @property
    def is_trouble(self) -> bool:
        """Whether something is wrong; a strategy that reads timeframes nobody keeps is only not asked."""
        return self.event != "strategy.idle"

    def __str__(self) -> str:
        return text(f"log.{self.event}", **self.fields)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdicts of one cycle by strategy, the new ones among their signals, and who is silent why.

    new_signals: those of a bar that has given none before in this run.
    """

    verdicts: "Mapping[str, Verdict]" = field(default_factory=dict)
    new_signals: tuple[Signal, ...] = ()
    silences: Mapping[str, Silence] = field(default_factory=dict)

    @property
    def signals(self) -> tuple[Signal, ...]:
        """All signals at the newest bars, new or not, in the order of falling strength, then of symbols."""
        found = (signal for verdict in self.verdicts.values() for signal in verdict.signals)
        return tuple(sorted(found, key=lambda signal: (-signal.strength, signal.symbol)))

    @property
    def funnels(self) -> "Mapping[str, Funnel]":
        """How many symbols each strategy looked at, and how many were left after each step."""
        return {name: verdict.funnel for name, verdict in self.verdicts.items()}

    @property
    def is_troubled(self) -> bool:
        """Whether a strategy failed, or did not answer in time."""
        return any(silence.is_trouble for silence in self.silences.values())
