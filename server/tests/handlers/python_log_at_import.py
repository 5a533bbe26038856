"""Configures logging where it is imported."""

import logging

from coachwhip import get

logging.basicConfig(format="MINE %(message)s", level=logging.INFO)


@get("/")
def index() -> None:
    logging.getLogger("shop.orders").info("hello")
