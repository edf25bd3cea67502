"""A contract of the venue."""

from dataclasses import dataclass
from decimal import Decimal

# The venue's own mark for a contract without an end; any nearer date announces a delisting.
NO_DELIVERY_MS = 4_133_404_800_000


@dataclass(frozen=True, slots=True)
class Instrument:
    """One entry of the venue's exchangeInfo, with exact decimals for anything that prices or orders need."""

    symbol: str
    pair: str
    contract_type: str
    status: str
    base_asset: str
    quote_asset: str
    margin_asset: str
    underlying_type: str
    tick_size: Decimal
    step_size: Decimal
    onboard_ms: int
    delivery_ms: int

    @property
    def is_in_universe(self) -> bool:
        """Whether this is watched; see `is_watched`."""
        return is_watched(self.contract_type, self.status, self.quote_asset, self.margin_asset)


def is_watched(contract_type: object, status: object, quote_asset: object, margin_asset: object) -> bool:
    """Whether a contract is a trading USDT perpetual on a coin; stocks, metals and FX are TRADIFI_PERPETUAL."""
    return (contract_type, status, quote_asset, margin_asset) == ("PERPETUAL", "TRADING", "USDT", "USDT")
