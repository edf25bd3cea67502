"""Keys and a proxy's password are looked for through every fault, in everything that eliteflow writes or shows."""

import io
import logging
import traceback
from collections.abc import Iterator

import pytest

from eliteflow.clock import Clock
from eliteflow.config import LoadedSettings, Settings, VenueSettings, load_settings
from eliteflow.errors import ConfigError, EliteflowError, ExchangeUnreachable
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.exchange.credentials import Credentials, Secret
from eliteflow.exchange.signing import KEY_HEADER
from eliteflow.exchange.transport import HttpRequest
from eliteflow.operations.tables import settings_table
from eliteflow.telemetry.log import configure
from eliteflow.testing.emulated_http import EmulatedHttp
from tests.scenarios.fault_table import CASES, Case, FaultyVenue
from tests.unit.exchange.scripted_venue import ScriptedVenue, answer, venue_error

KEY, SECRET, PASSWORD = "kkKeyOfAUserkk", "ssSecretOfAUserss", "ppPasswordOfAProxypp"
ACCOUNT = {"canTrade": True, "canDeposit": True, "canWithdraw": False, "dualSidePosition": False}
PROXY = f"http://user:{PASSWORD}@127.0.0.1:9"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that any logger writes, at its most talkative, as text and as JSON."""
    paper = io.StringIO()
    handlers = [logging.StreamHandler(paper), logging.StreamHandler(paper)]
    configure(handlers[0], "json", "DEBUG")
    root, ours = logging.getLogger(), logging.getLogger("eliteflow")
    before = root.level
    ours.propagate = True
    root.addHandler(handlers[1])
    root.setLevel("DEBUG")
    yield paper
    root.setLevel(before)
    root.removeHandler(handlers[1])
    ours.handlers.clear()


def shown(error: BaseException) -> str:
    """Everything a program could print of an error, the variables of every frame included."""
    lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
    return "".join(lines) + str(error) + repr(error) + repr(vars(error))


def assert_no_secret(*texts: str) -> None:
    """None of them stands there, in whatever part of it."""
    for text in texts:
        for secret in (KEY, SECRET, PASSWORD):
            assert secret not in text


def credentials() -> Credentials:
    """The keys that must never be seen."""
    return Credentials(Secret(KEY), Secret(SECRET))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_no_fault_shows_a_key(case: Case, clock: Clock, written: io.StringIO) -> None:
    """A signed request meets each fault of the venue, and then everything is looked through."""
    client = BinanceClient(
        transport=EmulatedHttp(FaultyVenue(case.fault, 1_000), clock.now_ms), clock=clock, credentials=credentials()
    )
    with pytest.raises(EliteflowError) as raised:
        await client.fetch_key_permissions()
    assert_no_secret(shown(raised.value), written.getvalue(), repr(client), repr(client.snapshot()), repr(vars(client)))


async def test_keys_of_the_environment_are_used_and_not_shown(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, written: io.StringIO
) -> None:
    """The venue gets the key in its header and a signature at the end, and nobody else anything."""
    monkeypatch.setenv("BINANCE_API_KEY", KEY)
    monkeypatch.setenv("BINANCE_API_SECRET", SECRET)
    venue = ScriptedVenue(clock, answer(ACCOUNT))
    permissions = await BinanceClient(transport=venue, clock=clock).fetch_key_permissions()
    assert (permissions.can_trade, permissions.can_withdraw) == (True, False)
    [request] = venue.requests
    assert request.headers[KEY_HEADER] == KEY
    assert request.query.startswith(f"recvWindow=5000&timestamp={clock.now_ms() - 20}&signature=")
    assert_no_secret(repr(request), str(request), written.getvalue(), request.query)
    assert "signature" not in repr(request)


async def test_a_clock_that_is_off_is_set_and_the_request_signed_again(clock: Clock) -> None:
    """-1021 once is not noticed; the second signature bears the venue's time."""
    stale = venue_error(400, -1021, "Timestamp for this request is outside of the recvWindow.")
    wrong = Clock(wall_ms=lambda: 5_000, steady_s=clock.steady_s)
    venue = ScriptedVenue(clock, stale, *[answer({"serverTime": clock.now_ms()})] * 4, answer(ACCOUNT))
    client = BinanceClient(transport=venue, clock=wrong, credentials=credentials())
    assert (await client.fetch_key_permissions()).can_trade
    assert "timestamp=5000&" in venue.requests[0].query
    assert f"timestamp={clock.now_ms() // 1000}" in venue.requests[-1].query
    assert len(venue.requests) == 6


async def test_a_clock_that_is_off_twice_is_named(clock: Clock) -> None:
    """Once more and no more."""
    stale = venue_error(400, -1021, "Timestamp for this request is outside of the recvWindow.")
    venue = ScriptedVenue(clock, stale, *[answer({"serverTime": 1})] * 4, *[stale] * 9)
    with pytest.raises(EliteflowError, match=r"outside of the recvWindow. \(code -1021\)"):
        await BinanceClient(transport=venue, clock=clock, credentials=credentials()).fetch_key_permissions()
    assert len(venue.requests) == 6


async def test_without_keys_nothing_is_sent(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is counted."""
    monkeypatch.delenv("BINANCE_API_KEY", raising=False)
    venue = ScriptedVenue(clock)
    client = BinanceClient(transport=venue, clock=clock)
    with pytest.raises(ConfigError, match="BINANCE_API_KEY: is not set"):
        await client.fetch_key_permissions()
    assert venue.requests == []
    assert client.snapshot().weight.spent == 0


@pytest.mark.loopback
async def test_a_proxys_password_is_shown_by_nothing(written: io.StringIO) -> None:
    """Neither by a connection that fails, nor by the settings that hold it."""
    settings = Settings(venue=VenueSettings(environment="emulator", rest_url="http://127.0.0.1:9", proxy=PROXY))
    async with BinanceClient(settings, credentials=credentials()) as client:
        transport = client._channel.transport
        with pytest.raises(ExchangeUnreachable) as raised:
            await transport.send(HttpRequest("GET", "/fapi/v1/time", "", {KEY_HEADER: KEY}), timeout_s=1)
        assert_no_secret(repr(client), repr(vars(client)), repr(transport))
    assert_no_secret(shown(raised.value), written.getvalue(), repr(settings), str(settings))
    loaded = load_settings(environment={"ELITEFLOW_VENUE__PROXY": PROXY})
    assert loaded.settings.venue.proxy == PROXY
    assert_no_secret(repr(loaded), *(render(loaded, kind) for kind in ("table", "json", "csv")))


def render(loaded: LoadedSettings, kind: str) -> str:
    """The settings as `eliteflow config` prints them, with keys set."""
    printed = settings_table.render(loaded, kind, {"BINANCE_API_KEY": KEY, "BINANCE_API_SECRET": SECRET})
    assert "***@127.0.0.1:9" in printed
    return printed


def test_a_request_shows_its_path_and_nothing_else() -> None:
    """What a debugger prints of it can be pasted into an issue."""
    request = HttpRequest("GET", "/fapi/v1/klines", "symbol=BTCUSDT&signature=abc", {KEY_HEADER: KEY})
    assert repr(request) == "<HttpRequest GET /fapi/v1/klines?symbol=BTCUSDT>"
