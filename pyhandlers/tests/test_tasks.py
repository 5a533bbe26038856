"""`pyhandlers.tasks`."""

from coachwhip.testing import Client


def test_both() -> None:
    assert Client("pyhandlers.tasks").get("/tasks/both").json() == ["one", "two"]


def test_tasks_go_on_behind_the_answer() -> None:
    with Client("pyhandlers.tasks") as client:
        assert client.post("/tasks/deliver", content="letter").status == 202
        assert client.get("/tasks/delivered").json() == ["letter"]
