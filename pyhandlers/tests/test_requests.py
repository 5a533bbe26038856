"""`pyhandlers.requests`."""

import pytest
from coachwhip.testing import Client


@pytest.fixture
def client() -> Client:
    return Client("pyhandlers.requests")


def test_query(client: Client) -> None:
    assert client.get("/requests/hello").text == "Hello, World!"
    assert client.get("/requests/hello", params={"name": ["Ann", "Bo"]}).text == "Hello, Ann and Bo!"


def test_headers(client: Client) -> None:
    assert client.get("/requests/language", headers={"ACCEPT-LANGUAGE": "fr"}).text == "fr"
    assert client.get("/requests/language").text == "en"


def test_parts(client: Client) -> None:
    about = client.get("/requests/about/a b").json()
    assert (about["path"], about["raw path"]) == ("/requests/about/a b", "/requests/about/a%20b")
    assert (about["params"], about["client"]) == ({"rest": "a b"}, "127.0.0.1")


def test_text_follows_the_charset(client: Client) -> None:
    latin = {"content-type": "text/plain; charset=latin-1"}
    assert client.post("/requests/lines", content="é\né".encode("latin-1"), headers=latin).json() == 2
    assert client.post("/requests/lines", content=b"\xff").status == 400


def test_buffer(client: Client) -> None:
    assert client.post("/requests/sum", content=bytes([200, 100])).json() == 44
