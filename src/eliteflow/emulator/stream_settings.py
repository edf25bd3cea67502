"""How the stream side of the venue behaves (reference A.3, A.7); changed by scenarios and over the control port."""

from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=1)]


class StreamSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The venue's rules for streams; times of a connection can be scaled down to be seen in a test."""

    kline_push_ms: Annotated[int, msgspec.Meta(ge=10)] = 250
    """A kline is pushed at most this often, and only when it was traded."""
    final_delay_ms: Annotated[int, msgspec.Meta(ge=0)] = 2_000
    """How long after a bar's close its final push comes."""
    push_empty_bars: bool = False
    """Push a final kline for bars without trades too; what the venue does is unverified."""
    most_streams: Count = 1_024
    messages_at_once: Count = 15
    messages_a_second: Annotated[float, msgspec.Meta(gt=0)] = 10.0
    ping_every_ms: Count = 180_000
    pong_within_ms: Count = 600_000
    life_ms: Count = 86_400_000
    most_unsent: Count = 100_000
    """A connection that leaves so many messages unread is ended."""
