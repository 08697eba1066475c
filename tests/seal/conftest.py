"""Pacts of virtual nodes, in which members seal records to each other."""

from tests.rig.worlds import founded_homes, make_world
from tests.seal.sealing import pact

__all__ = ["founded_homes", "make_world", "pact"]
