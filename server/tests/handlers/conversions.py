"""Python's side of the conversion tests: a handler compares what the server made with what Python makes, or shows it."""

import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from coachwhip import Request, Response, get, post


def same(left: Any, right: Any) -> str:
    # The text tells 1 from 1.0 and True, 0.0 from -0.0, and in which order the keys stand.
    assert repr(left) == repr(right), f"{left!r} is not {right!r}"
    return "ok"


@post("/json/read")
def read(request: Request) -> str:
    return same(request.json(), json.loads(request.body))


@post("/json/length")
def length(request: Request) -> int:
    return len(request.json())


@post("/json/echo")
def echo_json(request: Request) -> Response:
    return Response.json(request.json())


@post("/json/written")
def written(request: Request) -> Response:
    return Response.json(json.loads(request.body))


@post("/json/same")
def same_documents(request: Request) -> str:
    left, right = request.body.split(b"\0")
    return same(json.loads(left), json.loads(right))


@get("/deep/{kind}/{depth}")
def deep(request: Request, kind: str, depth: int) -> list:
    value: Any = 1
    for _ in range(depth):
        value = {"list": [value], "tuple": (value,), "dict": {"a": value}}[kind]
    return [value]


@get("/endless/{kind}")
def endless(request: Request, kind: str) -> Any:
    value: list = []
    value.append({"list": value, "tuple": (value,), "dict": {"a": value}}[kind])
    return value


@get("/float/{number}")
def a_float(request: Request, number: float) -> float:
    return number


@get("/float/list/{number}")
def float_in_list(request: Request, number: float) -> list:
    return [1, [number]]


@get("/float/dict/{number}")
def float_in_dict(request: Request, number: float) -> dict:
    return {"a": {"b": number}}


@get("/float/same/{number}")
def same_float(request: Request, number: float) -> str:
    return same(number, float(request.params["number"]))


@get("/float/python/{text}")
def is_float(request: Request, text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@get("/int/{number}")
def an_int(request: Request, number: int) -> int:
    return number


@get("/int/same/{number}")
def same_int(request: Request, number: int) -> str:
    return same(number, int(request.params["number"]))


@get("/query")
def query(request: Request) -> list:
    pairs = parse_qsl(request.raw_query.decode("ascii"), keep_blank_values=True)
    have = request.query
    assert list(have) == list(dict.fromkeys(name for name, _ in pairs)), (dict(have), pairs)
    for name in have:
        values = [value for known, value in pairs if known == name]
        assert have.get_all(name) == values, (name, have.get_all(name), values)
        assert have[name] == have.get(name) == values[0]
    return pairs


@get("/headers")
def headers(request: Request) -> dict:
    found = {name: request.headers.get_all(name) for name in request.headers if name.startswith("x-")}
    for name, values in found.items():
        raw = [value.decode("latin-1") for known, value in request.headers.raw if known.decode("ascii") == name]
        assert raw == values and request.headers[name.upper()] == values[0], (raw, values)
    return found


@get("/headers/back")
def headers_back(request: Request) -> Response:
    raw = [(name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers.raw]
    return Response("", headers=[(name, value) for name, value in raw if name.startswith("x-")])


class Meddling(dict):
    """A dict that does something else when it is written."""

    def __init__(self, meddle: Callable[[], None]) -> None:
        super().__init__(own="kept")
        self.meddle = meddle

    def items(self) -> list:
        self.meddle()
        return list(super().items())


@get("/changing/size")
def changing_size(request: Request) -> dict:
    whole = {"first": 1}
    whole["second"] = Meddling(lambda: whole.update(third=3))
    return whole


@get("/changing/values")
def changing_values(request: Request) -> dict:
    whole = {"first": Meddling(lambda: whole.update(first=1, second=["new"])), "second": ["old"]}
    return whole


@get("/path/{first}/x/{second}")
def path(request: Request, first: str, second: str) -> list:
    assert request.params == {"first": first, "second": second}
    return [first, second]


@get("/tail/{*rest}")
def tail(request: Request, rest: str) -> Response:
    return Response.json(rest)


@get("/once/{text}")
def once(request: Request, text: str) -> Response:
    assert request.path == f"/once/{text}", request.path
    return Response.json(text)


@post("/echo")
def echo(request: Request) -> bytes:
    assert request.body_view.tobytes() == request.body
    return request.body


@post("/echo/text")
def echo_text(request: Request) -> str:
    return request.text()


@post("/echo/response")
def echo_response(request: Request) -> Response:
    response = Response(request.body)
    assert response.body == request.body
    return response


@post("/echo/bytearray")
def echo_bytearray(request: Request) -> bytearray:
    return bytearray(request.body)


@post("/echo/beside")
def beside(request: Request) -> bool:
    """Whether another thread, which waits for its turn, runs while the body is copied."""
    has_run = []
    waits = threading.Lock()

    def other() -> None:
        with waits:
            has_run.append(True)

    waits.acquire()
    thread = threading.Thread(target=other)
    thread.start()
    interval = sys.getswitchinterval()
    # Nobody is asked to give up the GIL now.
    sys.setswitchinterval(100)
    try:
        waits.release()
        request.body  # noqa: B018
        answer = bool(has_run)
    finally:
        sys.setswitchinterval(interval)
    thread.join()
    return answer


@get("/changing")
def changing(request: Request) -> bytearray:
    """A `bytearray` that a thread changes as a whole, again and again, while it is made an answer."""
    array = bytearray(b"a" * (16 << 20))
    kinds = [bytearray(b"b" * len(array)), bytearray(b"a" * len(array))]
    deadline = time.monotonic() + 0.1

    def change() -> None:
        while time.monotonic() < deadline:
            for kind in kinds:
                array[:] = kind

    threading.Thread(target=change).start()
    time.sleep(0.005)
    return array
