"""Where the venue's interface is, and what each call of it costs. Pure."""

from typing import NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

from eliteflow.config import Environment, VenueSettings
from eliteflow.errors import ConfigError, InvalidArgument
from eliteflow.messages import text
from eliteflow.model.klines_weight import MOST_ROWS, request_weight

REST_URLS: dict[Environment, str] = {
    "production": "https://fapi.binance.com",
    "testnet": "https://testnet.binancefuture.com",
}
WS_URLS: dict[Environment, str] = {
    "production": "wss://fstream.binance.com",
    "testnet": "wss://fstream.binancefuture.com",
}


class Call(NamedTuple):
    """One GET. name: as errors call it. weight: as the venue documents it (reference A.4, A.5).

    subject: the symbol that it asks about, if it is one. is_signed: whether it concerns an account, so that it needs
    keys. is_overhead: whether it is sent in between, for nobody's sake, so that no report counts it.
    """

    name: str
    path: str
    weight: int
    query: str = ""
    subject: str = ""
    is_signed: bool = False
    is_overhead: bool = False


SERVER_TIME = Call("time", "/fapi/v1/time", 1)
ACCOUNT_CONFIG = Call("accountConfig", "/fapi/v1/accountConfig", 5, is_signed=True)
PING = Call("ping", "/fapi/v1/ping", 1, is_overhead=True)
EXCHANGE_INFO = Call("exchangeInfo", "/fapi/v1/exchangeInfo", 1)


def rest_url(venue: VenueSettings) -> str:
    """Return the REST address of the settings, else the environment's own; raise ConfigError where there is none."""
    if venue.rest_url is not None:
        return venue.rest_url
    try:
        return REST_URLS[venue.environment]
    except KeyError:
        raise ConfigError("venue.rest_url", text("config.rest_url_missing")) from None


def ws_url(venue: VenueSettings) -> str:
    """Return the stream host of the settings, else the environment's own; raise ConfigError where there is none.

    Beside a REST address of one's own the environment's streams would bring another venue's candles.
    """
    if venue.ws_url is not None:
        return venue.ws_url
    if venue.rest_url is not None:
        raise ConfigError("venue.ws_url", text("config.ws_url_alone"))
    try:
        return WS_URLS[venue.environment]
    except KeyError:
        raise ConfigError("venue.ws_url", text("config.ws_url_missing")) from None


def checked_rest_url(base_url: str) -> tuple[str, str]:
    """Return a REST address without a slash at its end, and its host with the port, where one is given.

    Raises ConfigError for one that cannot be used; its message has no credentials.
    """
    url = _parsed(base_url, "http", "https")
    if url is None:
        raise ConfigError("venue.rest_url", text("config.rest_url", found=_shown(base_url)))
    return base_url.rstrip("/"), url.netloc


def checked_ws_url(base_url: str) -> tuple[str, str]:
    """Return the same for a stream address, which has no path of its own."""
    url = _parsed(base_url, "ws", "wss")
    if url is None or url.path.strip("/"):
        raise ConfigError("venue.ws_url", text("config.ws_url", found=_shown(base_url)))
    return base_url.rstrip("/"), url.netloc


def klines(symbol: str, interval: str, limit: int, start_ms: int | None, end_ms: int | None) -> Call:
    """Return the call for at most `limit` candles; raise InvalidArgument for a limit the venue would charge 10 for."""
    query = f"symbol={_encoded(symbol)}&interval={_encoded(interval)}&limit={limit}"
    if start_ms is not None:
        query += f"&startTime={start_ms}"
    if end_ms is not None:
        query += f"&endTime={end_ms}"
    return Call("klines", "/fapi/v1/klines", klines_weight(limit), query, symbol)


def klines_weight(limit: int) -> int:
    """Return the documented weight of a klines request; raise InvalidArgument for a limit that the venue refuses."""
    if not 1 <= limit <= MOST_ROWS:
        raise InvalidArgument("limit", found=limit, wanted=f"1 … {MOST_ROWS}")
    return request_weight(limit)


def ticker_24hr(symbol: str | None = None) -> Call:
    """Return the call for the 24-hour statistics of one symbol, or of all for a weight of 40."""
    if symbol is None:
        return Call("ticker/24hr", "/fapi/v1/ticker/24hr", 40)
    return Call("ticker/24hr", "/fapi/v1/ticker/24hr", 1, f"symbol={_encoded(symbol)}", symbol)


def _encoded(name: str) -> str:
    # Contracts with Chinese names exist; REST wants them percent-encoded.
    return name if name.isascii() and name.isalnum() else quote(name, safe="")


def _parsed(base_url: str, *schemes: str) -> SplitResult | None:
    """Return the parts of an address, None where it cannot be one."""
    url = urlsplit(base_url)
    try:
        _ = url.port  # raises for one that is no number, or too large
    except ValueError:
        return None
    return url if url.scheme in schemes and url.hostname and not url.query and not url.username else None


def _shown(base_url: str) -> str:
    return repr(base_url.rpartition("@")[2])
