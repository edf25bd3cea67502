"""What the venue's answers say."""

from dataclasses import replace

import pytest

from eliteflow.errors import (
    AccessDenied,
    CircuitOpen,
    EliteflowError,
    ExchangeUnreachable,
    IPBanned,
    MalformedPayload,
    RateLimited,
    RequestRejected,
    RestrictedLocation,
)
from eliteflow.exchange.weight_budget import WeightBudget
from eliteflow.model.key_permissions import KeyPermissions
from eliteflow.operations.doctor.diagnosis import State
from eliteflow.operations.doctor.doctor_venue import (
    judge_answers,
    judge_clock,
    judge_key_refusal,
    judge_permissions,
    judge_refusal,
    judge_weight,
)
from eliteflow.testing.manual_clock import ManualClock

HOST, UNTIL_MS = "venue.test", 1_795_420_930_000
OK, FAILED, SKIPPED = State.OK, State.FAILED, State.SKIPPED


def test_an_answer_clears_everything_that_could_stand_in_the_way() -> None:
    """And tells how long it took."""
    findings = judge_answers(0.1214)
    assert [(finding.check, finding.state) for finding in findings] == [
        *(("rest", OK), ("firewall", OK), ("region", OK), ("ban", OK))
    ]
    assert findings[0].found == "answers within 121 ms"


@pytest.mark.parametrize(
    ("error", "states", "status", "found"),
    [
        (ExchangeUnreachable(HOST, "connection reset"), (FAILED, SKIPPED, SKIPPED, SKIPPED), 3, "connection reset"),
        (MalformedPayload("time $", "not JSON"), (FAILED, SKIPPED, SKIPPED, SKIPPED), 3, "The answer to time $ is not"),
        (CircuitOpen(HOST, 60), (FAILED, SKIPPED, SKIPPED, SKIPPED), 3, "The circuit breaker"),
        (AccessDenied(HOST), (OK, FAILED, SKIPPED, SKIPPED), 6, "403: a firewall"),
        (RestrictedLocation(HOST), (OK, OK, FAILED, SKIPPED), 5, "451: the venue does not serve"),
        (RateLimited(HOST, 49.6), (OK, OK, OK, FAILED), 4, "refused for 50 s (429)"),
        (
            IPBanned(HOST, 90, until_ms=UNTIL_MS),
            *((OK, OK, OK, FAILED), 4, "banned until 2026-11-23 08:02:10 UTC (418)"),
        ),
    ],
)
def test_a_refusal_fails_its_own_check(
    error: EliteflowError, states: tuple[State, ...], status: int, found: str
) -> None:
    """What comes before it is fine; what comes after it was not looked at."""
    findings = judge_refusal(error, was_sent=True)
    assert tuple(finding.state for finding in findings) == states
    failure = next(finding for finding in findings if finding.state is FAILED)
    assert (failure.exit_status, failure.found.startswith(found)) == (status, True)
    assert failure.advice


def test_what_was_known_before_anything_was_sent_clears_nothing() -> None:
    """A ban on disk says nothing of firewall and region."""
    findings = judge_refusal(IPBanned(HOST, 90, until_ms=UNTIL_MS), was_sent=False)
    assert [finding.state for finding in findings] == [SKIPPED, SKIPPED, SKIPPED, FAILED]
    assert findings[0].found.startswith("not asked")


@pytest.mark.parametrize(
    ("venue_ahead_ms", "state", "found"),
    [
        (12.0, State.OK, "the machine is 0.012 s behind the venue"),
        (-1_000.0, State.OK, "the machine is 1.000 s ahead of the venue"),
        (1_001.0, State.WARNING, "the machine is 1.001 s behind the venue"),
        (-259_200_000.0, State.WARNING, "the machine is 259200.000 s ahead of the venue"),
    ],
)
def test_a_clock_more_than_a_second_off_is_a_warning(venue_ahead_ms: float, state: State, found: str) -> None:
    """Candles are right all the same, so it is no failure; the advice has the command that mends it."""
    finding = judge_clock(venue_ahead_ms)
    assert (finding.state, finding.found) == (state, found)
    assert ("timedatectl" in (finding.advice or "")) == (state is State.WARNING)


@pytest.mark.parametrize(
    ("spent", "others", "state"), [(6, 0, State.OK), (1_300, 0, State.WARNING), (6, 1_250, State.WARNING)]
)
def test_weight_that_somebody_else_spends_is_a_warning(spent: int, others: int, state: State) -> None:
    """Half of the limit is worth a look."""
    weight = replace(WeightBudget(ManualClock(UNTIL_MS)).snapshot(), spent=spent, others_peak=others)
    assert judge_weight(weight).state is state


@pytest.mark.parametrize(("can_trade", "state"), [(True, State.OK), (False, State.WARNING)])
def test_an_accepted_key_says_what_it_is_good_for(can_trade: bool, state: State) -> None:
    """Market data needs neither."""
    permissions = KeyPermissions(can_trade, can_deposit=True, can_withdraw=False, hedge_mode=False)
    assert judge_permissions(permissions).state is state


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (-2014, "not in the form of a key"),
        (-2015, "look at the key's restrictions"),
        (-1022, "does not belong to"),
        (-1099, "correct BINANCE_API_KEY and BINANCE_API_SECRET"),
    ],
)
def test_each_way_in_which_keys_are_wrong_has_its_advice(code: int, advice: str) -> None:
    """Somebody has to change the settings: status 2."""
    finding = judge_key_refusal(RequestRejected("/fapi/v1/accountConfig", code, "No."), is_simulated=False)
    assert (finding.state, finding.exit_status) == (FAILED, 2)
    assert advice in (finding.advice or "")


def test_a_users_own_keys_are_no_failure_at_an_emulator() -> None:
    """It knows one key, and says where that one is."""
    finding = judge_key_refusal(RequestRejected("/fapi/v1/accountConfig", -2015, "No."), is_simulated=True)
    assert finding.state is State.WARNING
    assert "docs/emulator.md" in (finding.advice or "")
