"""Who goes first when the venue's weight is short."""

from enum import IntEnum


class Priority(IntEnum):
    """The purpose of a request; the lower number goes first."""

    ORDER = 0
    CLOSE_REPAIR = 1
    INTERACTIVE = 2
    BACKFILL = 3
    AUDIT = 4
