"""Doctor in front of the emulator: each fault of the way and of the venue alone, in virtual time."""

import asyncio
import os
from pathlib import Path

import pytest

from eliteflow.config import RestSettings, Settings, StoreSettings, VenueSettings
from eliteflow.emulator.accounts import API_KEY, API_SECRET
from eliteflow.emulator.faults import FaultRule, RestKind, StreamKind
from eliteflow.operations.doctor.diagnosis import Diagnosis, State
from eliteflow.operations.doctor.diagnosis_table import render
from eliteflow.operations.doctor.doctor import Doctor
from eliteflow.testing.emulated_frames import EmulatedFrames
from tests.scenarios.local_market import DAY_MS, LocalMarket
from tests.unit.operations.doctor.fake_network import FakeNetwork

KEYS = {"BINANCE_API_KEY": API_KEY, "BINANCE_API_SECRET": API_SECRET}


async def examined(
    market: LocalMarket,
    folder: Path,
    *,
    network: FakeNetwork | None = None,
    environment: dict[str, str] | None = None,
    machine_off_ms: int = 0,
    proxy: str | None = None,
) -> Diagnosis:
    """What doctor finds, asking as a program on a machine whose clock is wrong by so much."""
    venue = VenueSettings(rest_url="https://venue.test", proxy=proxy)
    settings = Settings(venue=venue, rest=RestSettings(state_dir=str(folder)), store=StoreSettings(path=str(folder)))
    client = market.program(machine_off_ms=machine_off_ms)
    doctor = Doctor(
        settings,
        environment or {},
        client,
        network=network or FakeNetwork(),
        source=EmulatedFrames(market.venue.desk, market.clock.now_ms),
    )
    return await doctor.examine()


def states(diagnosis: Diagnosis) -> dict[str, str]:
    """Each check's state."""
    return {finding.check: finding.state.value for finding in diagnosis.findings}


def advice(diagnosis: Diagnosis, check: str) -> str:
    """What a check says to do."""
    return next(finding.advice or "" for finding in diagnosis.findings if finding.check == check)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The emulator's own keys, in the process's environment too."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    return KEYS


async def test_where_nothing_stands_in_the_way_every_check_is_fine(tmp_path: Path, keys: dict[str, str]) -> None:
    """Status 0, and a handful of weight."""
    market = LocalMarket(tmp_path)
    diagnosis = await examined(market, tmp_path, environment=keys)
    assert [check for check, state in states(diagnosis).items() if state != "ok"] == ["notices"]
    assert list(states(diagnosis)) == [
        *("versions", "store", "state", "proxy", "dns", "tls", "rest", "firewall", "region", "ban"),
        *("clock", "weight", "stream", "keys", "notices"),
    ]
    assert (diagnosis.venue, diagnosis.exit_status) == ("SIMULATED", 0)
    assert market.venue.limits.client("127.0.0.1").used <= 15


FAULTS: dict[RestKind, tuple[str, int]] = {
    "403": ("firewall", 6),
    "451": ("region", 5),
    "418": ("ban", 4),
    "429": ("ban", 4),
    "500": ("rest", 3),
    "503a": ("rest", 3),
    "503b": ("rest", 3),
    "503c": ("rest", 3),
    "408": ("rest", 3),
    "malformed": ("rest", 3),
    "truncated": ("rest", 3),
    "hang": ("rest", 3),
    "reset": ("rest", 3),
}


@pytest.mark.parametrize("kind", FAULTS)
async def test_each_fault_fails_one_check_and_skips_what_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: RestKind
) -> None:
    """With advice and the exit status of docs/exit-status.md, within half a minute; keys are shown by nothing."""
    market = LocalMarket(tmp_path)
    market.fault(FaultRule(kind=kind))
    check, status = FAULTS[kind]
    monkeypatch.setenv("BINANCE_API_KEY", "kkPlanted")
    monkeypatch.setenv("BINANCE_API_SECRET", "ssPlanted")
    diagnosis = await examined(market, tmp_path, environment=dict(os.environ))
    assert "Planted" not in repr(diagnosis) + "".join(render(diagnosis, form) for form in ("table", "json", "csv"))
    found = states(diagnosis)
    assert [name for name, state in found.items() if state == "failed"] == [check]
    assert {found[name] for name in ("clock", "weight", "keys")} == {"skipped"}
    assert found["stream"] == ("ok" if check == "rest" else "skipped")
    assert diagnosis.exit_status == status
    assert advice(diagnosis, check)
    assert asyncio.get_running_loop().time() < 30


async def test_a_ban_that_an_earlier_run_met_is_known_without_asking(tmp_path: Path) -> None:
    """Nothing is sent into it."""
    market = LocalMarket(tmp_path)
    market.fault(FaultRule(kind="418", count=1))
    await examined(market, tmp_path)
    sent = len(market.sent_ms)
    diagnosis = await examined(market, tmp_path)
    assert len(market.sent_ms) == sent
    assert (states(diagnosis)["rest"], states(diagnosis)["ban"]) == ("skipped", "failed")


@pytest.mark.parametrize(("method", "check"), [("resolve", "dns"), ("handshake", "tls")])
async def test_a_broken_way_asks_the_venue_nothing(tmp_path: Path, method: str, check: str) -> None:
    """Everything behind it is skipped, and said to be."""
    market = LocalMarket(tmp_path)
    diagnosis = await examined(market, tmp_path, network=FakeNetwork(**{method: OSError(5, "broken")}))
    found = states(diagnosis)
    assert (found[check], diagnosis.exit_status) == ("failed", 3)
    assert {state for name, state in list(found.items())[list(found).index(check) + 1 :]} == {"skipped"}
    assert market.sent_ms == []


async def test_a_proxy_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    """The rest of the way is behind it."""
    market = LocalMarket(tmp_path)
    network = FakeNetwork(connect=ConnectionRefusedError())
    diagnosis = await examined(market, tmp_path, network=network, proxy="http://user:planted@proxy.test:3128")
    [failure] = [finding for finding in diagnosis.findings if finding.state is State.FAILED]
    assert failure.found == "the proxy http://***@proxy.test:3128 failed: connection refused"
    assert "planted" not in repr(diagnosis)


async def test_a_way_that_hangs_is_given_up(tmp_path: Path) -> None:
    """A firewall that swallows packets answers nobody."""

    class Swallowing(FakeNetwork):
        async def handshake(self, host: str, port: int) -> str:
            await asyncio.get_running_loop().create_future()
            raise AssertionError

    diagnosis = await examined(LocalMarket(tmp_path), tmp_path, network=Swallowing())
    assert states(diagnosis)["tls"] == "failed"
    assert asyncio.get_running_loop().time() == pytest.approx(5, abs=0.1)


@pytest.mark.parametrize(("off_ms", "state"), [(900, "ok"), (3_000, "warning"), (-3 * DAY_MS, "warning")])
async def test_a_wrong_machine_clock_is_told_and_fails_nothing(tmp_path: Path, off_ms: int, state: str) -> None:
    """Keys are signed with the venue's time, so they work all the same."""
    diagnosis = await examined(LocalMarket(tmp_path), tmp_path, machine_off_ms=off_ms)
    assert (states(diagnosis)["clock"], diagnosis.exit_status) == (state, 0)
    assert ("set-ntp" in advice(diagnosis, "clock")) == (state == "warning")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"BINANCE_API_SECRET": "not the secret"}, "-1022"),
        ({"BINANCE_API_KEY": "not the key"}, "-2015"),
    ],
)
async def test_wrong_keys_are_told_by_the_venues_code(
    tmp_path: Path, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str], code: str
) -> None:
    """A key that only the venue knows is no failure at an emulator."""
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    diagnosis = await examined(LocalMarket(tmp_path), tmp_path, environment=keys | wrong)
    [finding] = [finding for finding in diagnosis.findings if finding.check == "keys"]
    assert code in finding.found
    assert diagnosis.exit_status == (2 if code == "-1022" else 0)


async def test_half_a_pair_of_keys_is_a_failure_of_the_settings(tmp_path: Path) -> None:
    """Nothing signed is sent."""
    diagnosis = await examined(LocalMarket(tmp_path), tmp_path, environment={"BINANCE_API_KEY": "planted"})
    assert (states(diagnosis)["keys"], diagnosis.exit_status) == ("failed", 2)
    assert "planted" not in repr(diagnosis)


async def test_a_neighbour_that_spends_much_is_a_warning(tmp_path: Path) -> None:
    """The venue's counter tells of it."""
    market = LocalMarket(tmp_path)
    market.venue.limits.charge("127.0.0.1", 1_500, market.clock.now_ms())
    diagnosis = await examined(market, tmp_path)
    assert states(diagnosis)["weight"] == "warning"


STREAM_FAULTS: dict[StreamKind, tuple[str, str, int]] = {
    "silent": ("failed", "connected, and silent for 10 s", 3),
    "drop": ("failed", "closed by the venue (1006", 3),
    "frame_invalid": ("failed", "closed by the venue (1002", 3),
    "stream_delay": ("ok", "the first kline came after 2.", 0),
}


@pytest.mark.parametrize("kind", STREAM_FAULTS)
async def test_a_fault_of_the_streams_fails_only_their_check(tmp_path: Path, kind: StreamKind) -> None:
    """REST works without them; late ones are told by their seconds."""
    market = LocalMarket(tmp_path)
    market.fault(FaultRule(kind=kind, delay_s=2.0))
    state, words, status = STREAM_FAULTS[kind]
    diagnosis = await examined(market, tmp_path)
    [finding] = [finding for finding in diagnosis.findings if finding.check == "stream"]
    assert (finding.state.value, diagnosis.exit_status) == (state, status)
    assert finding.found.startswith(words)
    assert (states(diagnosis)["rest"], states(diagnosis)["weight"]) == ("ok", "ok")


async def test_a_route_that_lives_without_klines_is_a_warning(tmp_path: Path) -> None:
    """The mark price tells it from a dead one."""
    market = LocalMarket(tmp_path)
    market.fault(FaultRule(kind="silent", stream="btcusdt@kline_5m"))
    diagnosis = await examined(market, tmp_path)
    assert (states(diagnosis)["stream"], diagnosis.exit_status) == ("warning", 0)
