"""Who serves a home: a lock that the system takes back when its process dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hansa.kernel.errors import Refused

NAME = "serve.lock"


@contextmanager
def only_one(folder: Path, *, beside: bool = False) -> Iterator[None]:
    """Hold the home's lock while the caller serves; Refused if another process holds it.

    With `beside`, others that say so as well may serve it too.
    """
    handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if beside else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused(
                f"This home ({folder}) is being served already, by process {holder(folder)}. Stop that one first, or name another home with --home.",
                code="served",
            ) from error
        os.truncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


def holder(folder: Path) -> str:
    """Return the id of the process that holds the lock, as it wrote it; “unknown” if it did not."""
    try:
        return (folder / NAME).read_text("ascii").strip() or "unknown"
    except (OSError, UnicodeDecodeError):
        return "unknown"


def served(folder: Path) -> bool:
    """Tell whether a process holds the lock now."""
    try:
        handle = os.open(folder / NAME, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(handle)
