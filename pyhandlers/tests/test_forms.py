"""`pyhandlers.forms`."""

import pytest
from coachwhip.testing import Client


@pytest.fixture
def client() -> Client:
    return Client("pyhandlers.forms")


def test_page(client: Client) -> None:
    assert "multipart/form-data" in client.get("/forms/page").text


def test_fields(client: Client) -> None:
    assert client.post("/forms/send", data={"name": "Ann & Bo"}).json() == {"name": "Ann & Bo", "picture": 0}


def test_files(client: Client) -> None:
    files = {"picture": ("a.png", b"\x89PNG", "image/png")}
    response = client.post("/forms/send", data={"name": "Ann"}, files=files)
    assert (response.status, response.json()) == (201, {"name": "Ann", "picture": 4})


def test_what_is_refused(client: Client) -> None:
    assert client.post("/forms/send", data={"other": "1"}).status == 422
    assert client.post("/forms/send", json={"name": "Ann"}).status == 415


def test_cookies_come_back(client: Client) -> None:
    client.post("/forms/send", data={"name": "Ann"})
    assert client.get("/forms/seen").json() is True
    client.cookies.clear()
    assert client.get("/forms/seen").json() is False
