"""Misbehaving streams on command: late, lost, doubled and disordered finals, silence, breaks, spoiled frames."""

from collections.abc import Iterable

from eliteflow.emulator.faults import FaultPlan, FaultRule
from eliteflow.emulator.stream_names import Stream
from eliteflow.emulator.ws_session import Output, Session, Spoiled

_WIRE_KINDS = frozenset({"silent", "stream_delay", "frame_malformed", "frame_invalid", "frame_truncated", "frame_slow"})
_FINAL_KINDS = frozenset({"final_late", "final_lost", "final_duplicated", "final_disordered"})
_A_MOMENT_S = 0.5
"""How much later a second or an old version of a final comes, where a rule does not say."""


class StreamFaults:
    """What the rules in force do to streams and connections."""

    def __init__(self, plan: FaultPlan) -> None:
        self._plan = plan

    def are_active(self, now_ms: int) -> bool:
        """Whether any rule changes what is delivered now."""
        return any(rule.kind in _WIRE_KINDS and rule.is_active(now_ms) for rule in self._plan.rules)

    def strike(self, stream: Stream, session: Session, text: bytes, now_ms: int) -> tuple[list[Output], int]:
        """Return what is sent instead of a message, and how many ms late."""
        spoiled: list[Output] = [text]
        delay_s = 0.0
        for rule in self._rules(_WIRE_KINDS, now_ms):
            if not (_is_about(rule, stream) and _is_of(rule, session) and self._plan.strikes(rule)):
                continue
            match rule.kind:
                case "silent":
                    return [], 0
                case "stream_delay":
                    delay_s += self._plan.delay_s(rule)
                case "frame_malformed":
                    spoiled = [text[: len(text) // 2] + b'"}<']
                case kind:
                    spoiled = [Spoiled(kind.removeprefix("frame_"), text, self._plan.delay_s(rule))]
        return spoiled, round(delay_s * 1_000)

    def fates_of_final(self, stream: Stream, now_ms: int) -> Iterable[tuple[int, bool]]:
        """Return, for each time a final kline is sent, (how many ms late, whether it is an old state instead)."""
        for rule in self._rules(_FINAL_KINDS, now_ms):
            if _is_about(rule, stream) and self._plan.strikes(rule):
                delay_ms = round(self._plan.delay_s(rule) * 1_000)
                later_ms = delay_ms or round(_A_MOMENT_S * 1_000)
                fates = {
                    "final_late": [(delay_ms, False)],
                    "final_lost": [],
                    "final_duplicated": [(0, False), (later_ms, False)],
                    "final_disordered": [(0, False), (later_ms, True)],
                }
                return fates[rule.kind]
        return [(0, False)]

    def breaking(self, sessions: Iterable[Session], now_ms: int) -> list[Session]:
        """Return the connections that break now."""
        return [
            session
            for rule in self._rules(frozenset({"drop"}), now_ms)
            for session in sessions
            if rule.is_active(now_ms)
            and _is_of(rule, session)
            and any(stream and _is_about(rule, stream) for stream in session.streams.values())
            and self._plan.strikes(rule)
        ]

    def _rules(self, kinds: frozenset[str], now_ms: int) -> list[FaultRule]:
        return [rule for rule in self._plan.rules if rule.kind in kinds and rule.is_active(now_ms)]


def _is_about(rule: FaultRule, stream: Stream) -> bool:
    """Whether a rule is about a stream; one that names a symbol is not about streams of the whole market."""
    if rule.stream and rule.stream != stream.name:
        return False
    if rule.symbol and stream.name.partition("@")[0].partition("_")[0] != rule.symbol.lower():
        return False
    return not rule.interval or (stream.interval is not None and stream.interval.name == rule.interval)


def _is_of(rule: FaultRule, session: Session) -> bool:
    return not rule.client_ip or rule.client_ip == session.client_ip
