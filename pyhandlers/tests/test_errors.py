"""`pyhandlers.errors`."""

import pytest
from coachwhip.testing import Client


@pytest.fixture
def client() -> Client:
    return Client("pyhandlers.errors")


def test_http_errors_are_answers(client: Client) -> None:
    assert client.get("/errors/stock/tea").json() == 3
    missing, sold_out = client.get("/errors/stock/silk"), client.get("/errors/stock/gold")
    assert (missing.status, missing.text) == (404, "Not Found")
    assert (sold_out.status, sold_out.text, sold_out.headers["retry-after"]) == (409, "gold is sold out", "3600")


def test_other_exceptions_are_raised_in_tests(client: Client) -> None:
    with pytest.raises(ZeroDivisionError):
        client.get("/errors/share/tea/0")


def test_clients_get_a_500_that_tells_nothing() -> None:
    client = Client("pyhandlers.errors", raise_server_exceptions=False)
    response = client.get("/errors/share/tea/0")
    assert (response.status, response.text) == (500, "Internal Server Error")
