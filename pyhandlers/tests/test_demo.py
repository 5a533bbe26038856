"""The demo, called without a socket: `coachwhip test pyhandlers/tests`."""

from collections.abc import Iterator

import pytest
from coachwhip.testing import Client


@pytest.fixture
def client() -> Iterator[Client]:
    with Client("pyhandlers.demo") as client:
        yield client


def test_text(client: Client) -> None:
    assert client.get("/").text == "Hello, World!"


def test_a_parameter_is_converted(client: Client) -> None:
    assert client.get("/users/7").json() == {"id": 7, "name": "user 7"}
    assert client.get("/users/seven").status == 404


def test_echo_keeps_body_and_content_type(client: Client) -> None:
    response = client.post("/echo", json={"a": [1]})
    assert response.json() == {"a": [1]}
    assert response.headers["Content-Type"] == "application/json"


def test_where_tells_the_place(client: Client) -> None:
    assert client.get("/where").json()["worker"] == 0


def test_slow_and_cpu_answer(client: Client) -> None:
    assert client.get("/slow").text == "that took 0.3 s"
    assert client.get("/cpu").json() == sum(number * number % 7 for number in range(100_000))
