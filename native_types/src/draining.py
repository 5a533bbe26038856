"""The event `coachwhip.draining`: what waits does so here, in coroutines; everything else is native.

Nothing is imported before the first wait: asyncio takes an interpreter several MiB.
"""

from _thread import _local

# How often it looks, in seconds, in an event loop that is no worker's and so can't be woken.
GLANCE = 0.1


class Draining:
    """An event that is set when the server begins to end: what has no end of its own comes to its end then."""

    __slots__ = ("_core", "_known")

    def __init__(self, core):
        self._core = core
        # For each thread its loop, and the event that wakes all who wait there.
        self._known = _local()

    def is_set(self):
        """Whether the end has begun. Any thread may ask."""
        return self._core.is_set()

    async def wait(self, timeout=None):
        """Waits until the end begins, for `timeout` seconds at most; tells whether it has begun."""
        if not self._core.is_set():
            from asyncio import wait_for

            try:
                await wait_for(self._event().wait(), timeout)
            except TimeoutError:
                pass
        return self._core.is_set()

    def __await__(self):
        return self.wait().__await__()

    def _event(self):
        from asyncio import Event, get_running_loop

        known, loop = self._known, get_running_loop()
        if getattr(known, "loop", None) is not loop:
            known.loop, known.event = loop, Event()
            self._watch(loop, known.event)
        return known.event

    def _watch(self, loop, event):
        """Has the event set when the end begins: woken in a worker's loop, else by looking now and then."""
        future = loop.create_future()
        future.add_done_callback(lambda _: self._look(loop, event))
        if not self._core.watch(future):
            future.cancel()

    def _look(self, loop, event):
        if self._core.is_set():
            event.set()
        else:
            loop.call_later(GLANCE, self._look, loop, event)
