"""Forms. A handler that checks something in Python answers "ok" or fails."""

from collections.abc import Mapping
from typing import Any

from coachwhip import Form, HTTPError, Request, Upload, get, post

from .requests import raises


def told(value: str | Upload) -> Any:
    """A value as JSON: text, or name, type and content of a file."""
    if isinstance(value, str):
        return value
    return [value.filename, value.content_type, value.data.tobytes().decode("latin-1")]


@post("/form")
def form(request: Request) -> list:
    return [[name, [told(value) for value in request.form().get_all(name)]] for name in request.form()]


@post("/form/async")
async def form_async(request: Request) -> list:
    return form(request)


@post("/form/caught")
def form_caught(request: Request) -> list:
    try:
        request.form()
    except HTTPError as error:
        return [error.status, error.detail]
    return [200, ""]


@post("/form/mapping")
def form_is_a_mapping(request: Request) -> str:
    sent = request.form()
    assert isinstance(sent, Form) and isinstance(sent, Mapping) and issubclass(Form, Mapping)
    assert request.form() is sent
    assert sent["a"] == "1" and sent.get("a") == "1"
    assert sent.get_all("a") == ["1", "2"]
    assert sent["b c"] == "\u20ac"
    assert list(sent) == list(sent.keys()) == ["a", "b c", ""]
    assert len(sent) == 3
    assert list(sent.items()) == [("a", "1"), ("b c", "\u20ac"), ("", "")]
    assert list(sent.values()) == ["1", "\u20ac", ""]
    assert "a" in sent and "x" not in sent and 1 not in sent
    assert sent.get("x") is None and sent.get("x", "other") == "other"
    assert sent.get_all("x") == []
    assert raises(KeyError, lambda: sent["x"])
    assert not hasattr(sent, "__setitem__")
    assert raises(TypeError, Form)
    assert repr(sent).startswith("Form([('a', '1'), "), repr(sent)
    match sent:
        case {"a": a}:
            assert a == "1"
        case _:
            raise AssertionError("a mapping pattern matches")
    return "ok"


@post("/form/upload")
def upload(request: Request) -> str:
    """The file lies within the body of the request, at an offset that the client tells."""
    file = request.form()["file"]
    assert isinstance(file, Upload)
    assert request.form()["file"] is file
    assert file.filename == "x.bin" and file.content_type == "image/png"
    view = file.data
    assert type(view) is memoryview and view is file.data
    assert view.readonly and raises(TypeError, view.__setitem__, 0, 1)
    offset = int(request.headers["x-offset"])
    assert view == request.body_view[offset : offset + len(view)]
    assert address(view) == address(request.body_view) + offset
    assert repr(file) == f'<Upload "x.bin", {len(view)} bytes>', repr(file)
    assert raises(TypeError, Upload)
    for name in ("filename", "content_type", "data"):
        assert raises(AttributeError, setattr, file, name, None), name
    return "ok"


def address(view: memoryview) -> int:
    """Where the bytes of a read-only buffer lie."""
    import ctypes

    class Buffer(ctypes.Structure):
        _fields_ = [("buf", ctypes.c_void_p), ("rest", ctypes.c_byte * 128)]

    buffer = Buffer()
    get_buffer = ctypes.pythonapi.PyObject_GetBuffer
    get_buffer.argtypes = [ctypes.py_object, ctypes.POINTER(Buffer), ctypes.c_int]
    assert get_buffer(view, ctypes.byref(buffer), 0) == 0
    found = buffer.buf
    ctypes.pythonapi.PyBuffer_Release(ctypes.byref(buffer))
    return found or 0


kept: list[memoryview] = []


@post("/form/keep")
def keep(request: Request) -> int:
    """Keeps the bytes of a file, and nothing else of the request."""
    file = request.form()["file"]
    assert isinstance(file, Upload)
    kept.append(file.data)
    return len(kept)


@get("/form/kept")
def tell_kept() -> list:
    return [view.tobytes().decode() for view in kept]
