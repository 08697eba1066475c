"""The shortest thing that each attack needs to say."""

from base64 import b64encode
from typing import Any

import msgspec

from hansa.kernel.models import Fate

DONE = (Fate.DONE, "")
WAITING = (Fate.WAITING, "")


def void(code: str) -> tuple[str, str]:
    """The fate of an entry that is void under this code."""
    return Fate.VOID, code


def note(on: str, **rest: Any) -> dict[str, Any]:
    """A note about any record."""
    return {"on": on, "text": "Hello.", **rest}


def fact(**rest: Any) -> dict[str, Any]:
    """A fact that cites nothing."""
    source = {"title": "An order", "publisher": "A ministry", "date": "2025-06-07"}
    return {"when": "2025-06-07T12:00:00Z", "text": "It happened.", "sources": [source], **rest}


def envelope(kind: str, by: str, refs: dict[str, bytes], says: Any) -> bytes:
    """A body's JSON, whatever it cites."""
    cited = {ref: b64encode(leaf).decode() for ref, leaf in refs.items()}
    return msgspec.json.encode({"kind": kind, "by": by, "refs": cited, "says": says})
