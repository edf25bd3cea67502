"""When a program that is ended and killed again and again falls. Pure: a seed in, falls out."""

import signal
from collections.abc import Iterator
from enum import StrEnum
from random import Random
from typing import NamedTuple


class Moment(StrEnum):
    """What a program is doing when it falls."""

    START = "while it starts"
    FIRST_FILL = "in the first fill"
    DEEPENING = "while history is fetched"
    CLOSE = "about a close"
    CALM = "between closes"


class Fall(NamedTuple):
    """One end of the program.

    at_s: seconds since its process began (START, FIRST_FILL), since it was ready (DEEPENING, CALM), or since the close
    (CLOSE). group: falls about the same close share it; 0 for those between closes.
    """

    number: int
    signal: signal.Signals
    moment: Moment
    at_s: float
    group: int = 0

    @property
    def begins_empty(self) -> bool:
        """Whether the program that falls has begun without candles on disk."""
        return self.moment in (Moment.FIRST_FILL, Moment.DEEPENING)


WITHIN_S = {
    Moment.START: (0.0, 2.5),
    Moment.FIRST_FILL: (0.8, 3.5),
    Moment.DEEPENING: (0.0, 6.0),
    Moment.CLOSE: (-1.0, 9.0),
    Moment.CALM: (0.0, 4.0),
}
"""The earliest and the latest that a fall of each kind comes."""

BETWEEN = (
    *(Moment.START, Moment.FIRST_FILL, Moment.DEEPENING, Moment.FIRST_FILL, Moment.CALM),
    *(Moment.DEEPENING, Moment.FIRST_FILL, Moment.START, Moment.FIRST_FILL, Moment.DEEPENING),
)
"""Which kinds come between closes, in tens."""


def plan_falls(each: int, closes: int, about_each: int, seed: int) -> list[Fall]:
    """Return `each` falls by SIGTERM and as many by SIGKILL, in order.

    closes: about how many closes `about_each` falls come; the others come before them, in equal parts.
    """
    random = Random(seed)
    signals = [signal.SIGTERM, signal.SIGKILL] * each
    random.shuffle(signals)
    about = [tuple(_about_a_close(random, about_each)) for _ in range(closes)]
    between = [BETWEEN[place % len(BETWEEN)] for place in range(len(signals) - closes * about_each)]
    random.shuffle(between)
    moments = list[tuple[Moment, float, int]]()
    for group, offsets in enumerate(about, 1):
        share = between[(group - 1) * len(between) // closes : group * len(between) // closes]
        moments += [(moment, random.uniform(*WITHIN_S[moment]), 0) for moment in share]
        moments += [(Moment.CLOSE, offset_s, group) for offset_s in offsets]
    if not closes:
        moments = [(moment, random.uniform(*WITHIN_S[moment]), 0) for moment in between]
    paired = zip(signals, moments, strict=True)
    return [Fall(number, fatal, *moment) for number, (fatal, moment) in enumerate(paired, 1)]


def _about_a_close(random: Random, count: int) -> Iterator[float]:
    """Yield so many moments, ascending: one in each part of the seconds about a close, so that programs can begin."""
    first_s, last_s = WITHIN_S[Moment.CLOSE]
    part_s = (last_s - first_s) / count
    for place in range(count):
        yield first_s + (place + random.random()) * part_s
