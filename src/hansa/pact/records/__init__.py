"""START HERE: everything that the pact can say. Form, API, page, sentence, docs and law tests follow.

offices      a member opens its log, appoints officers, changes and ends their grants
membership   founding, charter, invitation, accession, amendment, withdrawal
calls        a call for aid, consents, widening, narrowing, standing down, declining
facts        public facts with sources, corrections, notes between officers
"""

from hansa.pact.records import calls, facts, membership, offices

__all__ = ["calls", "facts", "membership", "offices"]
