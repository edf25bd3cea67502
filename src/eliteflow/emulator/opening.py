"""Opens a venue: from options and the present to a venue ready to answer."""

from dataclasses import dataclass
from pathlib import Path

from eliteflow.emulator.base_bars import BaseBars, Source
from eliteflow.emulator.dataset import MarketError, RecordedSource, instruments_of, read_recording, shifted_start
from eliteflow.emulator.exchange_info import ExchangeInfo
from eliteflow.emulator.faults import FaultPlan
from eliteflow.emulator.generator import Generator, Traits
from eliteflow.emulator.instruments import Instrument
from eliteflow.emulator.limits import Limits, LimitSettings
from eliteflow.emulator.market import Market
from eliteflow.emulator.names import MOST_COINS
from eliteflow.emulator.universe import generated_universe
from eliteflow.emulator.venue import Venue

GENERATED = "generated"
DEFAULT_SYMBOLS = 530


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
    exit_with_parent: bool = False


def open_venue(options: EmulatorOptions, now_ms: int) -> Venue:
    """Return a venue whose market is placed around `now_ms`; raises MarketError for a bad folder or number."""
    entries, assets, market = _open_market(options, now_ms)
    settings = LimitSettings(enabled=options.limits, weight_per_minute=options.weight_per_minute)
    return Venue(
        market,
        ExchangeInfo(entries, assets),
        limits=Limits(settings),
        faults=FaultPlan(options.seed),
        latency_s=options.latency_ms / 1_000,
    )


def _open_market(options: EmulatorOptions, now_ms: int) -> tuple[tuple[bytes, ...], bytes | None, Market]:
    if options.symbols is not None and not 1 <= options.symbols <= MOST_COINS:
        raise MarketError(f"a market has 1 to {MOST_COINS} symbols; {options.symbols} were asked for")
    if options.market == GENERATED:
        universe = generated_universe(options.seed, options.symbols or DEFAULT_SYMBOLS, now_ms, options.young)
        source = Generator(options.seed, universe.traits)
        return universe.entries, None, _market(universe.instruments, source, universe.traits)
    recording = read_recording(Path(options.market))
    entries, instruments = instruments_of(recording, options.symbols)
    recorded = RecordedSource(recording, instruments, shifted_start(recording, now_ms), options.seed)
    return entries, recording.assets, _market(instruments, recorded, recorded.traits)


def _market(instruments: tuple[Instrument, ...], source: Source, traits: Traits) -> Market:
    return Market(instruments, BaseBars(source, traits.tick, traits.keys))
