"""What a key document means, in the words that its holders read aloud to each other."""

from hansa.kernel.roots.drafts import Draft

_COMPLETE = {
    "rebind": "Enough have signed. Print it with “hansa keys text FILE”, and hand it to any other member, who proposes it under “Keys”."
}


def story(draft: Draft) -> str:
    """Say in plain words what a document does, what to compare aloud, and who has signed."""
    document = draft.document
    number = document.start
    words = {
        "begin": f"This names the roots of {document.origin} for the first time. Its key stays as it is.",
        "rotate": f"A planned change: from entry {number:,} on, a new key signs {document.origin}. Nothing that was said is lost.",
        "revoke": f"The key of {document.origin} counts as STOLEN: of all it signed, only the first {number:,} entries count. Whatever it signed beyond them is set aside by every node.",
        "restart": f"The end of a fork: both branches of {document.origin} share {number:,} entries; from there on only what the new key signs counts.",
        "rebind": f"The roots of {document.origin} are lost. The other members decide whether these new ones take their place, from entry {number:,} on.",
    }
    holders = ", ".join(one.name.rpartition("/")[2] for one in document.root_verifiers)
    return "\n".join(
        [
            f"Version {document.version} of the keys of {document.origin}.",
            words[draft.purpose],
            f"Then {document.threshold} of these {len(document.roots)} roots decide: {holders}; after them {document.next_threshold} of {len(document.next)} whose pages were made already.",
            "Compare aloud, group by group:",
            f"  the log's key    {document.verifier.fingerprint}",
            f"  this document    {document.fingerprint}",
            progress(draft),
        ]
    )


def progress(draft: Draft) -> str:
    """Say who has signed, who is missing, and where the draft goes next."""
    lines = []
    for seat in draft.seats:
        signed = [one.name.rpartition("/")[2] for one in seat.keys if one.pub in seat.signed]
        lines.append(
            f"Signed by {len(signed)} of {seat.called}; it takes {seat.threshold} of {len(seat.keys)}{': ' + ', '.join(signed) if signed else ''}."
        )
    lines.append(
        _COMPLETE.get(
            draft.purpose, "Enough have signed. Take it to the node: hansa keys publish FILE"
        )
        if draft.complete
        else "Take it to the next holder: hansa keys sign FILE"
    )
    return "\n".join(lines)


def first_groups(draft: Draft) -> str:
    """Return what a holder writes on the page: the beginning of the document's fingerprint."""
    return " ".join(draft.document.fingerprint.split()[:4])
