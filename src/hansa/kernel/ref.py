"""Where a record stands, and how one record names another."""

import re
from typing import Generic, TypeVar

from hansa.kernel.errors import Untrusted

T = TypeVar("T")

LOG_PATTERN = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
REF_PATTERN = rf"^{LOG_PATTERN}@(?:0|[1-9][0-9]{{0,11}})$"
# Always with fullmatch: a dollar sign alone lets a line break follow, and two spellings would name one record.
_REF = re.compile(REF_PATTERN)
_LOG = re.compile(LOG_PATTERN)


class Ref(str, Generic[T]):
    """A record's position, `log@index`, of which the type argument is the row it opened.

    The bytes on the wire carry the position only; the leaf hash that pins it stands in the
    body's `refs`, so that nobody can exchange what was cited.
    """

    __slots__ = ()


def position(log: str, index: int) -> str:
    """Return the written form of a position."""
    return f"{log}@{index}"


def split(ref: str) -> tuple[str, int]:
    """Return log and index of a position; Untrusted if it is none."""
    if not _REF.fullmatch(ref):
        raise Untrusted(f"“{ref[:80]}” names no record: expected LOG@INDEX, such as us-ca@17.")
    log, _, index = ref.partition("@")
    return log, int(index)


def is_position(text: str) -> bool:
    """Tell whether `text` has the form of a position."""
    return bool(_REF.fullmatch(text))


def is_log_name(text: str) -> bool:
    """Tell whether `text` may name a log: lower-case letters, digits and inner hyphens, at most 63."""
    return bool(_LOG.fullmatch(text))


def home_of(key: str) -> str:
    """Return the log in which the row with this key lives (`log@index` or `log/suffix`)."""
    return key.split("@", 1)[0].split("/", 1)[0]


def lives_in(key: str, log: str) -> bool:
    """Tell whether the row with this key lives in `log`. The same as asking `home_of`, and quicker."""
    return key.startswith(log) and key[len(log) : len(log) + 1] in {"@", "/"}
