"""Every event of the log: its name, level and fields, in one place.

A sentence for people stands under the same name in `messages/*.toml`, what it means in docs/events.md.
"""

import logging
from typing import NamedTuple


class Event(NamedTuple):
    """One kind of log line. fields: the keys it always carries, in the order in which the sentence uses them."""

    name: str
    level: int
    fields: tuple[str, ...]


def _event(name: str, level: int, *fields: str) -> Event:
    return Event(name, level, fields)


EVENTS = {
    event.name: event
    for event in (
        _event("pipeline.ready", logging.INFO),
        _event("batch.fetched", logging.INFO, "symbols", "succeeded", "failed", "data_s", "mean_ms"),
        _event("batch.finished", logging.INFO, "batch", "symbols", "data_s"),
        _event("batch.fallback", logging.WARNING, "batch", "symbols", "reason"),
        _event("cycle.progress", logging.INFO, "done", "total", "analysed", "mean_analysis_ms", "mean_data_ms"),
        _event("cycle.failures", logging.WARNING, "count", "reasons"),
        _event(
            "cycle.finished",
            logging.INFO,
            *("cycle", "venue", "as_of_ms", "symbols", "succeeded", "failed", "inferred", "requests", "weight"),
            *("l1_hits", "l2_hits", "cache_hit_rate", "batch_success_rate", "data_s", "analysis_s", "total_s"),
            *("signals", "degraded", "breaker", "breaker_retry_after_s", "mean_ms", "fastest_ms", "slowest_ms"),
        ),
        _event("cycle.skipped", logging.WARNING, "missed", "interval_s"),
        _event("cycle.failed", logging.ERROR, "cycle", "reason"),
        _event("strategy.dropped", logging.WARNING, "strategy", "after_s"),
        _event("strategy.failed", logging.WARNING, "strategy", "reason"),
        _event("strategy.idle", logging.INFO, "strategy", "timeframes"),
        _event("strategy.returned", logging.INFO, "strategy"),
        _event("close.missing", logging.WARNING, "boundary", "bars"),
        _event(
            "close.completed",
            logging.DEBUG,
            *("boundary", "bars", "final_2s", "final_3s", "final_5s", "final_10s", "missing", "inferred", "fetched"),
        ),
        _event("gap.found", logging.WARNING, "symbols", "timeframe", "bars", "reason"),
        _event("gap.repaired", logging.INFO, "symbols", "timeframe", "open"),
        _event("signals.new", logging.INFO, "count", "told", "reasons"),
        _event("signals.ended", logging.INFO, "count", "told"),
        _event("ledger.off", logging.WARNING, "path", "reason"),
        _event(
            "audit.mismatch",
            logging.WARNING,
            *("symbol", "timeframe", "bars", "bar", "field", "held", "venue_has"),
        ),
        _event("history.deepened", logging.INFO, "series", "bars", "weight", "took_s"),
        _event("run.waiting", logging.WARNING, "wait_s", "reason"),
        _event("run.paused", logging.INFO),
        _event("run.resumed", logging.INFO),
        _event("run.stopped", logging.INFO),
        _event("part.failed", logging.ERROR, "part", "reason", "times", "again_s"),
        _event("universe.kept", logging.WARNING, "symbols", "reason"),
        _event("degraded.entered", logging.WARNING, "reason", "message"),
        _event("degraded.left", logging.INFO, "reason", "lasted_s"),
        _event(
            "day.finished",
            logging.INFO,
            *("day", "venue", "watched_s", "down_s", "cycles", "failed", "missed", "mean_s", "p99_s", "slowest_s"),
            *("requests", "weight", "cache_hit_rate", "closes", "final_2s", "final_3s", "final_5s", "final_10s"),
            *("gaps", "repaired", "revised", "mismatches", "signals"),
        ),
        _event("telemetry.listening", logging.INFO, "address", "port", "command"),
        _event("telemetry.moved", logging.WARNING, "address", "port", "command"),
        _event("telemetry.off", logging.WARNING, "address", "reason"),
        _event("notify.failed", logging.WARNING, "sink", "reason"),
        _event("notify.recovered", logging.INFO, "sink"),
        _event("universe.changed", logging.INFO, "symbols", "listed", "delisted"),
        _event("weight.waiting", logging.INFO, "wait_s", "weight"),
        _event("weight.alone", logging.WARNING, "path", "reason"),
        _event("weight.set_aside", logging.WARNING, "path", "kept"),
        _event("rest.rate_limited", logging.WARNING, "host", "retry_after_s"),
        _event("rest.banned", logging.ERROR, "host", "until"),
        _event("rest.restricted", logging.ERROR, "host", "retry_after_s"),
        _event("rest.denied", logging.ERROR, "host", "retry_after_s"),
        _event("rest.held", logging.WARNING, "host", "status", "retry_after_s"),
        _event("breaker.opened", logging.WARNING, "host", "retry_after_s", "reason"),
        _event("breaker.holding", logging.WARNING, "host", "retry_after_s"),
        _event("breaker.closed", logging.INFO, "host"),
        _event("stream.connected", logging.INFO, "host", "connection", "streams"),
        _event("stream.rolled_over", logging.INFO, "host", "connection", "streams"),
        _event("stream.reconnecting", logging.WARNING, "host", "connection", "streams", "reason", "pause_s"),
        _event("stream.stale", logging.WARNING, "host", "connection", "streams", "reason"),
        _event("stream.malformed", logging.WARNING, "host", "connection", "reason", "excerpt"),
        _event("stream.refused", logging.WARNING, "host", "connection", "code", "reason"),
        _event("store.loaded", logging.INFO, "path", "series", "load_s"),
        _event("store.folded", logging.DEBUG, "timeframe", "rows"),
        _event("store.dropped", logging.WARNING, "path", "damaged"),
        _event("store.damaged", logging.WARNING, "path", "kept"),
        _event("store.read_only", logging.WARNING, "path", "reason"),
        _event("store.off", logging.WARNING, "path", "reason"),
    )
}
