"""Why an entry may be void, in a word for programs and a sentence for people."""

VOID = {
    "malformed": "it is not what its kind requires",
    "no-officer": "it names no officer of its own log",
    "not-granted": "its officer did not hold the capability",
    "ended": "its officer's term had ended",
    "founding": "only a log's first record needs no officer",
    "node": "only the node itself says this, and no officer",
    "audience": "its kind is not for that audience",
    "ref-missing": "it cites a record without that record's hash",
    "ref-differs": "it cites a record by a hash that is not that record's",
    "ref-void": "it cites a void record",
    "ref-disowned": "it cites an entry that a stolen key had signed, and that its author never wrote",
    "ref-audience": "it is for the whole pact and cites what is not",
    "wrong-kind": "it cites a record of another sort than its field asks for",
    "other-readers": "it would change what is for other readers",
    "not-home": "it would change what lives in another member's log",
    "gone": "what it would change does not exist",
    "exists": "what it would open exists already",
    "fault": "folding it failed",
}
"""Why an entry may be void, for every kind. Kinds add their own codes with `explain`."""

EVERY_KIND = frozenset(VOID)
"""The codes that the fold itself gives, whatever the kind."""

VOID |= {
    "not-approved": "it lacks the approval of the officer who said it, who has enrolled a key",
    "approval-false": "it carries an approval that does not hold",
    "approval-reused": "it carries an approval that was used for an earlier record",
}
"""Judged last: what is refused for want of an approval could else be said."""

REFUSALS = {
    "not-granted": "Your office may not do this. Ask your keeper to grant it, or ask a colleague who may.",
    "ended": "Your office's term has ended. Ask your keeper to renew it.",
    "no-officer": "Choose the office in which you act. It must belong to the member that is speaking.",
    "not-home": "Only the member who wrote this can change it. Say something about it in your own log instead.",
    "malformed": "Something in it cannot be kept as it is. Type it again instead of pasting it.",
    "ref-audience": "What the whole pact can read may not rest on what only some can read. Choose who may read it again, or leave the reference out.",
    "gone": "What you want to change does not exist any more.",
    "not-approved": "Your office has enrolled a key, so this needs your own approval with it. Nothing was saved yet.",
    "approval-false": "The approval does not hold: it is not by a key of your office, or not for exactly this. Approve it again.",
    "approval-reused": "This approval was used before. Each one counts once: approve it again.",
}
"""The same codes as people meet them when the refusal is about themselves."""


def explain(**codes: str) -> None:
    """Add a part's own void codes (underscores read as hyphens) with their meaning."""
    VOID.update({code.replace("_", "-"): sentence for code, sentence in codes.items()})
