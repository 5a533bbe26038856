"""A worker's thread as `threading` knows it: under its own name, not as a foreign one that turns up.

Without this, the first record that a handler logs makes a dummy thread. CPython 3.13.0 prints an exception for each of
those that is left when an interpreter ends.
"""

import threading


class WorkerThread(threading.Thread):
    """A thread that the server has started, and ends."""

    def __init__(self, name):
        # Said here: where it is not, threading asks the calling thread, and so makes a dummy of it.
        super().__init__(name=name, daemon=False)
        # As threading does for the threads that it has not started, in each version.
        self._started.set()
        self._set_ident()
        if hasattr(self, "_set_native_id"):
            self._set_native_id()
        if hasattr(threading, "_make_thread_handle"):
            self._handle = threading._make_thread_handle(self._ident)
        with threading._active_limbo_lock:
            threading._active[self._ident] = self

    def is_alive(self):
        return True

    def join(self, timeout=None):
        raise RuntimeError("a worker's thread ends with the server, and can't be joined")

    def _stop(self):
        # Called by threading before 3.13 where it takes a thread for ended.
        pass

    def leave(self):
        """Says that the thread ends, while its interpreter goes on."""
        with threading._active_limbo_lock:
            if threading._active.get(self._ident) is self:
                del threading._active[self._ident]


def register(name):
    """What is to be called when the thread leaves its interpreter to others."""
    return WorkerThread(name).leave
