"""A scenario: how the venue shall behave, from a TOML file or an order of the control port."""

import tomllib
from pathlib import Path

import msgspec

from eliteflow.emulator.dataset import MarketError
from eliteflow.emulator.faults import FaultRule
from eliteflow.emulator.listings import ListingOrder
from eliteflow.emulator.neighbour import NeighbourOrder
from eliteflow.emulator.revisions import RevisionOrder
from eliteflow.emulator.stream_settings import StreamSettings


class LimitOrder(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Limits and latency; what is left out stays as it is."""

    enabled: bool | None = None
    weight_per_minute: int | None = None
    measured_weights: bool | None = None
    retry_after: bool | None = None
    grace_ms: int | None = None
    refusals_before_ban: int | None = None
    ban_minutes: tuple[int, ...] | None = None
    latency_ms: float | None = None
    jitter_ms: float | None = None
    """Up to so much on top of the latency, by chance."""
    slow_above: int | None = None
    """Answers due at once above which each takes longer, (due / slow_above) ** 1.5 times as long; 0: never."""
    reset: bool = False
    """Forget all counters and bans first."""
    spend: int = 0
    """Weight that somebody else on the address spends now."""
    client_ip: str = "127.0.0.1"


class Scenario(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Everything that can be ordered; times count from the moment it begins."""

    limits: LimitOrder = msgspec.field(default_factory=LimitOrder)
    streams: StreamSettings | None = None
    fault: list[FaultRule] = []
    listing: list[ListingOrder] = []
    revision: list[RevisionOrder] = []
    neighbour: list[NeighbourOrder] = []


class ScenarioError(MarketError):
    """A scenario that cannot be read; the message names the file and the place in it."""


def read_scenario(path: Path) -> Scenario:
    """Read a TOML file; raise ScenarioError."""
    try:
        return parse_scenario(path.read_text("utf-8"))
    except OSError as error:
        raise ScenarioError(f"scenario {path}: {error.strerror}") from error
    except (ScenarioError, UnicodeDecodeError) as error:
        raise ScenarioError(f"scenario {path}: {error}") from error


def parse_scenario(text: str) -> Scenario:
    """Read TOML; raise ScenarioError."""
    try:
        return msgspec.convert(tomllib.loads(text), type=Scenario)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ScenarioError(str(error)) from error
