"""The handlers answer what the scenarios expect, through each interface that the standard library can drive."""

import asyncio
import io
import os
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from harness.scenario import Scenario

LOADTESTS = Path(__file__).resolve().parents[1]
APPS = LOADTESTS / "apps"


def scenarios() -> list[Scenario]:
    """Those whose bodies are small, one for each path."""
    found = [Scenario.read(path) for path in sorted((LOADTESTS / "scenarios").glob("*.toml"))]
    streams = [one.stream for one in found if one.stream]
    return list({one.path: one for one in found + streams}.values())


def environ(scenario: Scenario) -> dict[str, Any]:
    """The request as WSGI hands it over."""
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in scenario.headers.items()}
    body = scenario.body_bytes
    return headers | {"PATH_INFO": scenario.path, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}


async def asgi_answer(app: Any, scenario: Scenario) -> tuple[int, bytes]:
    """Status and body of an ASGI application's answer; the request's body comes in two parts."""
    headers = [(name.lower().encode(), value.encode()) for name, value in scenario.headers.items()]
    half = len(scenario.body_bytes) // 2
    parts: list[dict[str, Any]] = [
        {"type": "http.request", "body": scenario.body_bytes[:half], "more_body": True},
        {"type": "http.request", "body": scenario.body_bytes[half:]},
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return parts.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app({"type": "http", "path": scenario.path, "headers": headers}, receive, send)
    return sent[0]["status"], sent[1]["body"]


class Answers(unittest.TestCase):
    """One of each scenario's requests."""

    def setUp(self) -> None:
        self.enterContext(mock.patch.object(sys, "path", [str(APPS), *sys.path]))

    def test_through_wsgi(self) -> None:
        from wsgi import app

        for scenario in scenarios():
            if scenario.name != "sleep_async":
                started = mock.Mock()
                with self.subTest(scenario.name):
                    self.assertEqual(app(environ(scenario), started), [scenario.expect.body_bytes])
                    self.assertEqual(started.call_args[0][0], "200 OK")

    def test_through_asgi(self) -> None:
        from asgi import app

        for scenario in scenarios():
            if scenario.name != "sleep":
                with self.subTest(scenario.name):
                    answer = asyncio.run(asgi_answer(app, scenario))
                    self.assertEqual(answer, (scenario.expect.status, scenario.expect.body_bytes))


class Imports(unittest.TestCase):
    """What the memory scenario asks for."""

    def test_are_done_when_the_work_is_imported(self) -> None:
        memory = Scenario.read(LOADTESTS / "scenarios/memory.toml")
        check = "import work, sys; print(all(name in sys.modules for name in sys.argv[1].split()))"
        command = [sys.executable, "-c", check, memory.environment["LOADTEST_IMPORTS"]]
        environment = os.environ | memory.environment | {"PYTHONPATH": str(APPS)}
        self.assertEqual(subprocess.check_output(command, env=environment, text=True), "True\n")


if __name__ == "__main__":
    unittest.main()
