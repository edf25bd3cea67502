"""Contracts for tests."""

from decimal import Decimal

from eliteflow.model.instrument import NO_DELIVERY_MS, Instrument


def make_instrument(
    symbol: str = "BTCUSDT", *, tick_size: str = "0.10", step_size: str = "0.001", onboard_ms: int = 0
) -> Instrument:
    """Return a trading USDT perpetual."""
    return Instrument(
        symbol=symbol,
        pair=symbol,
        contract_type="PERPETUAL",
        status="TRADING",
        base_asset=symbol.removesuffix("USDT"),
        quote_asset="USDT",
        margin_asset="USDT",
        underlying_type="COIN",
        tick_size=Decimal(tick_size),
        step_size=Decimal(step_size),
        onboard_ms=onboard_ms,
        delivery_ms=NO_DELIVERY_MS,
    )
