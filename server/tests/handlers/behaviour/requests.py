"""What a handler sees of its request. A handler that checks something in Python answers "ok" or fails."""

import sys
import threading
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from coachwhip import Headers, HTTPError, Query, Request, get, post, route


def raises(kinds: type[BaseException] | tuple[type[BaseException], ...], call: Any, *arguments: Any) -> bool:
    """Whether the call raises one of these exceptions."""
    try:
        call(*arguments)
    except kinds:
        return True
    return False


@route("/request/describe/{*rest}", methods=("GET", "POST", "PUT"))
def describe(request: Request, rest: str) -> dict:
    return {
        "method": request.method,
        "path": request.path,
        "raw_path": request.raw_path.decode("ascii"),
        "query": list(request.query.items()),
        "raw_query": request.raw_query.decode("ascii"),
        "params": request.params,
        "body": request.body.decode("latin-1"),
        "client": request.client,
        "scheme": request.scheme,
        "host": request.host,
        "http_version": request.http_version,
    }


@post("/request/types")
def types(request: Request) -> str:
    assert type(request.method) is str
    assert sys.intern(request.method) is request.method
    assert type(request.path) is str
    assert type(request.raw_path) is bytes
    assert isinstance(request.query, Query)
    assert type(request.raw_query) is bytes
    assert isinstance(request.headers, Headers)
    assert type(request.params) is dict
    assert type(request.body) is bytes
    assert type(request.body_view) is memoryview
    assert type(request.text()) is str
    client = request.client
    assert type(client) is tuple and type(client[0]) is str and type(client[1]) is int, client
    assert type(request.scheme) is type(request.host) is type(request.http_version) is str
    assert type(request.state) is SimpleNamespace
    return "ok"


@post("/request/made-once")
def made_once(request: Request) -> str:
    for name in ("method", "path", "raw_path", "query", "raw_query", "headers", "params", "body", "host", "state"):
        assert getattr(request, name) is getattr(request, name), name
    return "ok"


@get("/request/immutable")
def immutable(request: Request) -> str:
    for name in ("method", "path", "body", "headers", "state", "nonsense"):
        assert raises((AttributeError, TypeError), setattr, request, name, "changed"), name
    assert raises(TypeError, Request)
    return "ok"


@post("/request/body-view")
def body_view(request: Request) -> str:
    view = request.body_view
    assert view.readonly
    assert view == b"seen without a copy"
    assert view[5:12].tobytes() == b"without"
    assert view.nbytes == len(request.body)
    assert raises(TypeError, view.__setitem__, 0, 1)
    return "ok"


@post("/request/text")
def text(request: Request) -> str:
    return request.text()


@post("/request/json")
def json(request: Request) -> dict:
    value = request.json()
    return {"value": value, "type": type(value).__name__}


@post("/request/json-caught")
def json_caught(request: Request) -> str:
    try:
        request.json()
    except HTTPError as error:
        return f"{error.status} {error.detail}"
    return "no error"


@get("/request/query")
def query(request: Request) -> str:
    names = request.query
    assert names["b"] == "1", names["b"]
    assert names.get_all("b") == ["1", "3 "], names.get_all("b")
    assert names["a"] == "2"
    assert names["space"] == "one two three", names["space"]
    assert names["gr\u00fc\u00dfe"] == "\u20ac", names["gr\u00fc\u00dfe"]
    assert names["flag"] == ""
    assert names["empty"] == ""
    assert names["equation"] == "x=y"
    assert names.get_all("missing") == []
    assert names.get("missing") is None
    assert names.get("missing", "default") == "default"
    assert raises(KeyError, lambda: names["missing"])
    assert "a" in names and "missing" not in names and "A" not in names
    assert list(names) == ["b", "a", "space", "gr\u00fc\u00dfe", "flag", "empty", "equation"], list(names)
    assert len(names) == 7
    assert dict(names)["b"] == "1"
    assert isinstance(names, Mapping)
    assert not hasattr(names, "__setitem__") and not hasattr(names, "__delitem__")
    return "ok"


@get("/request/headers")
def headers(request: Request) -> str:
    have = request.headers
    assert have["x-single"] == have["X-Single"] == have["X-SINGLE"] == "one"
    assert have.get("x-missing") is None
    assert have.get("x-missing", "default") == "default"
    assert raises(KeyError, lambda: have["x-missing"])
    assert "X-sInGlE" in have and "x-missing" not in have
    assert 1 not in have
    assert have.get_all("X-Many") == ["first", "second", "third"], have.get_all("X-Many")
    assert have.get_all("x-missing") == []
    assert have["x-latin"] == "caf\u00e9", have["x-latin"]
    raw = [(name.lower(), value) for name, value in have.raw]
    assert all(type(name) is bytes and type(value) is bytes for name, value in have.raw)
    assert (b"x-latin", b"caf\xe9") in raw
    assert [value for name, value in raw if name == b"x-many"] == [b"first", b"second", b"third"]
    names = [name.lower() for name in have]
    assert len(names) == len(set(names)) == len(have), names
    assert {"host", "x-single", "x-many", "x-latin"} <= set(names)
    assert {name.lower() for name in have.keys()} == set(names)
    assert len(list(have.values())) == len(list(have.items())) == len(have)
    assert dict(have)[next(iter(have))] == have[next(iter(have))]
    return "ok"


@get("/request/cookies")
def cookies(request: Request) -> str:
    expected = {"a": "1", "b": "x y", "e": "x=y%20", "c": "\u00e9", "latin": "\u00e9"}
    have = request.cookies
    assert type(have) is dict
    assert list(have.items()) == list(expected.items()), have
    have["mine"] = "too"
    assert request.cookies is have
    return "ok"


@get("/request/no-cookies")
def no_cookies(request: Request) -> dict:
    return request.cookies


@get("/request/headers-are-a-mapping")
def headers_are_a_mapping(request: Request) -> str:
    have = request.headers
    assert isinstance(have, Mapping)
    assert issubclass(Headers, Mapping)
    assert not hasattr(have, "__setitem__")
    assert not hasattr(have, "__delitem__")
    match have:
        case {"host": host}:
            assert host == request.host
        case _:
            raise AssertionError("a mapping pattern matches")
    return "ok"


@get("/request/parse")
def parse(request: Request) -> str:
    raw = b"POST /a%20b?c=d HTTP/1.1\r\nHost: example.org\r\nContent-Length: 5\r\n\r\nhello"
    for buffer in (raw, bytearray(raw), memoryview(raw)):
        parsed = Request.parse(buffer)
        assert isinstance(parsed, Request)
        assert parsed.method == "POST"
        assert parsed.path == "/a b" and parsed.raw_path == b"/a%20b"
        assert parsed.query["c"] == "d" and parsed.raw_query == b"c=d"
        assert parsed.headers["host"] == parsed.host == "example.org"
        assert parsed.http_version == "1.1"
        assert parsed.body == b"hello"
    assert raises(ValueError, Request.parse, b"no request at all\r\n\r\n")
    assert raises(TypeError, Request.parse, "text")
    return "ok"


@post("/request/threads/{id}")
def threads(request: Request) -> str:
    together = threading.Barrier(4)
    seen: list[tuple] = []

    def read() -> None:
        together.wait(10)
        seen.append((request.cookies, request.form(), request.params, request.query, request.body_view))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert len(seen) == 4
    assert all(one is other for ones in seen for one, other in zip(ones, seen[0], strict=True))
    assert (seen[0][0], dict(seen[0][1]), seen[0][2]) == ({"c": "3"}, {"a": "1", "b": "2"}, {"id": "7"})
    return "ok"


kept: list[Request] = []


@post("/request/keep")
def keep(request: Request) -> int:
    kept.append(request)
    return len(kept)


@get("/request/kept")
def tell_kept(request: Request) -> list:
    return [[one.path, one.headers["x-mark"], one.text(), one.body_view.tobytes().decode()] for one in kept]
