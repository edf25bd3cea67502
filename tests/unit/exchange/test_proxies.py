"""Tests of which proxy is used."""

import pytest

from eliteflow.errors import ConfigError
from eliteflow.exchange.proxies import choose_proxy, is_loopback, parse_proxy

VENUE = "https://fapi.binance.com"


@pytest.mark.parametrize(
    ("base_url", "environment", "chosen"),
    [
        (VENUE, {}, None),
        (VENUE, {"HTTPS_PROXY": "http://a:1"}, "http://a:1"),
        (VENUE, {"https_proxy": "http://lower:1", "HTTPS_PROXY": "http://upper:1"}, "http://lower:1"),
        (VENUE, {"HTTP_PROXY": "http://a:1"}, None),
        ("http://venue.example", {"HTTP_PROXY": "http://a:1"}, "http://a:1"),
        (VENUE, {"ALL_PROXY": "socks5://a:1"}, "socks5://a:1"),
        (VENUE, {"ALL_PROXY": "socks5://a:1", "HTTPS_PROXY": "http://b:2"}, "http://b:2"),
        (VENUE, {"all_proxy": "socks5h://a"}, "socks5://a:1080"),
        (VENUE, {"HTTPS_PROXY": "127.0.0.1:7890"}, "http://127.0.0.1:7890"),
        (VENUE, {"HTTPS_PROXY": "http://a:1", "NO_PROXY": "localhost, .binance.com"}, None),
        (VENUE, {"HTTPS_PROXY": "http://a:1", "no_proxy": "fapi.binance.com:443"}, None),
        (VENUE, {"HTTPS_PROXY": "http://a:1", "NO_PROXY": "*"}, None),
        (VENUE, {"HTTPS_PROXY": "http://a:1", "NO_PROXY": "notbinance.com,"}, "http://a:1"),
        ("http://127.0.0.1:8080", {"HTTP_PROXY": "http://a:1"}, None),
        ("http://localhost:8080", {"ALL_PROXY": "http://a:1"}, None),
    ],
)
def test_the_environment_is_read_as_everybody_reads_it(
    base_url: str, environment: dict[str, str], chosen: str | None
) -> None:
    """By scheme, then ALL_PROXY, unless NO_PROXY names the host; a local emulator needs none."""
    proxy = choose_proxy(base_url, None, environment)
    assert (proxy and str(proxy)) == chosen


def test_the_setting_wins() -> None:
    """An empty one means a direct connection."""
    environment = {"HTTPS_PROXY": "http://a:1"}
    assert str(choose_proxy(VENUE, "socks5://b:2", environment)) == "socks5://b:2"
    assert choose_proxy(VENUE, "", environment) is None


def test_credentials_are_kept_but_never_shown() -> None:
    """Not in the text, not in the repr."""
    proxy = parse_proxy("http://user:p%40ss@proxy.example:3128", "venue.proxy")
    assert (proxy.username, proxy.password) == ("user", "p@ss")
    assert proxy.authorization() == {"Proxy-Authorization": "Basic dXNlcjpwQHNz"}
    assert str(proxy) == "http://***@proxy.example:3128"
    assert "p@ss" not in repr(proxy)
    assert "user" not in repr(proxy)


@pytest.mark.parametrize("value", ["ftp://secret@a:1", "http://", "http://secret@a:port", "socks5://:1"])
def test_a_proxy_that_cannot_be_used_is_refused_without_its_credentials(value: str) -> None:
    """The message names the key and what was wanted."""
    with pytest.raises(ConfigError, match=r"Setting venue\.proxy: wanted a proxy as http://host:port") as refused:
        parse_proxy(value, "venue.proxy")
    assert "secret" not in repr(refused.value)


@pytest.mark.parametrize(
    ("host", "here"), [("localhost", True), ("127.0.0.2", True), ("::1", True), ("fapi.binance.com", False)]
)
def test_knows_this_machine(host: str, here: bool) -> None:
    """By name and by number."""
    assert is_loopback(host) is here
