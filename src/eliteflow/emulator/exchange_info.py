"""The exchangeInfo document: built once, stamped with the time of each answer, compressed without compressing anew."""

import struct
import zlib
from collections.abc import Sequence

import msgspec

_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_ASSETS = [
    {"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "-10000"},
    {"asset": "BTC", "marginAvailable": True, "autoAssetExchange": "-0.10000000"},
    {"asset": "BNB", "marginAvailable": True, "autoAssetExchange": "-10"},
    {"asset": "ETH", "marginAvailable": True, "autoAssetExchange": "-5"},
    {"asset": "USDC", "marginAvailable": True, "autoAssetExchange": "-10000"},
]


class Document(msgspec.Struct, rename="camel"):
    """A whole exchangeInfo response; entries and assets are passed on as they are."""

    rate_limits: msgspec.Raw
    assets: msgspec.Raw
    symbols: list[msgspec.Raw]


class _Named(msgspec.Struct):
    symbol: str


class ExchangeInfo:
    """Answers `/fapi/v1/exchangeInfo`, 1 MB of JSON, in plain or gzip form."""

    def __init__(self, entries: Sequence[bytes], assets: bytes | None = None, reserved: Sequence[bytes] = ()) -> None:
        self._reserved = {msgspec.json.decode(entry, type=_Named).symbol: entry for entry in reserved}
        self._entries = {msgspec.json.decode(entry, type=_Named).symbol: entry for entry in entries}
        self._assets = assets or msgspec.json.encode(_ASSETS)
        self._build()

    def entry(self, symbol: str) -> dict[str, object]:
        """Return the entry of a contract; of a reserved one too."""
        return msgspec.json.decode(self._entries.get(symbol) or self._reserved[symbol])

    def put(self, symbol: str, entry: bytes) -> None:
        """Add a contract or change its entry."""
        self._entries[symbol] = entry
        self._build()

    def _build(self) -> None:
        listed = b",".join(self._entries.values())
        self._tail = b'"exchangeFilters":[],"assets":' + self._assets + b',"symbols":[' + listed + b"]}"
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        self._packed_tail = packer.compress(self._tail) + packer.flush()

    def plain(self, now_ms: int, weight_per_minute: int) -> bytes:
        """Return the JSON document."""
        return _head(now_ms, weight_per_minute) + self._tail

    def gzip(self, now_ms: int, weight_per_minute: int) -> bytes:
        """Return the document as gzip: a fresh block for the head, then the one packed at the start."""
        head = _head(now_ms, weight_per_minute)
        packer = zlib.compressobj(1, zlib.DEFLATED, -15)
        packed = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
        checksum = zlib.crc32(self._tail, zlib.crc32(head))
        trailer = struct.pack("<II", checksum, (len(head) + len(self._tail)) & 0xFFFFFFFF)
        return _GZIP_HEAD + packed + self._packed_tail + trailer


def _head(now_ms: int, weight_per_minute: int) -> bytes:
    limits = (
        ("REQUEST_WEIGHT", "MINUTE", 1, weight_per_minute),
        ("ORDERS", "MINUTE", 1, 1_200),
        ("ORDERS", "SECOND", 10, 300),
    )
    names = ("rateLimitType", "interval", "intervalNum", "limit")
    head = {
        "timezone": "UTC",
        "serverTime": now_ms,
        "futuresType": "U_MARGINED",
        "rateLimits": [dict(zip(names, limit, strict=True)) for limit in limits],
    }
    return msgspec.json.encode(head)[:-1] + b","
