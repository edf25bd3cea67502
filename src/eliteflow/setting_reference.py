"""What each key of a tree of settings means and accepts, read from its types."""

from collections.abc import Iterator

import msgspec
from msgspec import Struct, inspect

from eliteflow.messages import text
from eliteflow.messages.explanations import explained


class Setting(Struct, frozen=True):
    """One documented key: its dotted path, default, meaning in English, and in words what it accepts."""

    path: str
    default: object
    description: str
    wanted: str

    @property
    def meaning(self) -> str:
        """The meaning in the process's language."""
        translated = explained("setting").get(self.path)
        return translated.means if translated else self.description

    @property
    def default_text(self) -> str | None:
        """The default as a settings file has it, None where nothing is set."""
        return None if self.default is None else toml_value(self.default)


def toml_value(value: object) -> str:
    """Return a text, number, truth value or tuple of texts as a settings file has it."""
    return msgspec.json.encode(value).decode()


def described(section: type[Struct], defaults: Struct, prefix: str = "") -> Iterator[Setting]:
    """Yield every key of a tree of sections in its order. defaults: the tree with its default values."""
    for field in msgspec.structs.fields(section):
        default = getattr(defaults, field.name)
        path = f"{prefix}{field.name}"
        if isinstance(default, Struct):
            yield from described(type(default), default, f"{path}.")
        else:
            kind = inspect.type_info(field.type)
            schema = kind.extra_json_schema or {} if isinstance(kind, inspect.Metadata) else {}
            yield Setting(path, default, schema.get("description", ""), _wanted(kind))


def _wanted(kind: inspect.Type) -> str:
    """Return in words what values a key takes: `number > 0, <= 1`."""
    match kind:
        case inspect.Metadata():
            return _wanted(kind.type)
        case inspect.UnionType():
            return _wanted(next(part for part in kind.types if not isinstance(part, inspect.NoneType)))
        case inspect.LiteralType():
            return " | ".join(map(str, kind.values))
        case inspect.EnumType():
            return " | ".join(map(str, kind.cls))
        case inspect.BoolType():
            return "true | false"
        case inspect.IntType():
            return text("config.integer") + _bounds(kind)
        case inspect.FloatType():
            return text("config.number") + _bounds(kind)
        case inspect.StrType(pattern=str(pattern)):
            return pattern.strip("^()$").replace("|", " | ")
        case inspect.VarTupleType():
            return text("config.list", item=_wanted(kind.item_type))
        case _:
            return text("config.text")


def _bounds(kind: inspect.IntType | inspect.FloatType) -> str:
    signs = ((">", kind.gt), (">=", kind.ge), ("<", kind.lt), ("<=", kind.le))
    bounds = ", ".join(f"{sign} {bound:g}" for sign, bound in signs if bound is not None)
    return f" {bounds}" if bounds else ""
