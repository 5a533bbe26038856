"""Starts fastpysgi, whose command line has no number of workers: `serve_fastpysgi.py wsgi|asgi PORT WORKERS`."""

import sys
from importlib import import_module

import fastpysgi

interface, port, workers = sys.argv[1:]
# As the other servers have it: no waiting for more to send.
fastpysgi.server.tcp_nodelay = 1
fastpysgi.run(import_module(interface).app, "127.0.0.1", int(port), workers=int(workers))
