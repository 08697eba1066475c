"""Papers: forms and labels as tagged PDF (PDF/UA-1, ISO 14289-1), set by typst, without a network.

`pdf(name, data)` is the only door. Templates (`*.typ`) are ours and fixed; data reach them as JSON values and are never
part of a source text, so nothing a person typed can be markup. The same data make the same bytes.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import msgspec

from hansa.aid.papers.shapes import PAPERS, Paper

HERE = Path(__file__).parent
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
_LONG = re.compile(r"([^\s\u200b]{24})(?=[^\s\u200b])")


def pdf(name: str, data: Mapping[str, Any] | Paper) -> bytes:
    """Return the paper called `name` filled with `data`, as the bytes of a PDF.

    Which names there are, and what each takes, is `shapes.PAPERS`. An unknown name is KeyError, a value or key that does not fit
    the shape msgspec.ValidationError: both are the caller's mistake. A letter that the built-in fonts lack is looked for
    among the machine's own; the file then makes no claim to PDF/UA, but is tagged all the same.
    """
    import typst

    shape = PAPERS[name]
    filled = data if isinstance(data, Paper) else msgspec.convert(data, shape)
    if type(filled) is not shape:
        raise TypeError(f"{name} is filled with {shape.__name__}, not {type(filled).__name__}")
    plain = _drawn(_clean(msgspec.to_builtins(filled)))
    inputs = {"data": msgspec.json.encode(plain).decode()}
    source = str(HERE / f"{name}.typ")
    try:
        made = typst.Compiler(root=str(HERE), ignore_system_fonts=True).compile(
            input=source, sys_inputs=inputs, format="pdf", pdf_standards=["ua-1"]
        )
    except typst.TypstError as wrong:
        if "could not be displayed" not in str(wrong):
            raise
        made = typst.Compiler(root=str(HERE)).compile(input=source, sys_inputs=inputs, format="pdf")
    return cast("bytes", made)


def _clean(value: Any) -> Any:
    """Return the value with texts that show what they say: no control or direction signs in them."""
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if not isinstance(value, str):
        return value
    seen = "".join(
        one if one in "\n\t" else " " if unicodedata.category(one) in ("Cc", "Cs", "Cn") else one
        for one in unicodedata.normalize("NFC", value)
        if one not in _BIDI
    )
    return seen.strip()


def _drawn(plain: Any) -> Any:
    """Add to each address the squares of its QR code, and let long words break."""
    if isinstance(plain, dict):
        drawn = {key: _drawn(one) for key, one in plain.items()}
        if "address" in plain:
            drawn["qr"] = squares(plain["address"]) if plain["address"] else None
        return drawn
    if isinstance(plain, list):
        return [_drawn(one) for one in plain]
    return _LONG.sub("\\1\u200b", plain) if isinstance(plain, str) else plain


@cache
def _segno() -> Any:
    import segno

    return segno


def squares(address: str) -> list[str]:
    """Return the QR code of an address (ISO/IEC 18004, error correction M): a text of 0 and 1 for each row."""
    code = _segno().make(address, error="m", micro=False)
    return ["".join("1" if dark else "0" for dark in row) for row in code.matrix]
