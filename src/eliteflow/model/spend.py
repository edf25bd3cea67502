"""What reading the market has cost."""

from typing import NamedTuple


class Spend(NamedTuple):
    """What a source has cost since it was made. weight: as the venue counts it, None where nobody knows."""

    requests: int
    weight: int | None
