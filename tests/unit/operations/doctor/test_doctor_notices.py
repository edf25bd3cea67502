"""Whether those who are to be told can be."""

from eliteflow.operations.doctor.diagnosis import State
from eliteflow.operations.doctor.doctor_notices import check_notices
from tests.unit.operations.notices.sinks import Inbox


async def test_nobody_is_bothered_unless_asked_for() -> None:
    """It says how many are named, and how to try."""
    nobody, untried = await check_notices(0, None), await check_notices(2, None)
    assert (nobody.state, nobody.found) == (State.SKIPPED, "nobody is told (notify.urls)")
    assert untried.state is State.SKIPPED
    assert untried.found.startswith("2 named, not tried: `eliteflow doctor --notify`")


async def test_everybody_gets_a_test_message() -> None:
    """Which says what it is."""
    inboxes = [Inbox("discord"), Inbox("json")]
    finding = await check_notices(2, inboxes)
    assert (finding.state, finding.found) == (State.OK, "a test message was sent: discord, json")
    assert [inbox.titles for inbox in inboxes] == [["eliteflow: a test message"]] * 2


async def test_who_cannot_be_told_is_named_with_the_reason() -> None:
    """As the service gives it; the others have got theirs."""
    deaf, other = Inbox("tgram"), Inbox("json")
    deaf.fails = "401 Unauthorized"
    finding = await check_notices(2, [deaf, other])
    assert (finding.state, finding.found, finding.exit_status) == (State.FAILED, "tgram: 401 Unauthorized", 3)
    assert len(other.messages) == 1
