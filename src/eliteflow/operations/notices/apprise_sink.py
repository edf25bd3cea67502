"""Sends messages through apprise: Discord, Telegram, webhooks and many more behind one kind of address."""

import re
from collections.abc import Iterable

from eliteflow.errors import ConfigError
from eliteflow.messages import text
from eliteflow.operations.notices.digest import Message
from eliteflow.secrecy import without_token

LONGEST_SEND_S = 20.0
SHORTEST_TOKEN = 6


class AppriseSink:
    """One receiver. url: as apprise writes it; it holds tokens and is never shown.

    Loads apprise, 20 MB and 0.2 s. Raises ConfigError for an address that apprise does not understand.
    """

    def __init__(self, url: str) -> None:
        import apprise

        self._tokens = [part for part in re.split(r"[/:@?&=]+", url)[1:] if len(part) >= SHORTEST_TOKEN]
        self.label = without_token(url).removesuffix("://***")
        self._receiver = apprise.Apprise(asset=apprise.AppriseAsset(app_id="eliteflow", app_desc="eliteflow"))
        if not self._receiver.add(url):
            raise ConfigError("notify.urls", text("config.notify_url", url=without_token(url)))

    def __repr__(self) -> str:
        return f"<AppriseSink {self.label}>"

    def send(self, message: Message) -> str | None:
        """Send a message; return why it failed, None if it did not. Blocks for as long as the service takes."""
        result = self._receiver.notify(body=message.body or message.title, title=message.title, timeout=LONGEST_SEND_S)
        if result:
            return None
        complaints = [entry.message for entry in result.logs()]
        return self._masked(complaints[-1]) if complaints else result.status.name.lower()

    def _masked(self, complaint: str) -> str:
        for token in self._tokens:
            complaint = complaint.replace(token, "***")
        return complaint


def apprise_sinks(urls: Iterable[str]) -> list[AppriseSink]:
    """Return a sink for each address; those of the same service are numbered."""
    sinks: list[AppriseSink] = []
    for url in urls:
        sink = AppriseSink(url)
        same = sum(other.label.partition("#")[0] == sink.label for other in sinks)
        if same:
            sink.label = f"{sink.label}#{same + 1}"
        sinks.append(sink)
    return sinks
