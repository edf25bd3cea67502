"""What docs/troubleshooting.md sends people to is there."""

import re
from pathlib import Path

import click

from eliteflow.cli import cli
from eliteflow.config import documented_settings
from eliteflow.telemetry.events import EVENTS
from eliteflow.telemetry.metrics import METRICS, PREFIX

PAGE = (Path(__file__).parents[2] / "docs" / "troubleshooting.md").read_text("utf-8")
NAMED = set(re.findall(r"`([^`\n]+)`", PAGE))


def test_every_command_is_accepted() -> None:
    """With the flags that stand beside it."""
    lines = re.findall(r"^eliteflow .*$", PAGE, re.MULTILINE) + [
        name for name in NAMED if name.startswith("eliteflow ")
    ]
    commands = [line.partition("#")[0].split()[1:] for line in lines if "needs Python" not in line]
    assert len(commands) >= 6
    for name, *arguments in commands:
        cli.commands[name].make_context(name, arguments, click.Context(cli))


def test_every_event_metric_and_setting_exists() -> None:
    """A name that was changed is changed here too."""
    metrics = {name.removeprefix(PREFIX) for name in NAMED if re.fullmatch(PREFIX + r"\w+", name)}
    assert metrics <= METRICS.keys()
    areas = "|".join({event.partition(".")[0] for event in EVENTS})
    assert {name for name in NAMED if re.fullmatch(rf"({areas})\.\w+", name)} - _settings() <= EVENTS.keys()
    sections = "|".join({path.partition(".")[0] for path in _settings()})
    assert {name for name in NAMED if re.fullmatch(rf"({sections})\.\w+", name)} - EVENTS.keys() <= _settings()


def _settings() -> set[str]:
    return {setting.path for setting in documented_settings()}
