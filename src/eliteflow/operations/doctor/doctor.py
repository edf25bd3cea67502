"""`eliteflow doctor`: what stands between this machine and the candles, check by check.

Machine, way and venue are looked at side by side; what needs a check that has failed is skipped and says so.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from eliteflow.config import Settings
from eliteflow.errors import ConfigError, EliteflowError, ExchangeUnreachable, RateLimited, RequestRejected
from eliteflow.exchange import endpoints
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.exchange.credentials import load_credentials
from eliteflow.exchange.proxies import choose_proxy
from eliteflow.exchange.streams.picows_frames import PicowsFrames
from eliteflow.exchange.transport import FrameSource
from eliteflow.messages import text
from eliteflow.model.venue import SIMULATED
from eliteflow.operations.doctor.diagnosis import Diagnosis, Finding, State, failed, skipped, skipped_after, warning
from eliteflow.operations.doctor.doctor_machine import check_state, check_store, check_versions
from eliteflow.operations.doctor.doctor_network import (
    UNREACHABLE,
    MachineNetwork,
    Network,
    check_name,
    check_proxy,
    check_tls,
)
from eliteflow.operations.doctor.doctor_notices import check_notices
from eliteflow.operations.doctor.doctor_stream import check_stream
from eliteflow.operations.doctor.doctor_venue import (
    ANSWER_CHECKS,
    SETTINGS_ARE_WRONG,
    judge_answers,
    judge_clock,
    judge_key_refusal,
    judge_permissions,
    judge_refusal,
    judge_weight,
)
from eliteflow.operations.notices.notifier import Sink

NETWORK_DEADLINE_S, NOTICES_DEADLINE_S = 5.0, 25.0
AFTER_ANSWER = ("clock", "weight", "stream", "keys")


class Doctor:
    """Examines the way from this machine to the venue of `settings`.

    environment: where proxies and keys are looked for. client: who asks the venue.
    sinks: who gets a test message; None: nobody does.
    network, source: for tests; by default the machine's network, and the settings' stream host.
    Raises ConfigError for an address or a proxy that cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        client: BinanceClient,
        *,
        sinks: Sequence[Sink] | None = None,
        network: Network | None = None,
        source: FrameSource | None = None,
    ) -> None:
        self._settings = settings
        self._environment = environment
        self._client = client
        self._sinks = sinks
        self._network = network or MachineNetwork()
        self._source = source or _stream_source(settings)
        self._url = endpoints.rest_url(settings.venue)
        self._proxy = choose_proxy(self._url, settings.venue.proxy, environment)
        # An answer may be asked for more than once; what takes longer than two timeouts is no answer.
        self._venue_deadline_s = 2 * settings.rest.timeout_s
        self._stream_deadline_s = 2 * settings.stream.first_frame_s + 1

    async def examine(self) -> Diagnosis:
        """Make every check and return what was found; raises nothing for what is broken."""
        async with asyncio.TaskGroup() as tasks:
            machine = tasks.create_task(self._machine())
            way = tasks.create_task(self._way_and_venue())
            notices = check_notices(len(self._settings.notify.urls), self._sinks)
            told = tasks.create_task(self._within(NOTICES_DEADLINE_S, "notices", notices))
        return Diagnosis(self._client.venue, (*machine.result(), *way.result(), told.result()))

    async def _machine(self) -> list[Finding]:
        checks: list[Callable[[], Finding]] = [
            check_versions,
            partial(check_store, self._settings, self._client.host),
            partial(check_state, self._settings, self._client.host),
        ]
        loop = asyncio.get_running_loop()
        return [await loop.run_in_executor(None, check) for check in checks]

    async def _way_and_venue(self) -> list[Finding]:
        way = await self._way()
        broken = _first_failure(way)
        if broken is not None:
            return [*way, *(skipped_after(check, broken) for check in (*ANSWER_CHECKS, *AFTER_ANSWER))]
        answers = await self._answers()
        refused = _first_failure(answers)
        if refused is not None:
            return [*way, *answers, *await self._after_refusal(refused)]
        async with asyncio.TaskGroup() as tasks:
            others = [
                tasks.create_task(self._within(deadline_s, check, make()))
                for check, deadline_s, make in (
                    ("weight", self._venue_deadline_s, self._weight),
                    ("stream", self._stream_deadline_s, self._stream),
                    ("keys", self._venue_deadline_s, self._keys),
                )
            ]
        clock = judge_clock(self._client.snapshot().machine_offset_ms)
        return [*way, *answers, clock, *(other.result() for other in others)]

    async def _after_refusal(self, refused: Finding) -> list[Finding]:
        """Return the other checks: a REST host that is down says nothing of streams, a refusal is one of all."""
        found = {check: skipped_after(check, refused) for check in AFTER_ANSWER}
        if refused.check == "rest":
            found["stream"] = await self._within(self._stream_deadline_s, "stream", self._stream())
        return list(found.values())

    async def _way(self) -> list[Finding]:
        """Return proxy, name and TLS, one after another: each stands on the one before."""
        found: list[Finding] = []
        for check, make in (
            ("proxy", partial(check_proxy, self._network, self._proxy)),
            ("dns", partial(check_name, self._network, self._url, self._proxy)),
            ("tls", partial(check_tls, self._network, self._url, self._proxy)),
        ):
            broken = _first_failure(found)
            if broken is not None:
                found.append(skipped_after(check, broken))
            else:
                found.append(await self._within(NETWORK_DEADLINE_S, check, make()))
        return found

    async def _answers(self) -> tuple[Finding, ...]:
        """Learn the venue's time, which opens a connection, then time one more request."""
        clock = self._client.clock
        try:
            async with asyncio.timeout(self._venue_deadline_s):
                await self._client.synchronise_clock()
                sent_s = clock.steady_s()
                await self._client.get_server_time()
                return judge_answers(clock.steady_s() - sent_s)
        except EliteflowError as error:
            return judge_refusal(error, was_sent=self._client.spend().requests > 0)
        except TimeoutError:
            return judge_refusal(self._silence(), was_sent=True)

    def _silence(self) -> EliteflowError:
        """Return why no answer came in time: the venue told all requests to wait, or it said nothing."""
        host, held_s = self._client.host, self._client.budget.held_s
        if held_s:
            return RateLimited(host, held_s)
        return ExchangeUnreachable(host, text("unreachable.timed_out", timeout_s=self._venue_deadline_s))

    async def _weight(self) -> Finding:
        await self._client.fetch_instruments()  # tells the limit
        return judge_weight(self._client.snapshot().weight)

    async def _stream(self) -> Finding:
        if self._settings.data.streams == "off":
            return skipped("stream", text("doctor.switched_off", setting="data.streams"))
        if self._source is None:
            return warning("stream", text("doctor.stream_no_url"), text("config.ws_url_alone"))
        return await check_stream(self._source, self._client.clock, self._settings.stream.first_frame_s)

    async def _keys(self) -> Finding:
        try:
            if load_credentials(self._environment) is None:
                return skipped("keys", text("doctor.keys_none"))
            return judge_permissions(await self._client.fetch_key_permissions())
        except ConfigError as error:
            return failed("keys", f"{error.path} {error.reason}", text("doctor.keys_advice"), SETTINGS_ARE_WRONG)
        except RequestRejected as error:
            return judge_key_refusal(error, is_simulated=self._client.venue == SIMULATED)

    async def _within(self, deadline_s: float, check: str, finding: Awaitable[Finding]) -> Finding:
        try:
            async with asyncio.timeout(deadline_s):
                return await finding
        except TimeoutError:
            advice = text("doctor.timed_out_advice")
            return failed(check, text("unreachable.timed_out", timeout_s=deadline_s), advice, UNREACHABLE)
        except EliteflowError as error:
            return failed(check, str(error), text("doctor.timed_out_advice"), error.exit_status)


def _stream_source(settings: Settings) -> FrameSource | None:
    """Return where streams come from, None where only a REST address of one's own is known."""
    venue = settings.venue
    if venue.rest_url is not None and venue.ws_url is None:
        return None
    return PicowsFrames(endpoints.ws_url(venue), proxy=venue.proxy)


def _first_failure(findings: Sequence[Finding]) -> Finding | None:
    return next((finding for finding in findings if finding.state is State.FAILED), None)
