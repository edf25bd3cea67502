"""What clients say."""

import json

import pytest

from eliteflow.emulator.ws_requests import BadRequest, ControlRequest, read_request, result


def test_a_request_is_read() -> None:
    """Method, names and id; the id may be a text too."""
    assert read_request(b'{"method":"SUBSCRIBE","params":["btcusdt@kline_5m"],"id":1}') == ControlRequest(
        "SUBSCRIBE", ("btcusdt@kline_5m",), 1
    )
    assert read_request(b'{"method":"LIST_SUBSCRIPTIONS","id":"abc"}').id == "abc"
    assert result(7, ["a"]) == b'{"result":["a"],"id":7}'


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("nonsense", 3, "Invalid JSON"),
        ("", 3, "Invalid JSON"),
        ("[1]", 2, "Invalid request: expected an object"),
        ("{}", 2, "Invalid request: missing field `method`"),
        ('{"method":"SHOUT","id":3}', 2, "Invalid request: unknown variant `SHOUT`, expected one of `SUBSCRIBE`"),
        ('{"method":[],"id":3}', 2, "Invalid request: unknown variant"),
        ('{"method":"SUBSCRIBE","params":"x","id":3}', 2, "Invalid request: params must be an array"),
        ('{"method":"SUBSCRIBE","params":[1],"id":3}', 2, "Invalid request: params must be an array of strings"),
        ('{"method":"SUBSCRIBE","params":[],"id":-1}', 2, "Invalid request: request ID must be an unsigned integer"),
        ('{"method":"SUBSCRIBE","params":[],"id":true}', 2, "Invalid request: request ID"),
        ('{"method":"SET_PROPERTY","params":["colour",1],"id":3}', 0, "Unknown property"),
        ('{"method":"SET_PROPERTY","params":["combined",1],"id":3}', 1, "Invalid value type: expected Boolean"),
    ],
)
def test_a_malformed_request_is_answered_in_the_venues_words(text: str, code: int, words: str) -> None:
    """Code, sentence, and the id if there was a good one."""
    with pytest.raises(BadRequest) as caught:
        read_request(text.encode())
    answer = json.loads(caught.value.body)
    assert answer["code"] == code
    assert answer["msg"].startswith(words)
    assert answer.get("id") == (3 if '"id":3' in text else None)
