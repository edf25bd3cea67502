"""Opens a venue: from options and the present to a venue ready to answer."""

from dataclasses import dataclass
from pathlib import Path

from eliteflow.emulator.base_bars import BaseBars, Source
from eliteflow.emulator.dataset import MarketError, RecordedSource, instruments_of, read_recording, shifted_start
from eliteflow.emulator.exchange_info import ExchangeInfo
from eliteflow.emulator.faults import FaultPlan
from eliteflow.emulator.generator import Generator, Traits
from eliteflow.emulator.instruments import Instrument, read_instrument
from eliteflow.emulator.limits import Limits, LimitSettings
from eliteflow.emulator.market import Market
from eliteflow.emulator.messages import VenueError
from eliteflow.emulator.names import MOST_COINS
from eliteflow.emulator.paths import slots_for
from eliteflow.emulator.scenario import Scenario, ScenarioError, read_scenario
from eliteflow.emulator.steering import Steering
from eliteflow.emulator.universe import generated_universe, reserve_entries
from eliteflow.emulator.venue import Venue

GENERATED = "generated"
DEFAULT_SYMBOLS = 530
_RESERVE = 8
"""Contracts that can be listed while the venue runs."""


@dataclass(frozen=True, slots=True)
class EmulatorOptions:
    """How a venue is set up; the command line's options carry the same names."""

    host: str = "127.0.0.1"
    port: int = 0
    ws_port: int = 0
    control_port: int = 0
    symbols: int | None = None
    """Trading USDT perpetuals (None: 530 generated ones, or all recorded ones)."""
    seed: int = 7
    market: str = GENERATED
    """`generated`, or a folder in the layout of market530."""
    latency_ms: float = 120.0
    limits: bool = True
    weight_per_minute: int = 2_400
    young: int | None = None
    """Contracts listed only hours or days ago (None: one in 106)."""
    scenario: str = ""
    """A TOML file that says how the venue misbehaves (docs/emulator.md)."""
    tls_pem: str = ""
    """A PEM file with key and certificate: REST and streams then speak TLS."""
    exit_with_parent: bool = False


def open_venue(options: EmulatorOptions, now_ms: int) -> Venue:
    """Return a venue whose market is placed around `now_ms`; raises MarketError for what cannot be opened."""
    scenario = read_scenario(Path(options.scenario)) if options.scenario else Scenario()
    entries, assets, market = _open_market(options, now_ms)
    settings = LimitSettings(enabled=options.limits, weight_per_minute=options.weight_per_minute)
    listed = len(entries) - len(market.unlisted)
    venue = Venue(
        market,
        ExchangeInfo(entries[:listed], assets, reserved=entries[listed:]),
        limits=Limits(settings),
        faults=FaultPlan(options.seed),
        latency_s=options.latency_ms / 1_000,
    )
    try:
        Steering(venue).begin(scenario, now_ms)
    except VenueError as error:
        raise ScenarioError(f"scenario {options.scenario}: {error}") from error
    return venue


def _open_market(options: EmulatorOptions, now_ms: int) -> tuple[tuple[bytes, ...], bytes | None, Market]:
    if options.symbols is not None and not 1 <= options.symbols <= MOST_COINS:
        raise MarketError(f"a market has 1 to {MOST_COINS} symbols; {options.symbols} were asked for")
    if options.market == GENERATED:
        count = options.symbols or DEFAULT_SYMBOLS
        reserve = min(_RESERVE, MOST_COINS - count)
        universe = generated_universe(options.seed, count, now_ms, options.young, reserve)
        source = Generator(options.seed, universe.traits)
        return universe.entries, None, _market(universe.instruments, source, universe.traits, reserve)
    recording = read_recording(Path(options.market))
    entries, instruments = instruments_of(recording, options.symbols)
    reserved = reserve_entries(options.seed, _RESERVE)
    instruments += tuple(read_instrument(entry) for entry in reserved)
    recorded = RecordedSource(recording, instruments, shifted_start(recording, now_ms), options.seed)
    return entries + reserved, recording.assets, _market(instruments, recorded, recorded.traits, _RESERVE)


def _market(instruments: tuple[Instrument, ...], source: Source, traits: Traits, reserved: int) -> Market:
    base = BaseBars(source, traits.tick, traits.keys, slots_for(traits.trades_a_day))
    return Market(instruments, base, reserved)
