"""The status of a running program as people read it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.markup import escape
from rich.table import Table

from eliteflow.errors import utc_text
from eliteflow.messages import text
from eliteflow.operations.tables.rendering import table_text, venue_label
from eliteflow.operations.watch.ports import SinkStatus, StoreStatus
from eliteflow.operations.watch.status_document import DataDocument, Spread, StatusDocument
from eliteflow.pipeline.close_barrier import CloseSummary
from eliteflow.scheduler.cycle_failures import FailedSymbol
from eliteflow.scheduler.day_report import DayReport


class Line(NamedTuple):
    """One line: what it is about, under `status.<key>` of the messages, and how that is."""

    key: str
    state: str


def status_table(document: StatusDocument) -> str:
    """Return the status as a table, what is amiss below it."""
    key = "ready" if document.ready else "not_ready"
    title = text(f"status.{key}", version=document.version, venue=venue_label(document.venue))
    table = Table(title=escape(title), title_justify="left", title_style="bold", show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for line in _lines(document):
        table.add_row(text(f"status.{line.key}"), escape(line.state))
    return table_text(table, *(f"  {_reason(document, place)}" for place in range(len(document.reasons))))


def _reason(document: StatusDocument, place: int) -> str:
    reason = document.reasons[place]
    mark = text("status.blocks" if reason.blocks else "status.bears")
    line = text("terminal.named", name=f"{mark} {reason.reason}", words=reason.message)
    if not reason.retry_after_s:
        return line
    return text("status.again", line=line, wait=duration(reason.retry_after_s))


def _lines(document: StatusDocument) -> Iterator[Line]:
    yield Line("up", text("status.up_since", since=utc_text(document.started_ms), up=duration(document.uptime_s)))
    yield from _cycle_lines(document)
    yield from _venue_lines(document)
    yield from _data_lines(document)
    yield Line("loop_lag", _spread(document.loop_lag))
    yield Line("notifications", "; ".join(map(_sink, document.notifications)) or text("status.none"))
    for key, day in (("today", document.today), ("last_day", document.last_day)):
        if day is not None:
            yield Line(key, _day(day))


def _cycle_lines(document: StatusDocument) -> Iterator[Line]:
    cycles, report = document.cycles, document.last_cycle
    if report is not None and cycles.last_age_s is not None:
        yield Line("last_cycle", text("status.cycle", age=duration(cycles.last_age_s), **report.fields()))
    else:
        yield Line("last_cycle", text("status.first_cycle", done=cycles.done, total=cycles.total))
    if report is not None and document.failed_symbols:
        yield Line("failed_symbols", _failed(document.failed_symbols, report.failed))
    fields = {"finished": cycles.finished, "failed": cycles.failed, "missed": cycles.missed, "signals": cycles.signals}
    yield Line("cycles", text("status.cycle_counts", spread=_spread(cycles.seconds["total"]), **fields))


def _failed(named: Sequence[FailedSymbol], count: int) -> str:
    """Return one line a symbol with its reason, and how many more there are."""
    lines = [text("terminal.named", name=one.symbol, words=one.reason) for one in named]
    hidden = count - len(named)
    return "\n".join((*lines, f"… +{hidden}") if hidden > 0 else lines)


def _venue_lines(document: StatusDocument) -> Iterator[Line]:
    weight, breaker = document.weight, document.breaker
    yield Line(
        "weight",
        text(
            "status.weight_state",
            spent=weight.spent,
            ceiling=weight.ceiling,
            limit=weight.limit,
            others=weight.others_peak,
            in_flight=weight.in_flight,
            waiting=weight.waiting,
        ),
    )
    counts = {outcome: count for outcome, count in document.requests.items() if count}
    yield Line("requests", ", ".join(f"{outcome} {count}" for outcome, count in counts.items()) or "0")
    yield Line("breaker", text(f"status.breaker_{breaker.circuit}", retry_after_s=breaker.retry_after_s))


def _data_lines(document: StatusDocument) -> Iterator[Line]:
    yield Line("data", _data(document.data))
    if (streams := document.streams) is not None:
        fields = {"live": streams.live, "wanted": streams.wanted, "reconnects": streams.reconnects}
        yield Line("streams", text("status.streams_state", lag=_spread(streams.lag), **fields))
    if document.closes:
        yield Line("closes", _close(document.closes[-1]))
    if (gaps := document.gaps) is not None:
        counts = {"open": gaps.open, "repaired": gaps.repaired, "revised": gaps.revised, "mismatches": gaps.mismatches}
        yield Line("gaps", text("status.gaps_state", **counts))
    if (store := document.store) is not None:
        yield Line("store", _store(store))


def _data(data: DataDocument) -> str:
    if not data.symbols:
        return text("status.no_data")
    fields = {"symbols": data.symbols, "timeframes": ", ".join(data.timeframes)}
    return text("status.data_state", hit_rate=data.stats["cache_hit_rate"], **fields)


def _close(close: CloseSummary) -> str:
    shares = ", ".join(f"+{after_s} s {share:.2%}" for after_s, share in close.final_after.items())
    return text("terminal.named", name=utc_text(close.boundary_ms), words=shares)


def _store(store: StoreStatus) -> str:
    if store.failure is not None:
        return text("status.store_off", path=store.path, reason=store.failure)
    counts = {"series": store.series, "written": store.written, "waiting": store.waiting}
    return text("status.store_state", path=store.path, megabytes=store.bytes / 1e6, **counts)


def _sink(sink: SinkStatus) -> str:
    state = text("status.sink", label=sink.label, sent=sink.sent, failed=sink.failed, waiting=sink.waiting)
    return state if sink.failure is None else f"{state} ({sink.failure})"


def _day(day: DayReport) -> str:
    return text("terminal.named", name=day.day, words=text("notice.day_cycles", **day.fields()))


def _spread(seen: Spread) -> str:
    if not seen.count:
        return "–"
    return f"p50 ≤ {_seconds(seen.p50_s)}, p99 ≤ {_seconds(seen.p99_s)}, max {_seconds(seen.largest_s)}"


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def duration(seconds: float) -> str:
    """Return a duration in its two largest units, as `3 h 12 min`."""
    whole = int(seconds)
    for unit, length, lower, lower_length in (("d", 86_400, "h", 3_600), ("h", 3_600, "min", 60), ("min", 60, "s", 1)):
        if whole >= length:
            return f"{whole // length} {unit} {whole % length // lower_length} {lower}"
    return f"{whole} s"
