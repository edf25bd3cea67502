"""Signals as one line of the log can hold them, the same in every language."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eliteflow.model.signal import Signal

if TYPE_CHECKING:
    from eliteflow.analysis.signal_outcome import FollowedSignal

MOST = 8
"""As many signals are named in one line; the others are counted."""


def new_signals_told(signals: Sequence[Signal]) -> dict[str, object]:
    """Return the fields of `signals.new`: how many, the strongest of them, and the rules that they met."""
    told = [
        f"{one.symbol} {one.side.upper()} {one.entry:.8g} (stop {one.stop:.8g}, target {one.target:.8g})"
        for one in signals
    ]
    reasons = dict.fromkeys(f"{one.strategy}: {'; '.join(one.reasons)}" for one in signals if one.reasons)
    return {"count": len(signals), "told": _some(told), "reasons": " | ".join(reasons) or "–"}


def ended_signals_told(ended: Sequence["FollowedSignal"]) -> dict[str, object]:
    """Return the fields of `signals.ended`: how many, and what became of them."""
    told = [
        f"{one.signal.symbol} {one.signal.side.upper()} {one.course.ending}"
        + ("" if one.result_r is None else f" {one.result_r:+.2f} R")
        for one in ended
    ]
    return {"count": len(ended), "told": _some(told)}


def _some(told: Sequence[str]) -> str:
    hidden = len(told) - MOST
    return ", ".join((*told[:MOST], f"+{hidden}") if hidden > 0 else told)
