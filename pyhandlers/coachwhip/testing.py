"""A client that calls the handlers of this process without a socket: `with Client("package.module") as client: ...`."""

import asyncio
import contextvars
import importlib
import json as _json
import time
import urllib.parse
import uuid
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, MutableMapping
from email.utils import mktime_tz, parsedate_tz
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import coachwhip

if TYPE_CHECKING:
    # Native: the server's parser, router, call and conversions; see `testing.rs`.
    _Answer = tuple[int, list[tuple[str, str]], bytes]

    _Run = Callable[[Coroutine[Any, Any, Any], contextvars.Context], Any]

    def _answer(message: bytes, run: _Run, context: contextvars.Context, /) -> _Answer | BaseException: ...
    def _hooks() -> tuple[list[Callable[[], Any]], list[Callable[[], Any]]]: ...


__all__ = ["Client", "Cookies", "Response", "ResponseHeaders"]

_Pairs = Mapping[str, Any] | Iterable[tuple[str, Any]]
_File = bytes | tuple[str, bytes] | tuple[str, bytes, str]


class _Options(TypedDict, total=False):
    """What `Client.request` takes by name."""

    params: _Pairs | None
    headers: _Pairs | None
    cookies: Mapping[str, str] | None
    content: str | bytes | bytearray | memoryview | None
    data: _Pairs | None
    files: Mapping[str, _File] | None
    json: Any


# What a target may hold as it is (RFC 3986): the rest is percent-encoded, a `%` left alone.
_TARGET = "/%?&=:@!$'()*+,;~-._"


class ResponseHeaders(Mapping[str, str]):
    """The header fields of a response: a read-only mapping whose names are case-insensitive."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self._fields = fields

    def __getitem__(self, name: str, /) -> str:
        """The first value of the field. Raises `KeyError` if it is not there."""
        for value in self.get_all(name):
            return value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        """Each name once, in lower case, in order."""
        return iter(dict(self._fields))

    def __len__(self) -> int:
        """The number of different names."""
        return len(dict(self._fields))

    def get_all(self, name: str, /) -> list[str]:
        """Every value of the field, in order; empty if it is not there."""
        return [value for known, value in self._fields if known == name.lower()]

    def __repr__(self) -> str:
        return f"ResponseHeaders({self._fields!r})"


class Response:
    """What the server would send, but for what it adds on the wire (`Content-Length`, `Date`, `Server`)."""

    def __init__(self, status: int, fields: list[tuple[str, str]], body: bytes) -> None:
        self.status = status
        self.headers = ResponseHeaders(fields)
        self.body = body

    @property
    def text(self) -> str:
        """The body, decoded by the charset of `Content-Type`, UTF-8 by default."""
        parameters = self.headers.get("content-type", "").lower().split(";")[1:]
        names = [value.strip(' "') for key, _, value in (text.partition("=") for text in parameters) if key.strip() == "charset"]
        return self.body.decode(names[0] if names else "utf-8")

    def json(self) -> Any:
        """The body, read as JSON. Raises `ValueError` if it is none."""
        return _json.loads(self.body)

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that it sets, by name: what a client would send back."""
        fields = (field.split(";")[0].partition("=") for field in self.headers.get_all("set-cookie"))
        return {name.strip(): value.strip() for name, _, value in fields}

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.body[:80]!r}>"


class Cookies(MutableMapping[str, str]):
    """The cookies that a client keeps: a mapping of names to values. Each belongs to a path and those below it.

    `Domain` and `Secure` are passed over: there is one host, and no network.
    """

    def __init__(self) -> None:
        # By path and name, with the time at which it expires.
        self._kept: dict[tuple[str, str], tuple[str, float]] = {}

    def __getitem__(self, name: str, /) -> str:
        for (_, known), value in self._alive():
            if known == name:
                return value
        raise KeyError(name)

    def __setitem__(self, name: str, value: str, /) -> None:
        """Keeps a cookie for all paths."""
        self._kept["/", name] = (value, float("inf"))

    def __delitem__(self, name: str, /) -> None:
        found = [place for place in self._kept if place[1] == name]
        if not found:
            raise KeyError(name)
        for place in found:
            del self._kept[place]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for (_, name), _ in self._alive()))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __repr__(self) -> str:
        return f"Cookies({dict(self)!r})"

    def _alive(self) -> list[tuple[tuple[str, str], str]]:
        """Those that have not expired, those of longer paths first (RFC 6265 section 5.4)."""
        now = time.time()
        alive = [(place, value) for place, (value, end) in self._kept.items() if end > now]
        return sorted(alive, key=lambda cookie: -len(cookie[0][0]))

    def _sent_to(self, path: str) -> list[tuple[str, str]]:
        """What a request for that path carries (RFC 6265 section 5.1.4)."""
        return [(name, value) for (above, name), value in self._alive() if path == above or path.startswith(above.rstrip("/") + "/")]

    def _keep(self, field: str, path: str) -> None:
        """Takes a `Set-Cookie` field in the answer to a request for that path (RFC 6265 section 5.2)."""
        pair, *rest = field.split(";")
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or not name:
            return
        attributes = {key.strip().lower(): value.strip() for key, _, value in (part.partition("=") for part in rest)}
        above = attributes.get("path", "")
        if not above.startswith("/"):
            above = path.rpartition("/")[0] or "/"
        self._kept.pop((above, name), None)
        end = _end(attributes)
        if end > time.time():
            self._kept[above, name] = (value, end)


def _end(attributes: dict[str, str]) -> float:
    """When a cookie expires, as seconds since the epoch."""
    age = attributes.get("max-age", "")
    if age.removeprefix("-").isdecimal():
        return time.time() + float(age)
    date = parsedate_tz(attributes.get("expires", ""))
    return float("inf") if date is None else mktime_tz(date)


class _Misuse(RuntimeError):
    """A test's mistake, which is no handler's exception."""


class Client:
    """Calls the handlers that are registered in this process, on the calling thread, as a worker of the server would.

    `app` is the handler module or its dotted name, which is imported then. As in a server, the routes of all modules that
    have been imported are served together, those of other test modules too; two that clash raise `RuntimeError`.

    Entering the client runs the functions of `@on_startup` and `@on_worker_startup`, leaving it those of `@on_worker_shutdown`
    and `@on_shutdown`, and empties `coachwhip.worker_state`. Async handlers and hooks
    run on a loop of the client's own.

    Cookies that responses set are kept in `cookies`, and sent with the requests that follow.

    An exception that a handler does not turn into an answer is raised by the call; with `raise_server_exceptions=False`
    it is the 500 that a client of the server would get.
    """

    def __init__(self, app: str | ModuleType, *, raise_server_exceptions: bool = True) -> None:
        self.app = app if isinstance(app, ModuleType) else importlib.import_module(app)
        self.raise_server_exceptions = raise_server_exceptions
        self.cookies = Cookies()
        self._runner: asyncio.Runner | None = None
        # What hooks run in; each request has a copy of it.
        self._context = contextvars.copy_context()

    def __enter__(self) -> "Client":
        """Runs the functions of `@on_startup` and `@on_worker_startup`, in order of definition; one that raises ends the test."""
        for hook in _hooks()[0]:
            self._run_hook(hook)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None, /) -> None:
        """Runs the functions of `@on_worker_shutdown` and `@on_shutdown`, all of them, and closes the client. Raises what the first one raised."""
        failures: list[BaseException] = []
        for hook in _hooks()[1]:
            try:
                self._run_hook(hook)
            except Exception as error:
                failures.append(error)
        vars(coachwhip.worker_state).clear()
        self.close()
        if failures and kind is None:
            raise failures[0]

    def close(self) -> None:
        """Ends the client's loop: cancels the tasks that still run on it."""
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.close()

    def __del__(self) -> None:
        # A loop that nobody has closed warns, which is of no use to a test that needed none.
        if getattr(self, "_runner", None) is not None:
            self.close()

    def _run_hook(self, hook: Callable[[], Any]) -> None:
        returned = self._context.run(hook)
        if asyncio.iscoroutine(returned):
            self._run(returned, self._context)

    def _run(self, coroutine: Coroutine[Any, Any, Any], context: contextvars.Context) -> Any:
        """What a coroutine returns, run to its end on the client's loop, in that context."""
        __tracebackhide__ = True
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            pass
        else:
            coroutine.close()
            raise _Misuse("a Client runs async handlers on a loop of its own, so not in an async test: write def test_...(), not async def")
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner.run(coroutine, context=context)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: _Pairs | None = None,
        headers: _Pairs | None = None,
        cookies: Mapping[str, str] | None = None,
        content: str | bytes | bytearray | memoryview | None = None,
        data: _Pairs | None = None,
        files: Mapping[str, _File] | None = None,
        json: Any = None,
    ) -> Response:
        """Sends a request and returns the response. Redirects are not followed.

        `params` is added to the query; a list stands for several values of one name. Of the bodies, `content` is sent as
        it is, `data` as `application/x-www-form-urlencoded`, `files` (with `data`) as `multipart/form-data`, `json` as
        `application/json`; `headers` may name another content type. A file is its bytes, or `(filename, bytes)`, or
        `(filename, bytes, content type)`.

        `cookies` are sent in this request alone, before kept ones of the same name; no kept ones are, if `headers` has `Cookie`.

        Raises `ValueError` for what can't be sent, such as a header value with a line break.
        """
        __tracebackhide__ = True
        if not method.replace("-", "").isalnum():
            raise ValueError(f"{method!r} is no method")
        target = urllib.parse.quote(path, safe=_TARGET)
        if params is not None:
            target += ("&" if "?" in target else "?") + urllib.parse.urlencode(_list(params), doseq=True)
        body, content_type = _body(content, data, files, json)
        fields = [(name, str(value)) for name, value in _list(headers)]
        given = {name.lower() for name, _ in fields}
        own = dict(cookies or {})
        kept = [] if "cookie" in given else self.cookies._sent_to(urllib.parse.urlsplit(target).path)
        pairs = [*own.items(), *(pair for pair in kept if pair[0] not in own)]
        if pairs:
            fields.append(("Cookie", "; ".join(f"{name}={value}" for name, value in pairs)))
        if content_type is not None and "content-type" not in given:
            fields.append(("Content-Type", content_type))
        if "host" not in given:
            fields.append(("Host", "testserver"))
        if "content-length" not in given and (body or method in ("POST", "PUT", "PATCH")):
            fields.append(("Content-Length", str(len(body))))
        answer = _answer(_message(method, target, fields, body), self._run, self._context.copy())
        if isinstance(answer, BaseException):
            if self.raise_server_exceptions or isinstance(answer, (KeyboardInterrupt, _Misuse)):
                raise answer
            answer = (500, [("content-type", "text/plain; charset=utf-8")], b"Internal Server Error")
        response = Response(*answer)
        for field in response.headers.get_all("set-cookie"):
            self.cookies._keep(field, urllib.parse.urlsplit(target).path)
        return response

    def get(self, path: str, **options: Unpack[_Options]) -> Response:
        """`request("GET", path, ...)`."""
        __tracebackhide__ = True
        return self.request("GET", path, **options)

    def head(self, path: str, **options: Unpack[_Options]) -> Response:
        """`request("HEAD", path, ...)`."""
        __tracebackhide__ = True
        return self.request("HEAD", path, **options)

    def options(self, path: str, **options: Unpack[_Options]) -> Response:
        """`request("OPTIONS", path, ...)`."""
        __tracebackhide__ = True
        return self.request("OPTIONS", path, **options)

    def post(self, path: str, **options: Unpack[_Options]) -> Response:
        """`request("POST", path, ...)`."""
        __tracebackhide__ = True
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Unpack[_Options]) -> Response:
        """`request("PUT", path, ...)`."""
        __tracebackhide__ = True
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Unpack[_Options]) -> Response:
        """`request("PATCH", path, ...)`."""
        __tracebackhide__ = True
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Unpack[_Options]) -> Response:
        """`request("DELETE", path, ...)`."""
        __tracebackhide__ = True
        return self.request("DELETE", path, **options)


def _list(pairs: _Pairs | None) -> list[tuple[str, Any]]:
    if pairs is None:
        return []
    return list(pairs.items() if isinstance(pairs, Mapping) else pairs)


def _message(method: str, target: str, fields: list[tuple[str, str]], body: bytes) -> bytes:
    """The request as it would stand on the wire."""
    for name, value in fields:
        if any(mark in name + value for mark in "\r\n\0"):
            raise ValueError(f"the header field {name!r} holds a control character")
    head = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields), "", ""]
    return "\r\n".join(head).encode("latin-1") + body


def _body(
    content: str | bytes | bytearray | memoryview | None, data: _Pairs | None, files: Mapping[str, _File] | None, json: Any
) -> tuple[bytes, str | None]:
    """The bytes of the body, and its content type."""
    given = [name for name, value in (("content", content), ("data", data or files), ("json", json)) if value is not None]
    if len(given) > 1:
        raise ValueError(f"a request has one body, not {' and '.join(given)}")
    if isinstance(content, str):
        return content.encode(), "text/plain; charset=utf-8"
    if content is not None:
        return bytes(content), None
    if files:
        return _multipart(data, files)
    if data is not None:
        return urllib.parse.urlencode(_list(data), doseq=True).encode(), "application/x-www-form-urlencoded"
    if json is not None:
        return _json.dumps(json).encode(), "application/json"
    return b"", None


def _multipart(data: _Pairs | None, files: Mapping[str, _File]) -> tuple[bytes, str]:
    """Fields and files as `multipart/form-data` (RFC 7578)."""
    boundary = uuid.uuid4().hex
    parts: list[bytes] = []

    def add(disposition: str, content_type: str | None, body: bytes) -> None:
        head = f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n"
        head += f"Content-Type: {content_type}\r\n" if content_type else ""
        parts.append(head.encode() + b"\r\n" + body + b"\r\n")

    for name, value in _list(data):
        for one in value if isinstance(value, (list, tuple)) else [value]:
            add(f'name="{_quoted(name)}"', None, str(one).encode())
    for name, file in files.items():
        filename, body, *rest = file if isinstance(file, tuple) else (name, file)
        content_type = str(rest[0]) if rest else "application/octet-stream"
        add(f'name="{_quoted(name)}"; filename="{_quoted(filename)}"', content_type, body)
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _quoted(text: str) -> str:
    """Text between quotes, as browsers write it."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
