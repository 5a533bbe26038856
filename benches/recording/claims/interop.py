"""What the "Python-C++ interop optimization guide" claims: queues, strategies, native requests, and their product."""

from recording.evidence import Source, efficiency, load_ratio, on, only_on, queue, rate, ratio, speedup, time
from recording.verdict import Claim, Rule, at_least, at_most

SUBINTERP, FREE, MAIN = "coachwhip_subinterp_auto", "coachwhip_freethreaded_auto", "coachwhip_main_auto"


def queues(producers: int, consumers: int) -> dict[str, Source]:
    """The mutex's time over those of the queues without a lock."""
    mutex = queue(producers, consumers, "mutex")
    return {kind: ratio(mutex, queue(producers, consumers, kind)) for kind in ("array queue", "seg queue")}


def lock_free(producers: int, consumers: int) -> dict[str, Source]:
    """Nanoseconds of the queues without a lock."""
    return {kind: queue(producers, consumers, kind) for kind in ("array queue", "seg queue")}


def request(group: str) -> dict[str, Source]:
    """The dict's time over the native request's, by number of headers."""
    parameters = ("2h 0b", "10h 0b", "50h 0b")
    return {one: ratio(time(group, "dict", one), time(group, "native", one)) for one in parameters}


def response() -> dict[str, Source]:
    """Building it in Python over the native one."""
    return {
        case: ratio(time("response", "python", case), time("response", "native", case))
        for case in ("text", "headers", "json")
    }


def json(way: str) -> dict[str, Source]:
    """Python's `json` over the native one, by document."""
    documents = ("small", "100 records", "100 KB")
    return {one: ratio(time("json", f"python {way}", one), time("json", f"native {way}", one)) for one in documents}


def of_workers(strategy: str, python: str) -> dict[str, Source]:
    """What two workers do of what they could, here and under load."""
    return {"": only_on(python, efficiency(strategy, 2))}


FREE_THREADED = only_on("3.13t", ratio(rate("freethreaded", 1), on("3.13", rate("main", 1))))
"""Requests/s of one worker without a GIL, over one with a GIL on the same version."""

QUEUES = (
    Claim("A queue with a mutex: one producer, one consumer", "500 ns", "queue", Rule(400, 600), "ns",
          {"": queue(1, 1, "mutex")}),
    Claim("The same with several of each", "1000 ns", "queue", Rule(500, 1500), "ns",
          {"4 and 4": queue(4, 4, "mutex"), "8 and 8": queue(8, 8, "mutex")}),
    Claim("A queue without a lock: one producer, one consumer", "50 ns", "queue", at_most(50), "ns", lock_free(1, 1)),
    Claim("The same with several of each", "100 ns", "queue", at_most(100), "ns", lock_free(8, 8)),
    Claim("Without a lock against the mutex: one producer, one consumer", "10x", "queue", at_least(10),
          parts=queues(1, 1)),
    Claim("Without a lock against the mutex: eight of each", "10x", "queue", at_least(10), parts=queues(8, 8)),
    Claim("Throughput without a lock grows in proportion to producers and consumers", "linear", "queue", at_least(7.2),
          parts={kind: ratio(queue(1, 1, kind), queue(8, 8, kind)) for kind in ("array queue", "seg queue")}, cores=16),
)  # fmt: skip

STRATEGIES = (
    Claim("Eight interpreters with a GIL each do 7.2 times what one does", "7.2x of 8 (90 %)", "strategies",
          at_least(7.2), parts={"2 workers": only_on("3.13", speedup("subinterp", 2))}, cores=8),
    Claim("Interpreters with a GIL each keep 90 % efficiency. Here: two", "90 %", "strategies", at_least(90), "%",
          of_workers("subinterp", "3.13")),
    Claim("The same in the whole server, under load: two workers over one", "near linear", "loadtests", at_least(1.8),
          parts={"": load_ratio("cpu_bound", "requests_per_s", f"{SUBINTERP}-2", f"{SUBINTERP}-1")}),
    Claim("An interpreter of its own costs one thread nothing", "1.0x", "strategies", Rule(0.95, 1.05),
          parts={"over `main`": only_on("3.13", ratio(rate("subinterp", 1), rate("main", 1)))}),
    Claim("Without a GIL, eight threads do 4.8 times what one with a GIL does", "4.8x", "strategies", at_least(4.8),
          parts={"2 workers": only_on("3.13t", speedup("freethreaded", 2))}, cores=8),
    Claim("Without a GIL, threads are 60 % efficient. Here: two", "60 %", "strategies", Rule(55, 65), "%",
          of_workers("freethreaded", "3.13t")),
    Claim("The same in the whole server, under load: two workers over one", "1.2x of 2", "loadtests", Rule(1.1, 1.3),
          parts={"": load_ratio("cpu_bound", "requests_per_s", f"{FREE}-2", f"{FREE}-1")}),
    Claim("Without a GIL, one thread has 0.6 of the speed (40 % overhead)", "0.6x", "strategies", Rule(0.55, 0.65),
          parts={"over 3.13": FREE_THREADED}),
    Claim("One interpreter with one GIL gains nothing from more threads", "1.0x", "strategies", Rule(0.85, 1.1),
          parts={"2 workers": only_on("3.13", speedup("main", 2))}),
    Claim("Pinning workers to cores may help", "no figure", "strategies",
          reason="with two cores and a load generator on them there is nothing to pin to"),
)  # fmt: skip

MESSAGES = (
    Claim("A native request is made faster than a dict of copies", "10 to 20x", "request", at_least(10),
          parts=request("request make")),
    Claim("The same with two attributes read", "10 to 20x", "request", at_least(10),
          parts=request("request make + 2 attributes")),
    Claim("The same with everything read", "10 to 20x", "request", at_least(10), parts=request("request make + all")),
    Claim("Making it copies nothing: a body of 1 MiB costs no more than none", "zero-copy", "request", at_most(1.1),
          parts={"": ratio(time("request make", "native", "10h 1048576b"), time("request make", "native", "10h 0b"))}),
    Claim("A native response is built faster than one in Python", "10 to 20x", "response", at_least(10),
          parts=response()),
    Claim("A native response with JSON: written faster than by Python's `json`", "10 to 20x", "response", at_least(10),
          parts=json("dumps")),
    Claim("A request's JSON is read faster than by Python's `json`", "10 to 20x", "response", at_least(10),
          parts=json("loads")),
)  # fmt: skip


def whole(contender: str) -> dict[str, Source]:
    """What the whole server gains where all of it is at work, over one GIL."""
    measured = load_ratio("cpu_bound", "requests_per_s", f"{contender}-2", f"{MAIN}-1")
    return {"measured with 2 workers, a handler of 5 ms": measured}


PRODUCTS = (
    Claim("Native requests and eight interpreters together", "72 to 144x", "loadtests", parts=whole(SUBINTERP),
          is_multiplied=True),
    Claim("Native requests and eight threads without a GIL together", "48 to 96x", "loadtests", parts=whole(FREE),
          is_multiplied=True),
    Claim("100 requests/s become 7,200 with interpreters", "72x", "loadtests", parts=whole(SUBINTERP),
          is_multiplied=True),
    Claim("100 requests/s become 4,800 without a GIL", "48x", "loadtests", parts=whole(FREE), is_multiplied=True),
)  # fmt: skip

CLAIMS = (*QUEUES, *STRATEGIES, *MESSAGES, *PRODUCTS)
