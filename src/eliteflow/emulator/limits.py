"""The venue's request weight limit: one pool per client address and UTC clock minute, then 429, then a ban."""

from collections import Counter
from dataclasses import dataclass, field, replace

from eliteflow.emulator.intervals import MINUTE
from eliteflow.emulator.messages import JSON, Response, error_body

_KEPT_MINUTES = 180


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """How strict the venue is; changed over the control port."""

    enabled: bool = True
    weight_per_minute: int = 2_400
    measured_weights: bool = False
    """Weigh klines as measured on 2026-10-07 instead of as documented."""
    retry_after: bool = False
    """Send Retry-After with 429 and 418; unverified on futures, so off."""
    grace_ms: int = 1_000
    """Requests this soon after a minute's first 429 were under way already and lead to no ban."""
    refusals_before_ban: int = 10
    """So many 429 in spite of the first one, and the address is banned."""
    ban_minutes: tuple[int, ...] = (2, 10, 60, 360, 1_440, 4_320)
    """Length of the first ban, the second, …; two minutes to three days."""


@dataclass(slots=True)
class Client:
    """What the venue knows of one client address."""

    ip: str
    minute: int = -1
    used: int = 0
    refused_at_ms: int = -1
    refusals: int = 0
    bans: int = 0
    banned_until_ms: int = 0
    requests: int = 0
    violations: int = 0
    requests_while_banned: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    paths: Counter[str] = field(default_factory=Counter)
    weight_by_minute: dict[int, int] = field(default_factory=dict)

    def enter(self, minute: int) -> None:
        """Begin a new clock minute; one that passed without a refusal forgives the earlier ones."""
        if minute == self.minute:
            return
        if self.refused_at_ms < 0:
            self.refusals = 0
        self.minute, self.used, self.refused_at_ms = minute, 0, -1
        while len(self.weight_by_minute) >= _KEPT_MINUTES:
            del self.weight_by_minute[next(iter(self.weight_by_minute))]


class Limits:
    """Counts the weight of every client and refuses what is too much."""

    def __init__(self, settings: LimitSettings | None = None) -> None:
        self.settings = settings or LimitSettings()
        self.clients: dict[str, Client] = {}

    def client(self, ip: str) -> Client:
        """Return what is known of an address."""
        if ip not in self.clients:
            self.clients[ip] = Client(ip)
        return self.clients[ip]

    def charge(self, ip: str, weight: int, now_ms: int) -> Response | None:
        """Count a request; return the refusal if it is one too many."""
        client = self.client(ip)
        client.enter(now_ms // MINUTE)
        if self.settings.enabled and now_ms < client.banned_until_ms:
            client.requests_while_banned += 1
            return self._banned(client, now_ms)
        client.used += weight
        client.weight_by_minute[client.minute] = client.used
        if not self.settings.enabled or client.used <= self.settings.weight_per_minute:
            return None
        return self._refuse(client, now_ms)

    def configure(self, **changes: object) -> None:
        """Change some settings; raises TypeError for an unknown one."""
        self.settings = replace(self.settings, **changes)  # type: ignore[arg-type]  # checked by the control port

    def reset(self) -> None:
        """Forget every client: counters, bans and statistics."""
        self.clients.clear()

    def _refuse(self, client: Client, now_ms: int) -> Response:
        client.violations += 1
        if client.refused_at_ms < 0:
            client.refused_at_ms = now_ms
        elif now_ms - client.refused_at_ms > self.settings.grace_ms:
            client.refusals += 1
        if client.refusals >= self.settings.refusals_before_ban:
            return self.ban(client, now_ms)
        text = (
            f"Too many requests; current limit of IP({client.ip}) is {self.settings.weight_per_minute} requests per "
            "minute. Please use the websocket for live updates to avoid polling the API."
        )
        return self._refusal(429, text, MINUTE - now_ms % MINUTE)

    def ban(self, client: Client, now_ms: int, for_ms: int | None = None) -> Response:
        """Ban an address, each time for longer, and return the answer that says so."""
        ladder = self.settings.ban_minutes
        length_ms = ladder[min(client.bans, len(ladder) - 1)] * MINUTE if for_ms is None else for_ms
        client.bans += 1
        client.refusals = 0
        client.banned_until_ms = now_ms + length_ms
        return self._banned(client, now_ms)

    def _banned(self, client: Client, now_ms: int) -> Response:
        text = (
            f"Way too many requests; IP({client.ip}) banned until {client.banned_until_ms}. "
            "Please use the websocket for live updates to avoid bans."
        )
        return self._refusal(418, text, client.banned_until_ms - now_ms)

    def _refusal(self, status: int, text: str, wait_ms: int) -> Response:
        headers = [JSON]
        if self.settings.retry_after:
            headers.append(("Retry-After", str(-(-wait_ms // 1_000))))
        return Response(status, error_body(-1003, text), tuple(headers))
