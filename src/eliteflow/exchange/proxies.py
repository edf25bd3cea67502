"""Which proxy a host is reached through: the setting, else the usual environment variables. Pure."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from eliteflow.errors import ConfigError
from eliteflow.messages import text

SCHEMES = ("http", "https", "socks4", "socks5", "socks5h")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy server. Its `str` and `repr` never show the credentials."""

    scheme: str
    host: str
    port: int
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        mask = "***@" if self.username is not None else ""
        return f"{self.scheme}://{mask}{self.host}:{self.port}"

    @property
    def is_socks(self) -> bool:
        """Whether connections are tunnelled by SOCKS, and not by HTTP."""
        return self.scheme.startswith("socks")

    @property
    def address(self) -> str:
        """The proxy's URL without credentials."""
        return f"{self.scheme}://{self.host}:{self.port}"

    def authorization(self) -> dict[str, str]:
        """Return the header with the credentials for an HTTP proxy, empty where there are none."""
        if self.username is None:
            return {}
        credentials = f"{self.username}:{self.password or ''}".encode()
        return {"Proxy-Authorization": f"Basic {base64.b64encode(credentials).decode()}"}


def choose_proxy(base_url: str, setting: str | None, environment: Mapping[str, str]) -> Proxy | None:
    """Return the proxy for `base_url`, None for a direct connection.

    setting: as `[venue] proxy`; it wins over everything, an empty text means none.
    environment: `HTTPS_PROXY` or `HTTP_PROXY` by the URL's scheme, then `ALL_PROXY`, unless `NO_PROXY` names the
        host; lower-case names win. The loopback is never reached through a proxy of the environment.
    Raises ConfigError for one that cannot be used; the message has no credentials.
    """
    if setting is not None:
        return parse_proxy(setting, "venue.proxy") if setting else None
    url = urlsplit(base_url)
    if is_loopback(url.hostname or "") or _is_exempt(url, _variable(environment, "no_proxy")):
        return None
    for name in (f"{url.scheme}_proxy", "all_proxy"):
        if value := _variable(environment, name):
            return parse_proxy(value, name.upper())
    return None


def parse_proxy(value: str, path: str) -> Proxy:
    """Return the proxy that `value` names; without a scheme it is `http`. path: the key to blame in a ConfigError."""
    try:
        url = urlsplit(value if "://" in value else f"http://{value}")
        port = url.port or _default_port(url.scheme)
    except ValueError:
        raise ConfigError(path, text("config.proxy", schemes=", ".join(SCHEMES))) from None
    if url.scheme not in SCHEMES or not url.hostname:
        raise ConfigError(path, text("config.proxy", schemes=", ".join(SCHEMES)))
    # The proxy resolves names itself in either case: a local resolver is often what has to be avoided.
    scheme = "socks5" if url.scheme == "socks5h" else url.scheme
    return Proxy(scheme, url.hostname, port, _decoded(url.username), _decoded(url.password))


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _variable(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name) or environment.get(name.upper()) or ""


def _is_exempt(url: SplitResult, no_proxy: str) -> bool:
    """Return whether `no_proxy` names the host: `*`, a host, a domain with all below it, each also with a port."""
    host = url.hostname or ""
    names = {host, f"{host}:{url.port or _default_port(url.scheme)}"}
    for entry in (word.strip().lower().lstrip(".") for word in no_proxy.split(",")):
        if entry == "*" or (entry and any(name == entry or name.endswith(f".{entry}") for name in names)):
            return True
    return False


def _default_port(scheme: str) -> int:
    return {"http": 80, "https": 443}.get(scheme, 1080)


def _decoded(part: str | None) -> str | None:
    return None if part is None else unquote(part)
