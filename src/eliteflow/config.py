"""One tree of settings: file, then environment, then flags; every value knows where it came from."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from eliteflow.errors import ConfigError
from eliteflow.messages import text
from eliteflow.model.timeframe import Timeframe
from eliteflow.secrecy import check_private, has_credentials, without_credentials, without_token
from eliteflow.setting_reference import Setting, described
from eliteflow.setting_sources import container_values, environment_values, file_values, settings_file

Environment = Literal["production", "testnet", "emulator"]
LogFormat = Literal["text", "json"]
Streams = Literal["5m", "all", "off"]
Trigger = Literal["close", "interval"]
Tidings = Literal["signals", "trouble", "day"]


class _Section(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class VenueSettings(_Section, frozen=True):
    """Which venue is spoken to, and through what."""

    environment: Annotated[Environment, Meta(description="which venue; sets the URLs that are not given")] = (
        "production"
    )
    rest_url: Annotated[str | None, Meta(description="REST address; by default the environment's")] = None
    ws_url: Annotated[str | None, Meta(description="WebSocket address; by default the environment's")] = None
    proxy: Annotated[
        str | None,
        Meta(description="`http://`, `https://` or `socks5://` proxy; by default `HTTPS_PROXY`, `ALL_PROXY`"),
    ] = None

    def __repr__(self) -> str:
        proxy = None if self.proxy is None else without_credentials(self.proxy)
        return (
            f"VenueSettings(environment={self.environment!r}, rest_url={self.rest_url!r}, ws_url={self.ws_url!r}, "
            f"proxy={proxy!r})"
        )


class UniverseSettings(_Section, frozen=True):
    """Which of the trading USDT perpetuals are watched."""

    include: Annotated[tuple[str, ...], Meta(description="only these symbols; empty means all")] = ()
    exclude: Annotated[tuple[str, ...], Meta(description="never these symbols")] = ()
    top: Annotated[Annotated[int, Meta(ge=1)] | None, Meta(description="only the N largest by 24 h quote volume")] = (
        None
    )
    refresh_s: Annotated[float, Meta(ge=10, description="seconds after which the list of contracts is read again")] = (
        3600
    )


class DataSettings(_Section, frozen=True):
    """Which candles are kept."""

    timeframes: Annotated[tuple[Timeframe, ...], Meta(min_length=1, description="bar lengths to keep")] = (
        Timeframe.H1,
        Timeframe.M15,
        Timeframe.M5,
    )
    limit: Annotated[int, Meta(ge=1, le=1500, description="closed bars asked for in each cycle")] = 50
    capacity_bars: Annotated[
        int, Meta(ge=128, le=8192, description="bars of each series that memory holds, at least `limit`")
    ] = 512
    history_bars: Annotated[
        int, Meta(ge=1, le=1500, description="closed bars of each series that are fetched in the background")
    ] = 499
    streams: Annotated[
        Streams, Meta(description="which klines a running program streams: `5m` and rolls up the longer, `all`, `off`")
    ] = "5m"
    include_forming: Annotated[bool, Meta(description="also return the bar in progress, marked in `closed`")] = False


class RestSettings(_Section, frozen=True):
    """How requests are sent."""

    max_in_flight: Annotated[int, Meta(ge=1, le=1000, description="requests under way at the same time, at most")] = 256
    tune_in_flight: Annotated[
        bool, Meta(description="keep fewer under way where the venue answers no more by more; `false` fixes the number")
    ] = True
    timeout_s: Annotated[float, Meta(gt=0, le=300, description="seconds for one answer")] = 10.0
    weight_share: Annotated[
        float, Meta(gt=0, le=1, description="part of the venue's weight limit that eliteflow may spend")
    ] = 0.9
    state_dir: Annotated[
        str | None,
        Meta(description="folder where your programs share weight and bans; by default the user's, empty: none"),
    ] = None


class StreamSettings(_Section, frozen=True):
    """How klines are streamed."""

    streams_per_connection: Annotated[int, Meta(ge=1, le=1000, description="streams on one connection")] = 200
    first_frame_s: Annotated[
        float, Meta(gt=0, description="seconds within which a new connection must bring its first frame")
    ] = 10.0
    stale_s: Annotated[
        float, Meta(gt=0, description="seconds of silence after which a connection or stream counts as dead")
    ] = 30.0
    rollover_h: Annotated[
        float, Meta(gt=0, lt=24, description="hours after which a connection is replaced, before the venue ends it")
    ] = 23.5


class CloseSettings(_Section, frozen=True):
    """How a bar's close is waited for."""

    verify_after_s: Annotated[
        float,
        Meta(
            ge=2,
            description="seconds after a close at which bars still missing are fetched; what no stream will bring at 2",
        ),
    ] = 3.0
    give_up_after_s: Annotated[
        float, Meta(ge=2, description="seconds after a close at which a cycle starts with what is missing named")
    ] = 5.0

    def __post_init__(self) -> None:
        """Refuse to give up before anything was verified."""
        if self.give_up_after_s < self.verify_after_s:
            raise ValueError(text("config.gives_up_early", after_s=self.verify_after_s, found_s=self.give_up_after_s))


class StoreSettings(_Section, frozen=True):
    """The disk cache."""

    enabled: Annotated[bool, Meta(description="keep candles on disk, so that a restart fetches only what is new")] = (
        True
    )
    path: Annotated[str | None, Meta(description="folder of the disk cache; by default the user's data folder")] = None


class BreakerSettings(_Section, frozen=True):
    """When requests are held back after failures."""

    failures: Annotated[int, Meta(ge=1, description="failures in a row that open the breaker")] = 5
    open_s: Annotated[float, Meta(gt=0, description="seconds it stays open before one probe is let through")] = 60.0


class SchedulerSettings(_Section, frozen=True):
    """How cycles follow each other."""

    batch_size: Annotated[int, Meta(ge=1, le=2000, description="symbols analysed and reported together")] = 64
    trigger: Annotated[
        Trigger, Meta(description="what starts a cycle: the `close` of the shortest bar, or an `interval`")
    ] = "close"
    interval_s: Annotated[float, Meta(gt=0, description="seconds from one cycle's start to the next")] = 300.0


class EngineSettings(_Section, frozen=True):
    """What is computed."""

    indicators: Annotated[
        tuple[str, ...], Meta(description="computed for every symbol beside the default set, as `ema_200`")
    ] = ()


class StrategySettings(_Section, frozen=True):
    """Who looks for signals."""

    names: Annotated[
        tuple[str, ...],
        Meta(description="built-in name, `module:Class`, or entry point of `eliteflow.strategies`; empty: none"),
    ] = ("trend_pullback",)
    expiry_bars: Annotated[
        int, Meta(ge=1, le=10_000, description="bars after which a signal that met neither stop nor target has expired")
    ] = 288


class TelemetrySettings(_Section, frozen=True):
    """How a running program can be watched."""

    enabled: Annotated[bool, Meta(description="serve `/metrics`, `/healthz`, `/readyz` and `/status` during `run`")] = (
        True
    )
    host: Annotated[str, Meta(description="address to serve on; anything but the loopback is open to others")] = (
        "127.0.0.1"
    )
    port: Annotated[
        int, Meta(ge=0, le=65535, description="port to serve on; one in use is passed over, 0 takes a free one")
    ] = 9530


class NotifySettings(_Section, frozen=True):
    """Who is told of what. The addresses hold tokens: they are never shown."""

    urls: Annotated[
        tuple[str, ...],
        Meta(description="where messages go, as apprise writes it: `discord://…`, `tgram://…`, `json://host/path`"),
    ] = ()
    events: Annotated[
        tuple[Tidings, ...],
        Meta(description="what is told: new `signals`, `trouble` and its end, the report of the `day`"),
    ] = ("signals", "trouble", "day")
    min_interval_s: Annotated[
        float, Meta(ge=1, description="seconds from one message to the next; what comes between goes into one")
    ] = 10.0

    def __repr__(self) -> str:
        urls = tuple(map(without_token, self.urls))
        return f"NotifySettings(urls={urls!r}, events={self.events!r}, min_interval_s={self.min_interval_s!r})"


class LogSettings(_Section, frozen=True):
    """How the log is written."""

    format: Annotated[LogFormat, Meta(description="`text` for people, `json` one object a line")] = "text"
    level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], Meta(description="the least severe level that is written")
    ] = "INFO"


class Settings(_Section, frozen=True):
    """Everything that can be set. Frozen; made by `load_settings`, or by hand from its sections."""

    venue: VenueSettings = VenueSettings()
    universe: UniverseSettings = UniverseSettings()
    data: DataSettings = DataSettings()
    rest: RestSettings = RestSettings()
    stream: StreamSettings = StreamSettings()
    close: CloseSettings = CloseSettings()
    store: StoreSettings = StoreSettings()
    breaker: BreakerSettings = BreakerSettings()
    scheduler: SchedulerSettings = SchedulerSettings()
    engine: EngineSettings = EngineSettings()
    strategy: StrategySettings = StrategySettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    notify: NotifySettings = NotifySettings()
    log: LogSettings = LogSettings()
    lang: Annotated[
        str, Meta(pattern="^(auto|en|zh-CN|zh)", description="language of what people read: `auto`, `en` or `zh-CN`")
    ] = "auto"


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings and, for each dotted key that is not a default, where its value came from."""

    settings: Settings
    origins: Mapping[str, str]


COMMAND_LINE = "command line"
SECRET_KEYS = frozenset({"notify.urls"})


def load_settings(
    path: Path | None = None,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> LoadedSettings:
    """Return the settings of the file `path`, overridden by the environment, overridden by `flags`.

    path: TOML; without it `ELITEFLOW_CONFIG`, else `eliteflow.toml` in the working folder if there is one.
    environment: variables as `ELITEFLOW_REST__WEIGHT_SHARE=0.8`; the process's own by default.
    flags: dotted key → value; None values are skipped.
    Raises ConfigError naming the key, what was wanted and what was found.
    """
    variables = os.environ if environment is None else environment
    file = settings_file(path, variables)
    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    for origin, key, value in (
        *container_values(variables),
        *(file_values(file) if file is not None else ()),
        *environment_values(variables, _list_keys()),
        *((COMMAND_LINE, key, value) for key, value in (flags or {}).items() if value is not None),
    ):
        values[key] = value
        origins[key] = origin
    if file is not None and any(origins[key] == str(file) and is_secret(key, value) for key, value in values.items()):
        check_private(file, str(file))
    return LoadedSettings(_convert(values, origins), origins)


def is_secret(key: str, value: object) -> bool:
    """Return whether the value of a key holds a password or a token."""
    if key in SECRET_KEYS:
        return bool(value)
    return key == "venue.proxy" and isinstance(value, str) and has_credentials(value)


def documented_settings() -> list[Setting]:
    """Return every key in the order of the tree, with its default and meaning."""
    return list(described(Settings, Settings()))


def _list_keys() -> frozenset[str]:
    return frozenset(setting.path for setting in documented_settings() if isinstance(setting.default, tuple))


def _convert(values: Mapping[str, object], origins: Mapping[str, str]) -> Settings:
    tree: dict[str, object] = {}
    for key, value in values.items():
        _refuse_unknown(key, origins[key])
        section, _, name = key.rpartition(".")
        if section:
            branch = tree.setdefault(section, {})
            assert isinstance(branch, dict)
            branch[name] = value
        else:
            tree[name] = value
    try:
        return msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise _refused(str(error), values, origins) from error


def _refuse_unknown(key: str, origin: str) -> None:
    known = [setting.path for setting in documented_settings()]
    if key in known:
        return
    nearest = get_close_matches(key, known, 1)
    hint = text("config.unknown_nearest", nearest=nearest[0]) if nearest else text("config.unknown")
    raise ConfigError(_place(key, origin), hint)


def _refused(message: str, values: Mapping[str, object], origins: Mapping[str, str]) -> ConfigError:
    place = re.search(r"`\$\.([\w.]+)", message)
    key = place[1] if place else ""
    wanted = next((setting.wanted for setting in documented_settings() if setting.path == key), None)
    if wanted is None:  # a section: what several of its keys say together
        return ConfigError(_place(key, ""), text("config.together", reason=message.rpartition(" - at ")[0]))
    found = "***" if key in SECRET_KEYS else repr(values.get(key))
    return ConfigError(_place(key, origins.get(key, "")), text("config.refused", wanted=wanted, found=found))


def _place(key: str, origin: str) -> str:
    return f"{key} ({origin})" if origin and origin != COMMAND_LINE else key
