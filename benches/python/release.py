"""The Python part of a request whose body is long: what a short handler does."""


def handle(body: bytes) -> int:
    total = 0
    for number in range(500):
        total += number
    return total + len(body)
