"""Which systems are measured in which scenario: the tables of docs/performance.md, from top to bottom."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from bench.rounds import Entry

WHOLE_MARKET = 530
FEW = 3
"""Rounds of other people's clients, and of those that take long, in all tables but the first and the indicators'."""
COUNTS = (50, 100, 250, 500, 1_000, 2_000)
IN_FLIGHT = (16, 64, 192, 256)

OURS = Entry(name="eliteflow", module="ours")
SERIAL = Entry(name="serial", module="users", way="serial", scale=10, rounds=1, takes_s=30)
GATHERED = Entry(name="serial, 3 gathered", module="users", way="serial_gathered", scale=10, rounds=2, takes_s=12)
BATCHES = Entry(name="64 gathered, batch by batch", module="users", way="batch_64", takes_s=12)
POOLED = Entry(name="aiohttp, pool of 256", module="users", way="pooled", takes_s=8)
PYTHON_BINANCE = Entry(name="python-binance, 256", module="python_binance", takes_s=10)
OFFICIAL_SDK = Entry(name="official SDK, 64 threads", module="official_sdk", takes_s=12)
CCXT = Entry(name="ccxt, limiter off, 100", module="ccxt_client", takes_s=6)
CCXT_THROTTLED = Entry(name="ccxt as shipped", module="ccxt_client", way="throttled", scale=10, rounds=1, takes_s=12)
NAUTILUS = Entry(name="nautilus-trader, 256", module="nautilus", takes_s=8)
NAUTILUS_THROTTLED = Entry(name="nautilus-trader, its quota", module="nautilus", way="throttled", takes_s=8, rounds=1)
FREQTRADE = Entry(name="freqtrade's refresh", module="freqtrade_refresh", scale=10, rounds=1, takes_s=25)


@dataclass(frozen=True)
class Column:
    """One setting of a scenario. options: of the venue's process. orders: to its control port.

    klines, rate: of each symbol, and of all in a second (0: as fast as they are taken), where streams are measured.
    """

    label: str
    latency_ms: int = 120
    limit: int = 50
    symbols: int = WHOLE_MARKET
    entries: Sequence[Entry] = ()
    options: Sequence[str] = ("--no-limits", "--weight-per-minute", "1000000")
    orders: dict[str, object] = field(default_factory=dict)
    needs_venue: bool = True
    klines: int = 0
    rate: int = 0


@dataclass(frozen=True)
class Scenario:
    """One table."""

    key: str
    columns: Sequence[Column]


def scenarios(*, peers: bool) -> list[Scenario]:
    """Return all scenarios; without `peers` those of eliteflow and of its users' own ways."""
    return [
        _cold(peers),
        _latencies(peers),
        _bars(peers),
        _weather(peers),
        _limits(peers),
        _later(),
        _in_flight(),
        _counts(),
        _streams(peers),
        _indicators(peers),
        _closes(),
    ]


def _replaced(entry: Entry, **changes: object) -> Entry:
    return msgspec.structs.replace(entry, **changes)


def _arrays(entry: Entry) -> Entry:
    return _replaced(entry, form="arrays")


def _few(*entries: Entry) -> list[Entry]:
    return [_replaced(entry, rounds=FEW) for entry in entries]


def _cold(peers: bool) -> Scenario:
    entries = [OURS, SERIAL, GATHERED, BATCHES, POOLED, _arrays(POOLED)]
    if peers:
        best = (NAUTILUS, CCXT, PYTHON_BINANCE, OFFICIAL_SDK)
        entries += [*best, *map(_arrays, best), NAUTILUS_THROTTLED, CCXT_THROTTLED, FREQTRADE]
    return Scenario("cold", [Column("120 ms", entries=entries)])


def _latencies(peers: bool) -> Scenario:
    entries = [OURS, *_few(BATCHES, *([NAUTILUS, _arrays(NAUTILUS)] if peers else []))]
    return Scenario("latency", [Column(f"{ms} ms", ms, entries=entries) for ms in (0, 20, 400)])


def _bars(peers: bool) -> Scenario:
    entries = [OURS, *_few(BATCHES, *([NAUTILUS, _arrays(NAUTILUS)] if peers else []))]
    return Scenario("bars", [Column(f"{bars} bars", limit=bars, entries=entries) for bars in (99, 499)])


def _weather(peers: bool) -> Scenario:
    entries = [OURS, *_few(BATCHES, *([NAUTILUS, CCXT] if peers else []))]
    jitter = Column("120–240 ms", entries=entries, orders={"jitter_ms": 120})
    over_aiohttp = _replaced(OURS, name="eliteflow over aiohttp", way="aiohttp")
    secure = Column("TLS", entries=[OURS, over_aiohttp, *entries[1:]], options=(*jitter.options, "--tls"))
    return Scenario("weather", [jitter, secure])


def _limits(peers: bool) -> Scenario:
    entries = [OURS, BATCHES] + ([NAUTILUS_THROTTLED, CCXT] if peers else [])
    once = [_replaced(entry, rounds=1, takes_s=100.0, begins_at_s=30.0) for entry in entries]
    return Scenario("limits", [Column("499 bars, limits on", limit=499, entries=once, options=())])


def _later() -> Scenario:
    steps = {
        "second call in the same bar": "warm",
        "call after a 5m close, over REST": "after_close",
        "a restarted program, disk cache on": "restart",
    }
    entries = [_replaced(OURS, name=name, step=step) for name, step in steps.items()]
    return Scenario("later", [Column("120 ms", entries=entries)])


def _in_flight() -> Scenario:
    tuned = _replaced(OURS, name="self-tuned")
    least, *others = (_replaced(OURS, name=f"fixed {most}", in_flight=most, takes_s=12.0) for most in IN_FLIGHT)
    entries = [tuned, _replaced(least, scale=5, rounds=FEW), *others]
    columns = [Column(f"{ms} ms", ms, entries=entries) for ms in (20, 120, 400)]
    slow = Column("120 ms, slow above 100", entries=entries, orders={"slow_above": 100})
    return Scenario("in_flight", [*columns, slow])


def _counts() -> Scenario:
    warm = _replaced(OURS, name="second call", step="warm")
    compute = Entry(name="indicators", module="indicators", way="ours", step="recompute", form="arrays")
    return Scenario(
        "symbols",
        [
            Column(str(count), 0, limit=99, symbols=count, entries=[_replaced(OURS, name="cold fill"), warm, compute])
            for count in COUNTS
        ],
    )


def _streams(peers: bool) -> Scenario:
    def entry(name: str, way: str) -> Entry:
        return Entry(name=name, module="streams", way=way, form="arrays", takes_s=20.0)

    entries = [entry("eliteflow", "ours")]
    if peers:
        entries += _few(entry("nautilus-trader", "nautilus"), entry("ccxt.pro", "ccxt.pro"))
        entries += _few(entry("python-binance", "python-binance"), entry("official SDK", "official"))
    flood = Column("flood", 0, entries=entries, klines=200)
    paced = Column("6,360 a second", 0, entries=entries, klines=48, rate=6_360)
    return Scenario("streams", [flood, paced])


def _indicators(peers: bool) -> Scenario:
    def entry(name: str, way: str, step: str, **more: object) -> Entry:
        return _replaced(Entry(name=name, module="indicators", way=way, step=step, form="arrays"), **more)

    ways = {
        "eliteflow": ("ours", 1),
        "TA-Lib, series by series": ("talib", 1),
        "pandas, series by series": ("pandas", 10),
    }
    if peers:
        ways["pandas-ta-classic by series"] = ("pandas_ta", 10)
    columns = [
        Column(step, limit=499, entries=[entry(name, way, step, scale=scale) for name, (way, scale) in ways.items()])
        for step in ("recompute", "close")
    ]
    signals = Column("signals", limit=499, entries=[entry("eliteflow", "ours", "signals")])
    return Scenario(
        "indicators",
        [Column(c.label, limit=c.limit, entries=c.entries, needs_venue=False) for c in (*columns, signals)],
    )


def _closes() -> Scenario:
    def entry(name: str, way: str, **more: object) -> Entry:
        return _replaced(Entry(name=name, module="closes", way=way), **more)

    entries = [
        entry("eliteflow", "ours"),
        entry("TA-Lib, symbol by symbol", "talib", rounds=FEW),
        entry("pandas, symbol by symbol", "pandas", rounds=FEW, scale=10),
    ]
    return Scenario("closes", [Column("finals to signals", limit=99, entries=entries, needs_venue=False)])
