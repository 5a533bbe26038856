"""Answers on every socket, and says what a program executed from here would inherit."""

import os
import subprocess

from coachwhip import Request, get


@get("/")
def client(request: Request) -> dict:
    return {"client": request.client, "process": os.getpid()}


@get("/inherited")
def inherited() -> list:
    command = ["ls", "-l", "/proc/self/fd"]
    listing = subprocess.run(command, close_fds=False, stdout=subprocess.PIPE, text=True).stdout
    return [line for line in listing.splitlines() if "socket:" in line]
