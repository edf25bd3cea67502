"""A run as people watch it: over HTTP, with `eliteflow status`, and by what a webhook gets."""

import asyncio
import contextlib
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from eliteflow.operations.emulator_process import emulator_process
from tests.emulator.program import control, eliteflow

pytestmark = pytest.mark.emulator


class Run(NamedTuple):
    """A run that has finished its first cycle. address: where it is watched."""

    process: "subprocess.Popen[str]"
    address: str

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of an answer."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=10) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def logged(self, event: str) -> dict[str, object]:
        """Return the next line of this event."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if (found := json.loads(line))["event"] == event:
                return dict(found)
        raise AssertionError(f"ended without {event}")


@contextlib.contextmanager
def running(*words: str, waits_for: str = "cycle.finished", **variables: str) -> Iterator[Run]:
    """A run over four symbols, with a cycle each second, that has said what is waited for."""
    command = ("run", *words, "--symbols", "4", "--interval", "1", "--log-format", "json")
    process = subprocess.Popen(
        [sys.executable, "-m", "eliteflow", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
    )
    run = Run(process, "")
    try:
        heard = run.logged("telemetry.listening")
        run = run._replace(address=str(heard["address"]))
        run.logged(waits_for)
        yield run
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, err.strip()) == (130, "")
    assert json.loads(out.splitlines()[-1])["event"] == "run.stopped"


@contextlib.contextmanager
def webhook() -> Iterator[tuple[int, list[dict[str, str]], threading.Event]]:
    """A server that keeps the documents it gets: its port, these, and whether there is one."""
    documents: list[dict[str, str]] = []
    got = threading.Event()

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            documents.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()
            got.set()

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1], documents, got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_run_serves_its_health_metrics_and_status() -> None:
    """And `eliteflow status` reads it, in both languages; when it has ended, that is one sentence and status 3."""
    with running("--emulator", "--telemetry-port", "0") as run:
        assert run.get("/healthz")[0] == 200
        status, body = run.get("/readyz")
        assert (status, json.loads(body)["ready"]) == (200, True)
        assert "\neliteflow_ready 1.0\n" in run.get("/metrics")[1]
        assert json.loads(run.get("/status")[1])["last_cycle"]["succeeded"] == 4
        shown = eliteflow("status", run.address)
        assert (shown.status, shown.err) == (0, "")
        assert "[SIMULATED]: ready" in shown.out
        assert "[模拟行情]：就绪" in eliteflow("status", run.address, ELITEFLOW_LANG="zh-CN").out
        port = run.address.rpartition(":")[2]
        document = json.loads(eliteflow("status", "--telemetry-port", port, "--format", "json").out)
        assert document["venue"] == "SIMULATED"
    gone = eliteflow("status", "--telemetry-port", port)
    assert (gone.status, gone.out) == (3, "")
    assert gone.err.startswith(f"eliteflow: No eliteflow answers at http://127.0.0.1:{port}: no answer. Start one")
    gone = eliteflow("status", "--telemetry-port", port, ELITEFLOW_LANG="zh-CN")
    assert f"http://127.0.0.1:{port} 没有正在运行的 eliteflow：无应答" in gone.err


def test_a_ban_at_the_start_is_waited_out(tmp_path: Path) -> None:
    """The process lives and is not ready, with the seconds left; then it runs as if nothing had been."""
    with asyncio.Runner() as runner:
        manager = emulator_process(("--symbols", "4", "--latency-ms", "0"))
        venue = runner.run(manager.__aenter__())
        control(venue, "POST", "/fault", {"kind": "418", "count": 1, "for_s": 3})
        words = ("--rest-url", venue.rest_url, "--ws-url", venue.ws_url, "--telemetry-port", "0")
        with running(*words, waits_for="run.waiting", ELITEFLOW_REST__STATE_DIR=str(tmp_path)) as run:
            assert run.get("/healthz")[0] == 200
            status, body = run.get("/readyz")
            reasons = {reason["reason"]: reason for reason in json.loads(body)["reasons"]}
            assert status == 503
            assert 0 < reasons["banned"]["retry_after_s"] <= 3
            assert "has banned this address until" in reasons["banned"]["message"]
            run.logged("cycle.finished")
            assert json.loads(run.get("/readyz")[1])["ready"]
        runner.run(manager.__aexit__(None, None, None))


def test_signals_reach_a_webhook_whose_address_is_never_shown() -> None:
    """One message for all new signals of a cycle, and it says that they are simulated."""
    with webhook() as (port, documents, got):
        url = f"json://127.0.0.1:{port}/secret-token"
        strategy = ("--strategy", "tests.unit.scheduler.strategies:Eager")
        with running("--emulator", "--telemetry-port", "0", *strategy, ELITEFLOW_NOTIFY__URLS=url) as run:
            assert got.wait(10)
            assert "secret-token" not in run.get("/status")[1] + run.get("/metrics")[1]
    assert documents[0]["title"] == "eliteflow [SIMULATED]: 4 new signals"
    assert documents[0]["message"].count(" long eager: entry ") == 4
