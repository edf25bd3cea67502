"""The pipeline in numbers, over all its calls."""

from dataclasses import dataclass

from eliteflow.pipeline.result import FetchReport


@dataclass(slots=True)
class PipelineStats:
    """Sums of the reports of all calls. whole_batches: calls without a failed symbol."""

    batches: int = 0
    whole_batches: int = 0
    symbols: int = 0
    failed_symbols: int = 0
    requests: int = 0
    weight: int = 0
    l1_hits: int = 0
    l1_misses: int = 0
    l2_hits: int = 0
    data_s: float = 0.0

    def add(self, report: FetchReport) -> None:
        """Count one call."""
        self.batches += 1
        self.whole_batches += not report.failed
        self.symbols += report.symbols
        self.failed_symbols += report.failed
        self.requests += report.requests
        self.weight += report.weight
        self.l1_hits += report.l1_hits
        self.l1_misses += report.l1_misses
        self.l2_hits += report.l2_hits
        self.data_s += report.data_s

    def as_dict(self) -> dict[str, float]:
        """Return the sums and the two rates (0 to 1) under the names that users know."""
        hits = self.l1_hits + self.l2_hits
        lookups = hits + self.l1_misses
        return {
            "batches": self.batches,
            "batch_success_rate": self.whole_batches / self.batches if self.batches else 1.0,
            "symbols": self.symbols,
            "failed_symbols": self.failed_symbols,
            "requests": self.requests,
            "weight": self.weight,
            "l1_hits": self.l1_hits,
            "l1_misses": self.l1_misses,
            "l2_hits": self.l2_hits,
            "cache_hit_rate": hits / lookups if lookups else 0.0,
            "data_s": self.data_s,
        }
