"""Every kind of return value, and what `Response` and `HTTPError` can do."""

from dataclasses import InitVar, dataclass, field
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from coachwhip import HTTPError, Request, Response, get

from .requests import raises


class Text(str):
    pass


VALUES: dict[str, Any] = {
    "str": "grüße",
    "str-subclass": Text("text"),
    "str-empty": "",
    "bytes": b"\x00\xff",
    "bytearray": bytearray(b"array"),
    "memoryview": memoryview(b"a memory view")[2:8],
    "dict": {"name": "é", "list": [1, 2.5, None, True], "nested": {"empty": {}}},
    "list": [1, "two", [3]],
    "int": 42,
    "int-long": 123456789012345678901234567890,
    "float": 2.5,
    "true": True,
    "false": False,
    "none": None,
    "response": Response(),
    "response-str": Response("text"),
    "response-bytes": Response(b"bytes"),
    "response-full": Response(b"<p>", status=201, headers={"X-One": "1"}, content_type="text/html"),
    "response-json": Response.json({"a": [1]}, status=202, headers={"X-One": "1"}),
    "redirect": Response.redirect("/elsewhere"),
    "redirect-permanent": Response.redirect("https://example.org/", status=308),
    "tuple": ("made", 201),
    "tuple-headers": ({"made": True}, 201, {"X-One": "1", "X-Two": "2"}),
    "tuple-pairs": (b"made", 203, [("X-One", "1"), ("X-One", "2")]),
}

NONSENSE: dict[str, Any] = {
    "object": object(),
    "set": {1},
    "complex": 1j,
    "class": dict,
    "tuple-of-one": ("alone",),
    "tuple-of-four": ("one", 200, {}, "four"),
    "tuple-without-status": ("body", "200"),
    "tuple-with-bad-status": ("body", 99),
    "tuple-of-nonsense": (object(), 200),
    "nan": float("nan"),
    "infinity-inside": [float("inf")],
    "key-not-str": {1: 2},
    "value-not-json": {"a": object()},
    "surrogate": "\ud800",
    "surrogate-inside": ["\ud800"],
}

endless: list = []
endless.append(endless)
NONSENSE["endless"] = endless


@get("/value/{name}")
def value(request: Request, name: str) -> Any:
    return VALUES[name]


@get("/nonsense/{name}")
def nonsense(request: Request, name: str) -> Any:
    return NONSENSE[name]


@get("/response/headers")
def headers(request: Request) -> Response:
    response = Response("body", headers=[("X-First", "1"), ("X-Again", "a"), ("X-Again", "b")])
    response.headers["X-Second"] = "2"
    response.headers["X-Gone"] = "gone"
    response.headers["X-Changed"] = "before"
    response.headers["x-changed"] = "after"
    del response.headers["x-gone"]
    assert response.headers["x-first"] == "1"
    assert "X-GONE" not in response.headers
    assert raises(KeyError, lambda: response.headers["X-Gone"])
    response.headers["X-Third"] = "3"
    return response


@dataclass
class Point:
    """A dataclass with what is no field of its instances."""

    dimensions: ClassVar[int] = 2
    x: int
    y: int = field(default=0)
    scale: InitVar[int] = 1

    def __post_init__(self, scale: int) -> None:
        self.y = self.x * scale


@get("/response/dataclass")
def of_dataclass(request: Request) -> dict[str, Any]:
    return {"point": Point(3, scale=2), "day": date(2024, 2, 29), "id": UUID(int=7)}


@get("/response/cookies")
def cookies(request: Request) -> Response:
    response = Response("body")
    response.set_cookie("plain", "1")
    response.set_cookie(
        "full",
        "2",
        max_age=60,
        path="/deep",
        domain="example.org",
        secure=1,  # type: ignore[arg-type]  # true, although it is not True
        httponly=True,
        samesite="Strict",
    )
    response.set_cookie("gone", "", max_age=0)
    response.set_cookie("embedded", "3", samesite="none", partitioned=True)
    return response


@get("/response/refuses-control-characters")
def refuses_control_characters(request: Request) -> str:
    response = Response("body")
    for bad in ("a\rb", "a\nb", "a\0b", "a\r\nSet-Cookie: b=c"):
        assert raises(ValueError, lambda: Response("", headers={bad: "value"})), repr(bad)
        assert raises(ValueError, lambda: Response("", headers={"X-Name": bad})), repr(bad)
        assert raises(ValueError, lambda: Response("", headers=[("X-Name", bad)])), repr(bad)
        assert raises(ValueError, lambda: Response("", content_type=bad)), repr(bad)
        assert raises(ValueError, lambda: Response.json(1, headers={"X-Name": bad})), repr(bad)
        assert raises(ValueError, lambda: Response.redirect(bad)), repr(bad)
        assert raises(ValueError, response.headers.__setitem__, bad, "value"), repr(bad)
        assert raises(ValueError, response.headers.__setitem__, "X-Name", bad), repr(bad)
        assert raises(ValueError, response.set_cookie, bad, "value"), repr(bad)
        assert raises(ValueError, response.set_cookie, "name", bad), repr(bad)
        assert raises(ValueError, lambda: response.set_cookie("name", "value", path=bad)), repr(bad)
        assert raises(ValueError, lambda: response.set_cookie("name", "value", domain=bad)), repr(bad)
        assert raises(ValueError, lambda: HTTPError(400, headers={"X-Name": bad})), repr(bad)
    assert "x-name" not in response.headers
    return "ok"


@get("/response/refuses-status")
def refuses_status(request: Request) -> str:
    for bad in (-1, 0, 99, 100, 199, 600, 1000, 2**70):
        assert raises((ValueError, OverflowError), lambda: Response("", status=bad)), bad
        assert raises((ValueError, OverflowError), lambda: Response.json(1, status=bad)), bad
        assert raises((ValueError, OverflowError), lambda: HTTPError(bad)), bad
    for good in (200, 418, 599):
        Response("", status=good)
        HTTPError(good)
    assert raises(TypeError, lambda: Response("", status="200"))
    return "ok"


@get("/response/status/{status}")
def status(request: Request, status: int) -> Response:
    return Response("", status=status)


@get("/response/refuses-json")
def refuses_json(request: Request) -> str:
    assert raises(ValueError, Response.json, float("nan"))
    assert raises((TypeError, ValueError), Response.json, {1: 2})
    assert raises((TypeError, ValueError), Response.json, object())
    assert raises((ValueError, RecursionError), Response.json, endless)
    return "ok"


@get("/error/plain")
def error_plain(request: Request) -> str:
    raise HTTPError(404)


@get("/error/detail")
def error_detail(request: Request) -> str:
    raise HTTPError(422, "the detail of it", headers={"X-Reason": "detail", "X-More": "1"})


@get("/error/keywords")
def error_keywords(request: Request) -> str:
    raise HTTPError(status=409, detail="by keyword", headers=[("X-Reason", "pairs")])


@get("/error/attributes")
def error_attributes(request: Request) -> str:
    error = HTTPError(422, "the detail")
    assert isinstance(error, Exception)
    assert error.status == 422
    assert error.detail == "the detail"
    assert HTTPError(404).detail == ""
    return "ok"


@get("/response/odd-keywords")
def odd_keywords(request: Request) -> str:
    odd: Any = {1.5: 2}
    assert raises(TypeError, lambda: Response(**odd))
    assert raises(TypeError, lambda: get("/odd")(**odd))
    assert raises(TypeError, lambda: HTTPError(404, **odd))
    return "refused"
