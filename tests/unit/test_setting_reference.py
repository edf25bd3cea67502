"""What each key of a tree of settings means and accepts."""

from typing import Annotated, Literal

import pytest
from msgspec import Meta, Struct

from eliteflow.setting_reference import described


class Inner(Struct, frozen=True):
    """A section."""

    share: Annotated[float, Meta(gt=0, le=1, description="a part of it")] = 0.5
    kind: Annotated[Literal["b", "a"], Meta(description="which")] = "a"
    names: Annotated[tuple[str, ...], Meta(description="who")] = ()
    top: Annotated[Annotated[int, Meta(ge=1)] | None, Meta(description="how many")] = None


class Outer(Struct, frozen=True):
    """A tree."""

    inner: Inner = Inner()
    on: Annotated[bool, Meta(description="whether")] = True


FOUND = {setting.path: setting for setting in described(Outer, Outer())}


def test_keys_come_in_the_order_of_the_tree() -> None:
    """With dots between section and name."""
    assert list(FOUND) == ["inner.share", "inner.kind", "inner.names", "inner.top", "on"]


def test_each_has_its_default_and_its_meaning() -> None:
    """As the types have them."""
    assert (FOUND["inner.share"].default, FOUND["inner.share"].description) == (0.5, "a part of it")


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("inner.share", "a number > 0, <= 1"),
        ("inner.kind", "a | b"),
        ("inner.names", "a list of text"),
        ("inner.top", "a whole number >= 1"),
        ("on", "true | false"),
    ],
)
def test_what_a_key_accepts_is_told_in_words(path: str, wanted: str) -> None:
    """Bounds and choices included."""
    assert FOUND[path].wanted == wanted
