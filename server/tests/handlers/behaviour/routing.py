"""Routes: methods, path parameters and their conversion."""

from datetime import date
from uuid import UUID

from coachwhip import Request, converter, delete, get, patch, post, put, route


@get("/")
def root() -> str:
    return "root"


@get("/verbs")
def verb_get(request: Request) -> str:
    return "get"


@post("/verbs")
def verb_post(request: Request) -> str:
    return "post"


@put("/verbs")
def verb_put(request: Request) -> str:
    return "put"


@patch("/verbs")
def verb_patch(request: Request) -> str:
    return "patch"


@delete("/verbs")
def verb_delete(request: Request) -> str:
    return "delete"


@route("/route/several", methods=("GET", "PUT"))
def several(request: Request) -> str:
    return request.method


@route("/route/default")
def default_methods(request: Request) -> str:
    return request.method


@route("/route/purge", methods=["PURGE"])
def purge(request: Request) -> str:
    return request.method


@route("/route/cases", methods=["REPORT", "patch"])
def upper_case(request: Request) -> str:
    return f"upper {request.method}"


@route("/route/cases", methods=["Report"])
def mixed_case(request: Request) -> str:
    return f"mixed {request.method}"


def undecorated() -> str:
    return "undecorated"


decorated = get("/route/unchanged")(undecorated)


@get("/route/unchanged/check")
def unchanged(request: Request) -> bool:
    return decorated is undecorated


@get("/twice/one")
@get("/twice/two")
def twice(request: Request) -> str:
    return request.path


@get("/int/{value}")
def takes_int(request: Request, value: int) -> str:
    return f"{type(value).__name__} {value}"


@get("/float/{value}")
def takes_float(request: Request, value: float) -> str:
    return f"{type(value).__name__} {value!r}"


@get("/uuid/{value}")
def takes_uuid(request: Request, value: UUID) -> str:
    return f"{type(value).__name__} {value}"


@get("/date/{value}")
def takes_date(request: Request, value: date) -> str:
    return f"{type(value).__name__} {value}"


class Even:
    def __init__(self, text: str) -> None:
        self.number = int(text)
        if self.number % 2:
            raise ValueError("odd")


class Broken:
    pass


@converter(Broken)
def broken(text: str) -> Broken:
    raise LookupError(text)


converter(Even, Even)


@get("/even/{value}")
def takes_even(request: Request, value: Even) -> str:
    return f"{type(value).__name__} {value.number}"


@get("/even/later/{value}")
async def takes_even_later(*, request: Request | None = None, value: Even) -> str:
    return f"later {value.number}"


@get("/broken/{value}")
def takes_broken(request: Request, value: Broken) -> str:
    return "never"


@get("/str/{value}")
def takes_str(request: Request, value: str) -> str:
    return f"{type(value).__name__} {value}"


@get("/plain/{value}")
def takes_plain(request: Request, value) -> str:
    return f"{type(value).__name__} {value}"


@get("/pair/{left}/and/{right}")
def takes_pair(request: Request, right: int, left: str) -> str:
    return f"{left!r} {right!r}"


@get("/tail/{*rest}")
def takes_tail(request: Request, rest: str) -> str:
    return rest


@get("/params/{number}")
def tells_params(request: Request, number: int) -> dict:
    return {"params": request.params, "type": type(request.params).__name__, "number": number}


@get("/untaken/{number}")
def takes_request_only(request: Request) -> str:
    return request.params["number"]


@get("/argumentless")
def takes_nothing() -> str:
    return "nothing"


@get("/users/{id}")
def user(request: Request, id: str) -> str:
    return f"user {id}"


@get("/users/me")
def me(request: Request) -> str:
    return "me"


@get("/gr\u00fc\u00dfe")
def greetings(request: Request) -> str:
    return request.path
