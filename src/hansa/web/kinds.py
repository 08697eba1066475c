"""What kinds are called where people choose among them."""

from string import Formatter

from django.utils.translation import gettext as _

from hansa.kernel.record import KINDS


def kind_words(tag: str) -> str:
    """Return a kind's sentence with gaps for what it says; the tag itself if this node does not know it."""
    kind = KINDS.get(tag)
    if kind is None:
        return tag
    words = "".join(
        text + ("…" if name is not None else "")
        for text, name, _spec, _conversion in Formatter().parse(_(kind.sentence))
    )
    return words.removeprefix("… ").rstrip(".: …")


def kind_choices() -> list[tuple[str, str]]:
    """Return (tag, words) of every kind, by words."""
    return sorted(((tag, kind_words(tag)) for tag in KINDS), key=lambda pair: pair[1].casefold())
