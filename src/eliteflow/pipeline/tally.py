"""What one call sends, counted while it runs."""

from dataclasses import dataclass

from eliteflow.model.klines_weight import request_weight


@dataclass(slots=True)
class Tally:
    """Requests of one call, their price by the venue's list, and when on the steady clock they began and ended."""

    requests: int = 0
    weight: int = 0
    first_s: float | None = None
    last_s: float = float("-inf")

    @property
    def data_s(self) -> float:
        """Seconds from the first request's leaving to the last reply, 0 when nothing was sent."""
        return 0.0 if self.first_s is None else max(0.0, self.last_s - self.first_s)

    def left(self, at_s: float) -> None:
        """Note that a request left for the venue."""
        self.first_s = at_s if self.first_s is None else min(self.first_s, at_s)

    def replied(self, at_s: float) -> None:
        """Note that a reply is here, or that none will come."""
        self.last_s = max(self.last_s, at_s)

    def ask(self, rows: int) -> None:
        """Count a request for so many rows."""
        self.requests += 1
        self.weight += request_weight(rows)
