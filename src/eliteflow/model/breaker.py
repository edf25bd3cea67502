"""What others see of the circuit breaker."""

from dataclasses import dataclass
from enum import StrEnum


class Circuit(StrEnum):
    """closed: all go. open: none goes. half_open: one probe is under way, its answer decides."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class BreakerSnapshot:
    """The breaker of one host at one instant. retry_after_s: seconds until the next probe, 0 unless open."""

    host: str
    circuit: Circuit
    retry_after_s: float
