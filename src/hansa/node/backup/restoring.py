"""A home made from a backup: whole, proven and marked, or not at all.

An older copy must not speak before it knows what it has said since: a restored home lacks the mark by which it
would know itself (`kernel.witness.marker`), so it signs nothing until the other nodes were asked. What was erased
since is erased again when its logs are caught up with: an order to erase is a record like any other.
"""

import shutil
from pathlib import Path
from typing import Any

import msgspec

from hansa.kernel import clock
from hansa.kernel.disk import sync_folder
from hansa.kernel.errors import Refused, Untrusted
from hansa.node.backup import snapshot
from hansa.node.backup.locks import Key
from hansa.node.backup.unpacking import ABOUT, DATABASE, MANIFEST, unpack
from hansa.node.database import rewritten
from hansa.node.start import TOML

KEYS, WITNESS = "keys", "_witness.*"
"""The folder of keys, and in it those of the node's witness."""

MARKER = "restored"
"""The file that says that this home was restored, when, and from which day: for its staff (`hansa doctor`)."""

WORKING = ".restoring"
"""Where a restore works, in the home's own folder. One that was cut short is begun again."""


def restore(
    source: Path,
    folder: Path,
    key: Key,
    *,
    known: set[tuple[str, str]],
    nothing_since: bool = False,
) -> dict[str, Any]:
    """Make a home in `folder` from the backup; return its manifest. Refused or Untrusted says why not; then there is no home.

    `known` are the migrations (app, name) that this version knows: a database with others is a newer one's.
    `nothing_since` is a person's word that the home was not served after the backup: then its witness goes on.
    """
    if not source.is_file():
        raise Refused(f"There is no backup at {source}.")
    _require_empty(folder)
    work = folder / WORKING
    try:
        with source.open("rb") as file:
            manifest = unpack(file, key, work)
        _require_known(work / DATABASE, known)
        _mark(work, manifest)
        _use_sqlite(work / TOML)
        if not nothing_since:
            _retire_witness(work / KEYS)
        _settle(work, folder)
    except OSError as error:
        _empty(folder)
        raise Refused(
            f"The backup could not be restored ({error.strerror or error}). Make room or mend the folder {folder}, then try again.",
            code="restore",
        ) from error
    except (Refused, Untrusted):
        _empty(folder)
        raise
    return manifest


def _require_empty(folder: Path) -> None:
    """Refuse a folder that holds anything but what an earlier restore, cut short, left there; empty that."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    if (folder / WORKING).is_dir() and not (folder / TOML).exists():
        _empty(folder)
    there = sorted(one.name for one in folder.iterdir())
    if there:
        raise Refused(
            f"{folder} is not empty ({there[0]}). Restore into an empty folder: move this one away first, and keep it until the restored home is in use.",
            code="not-empty",
        )


def _empty(folder: Path) -> None:
    """Remove what a restore put into a folder that was empty before; its work last, as the sign that it may."""
    for one in folder.iterdir():
        if one.name == WORKING:
            continue
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one)
        else:
            one.unlink()
    shutil.rmtree(folder / WORKING, ignore_errors=True)


def _require_known(database: Path, known: set[tuple[str, str]]) -> None:
    strange = sorted(snapshot.migrations(database) - known)
    if strange:
        app, name = strange[0]
        raise Refused(
            f"The database in this backup is a newer version's: {app}.{name} is not known here. Install the newer version of Hansa, then restore.",
            code="newer",
        )


def _mark(work: Path, manifest: dict[str, Any]) -> None:
    told = {
        "at": clock.machine().isoformat(timespec="seconds"),
        "made": manifest["made"],
        "logs": {one["log"]: one["size"] for one in manifest["logs"] if one["own"]},
    }
    (work / MARKER).write_bytes(msgspec.json.encode(told) + b"\n")
    for name in (ABOUT, MANIFEST):
        (work / name).unlink()


def _use_sqlite(settings: Path) -> None:
    """Let the home use the file that it was restored to, wherever its database was before."""
    if settings.is_file():
        text = settings.read_text("utf-8")
        settings.write_text(
            rewritten(text, {"database": "", "database_password_file": ""}), "utf-8"
        )


def _retire_witness(keys: Path) -> None:
    """Leave the witness keys out: a witness must never cosign less than it did before, and this home has forgotten what.

    A new key is made when it is next asked for; whoever trusts the old one is told so by the member (`hansa node`).
    """
    for old in keys.glob(WITNESS):
        old.unlink()


def _settle(work: Path, folder: Path) -> None:
    """Move everything into its place. Without its settings a folder is no home, so they come last."""
    if not (work / TOML).is_file():
        raise Untrusted("The backup holds no hansa.toml, so it is no home.")
    names = sorted(one.name for one in work.iterdir() if one.name != TOML)
    for name in names:
        (work / name).replace(folder / name)
    sync_folder(folder)
    (work / TOML).replace(folder / TOML)
    sync_folder(folder)
    work.rmdir()
