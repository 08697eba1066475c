"""Everything that the inventory can say. Form, API, page, sentence, docs and law tests follow.

holdings  lots that expire, people on the roster, imports: for the member's own officers
limits    what a member may not send, by its own law
packages  what goes out together, in revisions
"""

from hansa.aid.inventory.records import holdings, limits, packages

__all__ = ["holdings", "limits", "packages"]
