"""What `eliteflow explain` prints: what an event, error, reason, metric, status or setting means, and what to do."""

import inspect
import logging
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import NamedTuple

from eliteflow import errors
from eliteflow.config import documented_settings
from eliteflow.errors import InvalidArgument
from eliteflow.messages import template, text
from eliteflow.messages.explanations import KINDS, Explanation, explained
from eliteflow.operations.watch.troubles import BLOCKING, Reason
from eliteflow.setting_sources import variable_of
from eliteflow.telemetry.events import EVENTS
from eliteflow.telemetry.metrics import METRICS, PREFIX

SETTING = "setting"
ALIKE = 0.55  # `lmit` is like `data.limit`; below, short words look like anything
REFUSALS: Mapping[str, tuple[type[errors.EliteflowError], Reason]] = {
    "403": (errors.AccessDenied, Reason.DENIED),
    "418": (errors.IPBanned, Reason.BANNED),
    "429": (errors.RateLimited, Reason.RATE_LIMITED),
    "451": (errors.RestrictedLocation, Reason.RESTRICTED),
}
"""What the venue's refusals are called here, for whoever knows only the number."""
HISTOGRAM_SUFFIXES = ("_bucket", "_sum", "_count")


class Topic(NamedTuple):
    """One thing that can be explained."""

    kind: str
    name: str
    explanation: Explanation


def explain(word: str) -> str:
    """Return what `word` means; raise InvalidArgument with the nearest names for one that is not known.

    word: an event, an error's class, a reason of `/readyz`, a metric with or without its prefix, an exit status, the
        status of a refusal over HTTP, or a setting's key; in any case of letters.
    """
    wanted = _plain(word)
    names = {_plain(name) for name in _names(wanted)}
    found = [topic for topic in topics() if _plain(topic.name) in names]
    if not found:
        raise InvalidArgument("topic", found=word, wanted=_nearest(wanted))
    return "\n".join(_paragraph(topic) for topic in found)


def overview() -> str:
    """Return every name that can be explained, with its meaning, by kind."""
    parts = []
    for kind in (*KINDS, SETTING):
        lines = [f"  {topic.name:<26}  {topic.explanation.means}" for topic in topics() if topic.kind == kind]
        if lines:
            parts.append("\n".join((text(f"explain.{kind}_title"), *lines)) + "\n")
    return "\n".join(parts)


def topics() -> Iterator[Topic]:
    """Yield everything that can be explained."""
    for kind in KINDS:
        for name, explanation in explained(kind).items():
            yield Topic(kind, name, explanation)
    for setting in documented_settings():
        yield Topic(SETTING, setting.path, Explanation(setting.meaning, None))


def error_kinds() -> Mapping[str, type[errors.EliteflowError]]:
    """Return every error class that is raised itself, by name."""
    kinds = (kind for _, kind in inspect.getmembers(errors, inspect.isclass))
    return {
        kind.__name__: kind for kind in kinds if issubclass(kind, errors.EliteflowError) and "message_key" in vars(kind)
    }


def _names(word: str) -> Iterator[str]:
    """Yield what is explained for a word: itself, or for a refusal's number its error, exit status and reason."""
    if word not in REFUSALS:
        yield word
        return
    error, reason = REFUSALS[word]
    yield from (error.__name__, reason.value, str(error.exit_status))


def _plain(name: str) -> str:
    plain = name.lower().removeprefix(PREFIX)
    for suffix in HISTOGRAM_SUFFIXES:
        plain = plain.removesuffix(suffix)
    return plain


def _nearest(wanted: str) -> str:
    names = {_plain(topic.name): topic.name for topic in topics()}
    near = get_close_matches(wanted, names, 3, ALIKE)
    if not near:
        return text("explain.wanted")
    return text("explain.nearest", names=", ".join(names[name] for name in near))


def _paragraph(topic: Topic) -> str:
    lines = [text(f"explain.{topic.kind}", name=topic.name), f"  {topic.explanation.means}"]
    if topic.kind != SETTING:
        lines.append("  " + text("explain.advice", advice=topic.explanation.advice or text("explain.nothing")))
    lines.extend(f"  {line}" for line in _particulars(topic))
    return "\n".join(lines) + "\n"


def _particulars(topic: Topic) -> Iterator[str]:
    if topic.kind == "event":
        event = EVENTS[topic.name]
        yield text("explain.level", level=logging.getLevelName(event.level).lower())
        yield text("explain.sentence", sentence=template(f"log.{topic.name}"))
        if event.fields:
            yield text("explain.fields", fields=" ".join(event.fields))
    elif topic.kind == "metric":
        yield text("explain.metric_kind", kind=METRICS[topic.name].kind)
        for label, values in METRICS[topic.name].labels:
            yield text("explain.label", label=label, values=values)
    elif topic.kind == "reason":
        yield text("explain.blocks" if topic.name in BLOCKING else "explain.bears")
    elif topic.kind == SETTING:
        yield from _of_setting(topic.name)
    elif topic.kind == "error":
        kind = error_kinds()[topic.name]
        yield text("explain.status", status=kind.exit_status)
        yield text("explain.sentence", sentence=template(f"error.{kind.message_key}"))


def _of_setting(path: str) -> Iterator[str]:
    setting = next(setting for setting in documented_settings() if setting.path == path)
    yield text("explain.accepts", accepts=setting.wanted)
    yield text("explain.default", default=setting.default_text or text("explain.unset"))
    yield text("explain.variable", variable=variable_of(path))
