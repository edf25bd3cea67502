"""The page that follows one candle names files and parts that are there, and its snippet prints what it says."""

import contextlib
import importlib
import io
import re
from pathlib import Path

import pytest

from tests.docs.test_readme import ROOT, blocks

PAGE = ROOT / "docs/life-of-a-candle.md"
NAMED = re.compile(r"`([\w/]+\.py)`(?: `([\w.]+)`)?")
MOST_STOPS = 8


def named() -> list[tuple[str, str]]:
    """Return every file that the page names, and the part of it that stands beside."""
    return sorted(set(NAMED.findall(PAGE.read_text("utf-8"))))


@pytest.mark.parametrize(("path", "part"), named())
def test_every_file_and_part_is_there(path: str, part: str) -> None:
    """A file that moved, or a class that has another name, has to be followed here."""
    assert (ROOT / "src/eliteflow" / path).is_file()
    found = importlib.import_module("eliteflow." + path.removesuffix(".py").replace("/", "."))
    for name in filter(None, part.split(".")):
        found = getattr(found, name)


def test_the_way_to_a_signal_is_short() -> None:
    """A newcomer reads eight files, each in its layer's order."""
    stops = re.findall(r"^\| \d \| `(\w+)/", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(stops) == MOST_STOPS
    layers = ["exchange", "pipeline", "scheduler"]
    assert [layers.index(stop) for stop in stops] == sorted(layers.index(stop) for stop in stops)


def test_the_snippet_prints_what_stands_below_it() -> None:
    """It runs as it is."""
    (snippet,), (wanted,) = blocks(PAGE, "python"), blocks(PAGE, "text")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(snippet, str(Path(PAGE.name)), "exec"), {})
    assert printed.getvalue() == wanted
