"""What a system is told to do, and what it answers: one JSON line each, over the pipes of its process."""

import msgspec


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One system in one scenario.

    module: of bench.systems. way: which of the module's ways. form: `frames` as its users build them, or `arrays`: our
    decoder, memory and frames behind its transport. step: `cold`, `warm`, `after_close` or `restart`.
    klines: how many of each symbol a stream venue sends; control_url starts it then.
    """

    module: str
    way: str = ""
    form: str = "frames"
    step: str = "cold"
    rest_url: str = ""
    ws_url: str = ""
    control_url: str = ""
    symbols: tuple[str, ...] = ()
    timeframes: tuple[str, ...] = ("1h", "15m", "5m")
    limit: int = 50
    in_flight: int = 0
    klines: int = 0


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One round of one system. wall_s, cpu_s: of the timed part, in seconds; cpu_s: of the whole process.

    series: asked for. complete: came with all their closed bars. right: of them, equal to the venue's truth, where the
    round was compared. error: why there is no figure.
    """

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mb: float = 0.0
    series: int = 0
    complete: int = 0
    right: int = 0
    error: str = ""
    version: str = ""
    extra: dict[str, float] = {}
