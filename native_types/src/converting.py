"""Calling a handler with path parameters that functions of `coachwhip.converter` make."""


def converting(function, converters, HTTPError):
    """What calls `function` with the parameters that `converters` names converted: pairs of name and converter."""

    def convert_and_call(*positional, **named):
        for name, converter in converters:
            try:
                named[name] = converter(named[name])
            except ValueError as error:
                raise HTTPError(404) from error
        return function(*positional, **named)

    return convert_and_call
