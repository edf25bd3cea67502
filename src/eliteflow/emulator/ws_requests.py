"""What clients say over a WebSocket, and the venue's words when they say it wrongly (reference A.3).

The codes and texts are those of Binance's WebSocket documentation; `{"code":2,…}` for a bad request is verified on
futures in part.
"""

import msgspec

Id = int | str | None

_METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")
_LONGEST_ID = 36
_HIGHEST_ID = 2**64 - 1


class ControlRequest(msgspec.Struct, frozen=True):
    """A request that the venue understands."""

    method: str
    params: tuple[object, ...] = ()
    id: Id = None

    @property
    def names(self) -> tuple[str, ...]:
        """The stream names among the parameters."""
        return tuple(name for name in self.params if isinstance(name, str))


class BadRequest(Exception):
    """A message that is answered with an error; `body` is the answer."""

    def __init__(self, code: int, message: str, request_id: Id = None) -> None:
        super().__init__(message)
        answer: dict[str, object] = {"code": code, "msg": message}
        self.body = msgspec.json.encode(answer if request_id is None else answer | {"id": request_id})


def read_request(text: bytes) -> ControlRequest:
    """Return the request in a text frame, or raise BadRequest."""
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadRequest(3, "Invalid JSON: expected value at line 1 column 1") from None
    if not isinstance(found, dict):
        raise BadRequest(2, "Invalid request: expected an object at line 1 column 1")
    request_id = _id(found.get("id"))
    method, params, end = found.get("method"), found.get("params", ()), f"at line 1 column {len(text)}"
    if method is None:
        raise BadRequest(2, f"Invalid request: missing field `method` {end}", request_id)
    if method not in _METHODS:
        expected = ", ".join(f"`{name}`" for name in _METHODS)
        raise BadRequest(
            2, f"Invalid request: unknown variant `{method}`, expected one of {expected} {end}", request_id
        )
    if not isinstance(params, list | tuple):
        raise BadRequest(2, f"Invalid request: params must be an array {end}", request_id)
    _check_params(str(method), tuple(params), request_id)
    return ControlRequest(str(method), tuple(params), request_id)


def result(request_id: Id, value: object = None) -> bytes:
    """Return the answer to a request that went well."""
    return msgspec.json.encode({"result": value, "id": request_id})


def _id(found: object) -> Id:
    if found is None or (isinstance(found, str) and len(found) <= _LONGEST_ID):
        return found
    if isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= _HIGHEST_ID:
        return found
    raise BadRequest(2, "Invalid request: request ID must be an unsigned integer")


def _check_params(method: str, params: tuple[object, ...], request_id: Id) -> None:
    if method.endswith("PROPERTY"):
        if params[:1] != ("combined",):
            raise BadRequest(0, "Unknown property", request_id)
        if method == "SET_PROPERTY" and not (len(params) == 2 and isinstance(params[1], bool)):
            raise BadRequest(1, "Invalid value type: expected Boolean", request_id)
    elif not all(isinstance(name, str) for name in params):
        raise BadRequest(2, "Invalid request: params must be an array of strings", request_id)
