"""Reading a head that a log signed, whatever else others have written below it."""

from hansa.kernel.errors import Untrusted
from hansa.kernel.home import home
from hansa.kernel.models import Log
from hansa.kernel.note import Checkpoint, Verifier, open_note, split_note
from hansa.kernel.roots import keeping as roots


def read_head(note: bytes) -> Checkpoint:
    """Return what a note says of a log, of which nothing is verified yet; `Untrusted` if it is no checkpoint."""
    return Checkpoint.parse(split_note(note)[0])


def open_head(log: Log, note: bytes) -> tuple[Checkpoint, str]:
    """Return the head and the note with the log's own signature alone; `Untrusted` if no key of it signed.

    Lines of other keys are passed over, as are those of the log's keys that do not count at this size.
    """
    text, lines = split_note(note)
    head = Checkpoint.parse(text)
    if head.origin != log.origin:
        raise Untrusted(f"The head is one of {head.origin[:80]!r}, not of {log.origin}.")
    for key in _keys(log, head.size):
        for line in lines:
            bare = f"{text}\n{line}\n"
            try:
                open_note(bare.encode(), [key])
            except Untrusted:
                continue
            return head, bare
    raise Untrusted(f"No key that may sign {log.name} at size {head.size:,} has signed this head.")


def _keys(log: Log, size: int) -> list[Verifier]:
    """Return the keys that may sign; for a log written here the one in our key ring, whatever the database says."""
    if log.mine and not roots.documents(log.name):
        return [home().keys.verifier(log.name, log.origin)]
    return roots.verifiers(log, size)
