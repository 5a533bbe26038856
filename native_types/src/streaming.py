"""Streams between handlers and clients, as tasks of a worker's event loop."""

from asyncio import CancelledError, current_task, get_running_loop, sleep

END = object()


async def pump(source, writer, begin):
    """Sends what an iterator makes until it ends, raises, or the client leaves; closes it then."""
    begun = False
    try:
        while not writer.has_left():
            piece = next(source, END)
            if piece is END:
                writer.finish()
                break
            is_text = writer.write(piece)
            if not begun:
                begun = True
                begin(is_text)
            await turn(writer)
    finally:
        writer.close()
        close = getattr(source, "close", None)
        if close is not None:
            close()


async def pump_async(source, writer, begin):
    """Sends what an asynchronous iterator makes, as `pump` does; it is cancelled where it waits when the client leaves."""
    begun = False
    iterator = aiter(source)
    Departure(writer, current_task())
    try:
        async for piece in iterator:
            is_text = writer.write(piece)
            if not begun:
                begun = True
                begin(is_text)
            await turn(writer)
            if writer.has_left():
                break
        else:
            writer.finish()
    except CancelledError:
        if not writer.has_left():
            raise
    finally:
        writer.close()
        close = getattr(iterator, "aclose", None)
        if close is not None:
            await close()


async def turn(writer):
    """Lets the loop's other work have its turn, and waits until there is room for a piece, or nobody who reads it."""
    await sleep(0)
    while not writer.has_room():
        future = get_running_loop().create_future()
        if not writer.watch_room(future):
            await future


class Departure:
    """Cancels a task when the client leaves while its writer is open."""

    def __init__(self, writer, task):
        self.writer = writer
        self.task = task
        self.watch()

    def watch(self):
        future = get_running_loop().create_future()
        future.add_done_callback(self.look)
        self.writer.watch_departure(future)

    def look(self, _):
        if self.writer.has_left():
            self.task.cancel()
        elif self.writer.is_open():
            self.watch()


async def pieces(poll):
    """The pieces of a body that is being received: `poll` gives one, b"" after the last, or None where there is none yet."""
    while True:
        piece = poll(None)
        while piece is None:
            future = get_running_loop().create_future()
            piece = poll(future)
            if piece is None:
                await future
                piece = poll(None)
        if not piece:
            return
        yield piece
