"""The files of deploy/ agree with the program: ports, settings, exit statuses, and the files that they name."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy import dockerfile
from eliteflow.config import documented_settings
from eliteflow.errors import ConfigError

ROOT = Path(__file__).parent.parent.parent
COMPOSE = ROOT / "deploy/compose/compose.yaml"
UNIT = ROOT / "deploy/systemd/eliteflow.service"
DAMAGED_FOLDER = 7
NAMED_IN = (ROOT / "Dockerfile", COMPOSE, UNIT, ROOT / ".railway/railway.py")


@pytest.mark.parametrize("file", NAMED_IN, ids=lambda file: file.name)
def test_every_setting_that_is_named_exists(file: Path) -> None:
    """A key that nobody reads would change nothing and say nothing."""
    named = {
        name.lower().replace("__", ".") for name in re.findall(r"ELITEFLOW_([A-Z_]+__[A-Z_]+)", file.read_text("utf-8"))
    }
    assert named <= {setting.path for setting in documented_settings()}


def test_the_same_port_is_named_everywhere() -> None:
    """In the image, in compose, and as the program's own default."""
    port = str({setting.path: setting.default for setting in documented_settings()}["telemetry.port"])
    image = dockerfile.environment(dockerfile.parse((ROOT / "Dockerfile").read_text("utf-8"))[-1], {})
    assert image["PORT"] == port
    assert f"127.0.0.1:{port}:{port}" in COMPOSE.read_text("utf-8")
    assert f"eliteflow:{port}" in (ROOT / "deploy/compose/prometheus.yml").read_text("utf-8")


def test_every_mounted_file_of_compose_exists() -> None:
    """Docker would make an empty folder of one that does not."""
    mounted = re.findall(r"^ +- (\.\.?/[^:]+):", COMPOSE.read_text("utf-8"), re.MULTILINE)
    assert len(mounted) >= 4
    assert [path for path in mounted if not (COMPOSE.parent / path).exists()] == []


def test_compose_opens_no_port_to_the_network() -> None:
    """Nothing of it asks for a password."""
    ports = re.findall(r'^ +- "([\d.:]+)"$', COMPOSE.read_text("utf-8"), re.MULTILINE)
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_systemd_tries_nothing_again_that_needs_a_person() -> None:
    """A wrong setting and a damaged folder end for good, a stop is no failure, and other failures are bounded."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.read(UNIT, "utf-8")
    assert unit["Service"]["RestartPreventExitStatus"].split() == [str(ConfigError.exit_status), str(DAMAGED_FOLDER)]
    assert unit["Service"]["SuccessExitStatus"] == "130"
    assert int(unit["Unit"]["StartLimitBurst"]) * int(unit["Service"]["RestartSec"]) < int(
        unit["Unit"]["StartLimitIntervalSec"]
    )


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_understands_the_unit() -> None:
    """The one complaint is about the program, which is not installed here."""
    found = subprocess.run(["systemd-analyze", "verify", str(UNIT)], check=False, capture_output=True, text=True)
    complaints = [line for line in found.stderr.splitlines() if "is not executable" not in line]
    assert complaints == []
