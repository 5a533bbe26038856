"""What the targets check in Python: each function takes the input, and raises where something is wrong."""

import json as reference
import math
import re

from coachwhip import Form, HTTPError, Request, Upload

# What RFC 8259 leaves open, and the server refuses: escapes of lone surrogates.
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

# The server stops at 1,000 levels, Python somewhere else.
DEPTH = 500


def json(data: bytes) -> None:
    """The server reads what Python's `json` reads, to the same value, but for what is named above."""
    request = Request.parse(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (len(data), data))
    try:
        read = ("read", request.json())
    except HTTPError as error:
        assert error.status == 400, error.status
        assert "line" in error.detail and "column" in error.detail, error.detail
        read = ("refused", error.detail)
    has_infinity = False

    def number(text: str) -> float:
        nonlocal has_infinity
        has_infinity |= math.isinf(float(text))
        return float(text)

    def refuse(name: str) -> None:
        raise ValueError(name)

    if data.count(b"[") + data.count(b"{") > DEPTH:
        return
    try:
        expected = reference.loads(data.decode(), parse_constant=refuse, parse_float=number)
    except ValueError:
        assert read[0] == "refused", read
        return
    if read[0] == "refused":
        assert has_infinity or SURROGATE.search(data), (read, expected)
    else:
        assert repr(read[1]) == repr(expected), (read, expected)


def headers(data: bytes) -> None:
    """A request that is parsed can be read whole, and its headers agree with each other."""
    try:
        request = Request.parse(data)
    except ValueError:
        return
    have = request.headers
    names = list(have)
    assert len(names) == len(set(names)) == len(have), names
    assert sum(len(have.get_all(name)) for name in names) == len(have.raw)
    for name, value in have.raw:
        shouted = name.decode("ascii").upper()
        assert shouted in have and value.decode("latin-1") in have.get_all(shouted)
    assert dict(have.items()) == {name: have[name] for name in names}
    assert request.body == request.body_view and request.body in data
    assert len(request.query) <= request.raw_query.count(b"&") + 1
    assert all(type(value) is str for pair in request.cookies.items() for value in pair)
    repr((request, request.method, request.path, request.raw_path, request.host, request.http_version, have))
    for read in (request.text, request.json):
        try:
            read()
        except HTTPError as error:
            assert error.status == 400 and error.detail
    try:
        form = request.form()
    except HTTPError as error:
        assert error.status in (400, 413, 415) and error.detail
        return
    check_form(form, request)


def check_form(form: Form, request: Request) -> None:
    for name in form:
        for value in form.get_all(name):
            if isinstance(value, Upload):
                assert bytes(value.data) in request.body
                repr((value, value.filename, value.content_type))
            else:
                assert type(value) is str
