"""The contracts of the generated market: who is listed, what each costs, how much of it is traded."""

import math
from dataclasses import dataclass, replace

import numpy as np

from eliteflow.emulator.generator import BARS_A_DAY, FEWEST_TRADES, Traits
from eliteflow.emulator.instruments import Instrument, read_instrument
from eliteflow.emulator.intervals import DAY, HOUR
from eliteflow.emulator.listing import Listing
from eliteflow.emulator.names import MOST_COINS, coins
from eliteflow.emulator.noise import key_of

YOUNG_AGES_H = (3, 10, 26, 50, 80)
"""Ages of the newest listings at the midnight before the start; all have fewer than 99 1h bars."""
_ONE_YOUNG_IN = 106
_RESERVE_RANK = 400
_FINEST_TICK = -8
"""Decimal exponent; the venue's finest is -7 (exchangeInfo of 2025-10-30), one more lets the cheapest ones move."""
_FIRST_ONBOARD_MS = 1_569_398_400_000  # 2019-09-25
_YEARS = 4 * 365
_LEAST_TRADES_A_DAY = 2 * FEWEST_TRADES * BARS_A_DAY


@dataclass(frozen=True, slots=True)
class Profile:
    """How one generated contract trades."""

    key: int
    price: float
    turnover_a_day: float
    sigma: float
    beta: float
    activity: float = 1.0


@dataclass(frozen=True, slots=True)
class Universe:
    """All contracts of a market: exchangeInfo entries as the venue sends them, and their traits in the same order."""

    entries: tuple[bytes, ...]
    instruments: tuple[Instrument, ...]
    traits: Traits


def generated_universe(seed: int, count: int, start_ms: int, young: int | None = None, reserve: int = 0) -> Universe:
    """Return `count` trading USDT perpetuals and the odd entries that a client must tell from them.

    reserve: so many more at the end that can be listed later.

    young: how many of them were listed only hours or days ago (None: one in 106, so 5 of 530).
    """
    listed = [_contract(seed, rank, *coin) for rank, coin in enumerate(coins(count))]
    midnight = start_ms - start_ms % DAY
    ages = YOUNG_AGES_H[: count // _ONE_YOUNG_IN if young is None else young]
    steady = [rank for rank in range(count - 1, -1, -1) if listed[rank][1].activity >= 1.0]
    for rank, age_h in zip(steady[::7], ages, strict=False):
        listed[rank] = _relisted(*listed[rank], midnight - age_h * HOUR)
    return _universe([*listed, *_odd_ones(seed), *_reserve(seed, count, reserve)])


def reserve_entries(seed: int, count: int) -> tuple[bytes, ...]:
    """Return entries of contracts that can be listed later in a recorded market, which has none of these names."""
    return tuple(listing.entry() for listing, _ in _reserve(seed, MOST_COINS - count, count))


def _reserve(seed: int, taken: int, count: int) -> list[tuple[Listing, Profile]]:
    """Return contracts behind the first `taken` coins, busy enough to be seen, not trading yet."""
    found = []
    for base, price in coins(taken + count)[taken:]:
        listing, profile = _contract(seed, _RESERVE_RANK, base, price)
        found.append((replace(listing, status="PENDING_TRADING"), replace(profile, activity=1.0)))
    return found


def _relisted(listing: Listing, profile: Profile, onboard_ms: int) -> tuple[Listing, Profile]:
    return replace(listing, onboard_ms=onboard_ms), profile


def _contract(seed: int, rank: int, base: str, price: float | None) -> tuple[Listing, Profile]:
    """Return a contract that depends on its name and rank alone."""
    key = key_of(seed, f"{base}USDT")
    luck = [(key >> shift & 0xFF) / 256 for shift in range(0, 64, 8)]
    price = price or 10 ** (-2.6 + 4.0 * luck[0])
    quiet = rank > 60 and luck[1] < 0.026
    turnover = 1.6e10 * (rank + 1) ** -1.1 * (0.6 + 0.8 * luck[2]) * (0.05 if quiet else 1.0)
    profile = Profile(
        key=key,
        price=price,
        turnover_a_day=turnover,
        sigma=0.0004 + 0.0016 * luck[3] * min(1.0, (rank + 1) / 20),
        beta=0.9 + 0.9 * luck[4] * min(1.0, rank / 20),
        activity=0.3 + 0.65 * luck[5] if quiet else 1.0,
    )
    digits = 5 if rank < 2 else 3 if rank > 20 and luck[6] < 0.5 else 4
    exponent = max(_FINEST_TICK, math.floor(math.log10(price)) - digits)
    padding = 1 if rank == 0 else int(4 * luck[7]) * (rank > 20)
    onboard_ms = _FIRST_ONBOARD_MS + int(min(1.0, rank / 530 + 0.2 * luck[6]) * _YEARS) * DAY
    return _listing(base, price, exponent, padding, onboard_ms), profile


def _listing(base: str, price: float, exponent: int, padding: int, onboard_ms: int) -> Listing:
    decimals = min(max(0, -exponent) + padding, max(8, -exponent))
    quantity_decimals = 3 if price >= 300 else 2 if price >= 100 else 1 if price >= 3 else 0
    subtypes = ("Chinese",) if not base.isascii() else ("Meme",) if base.startswith("1") else ("Layer-1",)
    return Listing(base, exponent, decimals, quantity_decimals, onboard_ms, subtypes=subtypes)


def _odd_ones(seed: int) -> list[tuple[Listing, Profile]]:
    """Return the entries that look like the market and are not part of it (reference A.8)."""
    years = _FIRST_ONBOARD_MS

    def profile(name: str, price: float, sigma: float = 0.0005, beta: float = 0.3) -> Profile:
        return Profile(key_of(seed, name), price, 2e8, sigma, beta)

    def tradfi(base: str, underlying: str) -> Listing:
        subtypes = ("TradFi",)
        return Listing(
            base, -2, 2, 2, years, contract_type="TRADIFI_PERPETUAL", underlying=underlying, subtypes=subtypes
        )

    gone = Listing("OMG", -4, 7, 1, years, status="SETTLING", delivery_ms=1_738_314_000_000)
    quarter = Listing(
        "BTC", -1, 1, 3, years, suffix="_261225", contract_type="CURRENT_QUARTER", delivery_ms=1_798_185_600_000
    )
    return [
        (tradfi("XAU", "COMMODITY"), profile("XAUUSDT", 4110.0)),
        (tradfi("TSLA", "EQUITY"), profile("TSLAUSDT", 395.0, 0.0009)),
        (gone, profile("OMGUSDT", 0.32, 0.0012, 1.0)),
        (quarter, profile("BTCUSDT", 84400.0, 0.0004, 0.9)),
        (Listing("BTC", -1, 1, 3, years, quote="USDC"), profile("BTCUSDT", 84000.0, 0.0004, 0.9)),
        (Listing("ETH", -2, 2, 3, years, quote="USDC"), profile("ETHUSDT", 2900.0, 0.0004, 1.0)),
    ]


def _universe(listed: list[tuple[Listing, Profile]]) -> Universe:
    entries = tuple(listing.entry() for listing, _ in listed)
    instruments = tuple(read_instrument(entry) for entry in entries)
    return Universe(entries, instruments, traits_of(instruments, [profile for _, profile in listed]))


def traits_of(instruments: tuple[Instrument, ...], profiles: list[Profile]) -> Traits:
    """Translate what contracts are like into the units of their prices and quantities."""
    pairs = list(zip(instruments, profiles, strict=True))
    return Traits(
        keys=np.array([p.key for p in profiles], dtype=np.uint64),
        log_level=np.array([math.log(p.price) + i.price_precision * math.log(10) for i, p in pairs]),
        tick=np.array([i.tick for i in instruments], dtype=np.int64),
        sigma=np.array([p.sigma for p in profiles]),
        beta=np.array([p.beta for p in profiles]),
        turnover=np.array([p.turnover_a_day / BARS_A_DAY * 10.0**i.quote_precision for i, p in pairs]),
        trades_a_day=np.array(
            [max(_LEAST_TRADES_A_DAY, min(4_000_000, int(p.turnover_a_day / 700))) for p in profiles], dtype=np.int64
        ),
        activity=np.array([p.activity for p in profiles]),
    )
