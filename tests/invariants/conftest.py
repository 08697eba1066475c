"""Virtual nodes for the invariants that speak of nodes."""

from tests.rig.worlds import founded_homes, make_world

__all__ = ["founded_homes", "make_world"]
