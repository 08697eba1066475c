"""What is said about costs.

lines   what was spent or will be, and what proves it
claims  what is claimed, what is accepted, what is paid
"""

from hansa.aid.costs.records import claims, lines

__all__ = ["claims", "lines"]
