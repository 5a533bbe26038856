"""Can't be imported."""


def prepare() -> None:
    raise ValueError("not today")


prepare()
