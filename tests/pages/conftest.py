"""A pact of three towns, and a browser for whoever sits in one of their offices."""

from tests.desk import at_desk, sit, towns

__all__ = ["at_desk", "sit", "towns"]
