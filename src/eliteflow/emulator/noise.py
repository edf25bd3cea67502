"""Random numbers that are a pure function of a key: no state, no order, the same on every numpy."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from eliteflow.emulator.bars import Floats, Keys

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_LANE = np.uint64(0xFFFF)


def key_of(seed: int, name: str) -> int:
    """Return the 64-bit key of a named thing in the market of `seed`."""
    return int.from_bytes(hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest(), "little")


def scramble(values: Keys) -> Keys:
    """Return well-mixed 64-bit hashes (the finaliser of splitmix64, Steele, Lea, Flood 2014)."""
    mixed = values ^ (values >> np.uint64(30))
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def hashes(keys: Keys, counters: NDArray[np.int64] | Keys) -> Keys:
    """Return one hash for each key and counter (broadcast)."""
    return scramble(keys + counters.astype(np.uint64) * GOLDEN)


def lanes(values: Keys) -> tuple[Floats, Floats, Floats, Floats]:
    """Split each hash into four independent uniform numbers in [0, 1)."""
    return _lane(values, 0), _lane(values, 16), _lane(values, 32), _lane(values, 48)


def _lane(values: Keys, shift: int) -> Floats:
    return np.multiply((values >> np.uint64(shift)) & _LANE, 1.0 / 65536.0, dtype=np.float64)


def bell(values: Keys) -> Floats:
    """Return one nearly normal number a hash: mean 0, deviation 1, within ±3.47 (a sum of four uniforms)."""
    total = (values & _LANE) + (values >> np.uint64(48))
    total += (values >> np.uint64(16)) & _LANE
    total += (values >> np.uint64(32)) & _LANE
    return (total * (1.0 / 65536.0) - 2.0) * 1.7320508075688772


def ripple(keys: Keys, times: NDArray[np.int64], period: int) -> Floats:
    """Return smooth noise over `times` with one independent value each `period`, straight lines between them."""
    node, phase = np.divmod(times, period)
    salted = keys ^ np.uint64(period * 0x2545F491)
    left, right = bell(hashes(salted, node)), bell(hashes(salted, node + 1))
    return left + (right - left) * (phase / period)
