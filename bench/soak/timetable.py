"""Which faults a soak run goes through, when, and by which metric each must show and be over.

Times are seconds since the timetable's begin, which lies a minute before a close: so closes are at 60, 360, 660, 960,
1,260, 1,560 and 1,860 s. The last fault ends at 1,140 s; what follows is quiet, and so long that a round of the audits
has compared every series since the corrections at 80 s: 25 minutes, and 4 in which the venue does not answer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from bench.soak.samples import Sample, Values, mean_since

LEAD_S = 60.0
CLOSE_EVERY_S = 300.0
ROUND_S = 1_200.0
QUIET_S = 720.0
LAST_FAULT_S = 60.0
REVISED = 24
ALONE_WEIGHT = 100

Look = Callable[[Values, Values], bool]
"""Judges a scrape: (before the fault, now)."""

_HOLDING = ("banned", "rate_limited", "restricted", "denied", "breaker_open")
"""Troubles that hold every request back."""

OURS = {"client_ip": "127.0.0.1"}
"""The program's own address; the witness looks on from another one, unharmed."""


class Order(NamedTuple):
    """What the venue's control port is told, and when."""

    at_s: float
    path: str
    body: dict[str, object]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong from `begins_s` to `ends_s`.

    metric: by which it shows. shows, is_over: on that metric, and on whatever it has harmed.
    """

    name: str
    begins_s: float
    ends_s: float
    orders: tuple[Order, ...]
    metric: str
    shows: Look
    is_over: Look

    def later(self, by_s: float) -> "Fault":
        """Return the same fault at another time."""
        orders = tuple(order._replace(at_s=order.at_s + by_s) for order in self.orders)
        times = self.begins_s + by_s, self.ends_s + by_s
        return Fault(self.name, *times, orders, self.metric, self.shows, self.is_over)


@dataclass(frozen=True, slots=True)
class Course:
    """What became of a fault. shown_s, over_s: when the first scrape said so, None if none did."""

    fault: Fault
    shown_s: float | None
    over_s: float | None


def course_of(fault: Fault, samples: list[Sample]) -> Course:
    """Return when a fault was seen, and when it was seen to be over."""
    before = max((one for one in samples if one.at_s < fault.begins_s), key=lambda one: one.at_s)
    during = [one for one in samples if one.at_s >= fault.begins_s]
    shown = next((one.at_s for one in during if fault.shows(before.values, one.values)), None)
    since_s = max(fault.ends_s, shown or 0.0)
    over = next((one.at_s for one in during if one.at_s >= since_s and fault.is_over(before.values, one.values)), None)
    return Course(fault, shown, None if shown is None else over)


def timetable(minutes: float, symbols: list[str]) -> Iterator[Fault]:
    """Yield the faults of a run of some length, in order: once in each 20 minutes, as far as they end in time."""
    for round_ in range(max(1, int(minutes * 60 // ROUND_S))):
        for fault in _faults(symbols, round_):
            placed = fault.later(round_ * ROUND_S)
            if placed.ends_s <= minutes * 60 - LAST_FAULT_S:
                yield placed


def rises(metric: str) -> Look:
    """A counter, or a gauge, stands higher than before."""
    return lambda before, now: now.get(metric, 0) > before.get(metric, 0)


def is_above(metric: str, value: float) -> Look:
    """A gauge is above a value."""
    return lambda _, now: now.get(metric, 0) > value


def _streams_whole(_before: Values, now: Values) -> bool:
    return now["streams_live"] == now["streams_wanted"] and not now["gaps_open"] and not now["trouble streams_down"]


def _close_whole(_before: Values, now: Values) -> bool:
    return now["bars_final_ratio 10"] == 1.0 and not now["gaps_open"]


def _is_alone(_before: Values, now: Values) -> bool:
    """The address spends little more than audits do, and nobody waits; who was there is remembered for an hour."""
    return 0 < now["weight_used"] <= ALONE_WEIGHT and not now["requests_waiting"]


def _serves(before: Values, now: Values) -> bool:
    """REST works again: nothing is held, and answers come."""
    is_held = any(now[f"trouble {reason}"] for reason in _HOLDING)
    return not is_held and not now["breaker_state"] and now["requests_total ok"] > before["requests_total ok"]


def _slow(histogram: str, mean_s: float) -> Look:
    return lambda before, now: mean_since(before, now, histogram) > mean_s


def _fault(at_s: float, kind: str, **rule: object) -> Order:
    return Order(at_s, "/fault", {"kind": kind, **rule})


def _faults(symbols: list[str], round_: int) -> Iterator[Fault]:
    revised = [symbols[(7 + 22 * place + round_) % len(symbols)] for place in range(min(REVISED, len(symbols)))]
    yield Fault(
        f"{len(revised)} closed bars are revised",
        80,
        81,
        tuple(Order(80, "/revision", {"symbol": symbol, "ticks": 3}) for symbol in revised),
        "audit_mismatches_total",
        rises("audit_mismatches_total"),
        rises("bars_revised_total"),
    )
    yield Fault(
        "a neighbour spends 720 weight a minute for two minutes",
        115,
        240,
        (Order(115, "/neighbour", {"weight_a_minute": 720, "bursts": 3, "minutes": 2}),),
        "weight_others_peak",
        is_above("weight_others_peak", 600),
        _is_alone,
    )
    yield Fault(
        "three connections break",
        150,
        151,
        (_fault(150, "drop", count=3, end_s=5, **OURS),),
        "stream_reconnects_total",
        rises("stream_reconnects_total"),
        _streams_whole,
    )
    yield Fault(
        "all streams fall silent for a minute, connections live",
        190,
        250,
        (_fault(190, "silent", end_s=60, **OURS),),
        "trouble streams_down",
        is_above("trouble streams_down", 0),
        _streams_whole,
    )
    yield Fault(
        f"{symbols[-1]} is delisted",
        270,
        300,
        (Order(270, "/listing", {"symbol": symbols[-1 - round_], "delist_in_s": 30}),),
        "streams_wanted",
        lambda before, now: now["streams_wanted"] < before["streams_wanted"],
        _streams_whole,
    )
    yield Fault(
        "of the finals of a close 1 % are lost, 1 % are 6 s late, 1 % come twice, 1 % out of order",
        355,
        375,
        (
            _fault(355, "final_lost", probability=0.01, end_s=20),
            _fault(355, "final_late", probability=0.01, delay_s=6, end_s=20),
            _fault(355, "final_duplicated", probability=0.01, end_s=20),
            _fault(355, "final_disordered", probability=0.01, end_s=20),
        ),
        "bars_final_ratio 3",
        lambda _, now: now["bars_final_ratio 3"] < 1.0,
        _close_whole,
    )
    yield Fault(
        "a contract is listed, and trades from the next close on",
        400,
        660,
        (Order(400, "/listing", {"list_in_s": 1}),),
        "streams_wanted",
        rises("streams_wanted"),
        _streams_whole,
    )
    yield Fault(
        "REST answers 503 for a minute",
        420,
        480,
        (_fault(420, "503a", end_s=60, **OURS),),
        "requests_total unreachable",
        rises("requests_total unreachable"),
        _serves,
    )
    yield Fault(
        "one frame in a thousand is malformed",
        540,
        600,
        (_fault(540, "frame_malformed", probability=0.001, end_s=60, **OURS),),
        "stream_malformed_total",
        rises("stream_malformed_total"),
        _streams_whole,
    )
    yield Fault(
        "answers take 400 to 600 ms instead of 120",
        610,
        700,
        (
            Order(610, "/limits", {"latency_ms": 400, "jitter_ms": 200}),
            Order(700, "/limits", {"latency_ms": 120, "jitter_ms": 0}),
        ),
        "request_seconds",
        _slow("request_seconds", 0.3),
        _serves,
    )
    yield Fault(
        "streams are 400 to 600 ms late",
        612,
        700,
        (_fault(612, "stream_delay", delay_s=0.4, jitter_s=0.2, end_s=88, **OURS),),
        "stream_lag_seconds",
        _slow("stream_lag_seconds", 0.15),
        _streams_whole,
    )
    yield Fault(
        "the address is banned (418) for two minutes",
        720,
        840,
        (_fault(720, "418", count=1, for_s=120, **OURS),),
        "trouble banned",
        is_above("trouble banned", 0),
        _serves,
    )
    yield Fault(
        "streams are refused for three minutes",
        870,
        1_050,
        (_fault(870, "drop", end_s=180, **OURS),),
        "trouble streams_down",
        is_above("trouble streams_down", 0),
        _streams_whole,
    )
    yield Fault(
        "the place is refused once (451): nothing is asked for a minute",
        1_080,
        1_140,
        (_fault(1_080, "451", count=1, end_s=30, **OURS),),
        "trouble restricted",
        is_above("trouble restricted", 0),
        _serves,
    )
