"""Messages through apprise, to a webhook on the loopback; its tokens are never shown."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from eliteflow.errors import ConfigError
from eliteflow.operations.notices.apprise_sink import AppriseSink, apprise_sinks
from eliteflow.operations.notices.digest import Message
from tests.unit.exchange.loopback_server import serving

pytestmark = [
    pytest.mark.loopback,
    # apprise looks for a module of PGPy's that Python 3.13 has no more
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
]

MESSAGE = Message("eliteflow [SIMULATED]: 1 new signals", "币安人生USDT long")


def webhook(
    status: str, bodies: list[bytes]
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """A server that keeps what is posted to it."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        [length] = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
        bodies.append(await reader.readexactly(int(length)))
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()

    return handle


async def sent(sink: AppriseSink) -> str | None:
    """Send from a thread, as the notifier does."""
    return await asyncio.get_running_loop().run_in_executor(None, sink.send, MESSAGE)


async def test_a_webhook_gets_title_and_text() -> None:
    """As JSON, in any script."""
    bodies: list[bytes] = []
    async with serving(webhook("200 OK", bodies)) as port:
        assert await sent(AppriseSink(f"json://127.0.0.1:{port}/hook")) is None
    [document] = map(json.loads, bodies)
    assert (document["title"], document["message"]) == MESSAGE


async def test_a_refusal_says_why_without_the_token() -> None:
    """The service's own words, and nothing of the address."""
    async with serving(webhook("401 Unauthorized", [])) as port:
        reason = await sent(AppriseSink(f"json://user:password-1@127.0.0.1:{port}/secret-token"))
    assert reason is not None
    assert "401" in reason
    async with serving(webhook("200 OK", [])) as port:
        pass
    gone = AppriseSink(f"json://127.0.0.1:{port}/secret-token")
    reason = await sent(gone)
    assert reason is not None
    assert "secret-token" not in reason + repr(gone) + gone.label
    assert "127.0.0.1" not in reason  # with some services the host is the token


@pytest.mark.parametrize("url", ["nonsense://secret-token", "discord://secret-token", "secret-token"])
def test_an_address_that_nobody_understands_is_refused_without_being_shown(url: str) -> None:
    """Before anything starts."""
    with pytest.raises(ConfigError, match=r"notify\.urls: .*no address that apprise understands") as caught:
        AppriseSink(url)
    assert "secret-token" not in str(caught.value)


def test_receivers_of_one_service_are_told_apart() -> None:
    """By number: their addresses are not shown."""
    sinks = apprise_sinks(["json://a/x", "json://b/y", "discord://1234567890/abcdefghij"])
    assert [sink.label for sink in sinks] == ["json", "json#2", "discord"]
