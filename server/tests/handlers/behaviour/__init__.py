"""The app of the behaviour tests: one module a topic, each holding the handlers that its tests call."""

from . import dispatching, failures, files, forms, requests, responses, routing, tasks, where  # noqa: F401  (importing them registers their routes)
