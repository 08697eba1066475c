"""The stand-alone checker: an exported log or a single-record bundle, judged by its bytes alone.

It imports no Django and opens no database, so that an inspector, a judge or a journalist can
run it on any machine. It reads headers with a second, separate reading of the format, and it
turns whatever is wrong into a plain sentence: hostile input never raises.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hansa.kernel.chain import KeyDocument, Keys, open_chain, unpack
from hansa.kernel.errors import Untrusted
from hansa.kernel.merkle import Frontier, leaf_hash
from hansa.kernel.note import (
    MAX_NOTE,
    MAX_VKEY,
    Checkpoint,
    Verifier,
    open_checkpoint,
)
from hansa.kernel.promise import Promise, read_promise
from hansa.kernel.proof import (
    BODY_NAME,
    BUNDLE_LIMITS,
    ENTRY_NAME,
    KEYS_NAME,
    MAX_ARCHIVE,
    MAX_BODY,
    MAX_KEYS,
    PROOF_NAME,
    VKEY_NAME,
    TlogProof,
    unpack_zip,
)
from hansa.kernel.report import Report, plain
from hansa.kernel.tiles import (
    WIDTH,
    HashTiles,
    Tile,
    bundles,
    needed,
    read_bundle,
    read_file,
    read_hashes,
)

if TYPE_CHECKING:
    from hansa.kernel.approvers import Approvers

__all__ = ["Promise", "Report", "main", "read_promise", "verify"]

CHECKPOINT_NAME = "checkpoint"
BODIES_NAME = "bodies"
TILES_NAME = "tile"


def verify(path: str | os.PathLike[str], vkey: str | None = None) -> Report:
    """Check an exported log (a folder) or a single-record bundle (a folder or a zip file).

    `vkey` is the log's key as the reader knows it from elsewhere. Without it the key inside the
    export is used, and the report says so. Never raises on what it reads.
    """
    report = Report(str(path))
    try:
        _verify(Path(path), report, vkey)
    except Untrusted as error:
        report.find(error.sentence)
    except (OSError, ValueError) as error:
        # ValueError: a path that no system can open, such as one with a NUL in it.
        report.find(f"{path} cannot be read: {error}.")
    return report


def _verify(path: Path, report: Report, vkey: str | None) -> None:
    mode = path.stat().st_mode
    if stat.S_ISREG(mode):
        with path.open("rb") as file:
            data = file.read(MAX_ARCHIVE + 1)
        _verify_record(unpack_zip(data), report, vkey)
    elif not stat.S_ISDIR(mode):
        raise Untrusted("This is neither a folder nor a file.")
    elif os.path.lexists(path / PROOF_NAME):
        found = {name: read_file(path, name, limit) for name, limit in BUNDLE_LIMITS.items()}
        _verify_record(
            {name: data for name, data in found.items() if data is not None}, report, vkey
        )
    elif os.path.lexists(path / CHECKPOINT_NAME) or os.path.lexists(path / TILES_NAME):
        _verify_log(path, report, vkey)
    else:
        raise Untrusted(
            f"This folder is neither an exported log (no file {CHECKPOINT_NAME}) nor a record "
            f"bundle (no file {PROOF_NAME})."
        )


def _key(inside: bytes | None, report: Report, vkey: str | None, *, chained: bool) -> Verifier:
    """Choose the key to judge by: the reader's own if given, else the export's, and say so.

    `chained`: key documents beside it say which other keys the log has had.
    """
    given = None if vkey is None else Verifier.parse(vkey.strip())
    verifier = given
    if inside is None:
        report.find(f"{VKEY_NAME}: is missing.")
    else:
        text = inside.decode("ascii", "replace").removesuffix("\n")
        own = report.attempt(VKEY_NAME, lambda: Verifier.parse(text))
        if given and own and own != given and not chained:
            report.find(f"{VKEY_NAME}: names another key than the one that you expect.")
        verifier = given or own
    if verifier is None:
        raise Untrusted("Without a key nothing more can be checked.")
    report.fingerprint = verifier.fingerprint
    if given is None:
        report.key_from_export = True
        report.notes.append(
            "The key was taken from the export itself, so this shows only that the export "
            "agrees with itself. Ask the log's owner by another way for the fingerprint of "
            f"their key and compare it with {verifier.fingerprint}."
        )
    return verifier


def _chain(inside: bytes | None, verifier: Verifier, report: Report) -> Keys:
    """Judge the log's key documents, if it has any: `verifier` must be its key in one of them."""
    if inside is None:
        return Keys(verifier, ())
    try:
        notes, decided = unpack(inside)
        documents = open_chain(notes, verifier.vkey(), decided)
    except Untrusted as error:
        raise Untrusted(f"{KEYS_NAME}: {error.sentence}") from error
    for version in decided:
        report.notes.append(
            f"Version {version} of the log's keys was decided by the other members of its pact, "
            f"not by the roots before it. This export cannot show that they did: look in their logs."
        )
    return Keys(verifier, documents)


def _head(checkpoint: Checkpoint, report: Report) -> str:
    """Note the signed head and return the log's name, the last part of its origin."""
    report.origin = plain(checkpoint.origin)
    report.size = checkpoint.size
    report.root = checkpoint.root.hex()
    realm, parted, log = checkpoint.origin.rpartition("/")
    if not realm or not parted or not log:
        raise Untrusted(f"The origin {checkpoint.origin!r} is not of the form realm/log.")
    return log


def _verify_record(files: dict[str, bytes], report: Report, vkey: str | None) -> None:
    report.kind = "record"
    for name in sorted(files.keys() - BUNDLE_LIMITS.keys()):
        report.notes.append(f"{plain(name, 80)} is no part of the bundle and was not checked.")
    chain = files.get(KEYS_NAME)
    verifier = _key(files.get(VKEY_NAME), report, vkey, chained=chain is not None)
    keys = _chain(chain, verifier, report)
    missing = [name for name in (PROOF_NAME, ENTRY_NAME) if name not in files]
    if missing:
        raise Untrusted(f"{' and '.join(missing)}: missing, so nothing can be proved.")
    entry = files[ENTRY_NAME]
    proof = TlogProof.parse(files[PROOF_NAME])
    checkpoint = proof.verify(entry, keys.signer(proof.checkpoint))
    log = _head(checkpoint, report)
    report.entries = 1
    if proof.extra is not None:
        report.notes.append(f"{PROOF_NAME} carries extra data that nothing vouches for.")
    promise = report.attempt(
        f"{ENTRY_NAME}, index {proof.index}", lambda: read_promise(entry, proof.index, log)
    )
    body = files.get(BODY_NAME)
    if body is None:
        report.bodies_absent = 1
        return
    report.bodies_present = 1
    if promise is None:
        return
    where = f"{BODY_NAME}, index {proof.index}"
    if report.attempt(where, lambda: _checked(promise, body)) is not None:
        approvers = _approvers(log, report, alone=True)
        if approvers is not None:
            approvers.read_bundle(files, checkpoint.origin, keys.signer)
            approvers.read(entry, body)


def _approvers(log: str, report: Report, *, alone: bool = False) -> Approvers | None:
    """Return who judges the officers' approvals; None where only the checker's own needs are installed.

    It needs msgspec and cryptography, for passkeys. Everything else is checked without them.
    """
    try:
        from hansa.kernel.approvers import Approvers
    except ImportError:
        report.note(
            "Approvals by officers' own keys were not checked: install msgspec and cryptography."
        )
        return None
    return Approvers(log, report, texts=alone, whole=not alone)


def _checked(promise: Promise, body: bytes) -> bytes:
    promise.check(body)
    return body


def _verify_log(folder: Path, report: Report, vkey: str | None) -> None:
    report.kind = "log"
    chain = read_file(folder, KEYS_NAME, MAX_KEYS)
    verifier = _key(read_file(folder, VKEY_NAME, MAX_VKEY), report, vkey, chained=chain is not None)
    keys = _chain(chain, verifier, report)
    note = read_file(folder, CHECKPOINT_NAME, MAX_NOTE)
    if note is None:
        raise Untrusted(f"{CHECKPOINT_NAME}: is missing, so nothing can be proved.")
    checkpoint = open_checkpoint(note, keys.signer(note))
    log = _head(checkpoint, report)
    _LogCheck(folder, report, checkpoint, log, keys.chain).run()


class _LogCheck:
    """One walk over an exported log, bundle by bundle, with bounded memory."""

    def __init__(
        self,
        folder: Path,
        report: Report,
        head: Checkpoint,
        log: str,
        chain: Sequence[KeyDocument],
    ) -> None:
        self.folder = folder
        self.report = report
        self.head = head
        self.log = log
        self.starts = {one.start: one for one in chain}
        self.by_entries = Frontier()
        self.by_tiles = Frontier()
        self.upper = HashTiles()
        self.bodies = self._body_names()
        self.cited: set[str] = set()
        self.approvers = _approvers(log, report)

    def run(self) -> None:
        for tile in bundles(self.head.size):
            if not self._bundle(tile):
                self.report.find(
                    f"Entries from {tile.index * WIDTH} on are missing; the log has "
                    f"{self.head.size}."
                )
                break
        else:
            self._upper(self.upper.rest())
        self._roots()
        self._strangers()

    def _body_names(self) -> set[str]:
        folder = self.folder / BODIES_NAME
        if not os.path.lexists(folder):
            return set()
        if folder.is_symlink() or not folder.is_dir():
            self.report.find(f"{BODIES_NAME} is not a folder.")
            return set()
        return {found.name for found in folder.iterdir()}

    def _bundle(self, tile: Tile) -> bool:
        """Check up to 256 entries and their hash tile; False when neither is there."""
        start = tile.index * WIDTH
        hash_tile = Tile(0, tile.index, tile.width)
        entries = self.report.attempt("", lambda: read_bundle(self.folder, tile))
        hashes = self.report.attempt("", lambda: read_hashes(self.folder, hash_tile))
        own = None if entries is None else [leaf_hash(entry) for entry in entries]
        if own and hashes:
            for at, (one, other) in enumerate(zip(own, hashes, strict=True)):
                if one != other:
                    self.report.find(
                        f"{tile.path}, index {start + at}: the entry is not the one hashed in "
                        f"{hash_tile.path}."
                    )
        for leaf in own or ():
            self._start()
            self.by_entries.append(leaf)
        if hashes:
            self.by_tiles.extend(hashes)
        known = own or hashes
        if known is None:
            return False
        self._upper(self.upper.extend(known))
        for at, entry in enumerate(entries or ()):
            self._entry(tile.path, start + at, entry)
        return True

    def _start(self) -> None:
        """Where a key document starts, the entries so far must be those to which its roots put their names."""
        document = self.starts.get(self.by_entries.size)
        if document is not None and self.by_entries.root() != document.root_at:
            self.report.find(
                f"Version {document.version} of the log's keys starts at {document.start}, where "
                f"the entries have another root."
            )

    def _entry(self, where: str, index: int, entry: bytes) -> None:
        self.report.entries += 1
        promise = self.report.attempt(
            f"{where}, index {index}", lambda: read_promise(entry, index, self.log)
        )
        if promise is None:
            return
        name = promise.commitment.hex()
        if name not in self.bodies:
            self.report.bodies_absent += 1
            if self.approvers:
                self.approvers.missing()
            return
        self.cited.add(name)
        self.report.bodies_present += 1
        path = f"{BODIES_NAME}/{name}"
        body = self.report.attempt("", lambda: read_file(self.folder, path, MAX_BODY))
        where = f"{path}, index {index}"
        if body is not None:
            body = self.report.attempt(where, partial(_checked, promise, body))
        if self.approvers and body is not None:
            self.approvers.read(entry, body)
        elif self.approvers:
            self.approvers.missing()

    def _upper(self, tiles: Iterable[tuple[Tile, bytes]]) -> None:
        """Compare the tiles above level 0 with what the entries below them give."""
        for tile, data in tiles:
            if not tile.level:
                continue
            hashes = self.report.attempt("", partial(read_hashes, self.folder, tile))
            if hashes is not None and b"".join(hashes) != data:
                self.report.find(f"{tile.path}: does not match the entries below it.")

    def _roots(self) -> None:
        self._start()
        for frontier, what in ((self.by_entries, "entries"), (self.by_tiles, "hash tiles")):
            # A shorter frontier has its own finding: something is missing or malformed.
            if frontier.size == self.head.size and frontier.root() != self.head.root:
                self.report.find(
                    f"The {what} give the root {frontier.root().hex()}, the checkpoint signs "
                    f"{self.head.root.hex()}."
                )

    def _strangers(self) -> None:
        for name in sorted(self.bodies - self.cited):
            self.report.find(f"{BODIES_NAME}/{name}: no entry of the log has this body.")
        parts = {CHECKPOINT_NAME, VKEY_NAME, KEYS_NAME, TILES_NAME, BODIES_NAME}
        other = sorted({found.name for found in self.folder.iterdir()} - parts)
        for base, _, names in os.walk(self.folder / TILES_NAME):
            inside = Path(base).relative_to(self.folder).as_posix()
            other += [f"{inside}/{name}" for name in names if not self._needs(f"{inside}/{name}")]
        if other:
            self.report.notes.append(
                f"Files that are no part of the log at this size and were not checked: "
                f"{len(other)}, such as {plain(other[0], 120)}."
            )

    def _needs(self, path: str) -> bool:
        try:
            return needed(Tile.parse(path), self.head.size)
        except Untrusted:
            return False


def main(arguments: Sequence[str]) -> int:
    """`python -m hansa.kernel.verify PATH [VKEY]`: print the report; 0 when it holds, else 1."""
    if len(arguments) not in {1, 2}:
        sys.stderr.write("Give the path of an export and, if you know it, the log's key.\n")
        return 2
    report = verify(*arguments)
    sys.stdout.write(report.text())
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
