"""Attachments: kept beside the log, under their own hash. A record carries the hash, never the file.

Trust: none. A file is read only if it still hashes to its name.
"""

import errno
import hashlib
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from hansa.kernel import clock
from hansa.kernel.disk import sync_folder
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.fields import File
from hansa.kernel.home import home

CHUNK = 1024 * 1024
LONGEST_NAME = 200
INCOMING = "incoming-"
"""How the name of a file begins that is still being written."""
UNFINISHED = 3600.0
"""Seconds without a byte after which nobody writes it any more."""
COMING = f"{INCOMING}from-"
"""The same for one that is being fetched from another node."""
PATIENCE = 7 * 24 * 3600.0
"""Seconds without a byte after which it is begun anew: whoever gives it may have been away for days."""
SPARE = 512 * 1024 * 1024
"""Bytes of the disk that other members' attachments leave free, so that nobody fills it with them."""
_TYPE = re.compile(r"[!-~][ -~]{0,99}")


def keep(name: str, type: str, chunks: Iterable[bytes]) -> File:  # noqa: A002 - a file's type is its type
    """Store an uploaded file durably and return its hash, name and size; Refused if it is empty, too large, or the disk is full."""
    folder = home().files
    digest, size, most = hashlib.sha256(), 0, settings.HANSA_LARGEST_FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=INCOMING, delete=False) as file:
            try:
                for chunk in chunks:
                    size += len(chunk)
                    if size > most:
                        raise Refused(
                            _(
                                "“%(name)s” is larger than %(most)s MB. Attach a smaller file, or a page that says where the whole is kept."
                            )
                            % {"name": name, "most": most // CHUNK},
                            field="files",
                            code="file-too-large",
                        )
                    digest.update(chunk)
                    file.write(chunk)
                if size == 0:
                    raise Refused(
                        _("“%(name)s” is empty (0 bytes). Choose it again, or leave it out.")
                        % {"name": name},
                        field="files",
                        code="file-empty",
                    )
                file.flush()
                os.fsync(file.fileno())
                _settle(Path(file.name), digest.hexdigest())
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise Refused(
            _(
                "The file could not be saved: the disk of this node is full or not writable. Nothing was lost on your side; tell your IT staff and send it again."
            ),
            field="files",
            code="disk-full",
        ) from error
    return File(
        sha256=digest.hexdigest(),
        name=_plain_name(name),
        size=size,
        type=type if _TYPE.fullmatch(type) else "application/octet-stream",
    )


def _plain_name(name: str) -> str:
    """Return the last part of a path, with nothing in it that a screen or another system would obey."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(sign for sign in last if not unicodedata.category(sign).startswith("C")).strip()
    ending = Path(shown).suffix[:20]
    shortened = (
        shown if len(shown) <= LONGEST_NAME else shown[: LONGEST_NAME - len(ending)] + ending
    )
    return shortened if shortened.strip(".") else "file"


def _settle(incoming: Path, digest: str) -> None:
    place = _place(digest)
    place.parent.mkdir(mode=0o700, exist_ok=True)
    incoming.replace(place)
    for folder in (place.parent, place.parent.parent):
        sync_folder(folder)


def path_of(digest: str) -> Path:
    """Return where the file with this SHA-256 is kept; Untrusted if it is missing or no longer what its name says."""
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):  # noqa: PLR2004 - hex digits of SHA-256
        raise Untrusted(f"“{digest[:70]}” is no SHA-256.")
    place = _place(digest)
    if not place.exists():
        raise Untrusted(f"The file {digest} is not kept here.")
    with place.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != digest:
            raise Untrusted(f"The file {digest} is damaged: it no longer has this hash.")
    return place


def part_of(digest: str, start: int, most: int) -> tuple[int, bytes] | None:
    """Return the size of the file and at most so many of its bytes from `start` on; None if it is not here.

    Nothing is verified: whoever has fetched all parts does that.
    """
    try:
        with _place(digest).open("rb") as file:
            file.seek(start)
            return os.fstat(file.fileno()).st_size, file.read(most)
    except FileNotFoundError:
        return None


def come_so_far(digest: str, source: str) -> int:
    """Return how many bytes have come from `source` of a file that is being fetched there."""
    try:
        return _coming(digest, source).stat().st_size
    except FileNotFoundError:
        return 0


def add_part(digest: str, source: str, start: int, data: bytes) -> bool:
    """Keep the next bytes that came from `source`, of which `start` were here; False if it was let go of meanwhile.

    Refused if the disk is full, or would be so nearly full that what people say next may find no room.
    """
    folder = home().files
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < SPARE + len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        coming = _coming(digest, source)
        with coming.open("ab") as file:
            if file.tell() != start:
                coming.unlink(missing_ok=True)
                return False
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Refused(
            _(
                "An attachment of another member could not be saved: the disk of this node has too little room left, or is not writable."
            ),
            code="disk-full",
        ) from error
    return True


def settle_coming(digest: str, source: str) -> bool | None:
    """Keep a file of which all bytes have come under its name; None if it was let go of meanwhile.

    False if it does not hash to its name, and then what came is gone.
    """
    coming = _coming(digest, source)
    try:
        with coming.open("rb") as file:
            right = hashlib.file_digest(file, "sha256").hexdigest() == digest
        if right:
            _settle(coming, digest)
            _drop_parts(digest)
    except FileNotFoundError:
        return None
    if not right:
        coming.unlink(missing_ok=True)
    return right


def _coming(digest: str, source: str) -> Path:
    """Return where what comes from `source` is gathered: apart for each, so that nobody spoils what another gives."""
    mark = hashlib.sha256(source.encode()).hexdigest()[:16]
    return home().files / f"{COMING}{digest}-{mark}"


def _drop_parts(digest: str) -> None:
    for left in home().files.glob(f"{COMING}{digest}-*"):
        left.unlink(missing_ok=True)


def kept(digest: str) -> bool:
    """Tell whether there is a file of this name here, damaged or not."""
    return _place(digest).exists()


def _place(digest: str) -> Path:
    return home().files / digest[:2] / digest


def forget(digest: str) -> None:
    """Delete the file, if it is here, and what has come of it."""
    _place(digest).unlink(missing_ok=True)
    _drop_parts(digest)


def sweep() -> int:
    """Delete what was begun and never ended, as when a process died; return how many. What is being written is younger."""
    gone, now = 0, clock.machine().timestamp()
    for left in home().files.glob(f"{INCOMING}*"):
        try:
            patience = PATIENCE if left.name.startswith(COMING) else UNFINISHED
            if left.stat().st_mtime < now - patience:
                left.unlink()
                gone += 1
        except FileNotFoundError:
            continue  # it came to its end meanwhile
    return gone


def check_all() -> Iterator[str]:
    """Yield a sentence for every kept file that no longer has the hash it is named by."""
    folder = home().files
    for place in sorted(folder.glob("??/*")) if folder.exists() else []:
        try:
            path_of(place.name)
        except Untrusted as error:
            yield error.sentence
