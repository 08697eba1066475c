"""Folding anew when this version of Hansa reads records otherwise than the one that folded them.

A pact's nodes are upgraded one after another. A record of a kind that a node does not know yet is kept and counted; once
a version knows it, all rows are made anew from the logs, and are what they would be had it been known from the beginning.
"""

import logging

from hansa.kernel import erase, likeness, search, state
from hansa.kernel.models import Entry, Fate, Kept
from hansa.kernel.writing import writing

logger = logging.getLogger(__name__)

FOLD = "fold"
"""The name under which a home keeps the version of the fold that made its rows."""


def folded_by() -> str:
    """Return the version of the fold that made the rows here; none before any was noted."""
    kept = Kept.objects.filter(name=FOLD).first()
    return kept.value if kept else ""


def is_due() -> bool:
    """Tell whether another version of the fold made the rows here."""
    return folded_by() not in {"", likeness.fold_version()}


def settle() -> bool:
    """Make all rows anew if another law made them; tell whether that was done. All in one transaction, or not at all."""
    if folded_by() == likeness.fold_version():
        return False
    with writing():
        known = list(Entry.objects.filter(fate=Fate.UNKNOWN).values_list("id", flat=True))
        there = Entry.objects.exists()
        if there:
            state.rebuild()
            erase.follow_all()
            search.renew(known)
        Kept.objects.update_or_create(name=FOLD, defaults={"value": likeness.fold_version()})
    if there:
        logger.warning("all rows were made anew, because this version reads more kinds of records")
    return there
