"""Handlers for coachwhip: `demo` is what the server shows by default; `coachwhip.pyi` describes what they import."""
