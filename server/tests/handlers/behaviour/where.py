"""Which interpreter a handler runs in, and what its module keeps there; the stub against the module."""

import ast
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import coachwhip
from coachwhip import Request, get

lock = threading.Lock()
calls = 0


@get("/where")
def where(request: Request) -> dict:
    return {
        "strategy": coachwhip.strategy(),
        "worker": coachwhip.worker_id(),
        "interpreter": coachwhip.interpreter_id(),
        "version": coachwhip.__version__,
    }


@get("/where/async")
async def where_async(request: Request) -> dict:
    return {
        "strategy": coachwhip.strategy(),
        "worker": coachwhip.worker_id(),
        "interpreter": coachwhip.interpreter_id(),
        "version": coachwhip.__version__,
    }


@get("/where/count/{milliseconds}")
def count(request: Request, milliseconds: int) -> dict:
    """Counts, and keeps its worker for so long."""
    global calls
    with lock:
        calls += 1
        number = calls
    time.sleep(milliseconds / 1000)
    return {"worker": coachwhip.worker_id(), "interpreter": coachwhip.interpreter_id(), "number": number}


def public(names) -> set[str]:
    return {name for name in names if not name.startswith("_")}


@get("/where/stub/{*path}")
def stub(request: Request, path: str) -> dict:
    """The names that the stub at `path` has and the module lacks, and the other way round."""
    differences: dict[str, list[str]] = {"lacks": [], "undescribed": []}
    described: set[str] = set()
    imported: set[str] = set()
    for node in ast.parse(Path("/" + path).read_text()).body:
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                imported |= {alias.asname or alias.name for alias in names}
            case ast.FunctionDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                described.add(name)
            case ast.ClassDef(name=name, body=body) if not name.startswith("_"):
                described.add(name)
                kind = getattr(coachwhip, name, object)
                members = {child.name for child in body if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)}
                members |= {ast.unparse(child.target) for child in body if isinstance(child, ast.AnnAssign)}
                have = set(dir(kind(404) if issubclass(kind, Exception) else kind))
                differences["lacks"] += [f"{name}.{one}" for one in sorted(members - have)]
                inherited = {one for base in kind.__mro__[1:] for one in vars(base)} | set(dir(Mapping))
                undescribed = public(vars(kind)) - members - inherited
                differences["undescribed"] += [f"{name}.{one}" for one in sorted(undescribed)]
    differences["lacks"] += sorted(public(described) - set(dir(coachwhip)))
    differences["undescribed"] += sorted(public(dir(coachwhip)) - described - imported)
    return differences
