"""What each event, error, reason, metric and exit status means and what to do about it, in the process's language.

Meanings of settings stand here in other languages alone: the English ones are beside the settings in config.py.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from eliteflow.messages import language

KINDS = ("event", "error", "reason", "metric", "exit_status")


class Explanation(NamedTuple):
    """means: what a name stands for. advice: what to do about it, None where there is nothing to do."""

    means: str
    advice: str | None


def explained(kind: str) -> Mapping[str, Explanation]:
    """Return every explanation of one of `KINDS`, or of `setting`, by name, in the order of the file."""
    return _catalog(language()).get(kind, {})


@cache
def _catalog(name: str) -> dict[str, dict[str, Explanation]]:
    raw = (files("eliteflow.messages") / "explanations" / f"{name}.toml").read_text("utf-8")
    return {
        kind: {key: Explanation(entry["means"], entry.get("do")) for key, entry in entries.items()}
        for kind, entries in tomllib.loads(raw).items()
    }
