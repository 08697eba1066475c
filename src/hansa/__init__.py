"""Hansa: a pact of cities and states, and how its members come to each other's help."""

__version__ = "0.1.0"
