"""The bars that this project sets itself: what has to hold for the design to be worth its while."""

from recording.claims.boundary import INCREMENT, NO_OP, product
from recording.claims.interop import queues
from recording.claims.techniques import KEPT, nested
from recording.evidence import efficiency, only_on, ratio, time
from recording.verdict import Claim, at_least, at_most

READ_TWO = "request make + 2 attributes"

BARS = (
    Claim("Native no-op against Python no-op", "", "boundary", at_most(1.05),
          parts=product("noop", NO_OP)),
    Claim("Native echo against the Python increment", "", "boundary", at_most(1.15),
          parts=product("echo_u64", INCREMENT)),
    Claim("Attaching three deep against staying attached", "", "attach", at_least(10),
          parts=nested(KEPT)),
    Claim("Dict of copies against a native request, ten headers, made and two attributes read", "", "request",
          at_least(10), parts={"": ratio(time(READ_TWO, "dict", "10h 0b"), time(READ_TWO, "native", "10h 0b"))}),
    Claim("Mutex against lock-free queues under contention, eight producers and eight consumers", "", "queue",
          at_least(1), parts=queues(8, 8)),
    Claim("Two interpreters with a GIL each: efficiency", "", "strategies", at_least(92), "%",
          {"": only_on("3.13", efficiency("subinterp", 2))}),
    Claim("Two threads without a GIL: efficiency", "", "strategies", at_least(85), "%",
          {"": only_on("3.13t", efficiency("freethreaded", 2))}),
)  # fmt: skip
