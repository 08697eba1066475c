"""What can be said of missions. Form, API, page, sentence, docs and law tests follow.

offers      what a giver offers on its pledge, in versions; withdrawn
agreements  both signatures under exactly one version
orders      the order, and what the giver says since: under way, arrived, recalled, home, settled
arrivals    what the receiver says: checked in, at work, released; and longer, if both say so

An offer, its countersignature and its mission live in the giver's log; the agreement and the reception in the
receiver's. Nobody's record changes another's row: `rules` puts them together.
"""

from hansa.aid.missions.records import agreements, arrivals, offers, orders

__all__ = ["agreements", "arrivals", "offers", "orders"]
