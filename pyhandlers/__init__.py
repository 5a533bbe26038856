"""Handlers for coachwhip: the `demo` that it serves by default, one module for each feature, and their tests.

`coachwhip.pyi` describes what they import.
"""
