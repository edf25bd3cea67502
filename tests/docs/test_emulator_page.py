"""docs/emulator.md cannot drift from the emulator and its tests."""

import ast
import re
import tomllib
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from eliteflow.emulator import faults
from eliteflow.emulator.opening import EmulatorOptions, open_venue
from eliteflow.emulator.scenario import Scenario, parse_scenario

TESTS = Path(__file__).parent.parent
PAGE = (TESTS.parent / "docs" / "emulator.md").read_text("utf-8")
NAMED = re.findall(r"`(test_\w+\.py)::(test_\w+)`", PAGE)
NOW_MS = 1_795_422_158_684


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_every_named_test_exists(file: str, name: str) -> None:
    """A rule without its test is a claim."""
    paths = list(TESTS.rglob(file))
    assert len(paths) == 1
    functions = ast.walk(ast.parse(paths[0].read_text("utf-8")))
    assert name in {node.name for node in functions if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_rule_names_a_test() -> None:
    """The table has no row without one."""
    table = PAGE.split("| rule | source | test |")[1].split("\n\n")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ") and "---" not in line]
    assert len(rows) == len(NAMED) >= 30


def test_the_scenario_of_the_page_runs() -> None:
    """Every key in it is one that the emulator knows, and a venue opens with it."""
    blocks = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    for block in blocks:
        scenario = parse_scenario(block)
        assert set(tomllib.loads(block)) == {field.name for field in msgspec.structs.fields(Scenario)}
        assert scenario.fault
    assert blocks


def test_a_venue_opens_with_the_scenario_of_the_page(tmp_path: Path) -> None:
    """Its symbols are there."""
    path = tmp_path / "page.toml"
    path.write_text(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0], "utf-8")
    venue = open_venue(EmulatorOptions(symbols=10, scenario=str(path)), NOW_MS)
    assert (len(venue.faults.rules), len(venue.neighbours), venue.jitter_s) == (3, 1, 0.08)


def test_every_kind_of_fault_is_explained() -> None:
    """And nothing that there is not."""
    table = PAGE.split("| kind | what happens |")[1].split("\n\n")[0]
    explained = {kind for line in table.splitlines()[2:] for kind in re.findall(r"`(\w+)`", line.split("|")[1])}
    assert explained == {*get_args(faults.RestKind), *get_args(faults.StreamKind)}
