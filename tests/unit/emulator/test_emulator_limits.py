"""The weight limit: clock minutes, 429, bans."""

import json

import pytest

from eliteflow.emulator.limits import Limits, LimitSettings

MINUTE_MS = 1_795_422_120_000


def _spend(limits: Limits, weight: int, now_ms: int, ip: str = "10.0.0.1") -> int:
    refusal = limits.charge(ip, weight, now_ms)
    return refusal.status if refusal else 200


def test_the_window_is_the_clock_minute() -> None:
    """What was spent before :00 counts for nothing after it."""
    limits = Limits()
    assert _spend(limits, 2_400, MINUTE_MS - 1) == 200
    assert _spend(limits, 2_400, MINUTE_MS) == 200
    assert limits.client("10.0.0.1").used == 2_400


def test_one_weight_too_many_is_refused_in_the_venues_words() -> None:
    """The body names the address and the limit."""
    limits = Limits()
    assert _spend(limits, 2_400, MINUTE_MS) == 200
    refusal = limits.charge("10.0.0.1", 1, MINUTE_MS)
    assert refusal is not None
    assert refusal.status == 429
    assert json.loads(refusal.body) == {
        "code": -1003,
        "msg": "Too many requests; current limit of IP(10.0.0.1) is 2400 requests per minute. "
        "Please use the websocket for live updates to avoid polling the API.",
    }


def test_every_address_has_a_pool_of_its_own() -> None:
    """One client's requests cost another nothing."""
    limits = Limits()
    assert _spend(limits, 2_401, MINUTE_MS) == 429
    assert _spend(limits, 1, MINUTE_MS, ip="10.0.0.2") == 200


def test_what_was_under_way_at_the_first_refusal_leads_to_no_ban() -> None:
    """A burst of parallel requests gets 429 for each and can still back off."""
    limits = Limits()
    assert _spend(limits, 2_400, MINUTE_MS) == 200
    assert {_spend(limits, 10, MINUTE_MS + i) for i in range(1, 900)} == {429}
    assert _spend(limits, 1, MINUTE_MS + 60_000) == 200


def test_going_on_after_the_refusal_is_banned_for_longer_each_time() -> None:
    """Ten more 429 make a ban of 2 minutes, the next time of 10, and nothing passes while it lasts."""
    limits = Limits()
    now_ms = MINUTE_MS
    for minutes in (2, 10, 60):
        statuses = [_spend(limits, 2_400, now_ms + at * 1_100) for at in range(13)]
        assert statuses == [200] + [429] * 10 + [418] * 2
        until_ms = limits.client("10.0.0.1").banned_until_ms
        assert until_ms == now_ms + 11 * 1_100 + minutes * 60_000
        assert _spend(limits, 1, until_ms - 1) == 418
        assert _spend(limits, 1, until_ms) == 200
        now_ms = (until_ms // 60_000 + 2) * 60_000


def test_a_ban_says_until_when() -> None:
    """The body carries the end in ms; its words are the venue's."""
    limits = Limits()
    refusal = limits.ban(limits.client("10.0.0.1"), MINUTE_MS, for_ms=120_000)
    assert json.loads(refusal.body)["msg"] == (
        f"Way too many requests; IP(10.0.0.1) banned until {MINUTE_MS + 120_000}. "
        "Please use the websocket for live updates to avoid bans."
    )
    limits.charge("10.0.0.1", 1, MINUTE_MS + 1)
    assert limits.client("10.0.0.1").requests_while_banned == 1


@pytest.mark.parametrize("retry_after", [False, True])
def test_retry_after_is_sent_only_when_switched_on(retry_after: bool) -> None:
    """It counts the seconds to the next clock minute."""
    limits = Limits(LimitSettings(retry_after=retry_after))
    refusal = limits.charge("10.0.0.1", 3_000, MINUTE_MS + 15_000)
    assert refusal is not None
    assert (("Retry-After", "45") in refusal.headers) is retry_after


def test_switched_off_everything_is_counted_and_nothing_refused() -> None:
    """A benchmark sees its own speed, and the header still counts."""
    limits = Limits(LimitSettings(enabled=False))
    assert {_spend(limits, 2_400, MINUTE_MS) for _ in range(100)} == {200}
    assert limits.client("10.0.0.1").used == 240_000


def test_the_weight_of_every_minute_is_remembered() -> None:
    """The statistics show minute after minute."""
    limits = Limits()
    for minute in range(3):
        _spend(limits, 10 * (minute + 1), MINUTE_MS + minute * 60_000)
    assert list(limits.client("10.0.0.1").weight_by_minute.values()) == [10, 20, 30]
