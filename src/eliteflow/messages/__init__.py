"""Text that people read, in English and Chinese, chosen once for the process."""

import os
import tomllib
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "zh-CN")

_chosen: str | None = None


def text(key: str, **fields: object) -> str:
    """Return the sentence `key` (as `error.rate_limited`) in the process's language, its fields filled in.

    Raises KeyError for a key that the language's file lacks; a test proves that both files have the same keys.
    """
    return template(key).format(**fields)


def find_text(key: str) -> str | None:
    """Return the sentence `key`, which has no fields, or None if there is none, as of a rule that a user named."""
    return _catalog(language()).get(key)


def template(key: str) -> str:
    """Return the sentence `key` in the process's language with its fields still open."""
    return _catalog(language())[key]


def language() -> str:
    """Return the language in use: the one set, else `ELITEFLOW_LANG`, else the locale's, else English."""
    return _chosen or _from_environment()


def set_language(name: str | None) -> None:
    """Use the language called `name` (`en`, `zh-CN`, or anything that begins like one); None asks the environment."""
    global _chosen
    _chosen = None if name is None else _recognised(name)


def _from_environment() -> str:
    for variable in ("ELITEFLOW_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(variable):
            return _recognised(value)
    return "en"


def _recognised(name: str) -> str:
    return "zh-CN" if name.lower().startswith("zh") else "en"


@cache
def _catalog(name: str) -> dict[str, str]:
    raw = (files(__name__) / f"{name}.toml").read_text("utf-8")
    return {f"{area}.{key}": line for area, lines in tomllib.loads(raw).items() for key, line in lines.items()}
