"""What the pages for users promise is there: commands, names, links, and snippets that really run."""

import ast
import asyncio
import contextlib
import inspect
import io
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Awaitable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import CodeType

import click
import pytest

import eliteflow
from eliteflow.cli import cli
from eliteflow.exchange import endpoints
from eliteflow.telemetry.events import EVENTS

ROOT = Path(__file__).parent.parent.parent
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
GUIDES = [page for page in sorted(ROOT.glob("docs/*.md")) if page.name.split(".")[0] in ("deploy", "tutorial")]
OLD_USERS = (ROOT / "docs/from-v3.20.md", ROOT / "docs/from-v3.20.zh-CN.md")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
IMAGE = "eliteflow:local"
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CELL = re.compile(r"(?<!\\)\|")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# What the snippets of the page for old users take as given, from the sentence above them.
GIVEN = """
from eliteflow import BinanceClient, EliteTechnicalEngine, UnifiedDataPipeline, WebSocketManager

symbols = ["BTCUSDT", "ETHUSDT"]
client = BinanceClient()
pipeline, engine = UnifiedDataPipeline(client), EliteTechnicalEngine()
market = await pipeline.batch_get_multi_timeframe_data([*symbols, "NOPEUSDT"], limit=99)
df = market["BTCUSDT"]["1h"]
"""


class UsersClient:
    """A user's own client; its method has the name that the README's example calls."""

    def __init__(self) -> None:
        self._client = eliteflow.BinanceClient()

    async def futures_klines(self, symbol: str, interval: str, limit: int) -> list[list[object]]:
        """Return the venue's raw rows."""
        return await self._client.get_klines(symbol, interval, limit)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of one language."""
    return [found[2] for found in FENCED.finditer(page.read_text("utf-8")) if found[1] == language]


def commands(page: Path) -> list[list[str]]:
    """Return every shell command of a page, as words, its comment left out."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def cells(page: Path) -> list[int]:
    """Return how many cells each row of a page's tables has."""
    return [len(CELL.findall(line)) for line in page.read_text("utf-8").splitlines() if line.startswith("|")]


def compiled(snippet: str) -> CodeType:
    """Return a snippet as a notebook compiles it: `await` may stand alone."""
    return compile(snippet, "<snippet>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def run(*snippets: str, **given: object) -> dict[str, object]:
    """Run snippets one after another, those with an `await` inside a running loop, and return their names."""
    names: dict[str, object] = {"__name__": "__main__", **given}
    codes = [compiled(snippet) for snippet in snippets]
    if not any(code.co_flags & inspect.CO_COROUTINE for code in codes):
        for code in codes:
            exec(code, names)
        return names

    async def cells() -> None:
        for code in codes:
            result = eval(code, names)
            if isinstance(result, Awaitable):
                await result
        for client in names.values():  # a notebook's loop would go on; this one ends
            if isinstance(client, eliteflow.BinanceClient | UsersClient):
                await client.aclose()

    asyncio.run(cells())
    return names


@pytest.fixture(scope="module")
def emulator_url() -> Iterator[str]:
    """The REST address of a small venue, a process of its own."""
    command = "-m eliteflow emulator --port 0 --latency-ms 0 --symbols 20 --exit-with-parent"
    with subprocess.Popen([sys.executable, *command.split()], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield str(json.loads(process.stdout.readline())["rest_url"])
        finally:
            process.terminate()


@pytest.fixture
def venue(emulator_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `BinanceClient()`, as users write it, speak to the emulator."""
    monkeypatch.setitem(endpoints.REST_URLS, "production", emulator_url)


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_the_first_two_commands_of_a_readme_are_targets_of_the_makefile(page: Path) -> None:
    """A newcomer types what stands first."""
    assert commands(page)[:2] == [["make", "run"], ["make", "test"]]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for _, target in [words for words in commands(page) if words[0] == "make"]:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@pytest.mark.parametrize(
    "chinese", [page for page in (*READMES, *GUIDES) if "zh-CN" in page.name], ids=lambda p: p.name
)
def test_both_languages_have_the_same_commands_and_the_same_code(chinese: Path) -> None:
    """Only words differ between them."""
    english = chinese.with_name(chinese.name.replace(".zh-CN", ""))
    assert commands(english) == commands(chinese)
    same = [[ast.dump(ast.parse(snippet)) for snippet in blocks(page, "python")] for page in (english, chinese)]
    assert same[0] == same[1]
    assert cells(english) == cells(chinese)


def test_both_pages_for_old_users_have_the_same_code_and_name_the_same_things() -> None:
    """Rows and snippets are the same in both languages; the words between them are not compared."""
    english, chinese = OLD_USERS
    assert [ast.dump(ast.parse(snippet)) for snippet in blocks(english, "python")] == [
        ast.dump(ast.parse(snippet)) for snippet in blocks(chinese, "python")
    ]
    assert cells(english) == cells(chinese)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_eliteflow_command_of_a_page_is_accepted(page: Path) -> None:
    """Commands, flags and arguments exist, those behind the name of the image too; nothing is run."""
    direct = [words[1:] for words in commands(page) if words[0] == "eliteflow"]
    by_image = [words[words.index(IMAGE) + 1 :] for words in commands(page) if words[:2] == ["docker", "run"]]
    for name, *arguments in [*direct, *filter(None, by_image)]:
        cli.commands[name].make_context(name, arguments, click.Context(cli))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    """No link is dead; links to other hosts are not followed."""
    for link in LINK.findall(page.read_text("utf-8")):
        target, _, anchor = link.partition("#")
        if "://" in target:
            continue
        found = page.parent / target if target else page
        assert found.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", found.read_text("utf-8"), re.MULTILINE)
            assert anchor in [heading.lower().replace(" ", "-") for heading in headings], link


@pytest.mark.parametrize("page", OLD_USERS, ids=lambda page: page.name)
def test_every_file_named_for_old_users_exists(page: Path) -> None:
    """A path in the table of parts is one below src/eliteflow."""
    named = re.findall(r"`([a-z_0-9]+/[\w/.-]+\.\w+|cli\.py)`", page.read_text("utf-8"))
    assert len(named) > 15
    assert [path for path in named if not (ROOT / "src/eliteflow" / path).is_file()] == []


@pytest.mark.parametrize("page", OLD_USERS, ids=lambda page: page.name)
def test_every_event_of_a_log_line_for_old_users_exists(page: Path) -> None:
    """Loggers and events in the table of log lines are real ones."""
    rows = re.findall(r"\| `eliteflow\.(\w+)` \| `([\w.]+)` \|", page.read_text("utf-8"))
    assert len(rows) == 4
    assert {event for _, event in rows} <= EVENTS.keys()
    assert {name for name, _ in rows} <= set(eliteflow.__all__)


@pytest.mark.emulator
@pytest.mark.usefixtures("venue")
@pytest.mark.parametrize("number", range(len(blocks(READMES[0], "python"))))
def test_every_snippet_of_the_readme_runs(number: int) -> None:
    """Copied into a script or a notebook it does what it says; the Chinese one is the same code."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        names = run(blocks(READMES[0], "python")[number], binance=UsersClient())
    if number == 0:
        assert "plus_di" in printed.getvalue()
    elif "market" in names:
        market = names["market"]
        assert isinstance(market, dict)
        assert set(market["BTCUSDT"]) == {"1h", "15m", "5m"}
    else:
        assert printed.getvalue().startswith("20 0 ")


@pytest.mark.emulator
@pytest.mark.usefixtures("venue")
def test_every_snippet_for_old_users_runs_on_what_the_page_takes_as_given() -> None:
    """The new way works as written, and the names that it makes are what the page says they are."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        names = run(GIVEN, *blocks(OLD_USERS[0], "python"), datetime=datetime, UTC=UTC)
    assert "NOPEUSDT UnknownSymbol False" in printed.getvalue()
    assert names["strongest"] in ("BTCUSDT", "ETHUSDT")
