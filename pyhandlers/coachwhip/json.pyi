"""JSON (RFC 8259), read and written natively: what `Request.json` and `Response.json` use, for handlers.

Strict: NaN, infinities and lone surrogates are refused both ways, keys are `str`. Integers keep every digit that Python
converts (`sys.set_int_max_str_digits`).
"""

from typing import Any

__all__ = ["loads", "dumps"]

def loads(data: str | bytes | bytearray | memoryview) -> Any:
    """The object that a document describes; bytes are to be UTF-8, without a byte order mark.

    Raises `ValueError`, which names line and column, for what is not valid JSON, is nested deeper than 1,000 levels, or holds
    a number that Python can't hold; `TypeError` for another type of `data`.
    """

def dumps(value: Any) -> str:
    """The document that describes a value, without spaces and with letters as they are, not escaped.

    It is `str`, as `json.dumps` of the standard library returns, so that the one can stand in for the other. The bytes of an
    answer are made without it, by `Response.json` or by returning the value.

    Tuples become arrays; `datetime`, `date` and `time` what `isoformat()` gives; `UUID` and `Decimal` strings; members of an
    `Enum` their value; dataclasses objects. Raises `TypeError` for other types and for keys that are no `str`, `ValueError` for
    NaN, infinities and lone surrogates, `RecursionError` beyond 1,000 levels, `RuntimeError` for a dict whose size changes
    meanwhile.
    """
