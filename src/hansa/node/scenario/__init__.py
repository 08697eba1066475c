"""Scenarios: a story in a file, and the player who says it through the same door as everybody."""
