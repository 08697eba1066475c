"""The key documents kept here: which keys may sign which part of a log.

Others import this as `from hansa.kernel.roots import keeping as roots` (a package that is an app
cannot name models in its own front).
"""

from hansa.kernel.models import Log
from hansa.kernel.note import Verifier


def verifiers(log: Log, size: int) -> list[Verifier]:
    """Return the keys that may have signed the log's head of this size."""
    return [Verifier.parse(log.vkey)]


def documents(log_name: str) -> list[bytes]:
    """Return the log's chain of key documents, oldest first, as it is served to others and exported."""
    return []
