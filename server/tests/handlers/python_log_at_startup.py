"""Configures logging in a start-up hook."""

import logging

from coachwhip import get, on_startup

@on_startup
def configure() -> None:
    logging.basicConfig(format="MINE %(message)s", level=logging.INFO)


@get("/")
def index() -> None:
    logging.getLogger("shop.orders").info("hello")
