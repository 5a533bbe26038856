"""`pyhandlers.routes`."""

from collections.abc import Iterator

import pytest
from coachwhip.testing import Client


@pytest.fixture
def client() -> Iterator[Client]:
    with Client("pyhandlers.routes") as client:
        yield client


def test_notes_are_written_and_erased(client: Client) -> None:
    assert client.put("/routes/notes/5", content="fifth").status == 204
    assert client.get("/routes/notes").json() == [1, 5]
    assert client.get("/routes/notes/last").text == "fifth"
    assert client.delete("/routes/notes/5").json() == {"erased": True}
    assert client.delete("/routes/notes/5").json() == {"erased": False}


def test_what_does_not_convert_is_not_found(client: Client) -> None:
    assert client.put("/routes/notes/five", content="").status == 404


def test_other_methods_are_named(client: Client) -> None:
    response = client.post("/routes/notes/5")
    assert (response.status, response.headers["allow"]) == (405, "DELETE, OPTIONS, PUT")


def test_tail(client: Client) -> None:
    assert client.get("/routes/files/a/b/c.txt").json() == ["a", "b", "c.txt"]


def test_methods(client: Client) -> None:
    for method in ("GET", "POST"):
        assert client.request(method, "/routes/search?word=a&word=b").json() == [method, "a", "b"]
