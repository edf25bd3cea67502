"""Every fault of the venue, as a table: what is sent and when, the typed error, the sentence in both languages."""

from collections.abc import Sequence
from typing import NamedTuple

from eliteflow.emulator.faults import FaultRule, RestKind, spoil
from eliteflow.emulator.messages import Request, Response, error_body
from eliteflow.errors import (
    AccessDenied,
    EliteflowError,
    ExchangeUnreachable,
    IPBanned,
    MalformedPayload,
    RateLimited,
    RequestRejected,
    RestrictedLocation,
)

START_MS = 1_795_420_810_000  # 2026-11-23 08:00:10 UTC
BANNED = b'{"code":-1003,"msg":"Way too many requests; IP(1.2.3.4) banned until %d. Please use the websocket."}'
GOOD = Response(200, b'[[1795420800000,"1","2","0.5","1.5","10",1795424399999,"15",3,"4","6","0"]]', used_weight=1)
BACKOFF_S = (0.2, 0.4, 0.8)
JITTER_S = 0.2


class FaultyVenue:
    """Answers with one fault as often as told, then well."""

    def __init__(self, fault: Response, times: int) -> None:
        self.fault = fault
        self.times = times

    def handle(self, request: Request, now_ms: int) -> Response:
        """Answer a request."""
        self.times -= 1
        return self.fault if self.times >= 0 else GOOD


class Case(NamedTuple):
    """One row of the table. pauses_s: before each repetition while the fault stays. passes: whether one that passes is
    survived, after the first of the pauses. stops_s: for how long nothing at all is sent afterwards.
    """

    name: str
    fault: Response
    kind: type[EliteflowError]
    english: str
    chinese: str
    pauses_s: Sequence[float] = ()
    stops_s: float = 0.0
    status: int = 3

    @property
    def passes(self) -> bool:
        """Whether the user notices nothing of one such answer."""
        return bool(self.pauses_s)


def emulated(kind: RestKind) -> Response:
    """The answer that the emulator's fault of this kind makes of a good one."""
    return spoil(FaultRule(kind=kind), GOOD, 0.0)


def refused(status: int, code: int, message: str, **headers: str) -> Response:
    """An answer in the venue's own form."""
    return Response(status, error_body(code, message), tuple(headers.items()))


WORDS: tuple[tuple[str, RestKind, str, str], ...] = (
    ("500", "500", "answered 500: An unknown error occurred", "返回 500：An unknown error"),
    (
        "503 A, execution unknown",
        "503a",
        "answered 503: Unknown error, please check",
        "返回 503：Unknown error",
    ),
    ("503 B, failed", "503b", "answered 503: Internal error; unable to process", "返回 503：Internal error"),
    (
        "503 C, throttled",
        "503c",
        "answered 503: Request throttled by system-level",
        "返回 503：Request throttled",
    ),
    ("408", "408", "answered 408: Timeout waiting for response", "返回 408：Timeout waiting"),
    ("reset", "reset", "cannot be reached: connection reset", "无法连接 emulator：连接被重置"),
    ("truncated", "truncated", "the answer broke off or is damaged", "应答中断或已损坏"),
)
CASES = (
    Case(
        *(
            "429",
            emulated("429"),
            RateLimited,
            "(429, rate limit): other programs on this address",
            "（429，频率限制）",
        ),
        pauses_s=(50.1, 60.0),
        status=4,
    ),
    Case(
        *("429 Retry-After", refused(429, -1003, "Too many requests", **{"Retry-After": "7"})),
        RateLimited,
        "refuses requests for 7.0 s (429",
        "在 7.0 秒内拒绝请求（429",
        pauses_s=(7.0, 7.0),
        status=4,
    ),
    Case(
        *("429 Retry-After, long", refused(429, -1003, "Too many requests", **{"Retry-After": "600"})),
        RateLimited,
        "refuses requests for 600.0 s (429",
        "在 600.0 秒内拒绝请求（429",
        stops_s=600,
        status=4,
    ),
    Case(
        *("-1003 without 429", refused(400, -1003, "Too many requests; current limit is 2400."), RateLimited),
        *("(429, rate limit)", "（429，频率限制）"),
        pauses_s=(50.1, 60.0),
        status=4,
    ),
    Case(
        *("418", Response(418, BANNED % (START_MS + 120_000)), IPBanned),
        "banned this address until 2026-11-23 08:02:10 UTC (418), held for 120.0 s. Nothing is sent before",
        "已封禁本机地址至 2026-11-23 08:02:10 UTC（418），还需等待 120.0 秒",
        stops_s=120,
        status=4,
    ),
    Case(
        *("418 Retry-After", refused(418, -1003, "Way too much request weight used", **{"Retry-After": "300"})),
        IPBanned,
        "until 2026-11-23 08:05:10 UTC (418), held for 300.0 s",
        "还需等待 300.0 秒",
        stops_s=300,
        status=4,
    ),
    Case(
        *("403 HTML", emulated("403"), AccessDenied, "refused the request at its firewall (403)", "防火墙拒绝了请求"),
        stops_s=60,
        status=6,
    ),
    Case(
        *("451", emulated("451"), RestrictedLocation),
        "does not serve this location (451). Run from a permitted region, or through a proxy there (--proxy); to try "
        "eliteflow here, add --emulator",
        "不向本地区提供服务（451）。请在允许的地区运行，或使用该地区的代理（--proxy）；想在此试用可加 --emulator",
        stops_s=60,
        status=5,
    ),
    *(
        Case(name, emulated(kind), ExchangeUnreachable, english, chinese, pauses_s=BACKOFF_S)
        for name, kind, english, chinese in WORDS
    ),
    Case(
        *(
            "timeout",
            emulated("hang"),
            ExchangeUnreachable,
            "timed out after 10 s. Check the connection",
            "10 秒内无应答",
        ),
        pauses_s=(10.2,),
    ),
    Case(
        *("malformed", emulated("malformed"), MalformedPayload),
        *("The answer to klines $[0][5] is not what the venue documents", "klines $[0][5] 的应答不符合交易所文档"),
        pauses_s=(0.2,),
    ),
    Case(
        *("-1120", refused(400, -1120, "Invalid interval."), RequestRejected),
        *(
            "rejected /fapi/v1/klines: Invalid interval. (code -1120)",
            "交易所拒绝了 /fapi/v1/klines：Invalid interval.",
        ),
    ),
)
