"""One fact as evidence: the C2SP tlog-proof v1 file, and the folder or archive it travels in.

The proof shows that an entry stands in a log whose head the log's key has signed. Whoever holds
it needs no network and no database.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hansa.kernel.errors import Untrusted
from hansa.kernel.merkle import HASH_SIZE, MAX_PROOF, leaf_hash, verify_inclusion
from hansa.kernel.note import (
    MAX_NOTE,
    MAX_VKEY,
    Checkpoint,
    Verifier,
    decode_base64,
    encode_base64,
    open_checkpoint,
    parse_decimal,
)
from hansa.kernel.tiles import MAX_ENTRY

HEADER = "c2sp.org/tlog-proof@v1"
MAX_EXTRA = 65_536
MAX_PROOF_FILE = MAX_NOTE + 2 * MAX_EXTRA

PROOF_NAME = "record.tlog-proof"
ENTRY_NAME = "entry"
BODY_NAME = "body"
VKEY_NAME = "vkey"
KEYS_NAME = "keys"

MAX_BODY = 2**20
MAX_KEYS = 2**20

ENROLMENTS = 4
"""Keys whose enrolment a bundle can prove. A record with more approvals is exported with its whole log."""


def enrolment_names(number: int) -> tuple[str, str, str]:
    """Return the names of proof, entry and body of the record that enrolled a key which approved this one."""
    return f"key-{number}.tlog-proof", f"key-{number}.entry", f"key-{number}.body"


BUNDLE_LIMITS: Mapping[str, int] = {
    PROOF_NAME: MAX_PROOF_FILE,
    ENTRY_NAME: MAX_ENTRY,
    BODY_NAME: MAX_BODY,
    VKEY_NAME: MAX_VKEY,
    KEYS_NAME: MAX_KEYS,
    **{
        name: limit
        for number in range(1, ENROLMENTS + 1)
        for name, limit in zip(
            enrolment_names(number), (MAX_PROOF_FILE, MAX_ENTRY, MAX_BODY), strict=True
        )
    },
}
"""The files of a single-record bundle, and how many bytes each may have."""

MAX_ARCHIVE = 2 * sum(BUNDLE_LIMITS.values())
MAX_DIRECTORY = 16_384


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Index of an entry, its inclusion proof and the signed checkpoint that it leads to.

    `checkpoint` is the signed note as received. `extra` is not authenticated by anything.
    """

    index: int
    hashes: Sequence[bytes]
    checkpoint: bytes
    extra: bytes | None = None

    def to_bytes(self) -> bytes:
        """Return the proof file."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {encode_base64(self.extra)}")
        lines.append(f"index {self.index}")
        lines += [encode_base64(one) for one in self.hashes]
        return ("\n".join(lines) + "\n\n").encode() + self.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> TlogProof:
        """Read a proof file; `Untrusted` when it is malformed or too large.

        Nothing is verified yet, `verify` does that.
        """
        if len(data) > MAX_PROOF_FILE:
            raise Untrusted(f"The proof is larger than {MAX_PROOF_FILE} bytes.")
        head, gap, checkpoint = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise Untrusted("The proof's first part is not ASCII.") from error
        if not gap or lines.pop(0) != HEADER:
            raise Untrusted(f"This is not a proof: it does not begin with {HEADER}.")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = decode_base64(lines.pop(0).removeprefix("extra "), "The proof's extra data")
        if not lines or not lines[0].startswith("index "):
            raise Untrusted("The proof does not say which entry it is about.")
        index = parse_decimal(lines.pop(0).removeprefix("index "), "The proof's index")
        if len(lines) > MAX_PROOF:
            raise Untrusted(f"The proof has more than {MAX_PROOF} hashes.")
        hashes = tuple(decode_base64(line, "A hash in the proof") for line in lines)
        if any(len(one) != HASH_SIZE for one in hashes):
            raise Untrusted(f"A hash in the proof is not {HASH_SIZE} bytes long.")
        return cls(index, hashes, checkpoint, extra)

    def verify(self, entry: bytes, verifier: Verifier) -> Checkpoint:
        """Return the signed head when `entry` stands at `index` under it; else `Untrusted`."""
        checkpoint = open_checkpoint(self.checkpoint, verifier)
        verify_inclusion(
            leaf_hash(entry), self.index, checkpoint.size, self.hashes, checkpoint.root
        )
        return checkpoint


def bundle_files(
    proof: TlogProof, entry: bytes, vkey: str, body: bytes | None = None, keys: bytes = b""
) -> dict[str, bytes]:
    """Files of a single-record bundle by name; `body` is salt ‖ JSON when the asker may read it.

    `keys` are the log's key documents (`chain.pack`), if it has any.
    """
    files = {PROOF_NAME: proof.to_bytes(), ENTRY_NAME: entry, VKEY_NAME: f"{vkey}\n".encode()}
    if body is not None:
        files[BODY_NAME] = body
    if keys:
        files[KEYS_NAME] = keys
    return files


def pack_zip(files: Mapping[str, bytes]) -> bytes:
    """Archive that is the same for the same files: no clock, no owner."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, files[name])
    return target.getvalue()


def unpack_zip(data: bytes) -> dict[str, bytes]:
    """Return the files of an archive by name, those of a bundle read and the others empty.

    Nothing is written to disk. `Untrusted` for an archive that is damaged, encrypted or larger
    inside than a bundle may be, and for names that repeat or point into folders.
    """
    _check_directory(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files: dict[str, bytes] = {}
            for info in archive.infolist():
                _check_member(info, files)
                files[info.filename] = _read_member(archive, info)
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        raise Untrusted(f"The archive is damaged: {error}.") from error
    return files


def _check_directory(data: bytes) -> None:
    """Bound the archive's directory before zipfile reads it all into memory.

    The record that ends a plain zip file has 22 bytes; size of the directory at offset 12. A
    comment, or the large format, would let zipfile find another directory than this one.
    """
    end = data[-22:]
    if len(data) > MAX_ARCHIVE or not end.startswith(b"PK\5\6"):
        raise Untrusted("This is not a record bundle: not a plain, small zip file.")
    if data[-42:-38] == b"PK\6\7" or int.from_bytes(end[12:16], "little") > MAX_DIRECTORY:
        raise Untrusted("The archive lists more files than a record bundle has.")


def _check_member(info: zipfile.ZipInfo, files: Mapping[str, bytes]) -> None:
    name = info.filename
    if name in files:
        raise Untrusted(f"The archive holds {name[:80]!r} twice.")
    if not name or name != info.orig_filename or {"/", "\\", ":"} & set(name) or name == "..":
        raise Untrusted(f"The archive holds {name[:80]!r}; a record bundle has no folders.")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise Untrusted(f"The archive holds a link, {name[:80]!r}.")
    if info.flag_bits & 1:
        raise Untrusted("The archive is encrypted.")
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise Untrusted("The archive uses a compression other than deflate.")


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    limit = BUNDLE_LIMITS.get(info.filename)
    if limit is None:
        return b""
    with archive.open(info) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Untrusted(f"{info.filename} is larger than the {limit} bytes that it may have.")
    return data
