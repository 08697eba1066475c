"""START HERE: everything that the pact can say. Form, API, page, sentence, docs and law tests follow.

offices      a member opens its log, appoints officers, changes and ends their grants
keys         the keys with which an officer approves weighty acts
membership   founding, charter, invitation, accession, amendment, withdrawal
calls        a call for aid, consents, widening, narrowing, standing down, declining
rebind       new keys for a member whose roots are all lost
facts        public facts with sources, corrections, notes between officers
"""

from hansa.pact.records import calls, facts, keys, membership, offices, rebind

__all__ = ["calls", "facts", "keys", "membership", "offices", "rebind"]
