"""Gives its own logger a handler."""

import logging

from coachwhip import get

handler = logging.StreamHandler()
handler.setFormatter(logging.Formatter("MINE %(message)s"))
logging.getLogger("shop").addHandler(handler)
logging.getLogger("shop").setLevel(logging.INFO)


@get("/")
def index() -> None:
    logging.getLogger("shop.orders").info("hello")
