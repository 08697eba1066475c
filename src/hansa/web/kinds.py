"""What kinds are called where people choose among them."""

import re
from string import Formatter

from django.utils.translation import gettext as _

from hansa.kernel.record import KINDS

_GAPS = re.compile(r"…(?:[ ,]+…)+")
_REST = re.compile(r"\s*[:(].*")
"""What follows a colon or bracket says more of one record than of its kind."""


def kind_words(tag: str) -> str:
    """Return a kind's sentence with gaps for what it says; the tag itself if this node does not know it."""
    kind = KINDS.get(tag)
    if kind is None:
        return tag
    gapped = "".join(
        text + ("…" if name is not None else "")
        for text, name, _spec, _conversion in Formatter().parse(_(kind.sentence))
    )
    words = _GAPS.sub("…", _REST.sub("", gapped.removeprefix("… "))).strip(" .,")
    return words[:1].upper() + words[1:]


def kind_choices() -> list[tuple[str, str]]:
    """Return (tag, words) of every kind, by words."""
    return sorted(((tag, kind_words(tag)) for tag in KINDS), key=lambda pair: pair[1].casefold())
