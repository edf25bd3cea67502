"""Asks a running program how it is."""

import aiohttp
import msgspec

from eliteflow.config import TelemetrySettings
from eliteflow.errors import NotRunning
from eliteflow.messages import text
from eliteflow.operations.watch.status_document import StatusDocument

ANSWER_WITHIN_S = 5.0
ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  # addresses that a server listens on, and nobody can ask


def status_url(settings: TelemetrySettings) -> str:
    """Return where a program with these settings, on this machine, serves its status."""
    host = "127.0.0.1" if settings.host in ANYWHERE else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


async def read_status(url: str) -> tuple[StatusDocument, str]:
    """Return the status of the program that serves at `url`, and its own JSON.

    Raises NotRunning if nobody answers there, or somebody else.
    """
    address = url.rstrip("/").removesuffix("/status")
    timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)
    try:
        # No proxy of the environment: what is asked runs here, or where its address says.
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(f"{address}/status") as response:
            body = await response.read()
            if response.status != 200:
                raise NotRunning(address, text("status.other_status", status=response.status))
        return msgspec.json.decode(body, type=StatusDocument), body.decode()
    except msgspec.MsgspecError as error:
        raise NotRunning(address, text("status.other_document")) from error
    except TimeoutError as error:
        raise NotRunning(address, text("unreachable.timed_out", timeout_s=ANSWER_WITHIN_S)) from error
    except (aiohttp.ClientError, ValueError, UnicodeError) as error:
        raise NotRunning(address, text("status.no_answer")) from error
