"""Answers: as a handler returns them, and as the bytes that a server written in Python makes of the same."""

import json
from email.utils import formatdate
from http import HTTPStatus

from coachwhip import Response

REASONS = {status.value: status.phrase for status in HTTPStatus}
# Servers make it once a second.
DATE = formatdate(usegmt=True)
encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

SMALL = {"id": 17, "name": "Grüße", "price": 12.5, "tags": ["new", "blue"], "active": True, "parent": None}
PAGE = "<!doctype html><title>Created</title><p>Order 17 was created."
HEADERS = {
    "location": "/orders/17",
    "cache-control": "no-store",
    "etag": '"6d5f807e23db210b"',
    "vary": "accept-encoding",
    "x-request-id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "strict-transport-security": "max-age=31536000",
}


def wire(status: int, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"HTTP/1.1 {status} {REASONS[status]}\r\n"]
    for name, value in headers.items():
        # A value with a line break would add fields, or a whole answer.
        if "\r" in value or "\n" in value or "\0" in value:
            raise ValueError(value)
        lines.append(f"{name}: {value}\r\n")
    lines.append(f"content-length: {len(body)}\r\ndate: {DATE}\r\n\r\n")
    return "".join(lines).encode("latin-1") + body


def text_native() -> str:
    return "Hello, World!"


def text_python() -> bytes:
    return wire(200, {"content-type": "text/plain; charset=utf-8"}, b"Hello, World!")


def headers_native() -> Response:
    return Response(PAGE, status=201, headers=HEADERS, content_type="text/html; charset=utf-8")


def headers_python() -> bytes:
    return wire(201, {**HEADERS, "content-type": "text/html; charset=utf-8"}, PAGE.encode())


def json_native() -> dict:
    return SMALL


def json_python() -> bytes:
    return wire(200, {"content-type": "application/json"}, dumps(SMALL))


def dumps(document: object) -> bytes:
    return encode(document).encode()


def records(count: int) -> list:
    return [
        {
            "id": number,
            "name": f"user {number}",
            "email": f"user.{number}@example.org",
            "score": number / 4,
            "active": number % 2 == 0,
            "groups": ["staff", f"team {number % 7}"],
        }
        for number in range(count)
    ]


# An order of a shop: 1 KiB as JSON, each key but those of `items` once.
ORDER = {
    "id": 118243,
    "reference": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "created_at": "2026-03-14T09:26:53.589793+00:00",
    "status": "paid",
    "currency": "EUR",
    "total": 184.97,
    "tax_rate": 0.19,
    "gift": False,
    "coupon": None,
    "customer": {
        "id": 5521,
        "first_name": "Johanna",
        "last_name": "Weißmüller",
        "email": "johanna.weissmueller@example.org",
        "newsletter": True,
    },
    "shipping": {
        "street": "Lange Straße 17",
        "postal_code": "28195",
        "city": "Bremen",
        "country": "DE",
        "latitude": 53.0792962,
        "longitude": 8.8016937,
    },
    "items": [
        {"sku": "TB-0042-BL", "name": "Teapot, blue", "quantity": 1, "price": 59.99, "tags": ["kitchen", "stoneware"]},
        {"sku": "CP-0107-WH", "name": "Cup \"Mini\", white", "quantity": 6, "price": 12.5, "tags": ["kitchen", "set"]},
        {"sku": "TE-2210", "name": "Assam, second flush, 250 g", "quantity": 2, "price": 24.99, "tags": []},
    ],
    "payment": {"method": "invoice", "due": "2026-03-28", "paid_at": "2026-03-16T17:20:00+00:00", "installments": 1},
    "history": [1773480413, 1773480977, 1773566400],
    "note": "Please ring twice.\nThe dog is friendly, and likes visitors.",
}

DOCUMENTS = {
    "small": SMALL,
    "1 KiB": ORDER,
    "100 records": records(100),
    # Text with what must be escaped, and letters beyond ASCII.
    "100 KB": {"records": records(500), "text": 'He said: "Grüße"\n' * 2000},
}
