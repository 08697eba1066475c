"""A tar archive (POSIX.1-1988 ustar with GNU's large sizes), written and read as a stream, with a hash of each file.

Nothing in an archive is trusted: whoever knows to whom a backup is encrypted can make one. Only plain files with
plain names below the folder are taken, and none is written over another.
"""

import hashlib
import os
import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from hansa.kernel.errors import Refused, Untrusted

BLOCK = 512
CHUNK = 1024 * 1024
LONGEST_NAME = 100
"""Characters of a name that a header holds by itself."""

LARGEST = 2**43
"""Bytes of one file: 8 TB, more than any home."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in an archive: its name below the folder, its size in bytes, its SHA-256."""

    name: str
    size: int
    sha256: str


Source = tuple[str, Callable[[], BinaryIO]]
"""The name of a file and how to open it. What cannot be found any more is left out."""


class Out:
    """An archive as something to read from: made as it is read, so that it stands nowhere whole."""

    def __init__(self, sources: Iterable[Source], last: Callable[[list[Kept]], Source]) -> None:
        """Archive the sources, and at the end what `last` makes of their list."""
        self.kept: list[Kept] = []
        self._bytes = self._made(sources, last)
        self._rest = b""
        self.failed: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes (all that is left, if negative); none at the end."""
        try:
            if size < 0:
                rest, self._rest = self._rest + b"".join(self._bytes), b""
                return rest
            while not self._rest:
                self._rest = next(self._bytes)
        except StopIteration:
            return b""
        except Exception as error:
            self.failed = error  # what encrypts may put another error in its place
            raise
        part, self._rest = self._rest[:size], self._rest[size:]
        return part

    def _made(
        self, sources: Iterable[Source], last: Callable[[list[Kept]], Source]
    ) -> Iterator[bytes]:
        for name, opened in sources:
            yield from self._file(name, opened)
        yield from self._file(*last(self.kept))
        yield bytes(2 * BLOCK)

    def _file(self, name: str, opened: Callable[[], BinaryIO]) -> Iterator[bytes]:
        try:
            file = opened()
        except FileNotFoundError:
            return  # erased since it was listed
        with file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            yield _header(name, size)
            digest, left = hashlib.sha256(), size
            while left:
                part = file.read(min(CHUNK, left))
                if not part:
                    raise OSError(f"{name} became shorter while it was read")
                digest.update(part)
                left -= len(part)
                yield part
            yield bytes(-size % BLOCK)
        self.kept.append(Kept(name, size, digest.hexdigest()))


def _header(name: str, size: int) -> bytes:
    if len(name.encode()) > LONGEST_NAME:
        raise Refused(
            f"The file {name} in the home has too long a name for a backup. Move it away."
        )
    about = tarfile.TarInfo(name)
    about.size, about.mode = size, 0o600
    return about.tobuf(tarfile.GNU_FORMAT, "utf-8", "strict")


class In:
    """An archive as something to write into: its files come to stand in a folder, each hashed on its way.

    `told` hears of each file when it is whole, and may refuse to go on.
    """

    def __init__(self, folder: Path, told: Callable[[Kept], None]) -> None:
        """Unpack into the folder, which must be empty."""
        self.folder = folder
        self.told = told
        self.kept: dict[str, Kept] = {}
        self.ended = False
        self.failed: Exception | None = None
        self._parts = bytearray()
        self._name, self._left, self._size = "", 0, 0
        self._file: BinaryIO | None = None
        self._digest = hashlib.sha256()

    def write(self, part: bytes) -> int:
        """Take the next bytes. Untrusted if they are no archive of ours."""
        try:
            self._parts += part
            while self._step():
                pass
        except Exception as error:
            self.failed = error  # what decrypts may put another error in its place
            raise
        return len(part)

    def flush(self) -> None:
        """Do nothing: each file is synced when it is whole."""

    def close(self) -> None:
        """Let go of a file that did not come whole."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _step(self) -> bool:
        """Take a header, a part of a file or its padding off what came; return whether there was enough of it."""
        if self.ended:
            self._parts.clear()
            return False
        if self._file is None:
            return self._begin() if len(self._parts) >= BLOCK else False
        padded = self._left + (-self._size % BLOCK)
        if self._left:
            taken = bytes(self._parts[: self._left])
            if not taken:
                return False
            del self._parts[: len(taken)]
            self._file.write(taken)
            self._digest.update(taken)
            self._left -= len(taken)
            return True
        if len(self._parts) < padded:
            return False
        del self._parts[:padded]
        self._end()
        return True

    def _begin(self) -> bool:
        block = bytes(self._parts[:BLOCK])
        del self._parts[:BLOCK]
        if not any(block):
            self.ended = True
            return True
        try:
            about = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError, ValueError) as error:
            raise Untrusted("This is no backup: what is inside is no archive.") from error
        if not about.isreg() or not 0 <= about.size <= LARGEST:
            raise Untrusted(f"This is no backup of ours: “{about.name[:100]}” is no plain file.")
        place = safe(self.folder, about.name)
        if about.name in self.kept:
            raise Untrusted(f"This is no backup of ours: “{about.name}” stands in it twice.")
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._name, self._size, self._left = about.name, about.size, about.size
        self._digest = hashlib.sha256()
        return True

    def _end(self) -> None:
        file = self._file
        if file is None:
            raise RuntimeError("no file is open")
        file.flush()
        os.fsync(file.fileno())
        self.close()
        one = Kept(self._name, self._size, self._digest.hexdigest())
        self.kept[one.name] = one
        self.told(one)


def safe(folder: Path, name: str) -> Path:
    """Return where a file of this name stands below the folder; Untrusted if the name leads anywhere else."""
    path = PurePosixPath(name)
    plain = name == path.as_posix() and not path.is_absolute()
    if not plain or not name.isprintable() or "\\" in name or {"..", "."} & set(path.parts):
        raise Untrusted(f"This is no backup of ours: “{name[:100]}” leads out of its folder.")
    return folder / name
