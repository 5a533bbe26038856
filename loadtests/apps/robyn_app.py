"""The handlers as a Robyn application: `ROBYN_PORT=8000 python3 robyn_app.py --processes 2`."""

import work
from robyn import Request, Response, Robyn

app = Robyn(__file__)

TEXT = {"content-type": "text/plain; charset=utf-8"}


def text(answer: str) -> Response:
    """200 with that text."""
    return Response(200, TEXT, answer)


@app.get("/")
async def hello() -> Response:
    return text(work.HELLO)


@app.get("/json")
async def document() -> Response:
    return Response(200, {"content-type": "application/json"}, work.document_text())


@app.get("/users/:user")
async def user(request: Request) -> Response:
    number = int(request.path_params["user"])
    return text(work.user_text(number, request.headers["x-tenant"], request.headers["user-agent"]))


@app.get("/cpu")
async def cpu_bound() -> Response:
    return text(work.cpu_bound())


@app.get("/cpu_long")
async def cpu_bound_long() -> Response:
    return text(work.cpu_bound(work.CPU_BOUND_LONG_STEPS))


if __name__ == "__main__":
    app.start()
