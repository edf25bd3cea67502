"""What the venue says about a contract: an entry of exchangeInfo, and what the market needs to know of it."""

from decimal import Decimal

import msgspec

PERPETUAL_DELIVERY_MS = 4_133_404_800_000
"""The deliveryDate of a contract that has no end."""


class Filter(msgspec.Struct, rename="camel", frozen=True):
    """One trading rule; only the fields that the market uses."""

    filter_type: str
    tick_size: str = ""


class Instrument(msgspec.Struct, rename="camel", frozen=True):
    """One contract, read from its own entry of exchangeInfo."""

    symbol: str
    pair: str
    contract_type: str
    delivery_date: int
    onboard_date: int
    status: str
    quote_asset: str
    margin_asset: str
    price_precision: int
    quantity_precision: int
    filters: tuple[Filter, ...]

    @property
    def is_trading(self) -> bool:
        """Whether it can be traded now; the others stay in exchangeInfo but in no ticker."""
        return self.status == "TRADING"

    @property
    def is_usdt_perpetual(self) -> bool:
        """Whether it belongs to the market that `--symbols` counts."""
        usdt = self.quote_asset == self.margin_asset == "USDT"
        return self.is_trading and self.contract_type == "PERPETUAL" and usdt

    @property
    def quote_precision(self) -> int:
        """Decimals of quote volumes: as many as price and quantity have together."""
        return self.price_precision + self.quantity_precision

    @property
    def tick(self) -> int:
        """The tick in units of the last price decimal; BTCUSDT has 2 decimals and a tick of 0.10, which is 10."""
        size = next(f.tick_size for f in self.filters if f.filter_type == "PRICE_FILTER")
        return max(1, int(Decimal(size).scaleb(self.price_precision)))


def read_instrument(entry: bytes) -> Instrument:
    """Read one entry of exchangeInfo."""
    return msgspec.json.decode(entry, type=Instrument)
