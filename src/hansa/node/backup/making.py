"""A backup, made while the node serves: one file, whole and proven before it takes the old one's place.

The database first, by its own means, as of one moment; then the files beside it, which are only ever added or
erased. Whatever happens, `FILE` is the old backup or the new one: the new one has another name until it has been
restored into a folder of its own and compared.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from hansa import __version__
from hansa.kernel import clock
from hansa.kernel.disk import sync_folder
from hansa.kernel.errors import Refused
from hansa.node.backup import snapshot
from hansa.node.backup.archive import Kept, Out, Source
from hansa.node.backup.locks import Lock
from hansa.node.backup.unpacking import ABOUT, DATABASE, FORMAT, MANIFEST, unpack

DONE = "last-backup"
"""The file in the home that says when the last backup was made, and of what size."""

WORKING = "backing-up-"
"""How folders of work in the home begin. What a kill left of them is removed by the next backup."""

LOCK = "backup.lock"
LEFT_OUT = {"serve.lock", LOCK, DONE, "restored", ".restoring", "signed"}
"""What belongs to this machine and moment, and not to the home; `signed` is the mark by which it knows itself (`kernel.witness`)."""

KEYS = "keys"
TRIES = 5


def make(folder: Path, target: Path, lock: Lock, *, with_keys: bool = True) -> dict[str, Any]:
    """Write the backup of the home in `folder` to `target` and return its manifest. Refused says why not; then nothing changed."""
    with _alone(folder), _work_in(folder) as work:
        partly = target.with_name(f".{target.name}.partial")
        try:
            manifest = _write(folder, work, partly, lock, with_keys=with_keys)
            partly.replace(target)
            sync_folder(target.parent)
        except OSError as error:
            raise Refused(
                f"The backup could not be written ({error.strerror or error}). {_still(target)} Make room or mend the folder, then try again.",
                code="backup",
            ) from error
        finally:
            with suppress(OSError):
                partly.unlink(missing_ok=True)
        _note(folder, manifest, target)
    return manifest


def _write(
    folder: Path, work: Path, partly: Path, lock: Lock, *, with_keys: bool
) -> dict[str, Any]:
    """Steps: (1) the database and what must fit it, (2) the archive, encrypted, (3) the proof that it can be restored."""
    heads = _still_moment(folder, work, with_keys=with_keys)
    about = {
        "format": FORMAT,
        "version": __version__,
        "made": clock.machine().isoformat(timespec="seconds"),
        "keys": with_keys,
        "logs": heads,
    }
    made: dict[str, Any] = {}

    def manifest(kept: list[Kept]) -> Source:
        made.update(about, files=[asdict(one) for one in kept])
        return MANIFEST, partial(_bytes, work, made)

    sources: list[Source] = [(ABOUT, partial(_bytes, work, about)), *_sources(folder, work)]
    archive = Out(sources, manifest)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    with os.fdopen(os.open(partly, flags, 0o600), "wb") as file:
        try:
            key = lock.close(archive, file)
        except Exception as error:
            raise archive.failed or error from error
        file.flush()
        os.fsync(file.fileno())
    shutil.rmtree(work / "home")
    with partly.open("rb") as written:
        found = unpack(written, key, work / "proof")
    if found != made:
        raise Refused(
            "The backup was written, but what was read back is something else. Try another disk."
        )
    return made


def _still_moment(folder: Path, work: Path, *, with_keys: bool) -> list[dict[str, Any]]:
    """Copy the database, and keys and settings that did not change meanwhile; return the head of every log."""
    for _ in range(TRIES):
        copy = work / "home"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir(mode=0o700)
        before = _beside(folder, copy, with_keys=with_keys)
        heads = snapshot.take(folder, copy / DATABASE)
        if before == _read(folder, with_keys=with_keys):
            return heads
    raise Refused(
        "Keys or settings of this home change all the time. Try again when nobody works on them."
    )


def _beside(folder: Path, copy: Path, *, with_keys: bool) -> dict[str, bytes]:
    found = _read(folder, with_keys=with_keys)
    for name, data in found.items():
        place = copy / name
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.write_bytes(data)
    return found


def _read(folder: Path, *, with_keys: bool) -> dict[str, bytes]:
    """Return everything in the home but its database and attachments: small, and of one moment."""
    names = (name for name in _names(folder) if not name.startswith("files/"))
    return {
        name: (folder / name).read_bytes()
        for name in names
        if with_keys or not name.startswith(f"{KEYS}/")
    }


def _names(folder: Path) -> Iterator[str]:
    """Yield the files of a home that a backup holds, its database left out, in a fixed order."""
    for here, folders, files in os.walk(folder, followlinks=True):
        at = Path(here)
        top = at == folder
        folders[:] = sorted(
            one for one in folders if not (top and (one in LEFT_OUT or one.startswith(WORKING)))
        )
        for one in sorted(files):
            if top and (one in LEFT_OUT or one.startswith(snapshot.NAME)):
                continue
            if at.name == "files" and one.startswith("incoming-"):
                continue
            if (at / one).is_file():
                yield (at / one).relative_to(folder).as_posix()


def _sources(folder: Path, work: Path) -> Iterator[Source]:
    """Yield what stands in the copy, then every attachment from the home itself."""
    copy = work / "home"
    for path in sorted(one for one in copy.rglob("*") if one.is_file()):
        yield path.relative_to(copy).as_posix(), _opener(path)
    for name in _names(folder):
        if name.startswith("files/"):
            yield name, _opener(folder / name)


def _opener(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")


def _bytes(work: Path, told: dict[str, Any]) -> BinaryIO:
    file: Any = tempfile.TemporaryFile(dir=work)  # noqa: SIM115 - the archive closes it
    file.write(msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n")
    file.seek(0)
    return file  # type: ignore[no-any-return]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time back up a home."""
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused("Another backup of this home is being made. Wait for it.") from error
        yield
    finally:
        os.close(handle)


@contextmanager
def _work_in(folder: Path) -> Iterator[Path]:
    """Give a folder in the home, where plain text may stand for a while; remove what a kill left of an earlier one."""
    clear(folder)
    work = Path(tempfile.mkdtemp(prefix=WORKING, dir=folder))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def clear(folder: Path) -> None:
    """Remove the work of backups that were cut short."""
    for left in folder.glob(f"{WORKING}*"):
        shutil.rmtree(left, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove the work of backups that were cut short, unless one is being made."""
    with suppress(Refused), _alone(folder):
        clear(folder)


def _still(target: Path) -> str:
    return f"{target} is the older backup, as it was." if target.exists() else "Nothing was kept."


def _note(folder: Path, manifest: dict[str, Any], target: Path) -> None:
    told = {"made": manifest["made"], "bytes": target.stat().st_size, "keys": manifest["keys"]}
    made = folder / f"{DONE}.new"
    made.write_bytes(msgspec.json.encode(told) + b"\n")
    made.replace(folder / DONE)
