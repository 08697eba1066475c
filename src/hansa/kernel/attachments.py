"""Which files a record names."""

from hansa.kernel.entry import read_envelope
from hansa.kernel.errors import Untrusted
from hansa.kernel.fields import File
from hansa.kernel.models import Entry
from hansa.kernel.record import KINDS
from hansa.kernel.seal import keeping as seal


def kinds() -> list[str]:
    """Return the tags of those kinds whose records name files."""
    return [tag for tag, kind in KINDS.items() if any(one.of is File for one in kind.fields)]


def named(entry: Entry, body: bytes) -> list[File]:
    """Return the files that an entry's record names; none if its body cannot be read here."""
    opened = seal.plain(entry, body)
    if opened is None:
        return []
    try:
        envelope = read_envelope(opened)
        record = KINDS[envelope.kind].decode(envelope.says)
    except (Untrusted, KeyError, ValueError):
        return []
    return [
        file
        for field in type(record).fields
        if field.of is File
        for file in getattr(record, field.name)
    ]
