"""`eliteflow doctor` and what secrets become of, as people call the program, over real sockets."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from eliteflow.emulator.accounts import API_KEY, API_SECRET
from eliteflow.operations.emulator_process import EmulatorAddress
from tests.emulator.program import control, eliteflow, observed

pytestmark = pytest.mark.emulator

KEY, SECRET, PASSWORD = "kkPlantedKeykk", "ssPlantedSecretss", "ppPlantedPasswordpp"
CHECKED = ("rest", "firewall", "region", "ban", "clock", "weight", "stream", "keys")


@pytest.fixture
def fault(venue: EmulatorAddress, request: pytest.FixtureRequest) -> Iterator[str]:
    """The venue misbehaves while a test runs."""
    control(venue, "POST", "/fault", {"kind": request.param})
    yield request.param
    control(venue, "POST", "/reset", {})


def addresses(venue: EmulatorAddress) -> tuple[str, ...]:
    """The flags that lead to the venue."""
    return ("--rest-url", venue.rest_url, "--ws-url", venue.ws_url)


def test_doctor_looks_at_everything_up_to_a_signed_read(venue: EmulatorAddress) -> None:
    """With the emulator's own keys, and a first kline over a real WebSocket."""
    keys = {"BINANCE_API_KEY": API_KEY, "BINANCE_API_SECRET": API_SECRET}
    done = eliteflow("doctor", *addresses(venue), "--format", "json", **keys)
    document = json.loads(done.out)
    found = {check["check"]: check["state"] for check in document["checks"]}
    assert (done.status, document["venue"]) == (0, "SIMULATED")
    assert {name: found[name] for name in CHECKED} == dict.fromkeys(CHECKED, "ok")


@pytest.mark.parametrize(("flags", "state", "status"), [((), "skipped", 0), (("--notify",), "failed", 3)])
def test_doctor_sends_a_test_message_only_where_it_is_told_to(
    venue: EmulatorAddress, flags: tuple[str, ...], state: str, status: int
) -> None:
    """To an address at which nobody listens."""
    done = eliteflow(
        "doctor", *flags, *addresses(venue), "--format", "json", ELITEFLOW_NOTIFY__URLS="json://127.0.0.1:1/"
    )
    (notices,) = (check for check in json.loads(done.out)["checks"] if check["check"] == "notices")
    assert (notices["state"], done.status) == (state, status)


def test_doctor_starts_an_emulator_and_speaks_chinese() -> None:
    """As every other command."""
    done = eliteflow("doctor", "--emulator", "--lang", "zh-CN")
    assert done.status == 0
    assert "本机与K线之间的每一步 [模拟行情]" in done.out
    assert "一切正常。" in done.out


@pytest.mark.parametrize(("fault", "status"), [("451", 5), ("403", 6), ("418", 4)], indirect=["fault"])
def test_doctor_ends_with_the_status_of_what_it_found(venue: EmulatorAddress, fault: str, status: int) -> None:
    """The table is printed all the same."""
    done = eliteflow("doctor", *addresses(venue))
    assert done.status == status
    assert f"Exit status {status}: `eliteflow explain {status}`" in done.out


@pytest.mark.parametrize("fault", ["503b", "451", "reset"], indirect=True)
def test_planted_keys_are_seen_nowhere(venue: EmulatorAddress, fault: str, tmp_path: Path) -> None:
    """Neither printed nor logged nor in the list of processes, whatever the venue does."""
    keys = tmp_path / ".env"
    keys.write_text(f"BINANCE_API_KEY={KEY}\nBINANCE_API_SECRET={SECRET}\n", "utf-8")
    keys.chmod(0o600)
    for words in (("doctor", "--format", "json"), ("scan", "--symbols", "2", "--log-format", "json")):
        seen = observed(*words, *addresses(venue), "--env-file", str(keys))
        assert "eliteflow" in seen.command_lines
        assert KEY not in seen.everything
        assert SECRET not in seen.everything


@pytest.mark.parametrize("words", [("doctor",), ("scan", "--log-format", "json"), ("config",)])
def test_a_planted_password_of_a_proxy_is_seen_nowhere(venue: EmulatorAddress, words: tuple[str, ...]) -> None:
    """The proxy is not there, which each command says in its own way."""
    proxy = f"http://user:{PASSWORD}@127.0.0.1:9"
    seen = observed(*words, *addresses(venue), ELITEFLOW_VENUE__PROXY=proxy)
    assert "http://***@127.0.0.1:9" in seen.printed
    assert PASSWORD not in seen.everything


def test_a_password_on_the_command_line_is_refused_before_anything_else(venue: EmulatorAddress) -> None:
    """One sentence, which does not repeat it."""
    done = eliteflow("scan", *addresses(venue), "--proxy", f"http://user:{PASSWORD}@127.0.0.1:9")
    assert done.status == 2
    assert "set ELITEFLOW_VENUE__PROXY instead" in done.err
    assert PASSWORD not in done.out + done.err
