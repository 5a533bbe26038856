"""The JSON codec against the standard library's: values, texts, types and errors."""

import datetime
import decimal
import enum
import gc
import importlib
import json
import math
import random
import sys
import threading
import typing
import uuid
from collections import Counter, OrderedDict, defaultdict, namedtuple
from collections.abc import Callable
from dataclasses import InitVar, dataclass, field

import coachwhip.json
from coachwhip import Request, Response, get, post
from coachwhip import json as native
from coachwhip.json import dumps, loads

stock = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@get("/imports")
def imports() -> str:
    assert native is coachwhip.json is sys.modules["coachwhip.json"] is importlib.import_module("coachwhip.json")
    assert (native.dumps, native.loads) == (dumps, loads)
    assert sorted(native.__all__) == ["dumps", "loads"]
    assert (native.__name__, native.__package__, native.__spec__.name) == ("coachwhip.json", "coachwhip", "coachwhip.json")
    assert dumps.__module__ == loads.__module__ == "coachwhip.json"
    assert all(thing.__doc__ for thing in (native, dumps, loads))
    # It belongs to this interpreter's `coachwhip`, as often as that is imported.
    del sys.modules["coachwhip"], sys.modules["coachwhip.json"]
    again = importlib.import_module("coachwhip.json")
    assert again.loads(again.dumps([1])) == [1] and dumps([2]) == "[2]"
    return "ok"


@post("/verdict")
def verdict(request: Request) -> str:
    """Reads a text from each kind of argument; all of them must agree."""
    body = request.body
    told = {str(attempt(loads, kind(body))) for kind in (bytes, bytearray, memoryview)}
    try:
        told.add(str(attempt(loads, body.decode())))
    except UnicodeDecodeError:
        assert all("ValueError" in text for text in told), told
    assert len(told) == 1, told
    return told.pop()


def attempt(call: Callable, argument: typing.Any) -> str:
    try:
        return "value " + repr(call(argument))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


class Values:
    """Random values that JSON holds."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def text(self) -> str:
        pick = self.random
        alphabets = ("abcdefghij_ ", 'ab"\\/\b\f\n\r\t\x00\x1f\x7f', "aé\x80ÿ", "a€\u2028\uffff\ud7ff\ue000", "a😀\U0010ffff")
        letters = pick.choice(alphabets) + pick.choice(alphabets)
        return "".join(pick.choices(letters, k=pick.choice((0, 1, 2, 5, 7, 8, 9, 15, 16, 17, 40, 200))))

    def number(self) -> float:
        pick = self.random
        kind = pick.randrange(6)
        if kind == 0:
            return pick.randint(-300, 300)
        if kind == 1:
            return pick.choice((-1, 1)) * (2 ** pick.choice((31, 32, 53, 63, 64, 200, 1000)) + pick.randint(-1, 1))
        if kind == 2:
            return round(pick.uniform(-1000, 1000), pick.randrange(5))
        if kind == 3:
            return pick.choice((0.0, -0.0, 1e16, 1e15, 9999999999999998.0, 1e-4, 1e-5, 9.99e-5, 5e-324, sys.float_info.max, 1e22))
        if kind == 4:
            return math.ldexp(pick.random() - 0.5, pick.randint(-1070, 1020))
        return pick.getrandbits(pick.choice((8, 31, 62, 63, 64, 65, 128))) * pick.choice((-1, 1))

    def value(self, depth: int = 0) -> typing.Any:
        pick = self.random
        kind = pick.randrange(8 if depth < 5 else 5)
        if kind == 0:
            return pick.choice((None, True, False))
        if kind <= 2:
            return self.number()
        if kind <= 4:
            return self.text()
        if kind == 5:
            return {self.text(): self.value(depth + 1) for _ in range(pick.choice((0, 1, 3, 8)))}
        items = [self.value(depth + 1) for _ in range(pick.choice((0, 1, 4, 9)))]
        return items if kind == 6 else tuple(items)


def same(left: typing.Any, right: typing.Any) -> None:
    # The text tells 1 from 1.0 and True, 0.0 from -0.0, and in which order the keys stand.
    assert repr(left) == repr(right), f"{left!r} is not {right!r}"


@get("/agree/{seed}")
def agree(request: Request, seed: int) -> str:
    """What is written is what `json` writes, what is read is what it reads."""
    values = Values(seed)
    for _ in range(40):
        value = values.value()
        text = stock(value)
        assert dumps(value) == text, (value, dumps(value), text)
        assert Response.json(value).body == text.encode(), value
        for spelled in (text, json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
            same(loads(spelled), json.loads(spelled))
            same(loads(spelled.encode()), json.loads(spelled))
    return "ok"


def is_strict(value: typing.Any) -> bool:
    """Whether the value has nothing that `json` reads and this codec refuses."""
    if isinstance(value, dict):
        return all(is_strict(key) and is_strict(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(is_strict, value))
    if isinstance(value, str):
        return not any("\ud800" <= letter <= "\udfff" for letter in value)
    return not isinstance(value, float) or math.isfinite(value)


@get("/spoilt/{seed}")
def spoilt(request: Request, seed: int) -> dict:
    """Documents with a few letters changed: both refuse them, or both read the same."""
    values = Values(seed)
    pick = values.random
    pieces = [*'{}[]",:.-+eE0123456789 \\untrfl\x00\x1f\té😀', "\\u", "\\ud83d", "NaN", "Infinity", "null", "1e999", "\n", "00"]
    counts = {"read": 0, "refused": 0, "stricter": 0}
    for _ in range(120):
        text = json.dumps(values.value(3), ensure_ascii=pick.random() < 0.5)
        for _ in range(pick.randint(1, 3)):
            at = pick.randint(0, len(text))
            text = text[:at] + pick.choice(pieces) + text[at + pick.choice((0, 0, 1, 2)):]
        try:
            expected = json.loads(text)
        except ValueError:
            verdict = "refused"
        else:
            verdict = "read" if is_strict(expected) else "stricter"
        counts[verdict] += 1
        told = attempt(loads, text)
        if verdict == "read":
            assert told == "value " + repr(expected), (text, told, expected)
        else:
            assert told.startswith("ValueError: not valid JSON: ") and " at line " in told, (text, told)
    return counts


class Colour(enum.Enum):
    RED = "red"
    PAIR = (1, 2)


class Level(enum.IntEnum):
    HIGH = 3
    HUGE = 2**70


class Name(str, enum.Enum):
    FIRST = "first"


@dataclass
class Point:
    x: int
    y: float = 0.5
    kind: typing.ClassVar[str] = "point"
    scale: InitVar[int] = 1
    hidden: list = field(default_factory=list, repr=False)


@dataclass(slots=True, frozen=True)
class Slotted:
    at: datetime.date
    points: tuple = ()


class Stamp(datetime.datetime):
    pass


class Money(decimal.Decimal):
    pass


class Text(str):
    def __str__(self) -> str:
        return "not this"


class Whole(int):
    def __repr__(self) -> str:
        return "not this"


class Real(float):
    def __repr__(self) -> str:
        return "not this"


class Items(list):
    pass


Pair = namedtuple("Pair", "left right")
UTC = datetime.timezone.utc
ID = uuid.UUID("7c9e6679-7425-40de-944b-e07fc1f90ae7")

WRITTEN: list[tuple[typing.Any, str]] = [
    (datetime.datetime(2026, 3, 14, 9, 26, 53), '"2026-03-14T09:26:53"'),
    (datetime.datetime(2026, 3, 14, 9, 26, 53, 589793, UTC), '"2026-03-14T09:26:53.589793+00:00"'),
    (Stamp(2026, 3, 14), '"2026-03-14T00:00:00"'),
    (datetime.date(2026, 3, 14), '"2026-03-14"'),
    (datetime.time(9, 26), '"09:26:00"'),
    (ID, '"7c9e6679-7425-40de-944b-e07fc1f90ae7"'),
    (decimal.Decimal("12.50"), '"12.50"'),
    (Money("1E+3"), '"1E+3"'),
    (Colour.RED, '"red"'),
    (Colour.PAIR, "[1,2]"),
    (Level.HIGH, "3"),
    (Level.HUGE, str(2**70)),
    (Name.FIRST, '"first"'),
    ({Name.FIRST: Name.FIRST, Text("k"): Text("v")}, '{"first":"first","k":"v"}'),
    (Point(1), '{"x":1,"y":0.5,"hidden":[]}'),
    (Slotted(datetime.date(2026, 3, 14), (ID,)), '{"at":"2026-03-14","points":["7c9e6679-7425-40de-944b-e07fc1f90ae7"]}'),
    (Pair(1, None), "[1,null]"),
    ((), "[]"),
    (Whole(7), "7"),
    (Real(7), "7.0"),
    (Items([1, 2]), "[1,2]"),
    (OrderedDict(b=1, a=2), '{"b":1,"a":2}'),
    (defaultdict(list, a=[1]), '{"a":[1]}'),
    (Counter("aab"), '{"a":2,"b":1}'),
    (True, "true"),
    ([None, False], "[null,false]"),
    (10**4299, "1" + "0" * 4299),
]


@get("/types")
def types() -> str:
    # Twice: a class that has been met is known from then on.
    for value, expected in WRITTEN * 2:
        assert dumps(value) == expected, (value, dumps(value))
        assert dumps([{"a": value}]) == '[{"a":%s}]' % expected
        assert Response.json(value).body == expected.encode()
    return "ok"


class UUID:
    """Only called like one."""

    def isoformat(self) -> str:
        return "never asked"


class Odd(datetime.date):
    def isoformat(self) -> typing.Any:
        return 5


def cycles() -> list:
    inner: dict = {}
    inner["self"] = [inner]
    chain: typing.Any = None
    for _ in range(1005):
        chain = Colour.RED if chain is None else (chain,)
    return [inner, chain]


REFUSED: list[tuple[type, str, list]] = [
    (ValueError, "NaN is not allowed in JSON", [float("nan"), Real("nan")]),
    (ValueError, "inf is not allowed in JSON", [float("inf"), -float("inf")]),
    (ValueError, "half a surrogate pair, U+D800", ["\ud800", "é\ud800", "😀\ud800", {"\ud800": 1}]),
    (ValueError, "digits", [10**4300, -(10**4300)]),
    (TypeError, "JSON keys must be str, not ", [{1: 2}, {None: 1}, {b"a": 1}, {("a",): 1}, {Level.HIGH: 1}, {ID: 1}]),
    (TypeError, " can't be written as JSON", [b"a", bytearray(), {1}, frozenset(), object(), 1j, range(3), Point, len]),
    (TypeError, " can't be written as JSON", [datetime.timedelta(1), UUID(), datetime, iter([]), memoryview(b""), Colour]),
    (TypeError, "isoformat() must return str, not int", [Odd(2026, 1, 1)]),
    (RecursionError, "JSON nested deeper than 1000 levels", cycles()),
]


@get("/refused")
def refused() -> str:
    for kind, part, values in REFUSED:
        for value in values:
            for wrapped in (value, [value], {"a": (value,)}):
                told = attempt(dumps, wrapped)
                assert told.startswith(kind.__name__ + ": ") and part in told, (kind, told)
    for wrong in (None, 1, ["1"], {}, object(), array_of_ints()):
        assert attempt(loads, wrong).startswith("TypeError: loads() takes str, bytes"), wrong
    assert attempt(loads, memoryview(b"1 2 ")[::2]).startswith("BufferError")
    for call in (dumps, loads):
        assert attempt(lambda _, call=call: call(), 0).startswith("TypeError")
        assert attempt(lambda _, call=call: call("1", "2"), 0).startswith("TypeError")
    return "ok"


def array_of_ints() -> typing.Any:
    import array

    return array.array("i", [1])


@get("/positions")
def positions() -> str:
    rows = [
        ("", 1, 1), ("[1,\n 2,\n x]", 3, 2), ('{"é": "ü", 1}', 1, 12), ("[\r\n\t1 2]", 2, 4), ('["a\\x"]', 1, 5),
        ("[1e999]", 1, 2), ("[" + "7" * 5000 + "]", 1, 2), ("[\n1] 1", 2, 4), ('"\ud800"', 1, 2), ("[" * 2000, 1, 1002),
    ]  # fmt: skip
    for text, line, column in rows:
        told = attempt(loads, text)
        assert told.startswith("ValueError: not valid JSON: "), told
        assert told.endswith(f" at line {line} column {column}"), (text[:20], told)
    return "ok"


@get("/changed/by-threads")
def changed_by_threads() -> str:
    """Threads change a dict and a list while these are written: each text is whole, or the change of size is told."""
    table: dict = {f"key {number}": [number] for number in range(100)}
    row: list = list(range(100))
    document = {"table": table, "row": row}
    is_done = threading.Event()
    finished: list[bool] = []

    def change(number: int) -> None:
        while not is_done.is_set():
            table[f"new {number}"] = {"a": number}
            row.append("x" * number)
            table.pop(f"new {number}", None)
            table[f"key {number}"] = [str(number)]
            row.pop()
            row[number] = {"b": [number]}

    def write() -> None:
        for _ in range(50):
            try:
                text = dumps(document)
            except RuntimeError as error:
                assert str(error) == "dictionary changed size during iteration", error
            else:
                assert set(json.loads(text)) == {"table", "row"}, text
        finished.append(True)

    changing = [threading.Thread(target=change, args=(number,)) for number in (1, 2)]
    writing = [threading.Thread(target=write) for _ in range(2)]
    for thread in changing + writing:
        thread.start()
    for thread in writing:
        thread.join()
    is_done.set()
    for thread in changing:
        thread.join()
    assert len(finished) == len(writing), "a thread has failed, see standard error"
    return "ok"


@get("/read/by-threads")
def read_by_threads() -> str:
    """Threads read documents with many keys at once: each finds its own."""
    failed: list = []

    def read(seed: int) -> None:
        pick = random.Random(seed)
        for _ in range(300):
            value = {f"key {pick.randrange(2000)}": pick.random() for _ in range(20)}
            if loads(dumps(value)) != value:
                failed.append(value)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed[0]
    return "ok"


@get("/memory/{rounds}")
def memory(request: Request, rounds: int) -> int:
    """The blocks that so many rounds of reading and writing leave, with keys that never come again, and errors."""
    pick = random.Random(rounds)

    def work(count: int) -> None:
        for number in range(count):
            key = f"{pick.random()}"
            document = {key: [number, 0.5, None, "é" * 20, WRITTEN[number % len(WRITTEN)][0]], "same": {"a": []}}
            loads(dumps(document))
            attempt(loads, '{"a": [1, 2, "' + key)
            attempt(dumps, [document, {1: 2}])

    work(rounds)
    gc.collect()
    before = sys.getallocatedblocks()
    work(rounds)
    gc.collect()
    return sys.getallocatedblocks() - before
