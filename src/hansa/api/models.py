"""The tokens with which programs act for an officer. They belong to this node and stand in no log."""

from hansa.pact.tokens import OfficeToken


class ApiToken(OfficeToken):
    """It may do what its officer may do at that moment, and nothing when the officer's term has ended."""
