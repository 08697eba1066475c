"""A join request on one sheet of paper: who asks, the fingerprint, a QR code, and the letter itself."""

from urllib.parse import urlencode

import segno
from django.template.loader import render_to_string

from hansa.kernel.sync.letters import Request, read_request


def as_page(letter: str) -> str:
    """Return the request as a page of HTML that needs nothing else; Untrusted if it is no request."""
    asked = read_request(letter)
    return render_to_string(
        "web/joining/paper.html",
        {"asked": asked, "letter": letter, "qr": qr_of(asked), "short": short_of(asked)},
    )


def qr_of(asked: Request) -> str:
    """Return the QR code of the short form as SVG to stand in a page."""
    return segno.make(short_of(asked), error="m").svg_inline(scale=4, border=2, omitsize=False)


def short_of(asked: Request) -> str:
    """Return what a phone reads: the log's key, which holds its name, and where its node is."""
    return f"hansa-join:?{urlencode({'key': asked.verifier.vkey(), 'url': asked.url})}"
