"""Whether a file may be handed out under a record that names it.

A hash is no secret: it is printed, published, guessed from a file that many have. Whoever writes one into a
record of its own must not be handed by us what came here under a record that is not for it.
"""

from collections.abc import Callable

from hansa.kernel import attachments, search
from hansa.kernel.models import Body, Entry, Log


def may_be_given(entry: Entry, digest: str, may: Callable[[Entry], bool]) -> bool:
    """Tell whether one who may read this entry may have the file with this SHA-256 that it names; `may` judges entries.

    Of a log kept here: yes, for here it was attached. Of another's: if no third log has named it in a record
    that the asker may not read; and not as long as that cannot be told, while the index of words is behind.
    """
    if Log.objects.filter(name=entry.log, mine=True).exists():
        return True
    found = search.holding(digest)
    return found is not None and all(
        one.log == entry.log or may(one) or not _names(one, digest) for one in found
    )


def _names(entry: Entry, digest: str) -> bool:
    body = Body.objects.filter(entry_id=entry.id).first()
    files = attachments.named(entry, bytes(body.data)) if body else []
    return any(file.sha256 == digest for file in files)
