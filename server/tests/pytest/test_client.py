"""`coachwhip.testing.Client`, run by `coachwhip test`: see `testing.rs`."""

import asyncio
import email
import email.policy

import app
import coachwhip
import pytest
from coachwhip import get
from coachwhip.testing import Client


@pytest.fixture
def client():
    return Client(app)


def test_app_is_a_module_or_its_name():
    assert Client("app").app is Client(app).app is app
    with pytest.raises(ModuleNotFoundError, match="no_such_app"):
        Client("no_such_app")


def test_response_has_status_headers_and_body(client):
    response = client.get("/text")
    assert (response.status, response.body, response.text) == (200, "größe".encode(), "größe")
    headers = response.headers
    assert headers["Content-TYPE"] == headers.get("content-type") == "text/plain; charset=utf-8"
    assert (list(headers), len(headers), "Content-Type" in headers, "X" in headers) == (["content-type"], 1, True, False)
    with pytest.raises(KeyError):
        headers["X"]


def test_text_follows_the_charset(client):
    assert client.get("/latin").text == "größe"


def test_no_content_has_no_body(client):
    response = client.get("/nothing")
    assert (response.status, response.body, dict(response.headers)) == (204, b"", {})


def test_routing_is_the_servers(client):
    assert client.get("/nowhere").status == 404
    assert client.get("/users/seven/files/a").status == 404
    refused = client.put("/text")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    options = client.options("/text")
    assert (options.status, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    head = client.head("/text")
    assert (head.status, head.body, head.headers["content-type"]) == (200, b"", "text/plain; charset=utf-8")
    assert client.get("/%ff").status == 400


def test_path_parameters_are_decoded_and_converted(client):
    expected = {"id": 7, "rest": "a b/ü", "params": {"id": "7", "rest": "a b/ü"}}
    assert client.get("/users/7/files/a b/ü").json() == expected
    assert client.get("/users/7/files/a%20b/%C3%BC").json() == expected


def test_custom_converters_are_called(client):
    assert client.get("/even/42").text == "42"
    assert client.get("/even/41").status == 404
    with pytest.raises(LookupError):
        client.get("/broken/1")


def test_handler_sees_the_request(client):
    seen = client.get("/seen?a=1", params={"a": "2 +&", "b": [3, 4]}, headers={"X-One": "1"}).json()
    assert seen["query"] == {"a": ["1", "2 +&"], "b": ["3", "4"]}
    assert seen["headers"] == {"x-one": ["1"], "host": ["testserver"]}
    place = [seen[name] for name in ("method", "path", "client", "scheme", "host", "version", "body")]
    assert place == ["GET", "/seen", ["127.0.0.1", 50000], "http", "testserver", "1.1", ""]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_each_method_has_its_name(client, method):
    assert getattr(client, method.lower())("/seen").json()["method"] == method


def test_headers_may_be_pairs_and_cookies_a_mapping(client):
    seen = client.get("/seen", headers=[("X", "1"), ("x", "2"), ("Host", "other")], cookies={"a": "1", "b": "2"}).json()
    assert seen["headers"] == {"x": ["1", "2"], "host": ["other"], "cookie": ["a=1; b=2"]}


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ({"content": b"\x00\xff"}, None, "\x00\xff"),
        ({"content": "text"}, "text/plain; charset=utf-8", "text"),
        ({"json": {"a": None}}, "application/json", '{"a": null}'),
        ({"data": {"a": "1 2", "b": ["3", "4"]}}, "application/x-www-form-urlencoded", "a=1+2&b=3&b=4"),
        ({"json": [], "headers": {"content-type": "application/x"}}, "application/x", "[]"),
    ],
)
def test_bodies(client, body, content_type, text):
    seen = client.post("/seen", **body).json()
    assert seen["body"] == text
    assert seen["headers"].get("content-type") == (content_type and [content_type])
    assert seen["headers"]["content-length"] == [str(len(text))]


def test_files_are_multipart(client):
    files = {"one": b"1", "two": ("a.txt", b"2\r\n", "text/plain")}
    seen = client.post("/seen", data={"name": ["x", "y"]}, files=files).json()
    head = f"Content-Type: {seen['headers']['content-type'][0]}\r\n\r\n"
    message = email.message_from_string(head + seen["body"], policy=email.policy.HTTP)
    parts = [
        (part.get_param("name", header="content-disposition"), part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
        for part in message.iter_parts()
    ]
    assert parts == [
        ("name", None, "text/plain", b"x"),
        ("name", None, "text/plain", b"y"),
        ("one", "one", "application/octet-stream", b"1"),
        ("two", "a.txt", "text/plain", b"2\r\n"),
    ]


def test_what_cannot_be_sent_is_refused(client):
    client.raise_server_exceptions = False
    with pytest.raises(ValueError, match="control character"):
        client.get("/seen", headers={"X": "1\r\nY: 2"})
    with pytest.raises(ValueError, match="is no method"):
        client.request("G T", "/seen")
    with pytest.raises(ValueError, match="one body, not content and json"):
        client.post("/seen", content=b"1", json=2)


def sent(client, path="/seen", **options):
    """The `Cookie` field that a handler sees."""
    return client.get(path, **options).json()["headers"].get("cookie")


def test_cookies_are_kept_until_they_are_deleted(client):
    assert sent(client) is None and dict(client.cookies) == {}
    client.get("/cookies")
    assert dict(client.cookies) == {"session": "abc", "other": "1"} and len(client.cookies) == 2
    assert sent(client) == ["session=abc; other=1"]
    assert sent(client, cookies={"other": "2", "a": "b"}) == ["other=2; a=b; session=abc"]
    assert sent(client, headers={"Cookie": "x=y"}) == ["x=y"]
    client.get("/cookies/gone")
    assert sent(client) == ["other=1"] and "session" not in client.cookies
    client.cookies["mine"] = "3"
    assert sent(client) == ["other=1; mine=3"]
    del client.cookies["other"]
    with pytest.raises(KeyError):
        del client.cookies["other"]
    assert repr(client.cookies) == "Cookies({'mine': '3'})"
    client.cookies.clear()
    assert sent(client) is None
    assert sent(Client(app)) is None, "another client has cookies of its own"


def test_cookies_belong_to_a_path_and_a_time(client):
    client.get("/cookies/of/paths")
    assert client.cookies == {"deep": "1", "here": "2", "session": "4", "late": "6"}, "the longest path first"
    assert sent(client, "/seen") == ["session=5; late=6"]
    assert sent(client, "/seen/deep") == ["deep=1; session=4; session=5; late=6"]
    assert sent(client, "/seen/deep/er") == ["deep=1; session=4; session=5; late=6"]
    assert sent(client, "/seen/deeper") == ["session=5; late=6"]
    assert sent(client, "/cookies/of/seen") == ["here=2; session=5; late=6"]


def test_cookies_that_are_set(client):
    response = client.get("/cookies")
    assert response.cookies == {"session": "abc", "other": "1"}
    assert len(response.headers.get_all("Set-Cookie")) == 2
    assert client.get("/seen", cookies=response.cookies).json()["headers"]["cookie"] == ["session=abc; other=1"]


def test_http_error_is_an_answer(client):
    response = client.get("/refused")
    assert (response.status, response.text, response.headers["x-pot"]) == (418, "no coffee", "tea")


def test_exceptions_are_raised(client):
    with pytest.raises(LookupError, match="the cause") as caught:
        client.get("/broken")
    assert caught.traceback[-1].name == "broken"
    with pytest.raises(SystemExit):
        client.get("/exits")
    with pytest.raises(TypeError, match="can't return set"):
        client.get("/nonsense")


@pytest.mark.parametrize("path", ["/broken", "/exits", "/nonsense"])
def test_exceptions_are_500_when_asked_for(path):
    client = Client(app, raise_server_exceptions=False)
    response = client.get(path)
    assert (response.status, response.text) == (500, "Internal Server Error")


def test_hooks_run_in_order_around_the_block():
    app.events.clear()
    with Client(app) as client:
        assert app.events == ["first start", "second start"]
        assert client.get("/background").text == "left"
    assert app.events == ["first start", "second start", "stop", "cancelled"]
    Client(app).get("/text")
    assert app.events[4:] == [], "without the block no hook runs"


def test_async_handlers_share_the_clients_loop_and_no_context(client):
    assert client.post("/loop").json() == client.post("/loop").json()
    assert [client.get("/context").text for _ in range(2)] == ["fresh", "fresh"]


def test_requests_have_a_context_each():
    with Client(app) as client:
        assert [client.get("/sync-context").text for _ in range(2)] == ["fresh", "fresh"]
        assert client.get("/streamed-context").text == "used by a stream"
        assert client.get("/context").text == "fresh"
        assert client.get("/started").text == "by a hook"
    assert (app.context.get(), app.started.get()) == ("fresh", "not at all"), "nothing is left to the test"
    assert Client(app).get("/started").text == "not at all"


def test_an_async_test_is_told_so(client):
    client.raise_server_exceptions = False

    async def test():
        with pytest.raises(RuntimeError, match="async test"):
            client.get("/context")
        assert client.get("/text").status == 200

    asyncio.run(test())


def test_routes_are_those_registered_by_now(client):
    assert client.get("/later").status == 404

    @get("/later")
    def later():
        return 1

    assert client.get("/later").json() == 1


def test_the_place_is_told():
    assert coachwhip.worker_id() == 0
    assert coachwhip.interpreter_id() == 0
    assert coachwhip.strategy() in ("main", "freethreaded")


def test_clashing_routes_name_both():
    # Last: what is registered stays, so no test after it could call anything.
    client = Client(app)

    @get("/text")
    def other():
        return ""

    with pytest.raises(RuntimeError, match=r"app.text \(.*app.py:\d+\).*other \(.*test_client.py:\d+\)"):
        client.get("/nowhere")
