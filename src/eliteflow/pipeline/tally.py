"""What one call sends, counted while it runs."""

from dataclasses import dataclass

from eliteflow.pipeline.backfill import request_weight


@dataclass(slots=True)
class Tally:
    """Requests of one call, their price by the venue's list, and when on the steady clock they began and ended."""

    requests: int = 0
    weight: int = 0
    first_s: float | None = None
    last_s: float = 0.0

    @property
    def data_s(self) -> float:
        """Seconds from the first request to the last reply, 0 when nothing was sent."""
        return 0.0 if self.first_s is None else self.last_s - self.first_s

    def touch(self, now_s: float) -> None:
        """Note that a request is about to be sent, or that its reply is here."""
        if self.first_s is None:
            self.first_s = now_s
        self.last_s = now_s

    def sent(self, rows: int) -> None:
        """Count a request for so many rows."""
        self.requests += 1
        self.weight += request_weight(rows)
