"""What users pass in as client and clock, made into what the pipeline works with."""

from eliteflow.clock import Clock
from eliteflow.errors import InvalidArgument
from eliteflow.messages import text
from eliteflow.pipeline.klines_client import KlinesClientSource
from eliteflow.pipeline.ports import CandleKeeper, CandleStream, KlinesClient, SeriesSource


def as_source(client: SeriesSource | KlinesClient, clock: Clock) -> SeriesSource:
    """Return the client itself if it is a source of candles, else wrapped as one; raise InvalidArgument if neither."""
    if isinstance(client, SeriesSource):
        return client
    if isinstance(client, KlinesClient):
        return KlinesClientSource(client, clock)
    raise InvalidArgument("binance_client", found=client, wanted=text("argument.client"))


def clock_of(client: object, clock: Clock | None) -> Clock:
    """Return the clock that was given, else the client's own, which follows the venue, else the machine's time."""
    if clock is None:
        own = getattr(client, "clock", None)
        clock = own if isinstance(own, Clock) else Clock()
    return clock


def check_monitor(monitor: object) -> None:
    """Raise InvalidArgument for something that brings no live candles."""
    if monitor is not None and not isinstance(monitor, CandleStream):
        raise InvalidArgument("websocket_monitor", found=monitor, wanted=text("argument.websocket_monitor"))


def check_cache(cache: object) -> None:
    """Raise InvalidArgument for something that keeps no candles."""
    if cache is not None and not isinstance(cache, CandleKeeper):
        raise InvalidArgument("cache", found=cache, wanted=text("argument.cache"))


def refuse_unused(**arguments: object) -> None:
    """Raise InvalidArgument for an argument that is accepted for its name's sake and would be ignored."""
    for name, value in arguments.items():
        if value is not None:
            raise InvalidArgument(name, found=value, wanted=text("argument.not_yet"))
