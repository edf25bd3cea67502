"""Where blocking code of others runs: executors for `loop.run_in_executor`, which virtual time runs at once anyway."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class DetachedThreads(Executor):
    """Gives every call a thread called `name` that ends with it; the program's end does not wait for one that hangs."""

    def __init__(self, name: str) -> None:
        self._name = name

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Start the call and return its future."""
        result: Future[T] = Future()
        threading.Thread(target=lambda: _fulfil(result, fn, *args, **kwargs), name=self._name, daemon=True).start()
        return result


class AtOnce(Executor):
    """Makes every call here and now, so that tests are the same each time."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Return a future that is done."""
        result: Future[T] = Future()
        _fulfil(result, fn, *args, **kwargs)
        return result


def _fulfil(result: "Future[T]", fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> None:
    try:
        value = fn(*args, **kwargs)
    except Exception as error:  # noqa: BLE001  # an executor hands over whatever its call raises
        result.set_exception(error)
    else:
        result.set_result(value)
