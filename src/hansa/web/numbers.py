"""Numbers in the order of arrival, as addresses and headers carry them."""

LONGEST = 15
"""Digits that every database and every JSON reader keeps exact."""


def entry_number(text: str) -> int | None:
    """Read an entry's number; whatever is none is as good as nothing."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else None
