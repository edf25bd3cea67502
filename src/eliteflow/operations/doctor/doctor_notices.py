"""What doctor looks at of notifications: whether a message reaches those who are to be told."""

import asyncio
from collections.abc import Sequence

from eliteflow.errors import ExchangeUnreachable
from eliteflow.messages import text
from eliteflow.operations.doctor.diagnosis import Finding, failed, ok, skipped
from eliteflow.operations.notices.digest import Message
from eliteflow.operations.notices.notifier import Sink

CHECK = "notices"


async def check_notices(receivers: int, sinks: Sequence[Sink] | None) -> Finding:
    """Send a test message to every sink; None: nobody asked for that.

    receivers: how many the settings name. A service that refuses, or cannot be reached, may do better later: status 3.
    """
    if not receivers:
        return skipped(CHECK, text("doctor.notices_none"))
    if sinks is None:
        return skipped(CHECK, text("doctor.notices_not_tried", count=receivers))
    message = Message(text("notice.test"), text("notice.test_body"))
    loop = asyncio.get_running_loop()
    failures = await asyncio.gather(*(loop.run_in_executor(None, sink.send, message) for sink in sinks))
    refused = [
        text("terminal.named", name=sink.label, words=reason)
        for sink, reason in zip(sinks, failures, strict=True)
        if reason is not None
    ]
    if refused:
        status = ExchangeUnreachable.exit_status
        return failed(CHECK, "; ".join(refused), text("doctor.notices_advice"), status)
    return ok(CHECK, text("doctor.notices_sent", receivers=", ".join(sink.label for sink in sinks)))
