"""Annotations that are strings, as `from __future__ import annotations` makes them."""

from __future__ import annotations

import datetime

from coachwhip import Request, get


@get("/int/{value}")
def takes_int(request: Request, value: int) -> str:
    return f"{type(value).__name__} {value}"


@get("/day/{value}")
def takes_date(request: Request, value: datetime.date) -> str:
    return f"{type(value).__name__} {value}"
