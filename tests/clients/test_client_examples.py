"""The examples of docs/emulator.md, run as they stand but for the addresses."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.clients.conftest import Emulator

pytestmark = pytest.mark.loopback

PAGE = Path(__file__).parent.parent.parent / "docs" / "emulator.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("code", EXAMPLES, ids=["ccxt", "python-binance", "official-sdk"])
def test_an_example_runs(emulator: Emulator, code: str) -> None:
    """It prints candles of REST and of a stream, and ends."""
    code = code.replace("http://127.0.0.1:8080", emulator.rest_url).replace("ws://127.0.0.1:8081", emulator.ws_url)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) >= 2
