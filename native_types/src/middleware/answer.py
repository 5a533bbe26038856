"""How the functions of a handler module answer one request, in their order.

Run once in each interpreter whose modules register such functions. One coroutine serves both kinds of handlers: while it
meets none that waits, it ends at the first `send`, and no event loop is needed.
"""


async def nothing():
    pass


coroutine = nothing()
Coroutine = type(coroutine)
coroutine.close()


class Hop:
    """Awaited once, it gives a coroutine that runs outside an event loop back, to be resumed on one."""

    def __await__(self):
        yield


async def run(coroutine, is_on_loop):
    if not is_on_loop:
        await Hop()
    return await coroutine


def make(before, after, by_status, by_type, http_error, respond, fail, unanswered):
    """What answers requests with these functions: for those that have a handler, for those that have none, for WebSockets.

    `respond(returned, status, error)` makes the `Response` for what was returned: with that status if it has none of its
    own, and the header fields of that error;
    `fail(request, error)` makes the one for an exception that no function takes, recording it unless it is an answer;
    `unanswered` says what is wrong with the handler of a WebSocket that leaves the handshake without an answer.
    """

    # `core` is the native part of a WebSocket: once its handshake is answered, all that comes concerns the socket alone.
    async def answer(request, is_on_loop, function, positional, named, core=None):
        try:
            for step in before:
                returned = step(request)
                if type(returned) is Coroutine:
                    returned = await run(returned, is_on_loop)
                if returned is not None:
                    break
            else:
                returned = function(*positional, **named)
                if type(returned) is Coroutine:
                    returned = await run(returned, is_on_loop)
                if core is not None:
                    return None
            response = respond(returned)
        except GeneratorExit:
            raise
        except BaseException as error:
            if core is not None and core.is_answered():
                raise
            response = await recover(request, is_on_loop, error)
        return await finish(request, is_on_loop, response)

    def converse(request, core, is_accepted, function, positional, named):
        return answer(request, True, talk, (core, is_accepted, function, positional, named), {}, core)

    async def talk(core, is_accepted, function, positional, named):
        if is_accepted:
            core.accept(None, None)
        await function(*positional, **named)
        if not core.is_answered():
            raise RuntimeError(unanswered)

    async def refuse(request, is_on_loop, status, allow):
        try:
            raise http_error(status, headers={"Allow": allow} if allow else None)
        except http_error as error:
            response = await recover(request, is_on_loop, error)
        return await finish(request, is_on_loop, response)

    async def finish(request, is_on_loop, response):
        for step in after:
            try:
                returned = step(request, response)
                if type(returned) is Coroutine:
                    returned = await run(returned, is_on_loop)
                if returned is not None and returned is not response:
                    response = respond(returned)
            except GeneratorExit:
                raise
            except BaseException as error:
                response = await recover(request, is_on_loop, error)
        return response

    # Called within `except`, so that what a function raises has the first exception as its context.
    async def recover(request, is_on_loop, error):
        function, status, is_recorded = find(error)
        if function is None:
            return fail(request, error)
        try:
            returned = function(request, error)
            if type(returned) is Coroutine:
                returned = await run(returned, is_on_loop)
            response = respond(returned, status, error)
        except GeneratorExit:
            raise
        except BaseException as other:
            return fail(request, other)
        if is_recorded:
            fail(request, error)
        return response

    def find(error):
        status = error.status if isinstance(error, http_error) else None
        if status in by_status:
            return by_status[status], status, False
        for kind in type(error).__mro__:
            if kind in by_type:
                return by_type[kind], status, False
        if status is None and 500 in by_status:
            return by_status[500], 500, True
        return None, None, False

    return answer, refuse, converse
