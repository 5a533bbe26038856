"""`pyhandlers.streams`."""

import pytest
from coachwhip.testing import Client


@pytest.fixture
def client() -> Client:
    return Client("pyhandlers.streams")


def test_generator(client: Client) -> None:
    response = client.get("/streams/squares/3")
    assert (response.text, response.headers["content-type"]) == ("0,0\n1,1\n2,4\n", "text/csv")


def test_body(client: Client) -> None:
    assert client.post("/streams/length", content=b"x" * 100_000).json() == 100_000


def test_events(client: Client) -> None:
    response = client.get("/streams/ticks/3", headers={"Last-Event-ID": "2"})
    assert response.headers["content-type"].startswith("text/event-stream")
    assert sorted(response.text.split()) == ["3", "3", "data:", "id:", "tick"]
