"""Every answer of the venue but candles, as the typed values that the rest of eliteflow reads."""

from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from eliteflow.errors import MalformedPayload
from eliteflow.exchange.malformed import malformed, not_json
from eliteflow.messages import text
from eliteflow.model.instrument import Instrument
from eliteflow.model.key_permissions import KeyPermissions
from eliteflow.model.ticker import Ticker

T = TypeVar("T")


class ExchangeInfo(NamedTuple):
    """The contracts of the venue in its own order, and how much weight an address may spend in a minute."""

    instruments: tuple[Instrument, ...]
    weight_limit: int | None


class VenueError(NamedTuple):
    """The body of a refusal: `{"code": -1121, "msg": "Invalid symbol."}`."""

    code: int
    message: str


def decode_exchange_info(body: bytes) -> ExchangeInfo:
    """Return the contracts and the weight limit of an exchangeInfo answer; raise MalformedPayload.

    A contract without a price or lot filter is left out, unless it belongs to the universe: then the answer is wrong.
    """
    answer = _decode("exchangeInfo", _exchange_info_decoder, body)
    instruments = tuple(
        instrument
        for index, symbol in enumerate(answer.symbols)
        if (instrument := _instrument(symbol, index, body)) is not None
    )
    return ExchangeInfo(instruments, _weight_limit(answer.rate_limits))


def decode_tickers(body: bytes) -> list[Ticker]:
    """Return the rows of a ticker/24hr answer, which is one row when a symbol was asked for; raise MalformedPayload."""
    answer = _decode("ticker/24hr", _ticker_decoder, body)
    return [
        Ticker(
            row.symbol,
            row.last_price,
            row.price_change_percent,
            row.volume,
            row.quote_volume,
            row.count,
            row.close_time,
        )
        for row in (answer if isinstance(answer, list) else [answer])
    ]


def decode_server_time(body: bytes) -> int:
    """Return the venue's time in UTC milliseconds; raise MalformedPayload."""
    return _decode("time", _time_decoder, body).server_time


def decode_key_permissions(body: bytes) -> KeyPermissions:
    """Return what an accountConfig answer allows; raise MalformedPayload."""
    answer = _decode("accountConfig", _account_config_decoder, body)
    return KeyPermissions(answer.can_trade, answer.can_deposit, answer.can_withdraw, answer.dual_side_position)


def decode_venue_error(body: bytes) -> VenueError | None:
    """Return the venue's code and message, None for a body that has none, as a firewall's page."""
    try:
        answer = _error_decoder.decode(body)
    except msgspec.DecodeError:
        return None
    return VenueError(answer.code, answer.msg)


def decode_rows(body: bytes) -> list[list[object]]:
    """Return the raw rows of a klines answer as the venue sent them; raise MalformedPayload."""
    return _decode("klines", _rows_decoder, body)


def decode_object(endpoint: str, body: bytes) -> dict[str, Any]:
    """Return one raw JSON object as the venue sent it; raise MalformedPayload."""
    return _decode(endpoint, _object_decoder, body)


def decode_objects(body: bytes) -> list[dict[str, Any]]:
    """Return the raw objects of a ticker/24hr answer as the venue sent them; raise MalformedPayload."""
    return _decode("ticker/24hr", _objects_decoder, body)


class _Answer(Struct, rename="camel"):
    """The venue's names are camelCase; what is not named here is skipped."""


class _Filter(_Answer):
    filter_type: str
    tick_size: Decimal | None = None
    step_size: Decimal | None = None


class _Symbol(_Answer):
    symbol: str
    contract_type: str
    status: str
    base_asset: str
    quote_asset: str
    margin_asset: str
    pair: str = ""
    underlying_type: str = ""
    onboard_date: int = 0
    delivery_date: int = 0
    filters: list[_Filter] = []


class _RateLimit(_Answer):
    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int


class _ExchangeInfo(_Answer):
    symbols: list[_Symbol]
    rate_limits: list[_RateLimit] = []


class _Ticker(_Answer):
    symbol: str
    last_price: float
    price_change_percent: float
    volume: float
    quote_volume: float
    close_time: int
    count: int


class _AccountConfig(_Answer):
    can_trade: bool
    can_deposit: bool
    can_withdraw: bool
    dual_side_position: bool = False


class _Time(_Answer):
    server_time: int


class _Error(_Answer):
    code: int
    msg: str


_exchange_info_decoder = msgspec.json.Decoder(_ExchangeInfo)
_ticker_decoder = msgspec.json.Decoder(list[_Ticker] | _Ticker, strict=False)
_account_config_decoder = msgspec.json.Decoder(_AccountConfig)
_time_decoder = msgspec.json.Decoder(_Time)
_error_decoder = msgspec.json.Decoder(_Error)
_rows_decoder = msgspec.json.Decoder(list[list[object]])
_object_decoder = msgspec.json.Decoder(dict[str, Any])
_objects_decoder = msgspec.json.Decoder(list[dict[str, Any]])


def _decode(endpoint: str, decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except msgspec.DecodeError as error:
        raise not_json(endpoint, error, body) from error


def _instrument(symbol: _Symbol, index: int, body: bytes) -> Instrument | None:
    filters = {entry.filter_type: entry for entry in symbol.filters}
    price, lot = filters.get("PRICE_FILTER"), filters.get("LOT_SIZE")
    tick_size = price.tick_size if price else None
    step_size = lot.step_size if lot else None
    instrument = Instrument(
        symbol=symbol.symbol,
        pair=symbol.pair,
        contract_type=symbol.contract_type,
        status=symbol.status,
        base_asset=symbol.base_asset,
        quote_asset=symbol.quote_asset,
        margin_asset=symbol.margin_asset,
        underlying_type=symbol.underlying_type,
        tick_size=tick_size or Decimal(0),
        step_size=step_size or Decimal(0),
        onboard_ms=symbol.onboard_date,
        delivery_ms=symbol.delivery_date,
    )
    if tick_size and step_size:
        return instrument
    if instrument.is_in_universe:
        raise _without_filter(symbol.symbol, "LOT_SIZE" if tick_size else "PRICE_FILTER", index, body)
    return None


def _without_filter(symbol: str, name: str, index: int, body: bytes) -> MalformedPayload:
    reason = text("malformed.filters", symbol=symbol, filter=name)
    return malformed(f"exchangeInfo $.symbols[{index}].filters", reason, body)


def _weight_limit(limits: list[_RateLimit]) -> int | None:
    per_minute = ("REQUEST_WEIGHT", "MINUTE", 1)
    return next(
        (entry.limit for entry in limits if (entry.rate_limit_type, entry.interval, entry.interval_num) == per_minute),
        None,
    )
