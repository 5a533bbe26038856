"""The app of the behaviour tests: one module a topic, each holding the handlers that its tests call."""

from . import dispatching, events, failures, files, forms, placing, requests, responses, routing, sockets, streams, tasks, uploads, where  # noqa: F401  (importing them registers their routes)
