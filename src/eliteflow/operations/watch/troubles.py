"""What is amiss with a running program, by its status. Pure."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

from eliteflow.errors import AccessDenied, EliteflowError, IPBanned, RestrictedLocation
from eliteflow.messages import text
from eliteflow.model.breaker import Circuit
from eliteflow.operations.watch.ports import Status

ENOUGH = 0.9
"""Share of the market below which it is of no use."""
GRACE_S = 30.0


class Reason(StrEnum):
    """Each is a sentence of the messages, a label of the metric `trouble`, and a paragraph of docs/runbook.md."""

    BANNED = "banned"
    RATE_LIMITED = "rate_limited"
    RESTRICTED = "restricted"
    DENIED = "denied"
    BREAKER_OPEN = "breaker_open"
    FIRST_FILL = "first_fill"
    INCOMPLETE = "incomplete"
    STALLED = "stalled"
    SYMBOLS_FAILED = "symbols_failed"
    CYCLE_DEGRADED = "cycle_degraded"
    STREAMS_DOWN = "streams_down"
    GAPS_OPEN = "gaps_open"
    STORE_OFF = "store_off"
    PART_FAILING = "part_failing"
    PAUSED = "paused"


BLOCKING = frozenset(
    {
        *(Reason.BANNED, Reason.RATE_LIMITED, Reason.RESTRICTED, Reason.DENIED, Reason.BREAKER_OPEN),
        *(Reason.FIRST_FILL, Reason.INCOMPLETE, Reason.STALLED),
    }
)
"""While one of these lasts, the market is of no use."""


class Trouble(NamedTuple):
    """Something amiss. message: for people. retry_after_s: until it may be over, None where nobody knows."""

    reason: Reason
    message: str
    retry_after_s: float | None = None

    @property
    def blocks(self) -> bool:
        """Whether the market is of no use meanwhile."""
        return self.reason in BLOCKING


def troubles(status: Status) -> tuple[Trouble, ...]:
    """Return all that is amiss, in the order of `Reason`."""
    return tuple(trouble for check in _CHECKS for trouble in check(status))


def is_ready(found: tuple[Trouble, ...]) -> bool:
    """Whether the market is complete and current in spite of these troubles."""
    return not any(trouble.blocks for trouble in found)


def _refusal(status: Status) -> Iterator[Trouble]:
    if (refusal := status.client.refusal) is not None:
        left_s = (refusal.until_ms - status.now_ms) / 1000
        yield Trouble(_reason_of(refusal.error), str(refusal.error), max(0.0, left_s))


def _reason_of(error: EliteflowError) -> Reason:
    match error:
        case IPBanned():
            return Reason.BANNED
        case RestrictedLocation():
            return Reason.RESTRICTED
        case AccessDenied():
            return Reason.DENIED
    return Reason.RATE_LIMITED


def _breaker(status: Status) -> Iterator[Trouble]:
    breaker = status.client.breaker
    if breaker.circuit is not Circuit.CLOSED:
        message = text("trouble.breaker_open", host=breaker.host, retry_after_s=breaker.retry_after_s)
        yield Trouble(Reason.BREAKER_OPEN, message, breaker.retry_after_s)


def _first_fill(status: Status) -> Iterator[Trouble]:
    cycles = status.cycles
    if cycles.first_finished_ms is None:
        share = cycles.done / cycles.total if cycles.total else 0.0
        yield Trouble(Reason.FIRST_FILL, text("trouble.first_fill", done=cycles.done, share=share))


def _incomplete(status: Status) -> Iterator[Trouble]:
    report = status.scheduler.last_report
    if report is None or not report.failed:
        return
    fields = {"failed": report.failed, "symbols": report.symbols, "succeeded": report.succeeded}
    if report.succeeded < ENOUGH * report.symbols:
        yield Trouble(Reason.INCOMPLETE, text("trouble.incomplete", **fields))
    else:
        yield Trouble(Reason.SYMBOLS_FAILED, text("trouble.symbols_failed", **fields))


def _stalled(status: Status) -> Iterator[Trouble]:
    if (last_ms := status.cycles.last_finished_ms) is None or status.scheduler.is_paused:
        return
    age_s = (status.now_ms - last_ms) / 1000
    if age_s > 2 * status.cycle_every_s + GRACE_S:
        yield Trouble(Reason.STALLED, text("trouble.stalled", age_s=age_s, every_s=status.cycle_every_s))


def _cycle_degraded(status: Status) -> Iterator[Trouble]:
    report = status.scheduler.last_report
    if report is None or not report.degraded:
        return
    if silent := "; ".join(status.cycles.silent.values()):
        yield Trouble(Reason.CYCLE_DEGRADED, text("trouble.cycle_degraded", reason=silent))
    elif status.scheduler.has_fallen_back:  # else streams were the reason, said so themselves, and may be back
        yield Trouble(Reason.CYCLE_DEGRADED, text("trouble.cycle_degraded", reason=text("trouble.fallback")))


def _streams(status: Status) -> Iterator[Trouble]:
    streams = status.streams
    if streams is not None and (missing := streams.down):
        yield Trouble(Reason.STREAMS_DOWN, text("trouble.streams_down", missing=missing, wanted=streams.wanted))


def _gaps(status: Status) -> Iterator[Trouble]:
    if status.gaps is not None and status.gaps.open:
        yield Trouble(Reason.GAPS_OPEN, text("trouble.gaps_open", open=status.gaps.open))


def _store(status: Status) -> Iterator[Trouble]:
    if status.store is not None and (failure := status.store.failure) is not None:
        yield Trouble(Reason.STORE_OFF, text("trouble.store_off", path=status.store.path, reason=failure))


def _parts(status: Status) -> Iterator[Trouble]:
    if status.failing:
        parts = "; ".join(text("terminal.named", name=part, words=reason) for part, reason in status.failing.items())
        yield Trouble(Reason.PART_FAILING, text("trouble.part_failing", parts=parts))


def _paused(status: Status) -> Iterator[Trouble]:
    if status.scheduler.is_paused:
        yield Trouble(Reason.PAUSED, text("trouble.paused"))


_CHECKS: tuple[Callable[[Status], Iterator[Trouble]], ...] = (
    *(_refusal, _breaker, _first_fill, _incomplete, _stalled),
    *(_cycle_degraded, _streams, _gaps, _store, _parts, _paused),
)
