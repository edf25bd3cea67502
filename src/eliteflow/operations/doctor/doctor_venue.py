"""What the venue's answers say of the way to it, of this address, the clock, the weight and the keys. Pure."""

from eliteflow.errors import (
    AccessDenied,
    ConfigError,
    EliteflowError,
    ExchangeUnreachable,
    IPBanned,
    RateLimited,
    RequestRejected,
    RestrictedLocation,
    utc_text,
)
from eliteflow.exchange.weight_budget import WeightSnapshot
from eliteflow.messages import find_text, text
from eliteflow.messages.explanations import explained
from eliteflow.model.key_permissions import KeyPermissions
from eliteflow.operations.doctor.diagnosis import Finding, failed, ok, skipped, skipped_after, warning

WRONG_CLOCK_MS = 1_000
MUCH_OF_THE_LIMIT = 0.5
SETTINGS_ARE_WRONG = ConfigError.exit_status
UNKNOWN_KEY = -2015

ANSWER_CHECKS = ("rest", "firewall", "region", "ban")


def judge_answers(round_trip_s: float) -> tuple[Finding, ...]:
    """Return what answers to requests for data say: nobody stands in the way."""
    rest = ok("rest", text("doctor.round_trip", round_trip_ms=round(round_trip_s * 1000)))
    return (rest, *(_passed(name) for name in ANSWER_CHECKS[1:]))


def judge_refusal(error: EliteflowError, *, was_sent: bool) -> tuple[Finding, ...]:
    """Return what an error says, by the check that it fails; earlier ones are fine, later ones nobody could make.

    was_sent: False where nothing was, because an earlier run had met the same.
    """
    culprit = _culprit(error)
    failure = failed(culprit, _said(error), _advice(error), error.exit_status)
    place = ANSWER_CHECKS.index(culprit)
    passed = (_passed(name) if was_sent else skipped(name, text("doctor.not_asked")) for name in ANSWER_CHECKS[:place])
    return (*passed, failure, *(skipped_after(name, failure) for name in ANSWER_CHECKS[place + 1 :]))


def judge_clock(venue_ahead_ms: float) -> Finding:
    """Return how far the machine's clock is off."""
    key = "doctor.clock_behind" if venue_ahead_ms >= 0 else "doctor.clock_ahead"
    found = text(key, seconds=abs(venue_ahead_ms) / 1000)
    if abs(venue_ahead_ms) <= WRONG_CLOCK_MS:
        return ok("clock", found)
    return warning("clock", found, text("doctor.clock_advice"))


def judge_weight(weight: WeightSnapshot) -> Finding:
    """Return how much of the address's weight is spent in this clock minute."""
    found = text("doctor.weight_found", spent=weight.spent, limit=weight.limit, others=weight.others_peak)
    if max(weight.spent, weight.others_peak) < MUCH_OF_THE_LIMIT * weight.limit:
        return ok("weight", found)
    return warning("weight", found, text("doctor.weight_advice"))


def judge_permissions(permissions: KeyPermissions) -> Finding:
    """Return what an accepted key is good for."""
    if permissions.can_trade:
        return ok("keys", text("doctor.keys_ok"))
    return warning("keys", text("doctor.keys_readonly"), text("doctor.keys_readonly_advice"))


def judge_key_refusal(error: RequestRejected, *, is_simulated: bool) -> Finding:
    """Return what the venue's code says of the keys; an emulator knows no keys but its own."""
    found = text("doctor.keys_refused", venue_message=error.venue_message, code=error.code)
    if is_simulated and error.code == UNKNOWN_KEY:
        return warning("keys", found, text("doctor.keys_emulator_advice"))
    advice = find_text(f"doctor.keys_advice_{-error.code}") or text("doctor.keys_advice")
    return failed("keys", found, advice, SETTINGS_ARE_WRONG)


def _passed(check: str) -> Finding:
    return ok(check, text(f"doctor.{check}_ok"))


def _culprit(error: EliteflowError) -> str:
    match error:
        case RestrictedLocation():
            return "region"
        case AccessDenied():
            return "firewall"
        case RateLimited():
            return "ban"
        case _:
            return "rest"


def _said(error: EliteflowError) -> str:
    match error:
        case IPBanned():
            return text("doctor.banned", until=utc_text(error.until_ms))
        case RateLimited():
            return text("doctor.limited", retry_after_s=error.retry_after_s or 0.0)
        case AccessDenied():
            return explained("error")[type(error).__name__].means
        case ExchangeUnreachable():
            return error.reason
        case _:
            return str(error)


def _advice(error: EliteflowError) -> str:
    if isinstance(error, ExchangeUnreachable):
        return text("doctor.rest_advice")
    return explained("error")[type(error).__name__].advice or text("explain.nothing")
