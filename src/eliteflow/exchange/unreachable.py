"""Why there is no answer, in a few words: the same for requests and streams."""

import errno
import socket
import ssl

from eliteflow.messages import text


def unreachable_reason(error: Exception, timeout_s: float) -> str:
    """Return why no connection came about, or none that held, within `timeout_s`."""
    match error:
        case TimeoutError():
            return text("unreachable.timed_out", timeout_s=timeout_s)
        case socket.gaierror():
            return text("unreachable.unresolved")
        case ssl.SSLError():
            return text("unreachable.tls", reason=system_reason(error))
        case ConnectionRefusedError():
            return text("unreachable.refused")
        case ConnectionError() | OSError(errno=errno.ECONNRESET | errno.EPIPE):
            return text("unreachable.reset")
        case _:
            return text("unreachable.other", reason=system_reason(error))


def system_reason(error: BaseException) -> str:
    """Return the system's own words for an error, else the error's, else its kind."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
