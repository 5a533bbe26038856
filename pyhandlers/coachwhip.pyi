"""What the `coachwhip` module, which is built into the server, gives to handlers.

There is one instance of the module in each interpreter. Objects of its types belong to the interpreter that made
them and can't be given to another one; within an interpreter any thread may read them.
"""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine, Generator, Iterable, Iterator, Mapping
from os import PathLike
from types import SimpleNamespace
from typing import Any, Literal, TypeVar, final, overload

from coachwhip import json as json
from typing_extensions import Buffer

_Handler = TypeVar("_Handler", bound=Callable[..., Any])
_SocketHandler = TypeVar("_SocketHandler", bound=Callable[..., Coroutine[Any, Any, Any]])
_Hook = TypeVar("_Hook", bound=Callable[[], Any])
_Before = TypeVar("_Before", bound=Callable[[Request], Any])
_After = TypeVar("_After", bound=Callable[[Request, Response], Any])
_OnError = TypeVar("_OnError", bound=Callable[[Request, Any], Any])
_Default = TypeVar("_Default")
_Made = TypeVar("_Made")
_Converter = TypeVar("_Converter", bound=Callable[[str], Any])
_Piece = str | bytes | bytearray | memoryview
_Source = Iterator[_Piece] | AsyncIterable[_Piece]
_HeaderItems = Mapping[str, str] | _ResponseHeaders | Iterable[tuple[str, str]]

__version__: str
"""The server's version, such as `"0.1.0"`."""

@final
class Headers(Mapping[str, str]):
    """The header fields of a request: a read-only mapping whose names are case-insensitive.

    Values are decoded as latin-1, so that none is refused and none is lost.
    """

    def __getitem__(self, name: str, /) -> str:
        """The first value of the field. Raises `KeyError` if it is not there."""

    def __iter__(self) -> Iterator[str]:
        """Each name once, in lower case, in the order of arrival."""

    def __len__(self) -> int:
        """The number of different names."""

    def __contains__(self, name: object, /) -> bool: ...
    @overload
    def get(self, name: str, /) -> str | None: ...
    @overload
    def get(self, name: str, default: _Default, /) -> str | _Default: ...
    def get_all(self, name: str, /) -> list[str]:
        """Every value of the field, in the order of arrival; empty if it is not there."""

    @property
    def raw(self) -> list[tuple[bytes, bytes]]:
        """Every field as bytes, names in lower case; fields of one name stand together, where the first arrived."""

@final
class Query(Mapping[str, str]):
    """The parameters of a query string, decoded (`+` and `%XX`, UTF-8): each name with its first value."""

    def __getitem__(self, name: str, /) -> str:
        """The first value of the parameter. Raises `KeyError` if it is not there."""

    def __iter__(self) -> Iterator[str]:
        """Each name once, in the order of the query string."""

    def __len__(self) -> int:
        """The number of different names."""

    def __contains__(self, name: object, /) -> bool: ...
    @overload
    def get(self, name: str, /) -> str | None: ...
    @overload
    def get(self, name: str, default: _Default, /) -> str | _Default: ...
    def get_all(self, name: str, /) -> list[str]:
        """Every value of the parameter, in order; empty if it is not there."""

@final
class Upload:
    """One file of a form. Handlers get it from `Request.form()`; calling the type raises `TypeError`."""

    @property
    def filename(self) -> str:
        """The file's name as the client gives it: never use it as a path. Empty if a browser's user has chosen no file."""

    @property
    def content_type(self) -> str | None:
        """The `Content-Type` that the client gives for the file; `None` if it gives none."""

    @property
    def data(self) -> memoryview:
        """What the file holds, read-only, in the server's own buffer: nothing is copied.

        The view keeps the whole body of its request in memory; `bytes(upload.data)` is a copy without it.
        """

@final
class Form(Mapping[str, str | Upload]):
    """The fields of a form, decoded: each name with its first value, a `str`, or an `Upload` for a file."""

    def __getitem__(self, name: str, /) -> str | Upload:
        """The first value of the field. Raises `KeyError` if it is not there."""

    def __iter__(self) -> Iterator[str]:
        """Each name once, in the order of the form."""

    def __len__(self) -> int:
        """The number of different names."""

    def __contains__(self, name: object, /) -> bool: ...
    @overload
    def get(self, name: str, /) -> str | Upload | None: ...
    @overload
    def get(self, name: str, default: _Default, /) -> str | Upload | _Default: ...
    def get_all(self, name: str, /) -> list[str | Upload]:
        """Every value of the field, in order; empty if it is not there."""

@final
class Request:
    """One request: immutable, and valid for as long as the handler keeps it.

    An attribute becomes a Python object when it is read, once. Requests are made by the server and by `parse`:
    calling the type raises `TypeError`, assigning to an attribute `AttributeError`.
    """

    @classmethod
    def parse(cls, buffer: Buffer, /) -> Request:
        """The request that these bytes hold: an HTTP/1 head, and after it the body that `Content-Length` announces.

        They are copied once. Raises `ValueError` if they hold no whole, well-formed request, or a transfer coding.
        """

    @property
    def method(self) -> str:
        """The method, such as `"GET"`, as it was sent; `"HEAD"` in a `GET` handler that answers one."""

    @property
    def path(self) -> str:
        """The path without the query, percent-decoded as UTF-8."""

    @property
    def raw_path(self) -> bytes:
        """The path without the query, as it came over the wire."""

    @property
    def query(self) -> Query:
        """The query string's parameters."""

    @property
    def raw_query(self) -> bytes:
        """What stands after the `?`, as it came over the wire; empty if there is none."""

    @property
    def headers(self) -> Headers:
        """The header fields."""

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies of every `Cookie` field, each name with its first value; the same dict each time.

        Quotes around a value are left out; nothing else is decoded. What is no `name=value` is passed over.
        """

    @property
    def params(self) -> dict[str, str]:
        """The path parameters by name, percent-decoded, not converted by any annotation."""

    @property
    def state(self) -> SimpleNamespace:
        """What the functions around the handler, the handler and its body keep for this request: attributes of any name."""

    @property
    def body(self) -> bytes:
        """The whole body."""

    @property
    def body_view(self) -> memoryview:
        """The whole body, read-only, in the server's own buffer: nothing is copied."""

    def stream(self) -> _BodyStream:
        """The body in pieces as they come, for `for` and, in an `async` handler, `async for`; once for each request.

        On a route without `stream=True` it is the whole body in one piece, none if it is empty, as often as it is asked
        for. With it, `body` and what rests on that raise `RuntimeError`, and so does calling this again. The iteration
        raises `HTTPError`: 413 for a body that is too long, 408 where the client lets it wait for too long, 400 where
        the client leaves or sends what is no body.
        """

    def text(self) -> str:
        """The body, decoded by the charset that `Content-Type` names, UTF-8 by default.

        Raises `HTTPError(400)` if it can't be decoded, or Python does not know the charset.
        """

    def json(self) -> Any:
        """The body, read as strict JSON, straight from the server's buffer.

        Raises `HTTPError(400)`, whose detail names line and column, if it is no JSON or too deep.
        """

    def form(self) -> Form:
        """The body as a form, `application/x-www-form-urlencoded` or `multipart/form-data`; the same object each time.

        Raises `HTTPError`: 400 if it is broken, cut off or does not decode, 413 beyond a limit (1 MiB for a field that
        is no file, 16 KiB for the header of a part, the options `--max-form-fields` and `--max-form-files`), 415 if
        `Content-Type` names neither. The detail says what is wrong.
        """

    @property
    def client(self) -> tuple[str, int] | None:
        """The peer's address and port; `None` on a unix socket."""

    @property
    def scheme(self) -> Literal["http", "https"]:
        """How the request came."""

    @property
    def host(self) -> str:
        """The `Host` header field, else the authority of the target; empty if there is neither."""

    @property
    def http_version(self) -> str:
        """`"1.0"`, `"1.1"` or `"2"`."""

@final
class _BodyStream:
    """The pieces of a request's body: `bytes`, none of them empty. One thread or task at a time may ask for them."""

    def __iter__(self) -> Iterator[bytes]: ...
    def __next__(self) -> bytes:
        """Waits for the next piece. Meanwhile the worker does nothing else, though other threads run."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

@final
class Response:
    """A response with status, header fields and body.

    Fields that are the server's to write (`Content-Length`, `Transfer-Encoding`, `Connection`, `Upgrade`, `Keep-Alive`,
    `Proxy-Connection`) are left out when it is sent, and so is the body of a 204, 205 or 304. A header name or value
    with CR, LF or NUL, or a status outside 200-599, raises `ValueError` where it is set.
    """

    def __new__(
        cls,
        body: _Piece | _Source | None = b"",
        status: int = 200,
        headers: _HeaderItems | None = None,
        content_type: str | None = None,
    ) -> Response:
        """`headers` is a mapping, or pairs, in which a name may be repeated.

        The content type is `content_type`, else that of `headers`, else for a body that is not empty
        `text/plain; charset=utf-8` (`str`) or `application/octet-stream` (bytes). A `memoryview` of a request's whole
        body is not copied. An iterator or asynchronous iterator is streamed, so the response can be returned once.
        """

    @classmethod
    def json(cls, value: Any, status: int = 200, headers: _HeaderItems | None = None) -> Response:
        """`value` written as strict JSON.

        Dates and times are written by `isoformat()`, UUIDs as text, dataclasses as objects, tuples as arrays.

        Raises `ValueError` for NaN, infinities, lone surrogates and integers that are too long for
        `sys.set_int_max_str_digits`, `TypeError` for keys that are no strings and values that are no JSON,
        `RecursionError` for more than 1,000 levels.
        """

    @classmethod
    def events(cls, source: _Source, status: int = 200, headers: _HeaderItems | None = None) -> Response:
        """Server-sent events, which `source` makes by `event`.

        The content type is `text/event-stream`; `Cache-Control` is `no-cache`, unless `headers` has it.
        """

    @classmethod
    def redirect(cls, url: str, status: int = 302) -> Response:
        """An empty response with `Location: url`; what a URL can't hold is percent-encoded.

        Raises `ValueError` for a status outside 300-399 and for control characters.
        """

    @classmethod
    def file(cls, path: str | bytes | PathLike[str] | PathLike[bytes], content_type: str | None = None) -> Response:
        """The file at `path`, which the server opens, reads and sends when the handler has returned.

        It is sent with `ETag`, `Last-Modified` and `Accept-Ranges`; conditional requests and ranges are answered with
        304, 412, 206 or 416 as they ask. The content type is `content_type`, else that of the name's extension. Other
        header fields, cookies and the status are kept; with a status other than 200 the file is sent whole.

        A relative path begins at the working directory. What is not there, or is no regular file, is answered 404, with
        one record that names the handler and the path. The path is trusted: never join what a client sent without a
        check of where that leads.

        Raises `TypeError` for what is no path, `ValueError` for a path that holds NUL.
        """

    status: int
    """From 200 to 599; may be set until the handler returns."""

    @property
    def body(self) -> bytes:
        """The body, which does not change. Raises `RuntimeError` if it is streamed, and for a file, which the server reads."""

    @property
    def headers(self) -> _ResponseHeaders:
        """The header fields so far: mutable, case-insensitive, in the order in which they were set."""

    def set_cookie(
        self,
        name: str,
        value: str,
        *,
        max_age: int | None = None,
        path: str | None = "/",
        domain: str | None = None,
        secure: bool = False,
        httponly: bool = False,
        samesite: Literal["Strict", "Lax", "None", "strict", "lax", "none"] | None = None,
        partitioned: bool = False,
    ) -> None:
        """Adds a `Set-Cookie` field (RFC 6265); those that are there stay. `max_age` is in seconds; `partitioned` (CHIPS) means
        `secure`, too.

        Raises `ValueError` for a name, value or attribute that a cookie can't hold: percent-encode such a value.
        """

@final
class _ResponseHeaders:
    """The header fields of a response. A repeated name counts, and is iterated over, as often as it stands there."""

    def __getitem__(self, name: str, /) -> str:
        """The first value of the field. Raises `KeyError` if it is not there."""

    def __setitem__(self, name: str, value: str, /) -> None:
        """Sets the field in the place of the first of that name; the others go."""

    def __delitem__(self, name: str, /) -> None:
        """Removes every field of that name. Raises `KeyError` if there is none."""

    def __contains__(self, name: object, /) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...
    @overload
    def get(self, name: str, /) -> str | None: ...
    @overload
    def get(self, name: str, default: _Default, /) -> str | _Default: ...
    def get_all(self, name: str, /) -> list[str]:
        """Every value of the field, in order; empty if it is not there."""

    def append(self, name: str, value: str, /) -> None:
        """Adds a field, keeping others of the same name."""

    def keys(self) -> list[str]: ...
    def values(self) -> list[str]: ...
    def items(self) -> list[tuple[str, str]]: ...

class HTTPError(Exception):
    """Raised by a handler, it answers with its status, and with its detail as text or else the status's name."""

    status: int
    """The status of the answer."""
    detail: str
    """What the client is told."""
    headers: Any
    """Header fields for the answer, as they were given; `None` if none were."""

    def __init__(self, status: int, detail: str = "", headers: _HeaderItems | None = None) -> None:
        """Raises `ValueError` where `Response` would: for the status, and for header names and values."""

class ConnectionClosed(Exception):
    """Raised by `receive` and `send` of a WebSocket that is closed. A handler may let it pass: that is no failure."""

    code: int
    """The code of the close frame, whichever side sent it; 1005 where it had none, 1006 where there was no close frame."""
    reason: str
    """Its reason; often empty."""

    def __init__(self, code: int, reason: str = "") -> None: ...

class WebSocket:
    """One WebSocket, as the handler that was called for it sees it.

    It belongs to its worker's event loop: any task there may use it, other threads get `RuntimeError`. Until the handshake is
    answered, only `request` and `accept` can be used; the others raise `RuntimeError`.
    """

    def __init__(self, core: object, request: Request) -> None:
        """The server makes them."""

    @property
    def request(self) -> Request:
        """The handshake, a `GET` request."""

    async def accept(self, subprotocol: str | None = None, headers: _HeaderItems | None = None) -> None:
        """Answers the handshake, for handlers with `accept=False`.

        `subprotocol` is one of those that the client offers in `Sec-WebSocket-Protocol`. Raises `RuntimeError` when the
        handshake was answered already, `ValueError` as `Response` does for headers, and for those of the handshake itself.
        """

    async def receive(self) -> str | bytes:
        """The next message: `str` for text, `bytes` for binary.

        What was sent before the client closed is received still. Raises `ConnectionClosed` after that, and `RuntimeError`
        where another task receives already. Cancelling it loses no message.
        """

    async def send(self, message: str | bytes | bytearray | memoryview) -> None:
        """Sends `str` as text, the others as binary; waits while the client is behind.

        Messages of several tasks go out in the order of their calls. Raises `ConnectionClosed`, and `UnicodeEncodeError` for
        lone surrogates.
        """

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Closes the WebSocket after what was sent; does nothing where it is closed.

        Raises `ValueError` for a code that is not to be sent (1000-1003, 1007-1009, 1011-1014 and 3000-4999 are) and for a
        reason of more than 123 bytes.
        """

    def iterate(self) -> AsyncIterator[str | bytes]:
        """Iterates over the messages, as `async for message in socket` does: until the WebSocket is closed."""

    def __aiter__(self) -> AsyncIterator[str | bytes]: ...
    async def __anext__(self) -> str | bytes: ...

@final
class Draining:
    """An event that is set when the server begins to end: what has no end of its own comes to its end then.

    `coachwhip.draining` is the only one. It is never set where no server runs the interpreter, as under the test client.
    """

    def __init__(self, core: object) -> None: ...
    def is_set(self) -> bool:
        """Whether the end has begun. Any thread may ask."""

    async def wait(self, timeout: float | None = None) -> bool:
        """Waits until the end begins, for `timeout` seconds at most; tells whether it has begun."""

    def __await__(self) -> Generator[Any, Any, bool]: ...

draining: Draining
"""Says whether the server ends: `while not draining.is_set()`, `await draining.wait()`, or `await draining`."""

@final
class WorkerState:
    """A namespace for each worker: what is set on a worker's thread is seen on that thread alone.

    Reading what is not set raises `AttributeError`; a thread that is no worker's gets `RuntimeError`.
    """

    def __getattr__(self, name: str, /) -> Any: ...
    def __setattr__(self, name: str, value: Any, /) -> None: ...
    def __delattr__(self, name: str, /) -> None: ...

worker_state: WorkerState
"""Keeps what belongs to one worker: set in an `on_worker_startup` function, read by handlers."""

def route(
    path: str,
    methods: Iterable[str] = ("GET",),
    *,
    stream: bool = False,
    max_body_bytes: int | None = None,
) -> Callable[[_Handler], _Handler]:
    """Registers the function for these methods of `path`, and returns it unchanged. Methods are told apart by case; a name
    all in lower case means the one in upper case.

    `/users/{id}` has one segment as a parameter, `/files/{*rest}` the tail. The function takes the request, then
    path parameters by name, converted by their annotation (`int`, `float`, `str`, `uuid.UUID`, `datetime.date`; a value
    that does not convert is answered with 404); it may take no argument at all. `async def` functions run on the worker's event loop.

    With `stream=True` the handler is called when the request's head has come, and reads the body by
    `request.stream()`. `max_body_bytes` is that route's limit then; `None` stands for the server's, `--max-body-bytes`.

    Raises `ValueError` for `max_body_bytes` without `stream=True`. Decorating raises `ValueError` for a malformed path or
    method, and `TypeError` for what is no function, for a parameter that the path does not have and for an annotation that
    is no conversion and has no `converter`. To be called while the handler module is imported: a route that is registered
    later is not served.
    """

def get(path: str, *, stream: bool = False, max_body_bytes: int | None = None) -> Callable[[_Handler], _Handler]:
    """`route(path, ("GET",), stream=stream, max_body_bytes=max_body_bytes)`; answers `HEAD` too."""

def post(path: str, *, stream: bool = False, max_body_bytes: int | None = None) -> Callable[[_Handler], _Handler]:
    """`route(path, ("POST",), stream=stream, max_body_bytes=max_body_bytes)`."""

def put(path: str, *, stream: bool = False, max_body_bytes: int | None = None) -> Callable[[_Handler], _Handler]:
    """`route(path, ("PUT",), stream=stream, max_body_bytes=max_body_bytes)`."""

def patch(path: str, *, stream: bool = False, max_body_bytes: int | None = None) -> Callable[[_Handler], _Handler]:
    """`route(path, ("PATCH",), stream=stream, max_body_bytes=max_body_bytes)`."""

def delete(path: str, *, stream: bool = False, max_body_bytes: int | None = None) -> Callable[[_Handler], _Handler]:
    """`route(path, ("DELETE",), stream=stream, max_body_bytes=max_body_bytes)`."""

def event(
    data: str | None = None,
    *,
    event: str | None = None,
    id: str | None = None,
    retry: int | None = None,
) -> str:
    """One server-sent event as text, for `Response.events`; `data` may have several lines, `retry` is in milliseconds.

    Raises `ValueError` for an event without any part, CR, LF or NUL in `event` and `id`, and a negative `retry`.
    """

def websocket(path: str, *, accept: bool = True) -> Callable[[_SocketHandler], _SocketHandler]:
    """Registers the `async def` function for the WebSockets of `path`, and returns it unchanged.

    It takes the `WebSocket`, then path parameters as with `route`. With `accept=False` it answers the handshake itself, by
    `socket.accept()` or by raising `HTTPError`. When it returns, the WebSocket is closed with 1000; when it raises, with 1011.

    Raises as `route` does. Decorating raises `TypeError` for a function that is not `async` or does not take the socket.
    """

@overload
def converter(cls: type[_Made], function: Callable[[str], _Made]) -> Callable[[str], _Made]:
    """Makes path parameters annotated `cls` by `function(text)`, for the routes that are registered after it. Returns the
    function unchanged. Without a function it is a decorator: `@converter(Colour)`.

    Where the function raises `ValueError` the answer is that of `HTTPError(404)`; another exception is the handler's.

    Raises `TypeError` for what is no class or no plain function, and `ValueError` for a class that has a converter already
    or converts by itself.
    """

@overload
def converter(cls: type[Any], function: None = None) -> Callable[[_Converter], _Converter]: ...

def on_startup(function: _Hook) -> _Hook:
    """Runs the function once in each interpreter before its first request, in order of definition.

    It takes no argument and may be `async`, but no generator: `TypeError` otherwise. If it raises, the server does not
    start. Returns it unchanged.
    """

def on_shutdown(function: _Hook) -> _Hook:
    """Runs the function once in each interpreter after its last request, in order of definition.

    It takes no argument and may be `async`, but no generator: `TypeError` otherwise. If it raises, that is logged and the
    others run. Returns it unchanged.
    """

def on_worker_startup(function: _Hook) -> _Hook:
    """Runs the function once for each worker, on its thread and event loop, before its first request and after `on_startup`.

    The place for what belongs to a loop, such as a pool of connections; `worker_state` keeps it. It takes no argument and may
    be `async`, but no generator: `TypeError` otherwise. If it raises, the server does not start. Returns it unchanged.
    """

def on_worker_shutdown(function: _Hook) -> _Hook:
    """Runs the function once for each worker, on its thread and event loop, after its last request and before `on_shutdown`.

    It takes no argument and may be `async`, but no generator: `TypeError` otherwise. If it raises, that is logged and the
    others run. Returns it unchanged.
    """

def before_request(function: _Before) -> _Before:
    """Calls the function with the request, before the handler of every route; in order of definition.

    That of a WebSocket is its handshake, which is not answered yet: another answer than `None` refuses it.

    `None` goes on. Anything else that a handler may return is the answer: later functions of `before_request` and the
    handler are not called then, those of `after_request` are. It may be `async`; then each request is a task of the
    worker's event loop, those of sync handlers too.

    Raises `TypeError` for a function that can't be called with a request alone, `RuntimeError` once the handler modules
    are imported. Returns it unchanged.
    """

def after_request(function: _After) -> _After:
    """Calls the function with the request and the `Response`, in reverse order of definition.

    It sees every answer that Python code gives, those for errors too, and may change it. `None` keeps it; anything else
    that a handler may return takes its place. It may be `async`, as with `before_request`.

    Raises `TypeError` for a function that can't be called with these two, `RuntimeError` once the handler modules are
    imported. Returns it unchanged.
    """

def error_handler(error: int | type[BaseException]) -> Callable[[_OnError], _OnError]:
    """Calls the function with the request and the exception, for an answer in place of the usual one.

    For a status from 400 to 599 it answers each `HTTPError` of that status; that of 404 also requests for unknown paths and
    files that are not there, that of 405 those for other methods, those of 408, 413, 417 and 426 what the server refuses with
    them, that of 500 also exceptions that no other function takes. `HTTPError` is for all of these but the last. For an exception type
    it answers exceptions of that type; of several, the most special type counts, and a status comes before a type.

    It returns what a handler may. The answer has the status of the `HTTPError` (500 from the function for 500) unless a
    status is given, in a tuple or to a `Response`; and the `HTTPError`'s headers where it sets no other. Exceptions that a function for a type takes are not logged.

    Decorating raises `ValueError` and `TypeError` for other errors, for functions that can't be called with these two, and
    for a second function for the same error; `RuntimeError` once the handler modules are imported.
    """

def strategy() -> Literal["main", "subinterp", "freethreaded"]:
    """Who runs the handlers."""

def worker_id() -> int:
    """The number of the worker that runs the calling handler, from 0.

    Raises `RuntimeError` on a thread that is no worker's, such as those of `asyncio.to_thread`.
    """

def interpreter_id() -> int:
    """The number of the calling interpreter, 0 for the main one, as CPython counts them."""
