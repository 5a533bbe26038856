"""`pyhandlers.middleware`."""

import pytest
from coachwhip.testing import Client


@pytest.fixture
def client() -> Client:
    return Client("pyhandlers.middleware")


def test_the_key_is_asked_for(client: Client) -> None:
    response = client.get("/middleware/stock/tea")
    assert (response.status, response.text) == (401, "X-Key is missing or wrong")


def test_answers_are_changed(client: Client) -> None:
    response = client.get("/middleware/stock/tea", headers={"X-Key": "secret"})
    assert (response.json(), response.headers["cache-control"]) == (2, "no-store")


def test_exceptions_are_answered(client: Client) -> None:
    response = client.get("/middleware/stock/gold", headers={"X-Key": "secret"})
    assert (response.status, response.json()) == (409, {"missing": "gold"})
