"""START HERE: everything that aid can say. Form, API, page, sentence, docs and law tests follow.

needs      what a member under a call needs, changed and cancelled
pledges    what others promise toward it, take back, and what of it is accepted
shipments  on the way, delivered, confirmed, disputed, settled, given back
stock      what a member holds, what it keeps back for itself, and resource types

A need, its acceptances and its receipts belong to the member under the call; a pledge and its shipments
to the giver. Nobody's record changes another's row: `board` puts them together.
"""

from hansa.aid.records import needs, pledges, shipments, stock

__all__ = ["needs", "pledges", "shipments", "stock"]
