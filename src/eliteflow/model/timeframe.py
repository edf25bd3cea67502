"""The bar lengths that eliteflow keeps, and the arithmetic of their boundaries."""

from enum import StrEnum

from eliteflow.errors import InvalidArgument

MINUTE_MS = 60_000


class Timeframe(StrEnum):
    """A bar length of the venue, aligned to the UTC epoch. Its value is the venue's own name.

    The venue's `3d`, `1w` and `1M` are left out: their bars are not aligned to the epoch.
    """

    M1 = "1m"
    M3 = "3m"
    M5 = "5m"
    M15 = "15m"
    M30 = "30m"
    H1 = "1h"
    H2 = "2h"
    H4 = "4h"
    H6 = "6h"
    H8 = "8h"
    H12 = "12h"
    D1 = "1d"

    @classmethod
    def parse(cls, name: str) -> "Timeframe":
        """Return the timeframe with the venue's name `name`; raise InvalidArgument for any other."""
        try:
            return cls(name)
        except ValueError:
            raise InvalidArgument("timeframe", found=name, wanted=", ".join(cls)) from None

    @property
    def ms(self) -> int:
        """The bar's length in milliseconds."""
        return _MS[self]

    def open_time_ms(self, at_ms: int) -> int:
        """Return the open time of the bar in progress at `at_ms`."""
        return at_ms - at_ms % _MS[self]

    def newest_closed_ms(self, at_ms: int) -> int:
        """Return the open time of the newest bar that has closed at `at_ms`."""
        return self.open_time_ms(at_ms) - _MS[self]

    def close_time_ms(self, open_time_ms: int) -> int:
        """Return the venue's close time of a bar: the last millisecond inside it."""
        return open_time_ms + _MS[self] - 1


_UNIT_MS = {"m": MINUTE_MS, "h": 60 * MINUTE_MS, "d": 24 * 60 * MINUTE_MS}
_MS = {timeframe: int(timeframe[:-1]) * _UNIT_MS[timeframe[-1]] for timeframe in Timeframe}
