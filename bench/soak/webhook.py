"""A receiver of notifications, which remembers every line that it was told."""

import contextlib
import re
from collections.abc import AsyncIterator

from aiohttp import web

TOLD = re.compile(r"^(\S+) \w+ recorder: .*, R/R ([\d.]+), ", re.MULTILINE)
"""A signal of `Recorder` in a message: its symbol, and the reward to risk that names its bar."""


class Webhook:
    """What has been told: (symbol, reward to risk) of each signal, as often as it came. messages: how many came."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []
        self.messages = 0

    async def receive(self, request: web.Request) -> web.Response:
        """Take a message."""
        message = (await request.json())["message"]
        self.messages += 1
        self.told += [(symbol, round(float(ratio))) for symbol, ratio in TOLD.findall(message)]
        return web.Response(status=204)


@contextlib.asynccontextmanager
async def open_webhook() -> AsyncIterator[tuple[Webhook, str]]:
    """Listen while the block runs; yield the receiver and its address, as `notify.urls` takes it."""
    hook, app = Webhook(), web.Application()
    app.router.add_post("/", hook.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield hook, f"json://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()
