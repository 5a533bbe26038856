"""`pyhandlers.responses`."""

import pytest
from coachwhip.testing import Client


@pytest.fixture
def client() -> Client:
    return Client("pyhandlers.responses")


def test_types_of_content(client: Client) -> None:
    text, octets = client.get("/responses/text"), client.get("/responses/octets")
    assert (text.text, text.headers["content-type"]) == ("text", "text/plain; charset=utf-8")
    assert (octets.body, octets.headers["content-type"]) == (b"\x00\x01", "application/octet-stream")


def test_status_and_headers(client: Client) -> None:
    made = client.post("/responses/made", content="new")
    assert (made.status, made.json(), made.headers["location"]) == (201, {"name": "new"}, "/responses/new")


def test_response(client: Client) -> None:
    page = client.get("/responses/page")
    assert (page.headers["content-type"], page.headers["cache-control"]) == ("text/html; charset=utf-8", "max-age=60")
    assert page.cookies == {"seen": "yes"}


def test_redirect(client: Client) -> None:
    moved = client.get("/responses/moved")
    assert (moved.status, moved.headers["location"], moved.body) == (308, "/responses/page", b"")
