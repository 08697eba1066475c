"""XML from outside: no document type, no entity, no file, no network; bounded in size, depth and number.

Trust: none. What comes out is text of another's making, to be shown as such.
"""

import re
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from hansa.kernel.errors import Untrusted

LARGEST = 1024 * 1024
"""Bytes of one file."""

DEEPEST = 40
MOST = 20_000
"""Levels and elements of one file."""


ENCODINGS = ("utf-8", "us-ascii", "iso-8859-1", "windows-1252", "utf-16")
"""In which a file may be. Others are refused, for in them a document type could hide from who looks for it."""

_DECLARED = re.compile(
    r"""^\ufeff?\s*<\?xml[^>]*?(?:encoding\s*=\s*["']([A-Za-z0-9._-]+)["'])?[^>]*\?>"""
)


def parse(data: bytes) -> Any:
    """Return the root element of XML bytes; Untrusted says what is wrong with them."""
    if len(data) > LARGEST:
        raise Untrusted(
            _("This file has more than %(most)s bytes. Split it and send the parts.")
            % {"most": f"{LARGEST:,}"}
        )
    text = _text(data)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Untrusted(
            _("This file declares a document type or entities, which are not read here.")
        )
    root = _tree(text.encode("utf-8"))
    count, level = 0, 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        count, level = (count + 1, level + 1) if event == "start" else (count, level - 1)
        if count > MOST or level > DEEPEST:
            raise Untrusted(
                _(
                    "This file has more than %(most)s elements or %(levels)s levels. Split it and send the parts."
                )
                % {"most": f"{MOST:,}", "levels": DEEPEST}
            )
    return root


def _text(data: bytes) -> str:
    """Return the text of a file, without its XML declaration."""
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    declared = _DECLARED.match(data[:200].decode("utf-16" if wide else "latin-1", "replace"))
    named = (declared and declared[1]) or "utf-8"
    encoding = "utf-16" if wide else named.lower()
    if encoding not in ENCODINGS or (encoding == "utf-16" and not wide):
        raise Untrusted(_("This file is not in UTF-8. Save it so and send it again."))
    try:
        text = data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeError as error:
        raise Untrusted(_("This file is not in the encoding that it names.")) from error
    return _DECLARED.sub("", text, count=1)


def _tree(data: bytes) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
        encoding="utf-8",
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Untrusted(
            _("This is not well-formed XML: %(why)s") % {"why": str(error).partition(" (")[0]}
        ) from error


def written(root: Any) -> bytes:
    """Return an element as a UTF-8 document."""
    etree.indent(root)
    out: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return out


def local(element: Any) -> str:
    """Return an element's name without its namespace."""
    return str(etree.QName(element).localname)


def fit(text: str) -> str:
    """Return a text without the signs that XML 1.0 cannot hold (section 2.2)."""
    return "".join(
        sign
        for sign in text
        if sign in "\t\n"
        or "\x20" <= sign <= "\ud7ff"
        or "\ue000" <= sign <= "\ufffd"
        or sign >= "\U00010000"
    )
