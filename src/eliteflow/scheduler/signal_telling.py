"""Signals as one line of the log can hold them: the same in every language for machines, in the reader's for people."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eliteflow.messages import text
from eliteflow.model.signal import Signal

if TYPE_CHECKING:
    from eliteflow.analysis.signal_outcome import FollowedSignal

MOST = 8
"""As many signals are named in one line; the others are counted."""


class Told:
    """A field of the log. machine: what `str`, and so a line of JSON, has; people: what a sentence has."""

    def __init__(self, machine: str, people: str) -> None:
        self.machine = machine
        self.people = people

    def __str__(self) -> str:
        return self.machine

    def __format__(self, spec: str) -> str:
        return format(self.people, spec)


def new_signals_told(signals: Sequence[Signal]) -> dict[str, object]:
    """Return the fields of `signals.new`: how many, the strongest of them, and the rules that they met."""
    reasons = dict.fromkeys(f"{one.strategy}: {'; '.join(one.reasons)}" for one in signals if one.reasons)
    return {"count": len(signals), "told": _some([*map(_new, signals)]), "reasons": " | ".join(reasons) or "–"}


def ended_signals_told(ended: Sequence["FollowedSignal"]) -> dict[str, object]:
    """Return the fields of `signals.ended`: how many, and what became of them."""
    return {"count": len(ended), "told": _some([*map(_ended, ended)])}


def _new(one: Signal) -> Told:
    prices = {"entry": f"{one.entry:.8g}", "stop": f"{one.stop:.8g}", "target": f"{one.target:.8g}"}
    return Told(
        f"{one.symbol} {one.side.upper()} {prices['entry']} (stop {prices['stop']}, target {prices['target']})",
        text("signals.told", symbol=one.symbol, side=_side(one), **prices),
    )


def _ended(one: "FollowedSignal") -> Told:
    symbol, ending = one.signal.symbol, one.course.ending
    result = "" if one.result_r is None else f" {one.result_r:+.2f} R"
    words = f"{symbol} {_side(one.signal)} {text(f'ending.{ending}')}{result}"
    return Told(f"{symbol} {one.signal.side.upper()} {ending}{result}", words)


def _side(signal: Signal) -> str:
    return text(f"side.{signal.side}").upper()


def _some(told: Sequence[Told]) -> Told:
    hidden = len(told) - MOST
    more = (f"+{hidden}",) if hidden > 0 else ()
    machine = [one.machine for one in told[:MOST]]
    return Told(", ".join((*machine, *more)), text("signals.comma").join((*(one.people for one in told[:MOST]), *more)))
