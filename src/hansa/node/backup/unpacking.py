"""A backup taken apart into a folder, and held against its own manifest."""

from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from hansa import __version__
from hansa.kernel.errors import Refused, Untrusted
from hansa.node.backup import snapshot
from hansa.node.backup.archive import In, Kept
from hansa.node.backup.locks import Key

FORMAT = 1
ABOUT, MANIFEST, DATABASE = "about.json", "manifest.json", snapshot.NAME


class Manifest(msgspec.Struct, frozen=True):
    """What a backup says of itself."""

    format: int
    version: str
    made: str
    keys: bool
    logs: list[dict[str, Any]]
    files: list[dict[str, Any]]


class _About(msgspec.Struct, frozen=True):
    """The part of it that must be understood before anything else is read."""

    format: int
    version: str


def unpack(file: BinaryIO, key: Key, folder: Path) -> dict[str, Any]:
    """Decrypt the backup into a new folder, compare every byte with its manifest, and return that.

    Refused if the key does not fit or a newer version made it; Untrusted if it does not hold. What stands in
    the folder then is no home.
    """
    folder.mkdir(mode=0o700)

    def told(one: Kept) -> None:
        if one.name == ABOUT:
            _understand((folder / ABOUT).read_bytes())

    archive = In(folder, told)
    try:
        key.open(file, archive)
    finally:
        archive.close()
    if archive.failed:
        raise archive.failed
    if not archive.ended or MANIFEST not in archive.kept:
        raise Untrusted("This is no whole backup: its end is missing.")
    return _compare(folder, archive.kept)


def _understand(data: bytes) -> None:
    try:
        about = msgspec.json.decode(data, type=_About)
    except msgspec.DecodeError as error:
        raise Untrusted("This is no backup of Hansa: it does not say what it is.") from error
    if about.format > FORMAT:
        raise Refused(
            f"This backup was made by Hansa {about.version[:20]}, which is newer than the {__version__} here. Install that version, then restore.",
            code="newer",
        )


def _compare(folder: Path, kept: dict[str, Kept]) -> dict[str, Any]:
    data = (folder / MANIFEST).read_bytes()
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except msgspec.DecodeError as error:
        raise Untrusted(f"The backup's manifest cannot be read ({error}).") from error
    listed = {one.get("name"): one for one in manifest.files}
    here = {
        name: {"name": one.name, "size": one.size, "sha256": one.sha256}
        for name, one in kept.items()
        if name != MANIFEST
    }
    for name in sorted(listed.keys() ^ here.keys(), key=str):
        raise Untrusted(f"The backup does not hold what its manifest lists: {name}.")
    for name, one in here.items():
        if listed[name] != one:
            raise Untrusted(f"The backup is damaged: {name} is not the file that was backed up.")
    if DATABASE not in here:
        raise Untrusted("The backup holds no database.")
    wrong = snapshot.problems(folder / DATABASE)
    if wrong:
        raise Untrusted(f"The database in the backup is damaged: {wrong[0]}.")
    if snapshot.heads(folder / DATABASE) != manifest.logs:
        raise Untrusted("The logs in the backup are not those that its manifest lists.")
    told: dict[str, Any] = msgspec.to_builtins(manifest)
    return told
