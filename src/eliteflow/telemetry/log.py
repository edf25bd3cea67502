"""Events on the standard `logging`: one record is a sentence for people and a line of fields for machines.

The library sets no handler (DESIGN 20); `configure` is for the command line program.
"""

import logging
import time
from collections.abc import Mapping

import msgspec

from eliteflow.messages import text
from eliteflow.model.venue import SIMULATED
from eliteflow.telemetry.events import EVENTS

ROOT = "eliteflow"


class EventMessage:
    """The message of a log record: an event's name and fields, a sentence only when somebody reads it."""

    def __init__(self, event: str, fields: Mapping[str, object]) -> None:
        self.event = event
        self.fields = fields

    def __str__(self) -> str:
        return text(f"log.{self.event}", **_readable(self.fields))


def _readable(fields: Mapping[str, object]) -> Mapping[str, object]:
    """Return the fields with an emulator's name in the reader's language."""
    return {**fields, "venue": text("terminal.simulated")} if fields.get("venue") == SIMULATED else fields


class EventLog:
    """Where one class writes its events.

    name: the class's name; the standard logger is `eliteflow.<name>`.
    """

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(f"{ROOT}.{name}")

    def write(self, event: str, **fields: object) -> None:
        """Write an event at its own level; raise KeyError for one that `telemetry/events.py` does not list."""
        level = EVENTS[event].level
        if self._logger.isEnabledFor(level):
            self._logger.log(level, EventMessage(event, fields))


class JsonFormatter(logging.Formatter):
    """Writes each record as one JSON object: `ts level logger event` and the event's fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "ts": self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{record.msecs:03.0f}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if isinstance(record.msg, EventMessage):
            line |= {"event": record.msg.event} | dict(record.msg.fields)
        else:
            line["message"] = record.getMessage()
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode()


def configure(handler: logging.Handler, log_format: str, level: str) -> None:
    """Make `handler` the only one that writes eliteflow's records, as `text` or `json`, from `level` up."""
    handler.setFormatter(_formatter(log_format))
    logger = logging.getLogger(ROOT)
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False


def _formatter(log_format: str) -> logging.Formatter:
    formatter = JsonFormatter() if log_format == "json" else logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S")
    formatter.converter = time.gmtime
    return formatter
