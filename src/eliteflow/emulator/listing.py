"""Entries of exchangeInfo for the generated market, with every field that the venue's have (2026-10-07)."""

from dataclasses import dataclass
from typing import Any

import msgspec

from eliteflow.emulator.instruments import PERPETUAL_DELIVERY_MS

_ORDER_TYPES = ["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"]
_PRICE_BAND = {"multiplierUp": "1.0500", "multiplierDown": "0.9500", "multiplierDecimal": "4"}


@dataclass(frozen=True, slots=True)
class Listing:
    """What differs from contract to contract."""

    base: str
    tick_exponent: int
    """The tick is 10 to the power of this."""
    price_decimals: int
    quantity_decimals: int
    onboard_ms: int
    quote: str = "USDT"
    suffix: str = ""
    contract_type: str = "PERPETUAL"
    status: str = "TRADING"
    delivery_ms: int = PERPETUAL_DELIVERY_MS
    underlying: str = "COIN"
    subtypes: tuple[str, ...] = ("Layer-1",)

    def entry(self) -> bytes:
        """Return the JSON object that exchangeInfo lists for this contract."""
        return msgspec.json.encode(self._fields())

    def _fields(self) -> dict[str, Any]:
        pair = self.base + self.quote
        return {
            "symbol": pair + self.suffix,
            "pair": pair,
            "contractType": self.contract_type,
            "deliveryDate": self.delivery_ms,
            "onboardDate": self.onboard_ms,
            "status": self.status,
            "maintMarginPercent": "2.5000",
            "requiredMarginPercent": "5.0000",
            "baseAsset": self.base,
            "quoteAsset": self.quote,
            "marginAsset": self.quote,
            "pricePrecision": self.price_decimals,
            "quantityPrecision": self.quantity_decimals,
            "baseAssetPrecision": 8,
            "quotePrecision": 8,
            "underlyingType": self.underlying,
            "underlyingSubType": list(self.subtypes),
            "triggerProtect": "0.0500",
            "liquidationFee": "0.012500",
            "marketTakeBound": "0.05",
            "maxMoveOrderLimit": 10000,
            "filters": self._filters(),
            "orderTypes": _ORDER_TYPES,
            "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD"],
            "permissionSets": ["GRID", "COPY", "DCA", "PSB"],
        }

    def _filters(self) -> list[dict[str, str | int]]:
        tick = _power_of_ten(self.tick_exponent, self.price_decimals)
        step = _power_of_ten(-self.quantity_decimals, self.quantity_decimals)
        lot = {"minQty": step, "stepSize": step}
        return [
            {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "10000000", "tickSize": tick},
            {"filterType": "LOT_SIZE", **lot, "maxQty": "10000000"},
            {"filterType": "MARKET_LOT_SIZE", **lot, "maxQty": "1000000"},
            {"filterType": "MAX_NUM_ORDERS", "limit": 200},
            {"filterType": "MIN_NOTIONAL", "notional": "5"},
            {"filterType": "PERCENT_PRICE", **_PRICE_BAND},
            {"filterType": "POSITION_RISK_CONTROL", "positionControlSide": "NONE"},
        ]


def _power_of_ten(exponent: int, decimals: int) -> str:
    return f"{10.0**exponent:.{decimals}f}"
