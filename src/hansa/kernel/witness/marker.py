"""A mark beside the keys by which this machine knows its own home again: is it a copy, is the database older?

The folder `signed` holds one file that is never written again, `here`, and for each log the size and root
signed last, together with the inode and change time of `here`. Whoever copies a home, restores a backup or
overwrites its files cannot give `here` back its change time, which the system alone sets. What this cannot
tell is a whole machine set back to an earlier moment: for that the witnesses are asked.
"""

import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from hansa.kernel.disk import sync_folder
from hansa.kernel.home import home
from hansa.kernel.merkle import Frontier
from hansa.kernel.models import Log

SLOT = 256
"""Bytes of one of the two places that are written in turn, so that a torn write leaves the other."""

PARTS = 4


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed last for a log, and in which home."""

    turn: int
    size: int
    root: bytes
    here: str

    def slot(self) -> bytes:
        """Return the bytes of a slot."""
        text = f"{self.turn} {self.size} {self.root.hex()} {self.here}"
        line = f"{text} {sha256(text.encode()).hexdigest()[:16]}\n"
        return line.encode().ljust(SLOT)


def write(log: str, size: int, root: bytes) -> None:
    """Remember what was signed. Called after it is durable, and not synced: a mark that lags harms nothing."""
    folder = _folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    here = _here(folder) or _settle(folder)
    handle = os.open(folder / f"{log}.mark", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        turn = max((one.turn for one in _slots(os.pread(handle, 2 * SLOT, 0))), default=0) + 1
        os.pwrite(handle, Signed(turn, size, root, here).slot(), SLOT * (turn % 2))
    finally:
        os.close(handle)


def renew() -> None:
    """Take this home for the one that it says it is, from now on."""
    folder = _folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "here").unlink(missing_ok=True)
    _settle(folder)
    for log in Log.objects.filter(mine=True, size__gt=0):
        write(log.name, *_head(log))


def unchanged() -> bool:
    """Tell whether this is the home that signed last, on the same disk, and nothing of it is older."""
    folder = _folder()
    here = _here(folder)
    marks = {name: read(name) for name in _own()}
    if here is None:
        return False
    return all(mark is not None and mark.here == here for mark in marks.values())


def beyond() -> dict[str, int]:
    """Return the size signed last of each log here of which less stands in the database."""
    found = {}
    for name, size in _own().items():
        mark = read(name)
        if mark is not None and mark.size > size:
            found[name] = mark.size
    return found


def clear_for_others(process: int) -> None:
    """Let other processes on this home know that the one of this number, which serves it, may sign."""
    folder = _folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "cleared").write_text(str(process), "ascii")


def cleared_by() -> str:
    """Return the number of the process that said so last, or nothing."""
    try:
        return (_folder() / "cleared").read_text("ascii")
    except (FileNotFoundError, UnicodeDecodeError):
        return ""


def read(log: str) -> Signed | None:
    """Return what was signed last for the log, or None if that is not known."""
    try:
        data = (_folder() / f"{log}.mark").read_bytes()
    except FileNotFoundError:
        return None
    return max(_slots(data), key=lambda one: one.turn, default=None)


def _own() -> dict[str, int]:
    return dict(Log.objects.filter(mine=True, size__gt=0).values_list("name", "size"))


def _head(log: Log) -> tuple[int, bytes]:
    return log.size, Frontier.from_bytes(bytes(log.frontier)).root()


def _folder() -> Path:
    return home().folder / "signed"


def _here(folder: Path) -> str | None:
    try:
        seen = (folder / "here").stat()
    except FileNotFoundError:
        return None
    return f"{seen.st_ino}:{seen.st_ctime_ns}"


def _settle(folder: Path) -> str:
    """Make `here`, durably, and return what the system says of it."""
    handle = os.open(folder / "here", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_hex(16).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)
    return _here(folder) or ""


def _slots(data: bytes) -> list[Signed]:
    found = []
    for start in (0, SLOT):
        text, _, check = (
            data[start : start + SLOT].decode("ascii", "replace").strip().rpartition(" ")
        )
        parts = text.split(" ")
        if len(parts) == PARTS and sha256(text.encode()).hexdigest()[:16] == check:
            turn, size, root, here = parts
            found.append(Signed(int(turn), int(size), bytes.fromhex(root), here))
    return found
