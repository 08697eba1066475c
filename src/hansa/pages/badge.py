"""The mark of a state: a tone, a sign and words, since colour alone tells nobody anything."""

from django.utils.html import format_html
from django.utils.safestring import SafeString


def badge(tone: str, sign: str, words: str) -> SafeString:
    """Return a sign and words in one mark; `tone` is one of good, info, warn, bad, off."""
    return format_html(
        '<span class="hansa-badge hansa-badge--{}"><span aria-hidden="true">{}</span> {}</span>',
        tone,
        sign,
        words,
    )
