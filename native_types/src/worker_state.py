"""`coachwhip.worker_state`: what belongs to one worker, such as a pool whose connections belong to the worker's event loop."""

from _thread import _local


class WorkerState(_local):
    """A namespace for each worker: what is set on a worker's thread is seen on that thread alone."""

    def __init__(self):
        # Called on each further thread that uses it, before anything else. What has made it is the first.
        import coachwhip

        try:
            coachwhip.strategy()
        except RuntimeError:
            # No server runs this interpreter: the thread of a test is its worker.
            return
        try:
            coachwhip.worker_id()
        except RuntimeError:
            text = "worker_state belongs to the threads of workers, and this is another one: pass what it needs as arguments"
            raise RuntimeError(text) from None

    def __getattr__(self, name):
        text = f"worker_state has no {name!r} on this worker: set it in an @on_worker_startup function"
        raise AttributeError(text, name=name, obj=self)


# Made without a call of __init__: no server has said yet that it runs the interpreter.
worker_state = WorkerState.__new__(WorkerState)
