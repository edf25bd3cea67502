"""Tests of addresses, queries and weights."""

import pytest

from eliteflow.config import VenueSettings
from eliteflow.errors import ConfigError, InvalidArgument
from eliteflow.exchange import endpoints


@pytest.mark.parametrize(
    ("venue", "url"),
    [
        (VenueSettings(), "https://fapi.binance.com"),
        (VenueSettings(environment="testnet"), "https://testnet.binancefuture.com"),
        (VenueSettings(environment="emulator", rest_url="http://127.0.0.1:8080"), "http://127.0.0.1:8080"),
        (VenueSettings(rest_url="https://demo-fapi.binance.com"), "https://demo-fapi.binance.com"),
    ],
)
def test_each_environment_has_its_address(venue: VenueSettings, url: str) -> None:
    """A given address wins."""
    assert endpoints.rest_url(venue) == url


@pytest.mark.parametrize(
    ("venue", "url"),
    [
        (VenueSettings(), "wss://fstream.binance.com"),
        (VenueSettings(environment="testnet"), "wss://fstream.binancefuture.com"),
        (VenueSettings(environment="emulator", ws_url="ws://127.0.0.1:8080"), "ws://127.0.0.1:8080"),
    ],
)
def test_each_environment_has_its_streams(venue: VenueSettings, url: str) -> None:
    """A given address wins; the route of the klines is added where connections are opened."""
    assert endpoints.ws_url(venue) == url


def test_a_local_venue_has_no_streams_of_its_own() -> None:
    """It is where it was started, so somebody has to say."""
    with pytest.raises(ConfigError, match=r"venue\.ws_url"):
        endpoints.ws_url(VenueSettings(environment="emulator"))


def test_streams_of_another_venue_are_refused() -> None:
    """Whoever gives a REST address of their own has to say where its streams are."""
    with pytest.raises(ConfigError, match=r"venue\.ws_url: is not set, and venue\.rest_url is"):
        endpoints.ws_url(VenueSettings(rest_url="https://demo-fapi.binance.com"))
    assert endpoints.ws_url(VenueSettings()) == "wss://fstream.binance.com"


def test_the_emulator_has_no_address_of_its_own() -> None:
    """It is where it was started, so somebody has to say."""
    with pytest.raises(ConfigError, match="--rest-url"):
        endpoints.rest_url(VenueSettings(environment="emulator"))


@pytest.mark.parametrize(
    ("limit", "weight"),
    [(1, 1), (99, 1), (100, 2), (499, 2), (500, 5), (1000, 5), (1001, 10), (1500, 10)],
)
def test_klines_cost_the_documented_bands(limit: int, weight: int) -> None:
    """Reference A.4."""
    assert endpoints.klines("BTCUSDT", "1h", limit, None, None).weight == weight


@pytest.mark.parametrize("limit", [0, -1, 1501, 100_000])
def test_a_limit_the_venue_would_charge_ten_for_is_refused_here(limit: int) -> None:
    """-1130 costs a weight of 10."""
    with pytest.raises(InvalidArgument, match="1 … 1500"):
        endpoints.klines("BTCUSDT", "1h", limit, None, None)


def test_a_query_carries_what_was_asked() -> None:
    """Times are in milliseconds."""
    call = endpoints.klines("BTCUSDT", "5m", 99, 1_795_420_800_000, 1_795_424_400_000)
    assert call.query == "symbol=BTCUSDT&interval=5m&limit=99&startTime=1795420800000&endTime=1795424400000"


def test_names_are_percent_encoded() -> None:
    """Contracts with Chinese names exist, and nobody adds a parameter through a name."""
    assert endpoints.ticker_24hr("币安人生USDT").query == "symbol=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT"
    assert "symbol=A%26limit%3D9&interval=1h%26x" in endpoints.klines("A&limit=9", "1h&x", 1, None, None).query


def test_all_tickers_cost_forty() -> None:
    """One costs one (reference A.5)."""
    assert (endpoints.ticker_24hr().weight, endpoints.ticker_24hr("BTCUSDT").weight) == (40, 1)


@pytest.mark.parametrize("url", ["fapi.binance.com", "https://", "https://host:port", "https://host/?a=1", "ws://host"])
def test_a_rest_address_that_cannot_be_one_is_refused(url: str) -> None:
    """Before anything is sent to it."""
    with pytest.raises(ConfigError, match=r"venue\.rest_url: wanted an address as https://host"):
        endpoints.checked_rest_url(url)


def test_a_stream_address_has_no_path() -> None:
    """Klines live on /market, which is added; a slash at the end is none."""
    assert endpoints.checked_ws_url("wss://host:9443/") == ("wss://host:9443", "host:9443")
    for url in ("wss://host/market", "https://host"):
        with pytest.raises(ConfigError, match=r"venue\.ws_url"):
            endpoints.checked_ws_url(url)


def test_a_refused_address_is_shown_without_its_password() -> None:
    """Errors are pasted into chats."""
    with pytest.raises(ConfigError, match="found 'host'") as refused:
        endpoints.checked_rest_url("https://me:secret@host")
    assert "secret" not in str(refused.value)
