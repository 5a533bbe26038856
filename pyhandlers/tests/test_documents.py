"""`pyhandlers.documents`."""

import pytest
from coachwhip.testing import Client


@pytest.fixture
def client() -> Client:
    return Client("pyhandlers.documents")


def test_dataclass(client: Client) -> None:
    response = client.get("/documents/order")
    assert response.json() == {"number": 7, "day": "2026-03-01", "items": ["tea"]}
    assert response.headers["cache-control"] == "no-store"


def test_no_digit_is_lost(client: Client) -> None:
    assert client.post("/documents/total", json=[10**30, 1]).json() == {"total": 10**30 + 1}


@pytest.mark.parametrize(("body", "status", "part"), [("[1,", 400, "line 1"), ("{}", 422, "list of integers")])
def test_what_is_refused(client: Client, body: str, status: int, part: str) -> None:
    response = client.post("/documents/total", content=body)
    assert response.status == status
    assert part in response.text
