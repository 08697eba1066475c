"""The private keys that this node holds. Nothing else touches one.

For each member carried here a log key, which signs its log's heads, and a sealing key, which opens
what is restricted to it; for the whole node one witness key, which cosigns the heads of others.

Trust: whoever reads the folder `keys` can write in the logs of the members carried here, read what
is sealed to them, and cosign as this node; nowhere else. Files are readable by their owner only.
"""

import contextlib
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from hansa.kernel import cosign, hpke
from hansa.kernel.cosign import Algorithm
from hansa.kernel.disk import sync_folder
from hansa.kernel.errors import Refused
from hansa.kernel.note import Signer, Verifier, sign_checkpoint, sign_note

SEED = 32
_WITNESS: dict[Algorithm, str] = {"ed25519": "_witness.seed", "mldsa44": "_witness.mldsa44"}
_PURPOSE = re.compile(r"hansa/[a-z-]+/v[0-9]+\n")


def _next(log: str) -> str:
    return f"{log}.next"  # no log has a dot in its name


class KeyRing:
    """Secret seeds of 32 bytes, each in a file of its own in `folder`."""

    def __init__(self, folder: Path, realm: str = "hansa") -> None:
        """Open the folder, which is made when the first key is; `realm` is the first word of this node's names."""
        self.folder = folder
        self.realm = realm
        self._signers: dict[str, Signer] = {}

    def make(self, log: str, origin: str) -> str:
        """Make the key of a new log and return its public half as a vkey; Refused if one exists."""
        try:
            self._create(self._path(log), secrets.token_bytes(SEED))
        except FileExistsError as error:
            raise Refused(
                f"There is already a key for the log {log} in this home. Choose another name for the log.",
                code="key-exists",
            ) from error
        return self._signer(log, origin).vkey()

    def unmake(self, log: str) -> None:
        """Delete the key of a log that never came to be, so that its name is free again."""
        self._path(log).unlink(missing_ok=True)
        self._signers.pop(log, None)

    def sign(self, log: str, origin: str, size: int, root: bytes, *, staged: bool = False) -> str:
        """Return the signed checkpoint of the log at this size; Refused if its key is not here.

        `staged`: by the key that waits to come into force.
        """
        return sign_checkpoint(size, root, self._signer(log, origin, staged=staged)).decode()

    def stage(self, log: str, origin: str) -> str:
        """Make the key that will sign the log next, if it is not waiting already, and return its vkey."""
        path = self._path(log, staged=True)
        self._read_or_make(path, f"{log}'s next", lambda: secrets.token_bytes(SEED))
        return self._signer(log, origin, staged=True).vkey()

    def staged(self, log: str, origin: str) -> str | None:
        """Return the vkey of the key that waits to sign the log next, if there is one."""
        if not self._path(log, staged=True).exists():
            return None
        return self._signer(log, origin, staged=True).vkey()

    def unstage(self, log: str) -> None:
        """Delete the key that waits; whatever names it can then never come into force."""
        self._path(log, staged=True).unlink(missing_ok=True)
        self._signers.pop(_next(log), None)

    def turn(self, log: str, origin: str) -> None:
        """Let the key that waits sign the log from now on. The one before it is deleted: it may sign nothing any more."""
        self._path(log, staged=True).replace(self._path(log))
        sync_folder(self.folder)
        for name in (log, _next(log)):
            self._signers.pop(name, None)

    def retire(self, log: str) -> None:
        """Delete the log's key here, because the log is written on another node now."""
        self.unmake(log)

    def statement(self, log: str, origin: str, text: str, *, staged: bool = False) -> bytes:
        """Return a note over `text` by the log's key, for what a node says that is no head of its log. `staged` as in `sign`.

        The first line is `hansa/<purpose>/v<number>`, which no origin can be (a log's name has no
        slash), so that a statement is never taken for a checkpoint.
        """
        if not _PURPOSE.match(text):
            raise ValueError("A statement's first line is hansa/<purpose>/v<number>.")
        return sign_note(text, self._signer(log, origin, staged=staged))

    def verifier(self, log: str, origin: str) -> Verifier:
        """Return the public half of the log's key, from the key and not from the database."""
        return self._signer(log, origin).verifier

    def holds(self, log: str) -> bool:
        """Tell whether this node can write in the log."""
        return self._path(log).exists()

    def witness(self, algorithm: Algorithm = "ed25519") -> str:
        """Return the vkey of this node's witness key, which is made when first asked for."""
        return cosign.vkey(self._witness_name(), algorithm, self._witness_public(algorithm))

    def cosign(self, text: str, at: int, *, algorithm: Algorithm = "ed25519") -> str:
        """Return the signature line, with its newline, of this node's cosignature on a checkpoint's text.

        `at` is in seconds since 1970 (C2SP tlog-cosignature). The caller has seen to it that the head
        is consistent with every one that this node cosigned before, and has made that durable.
        """
        name, seed = self._witness_name(), self._witness_seed(algorithm)
        if algorithm == "ed25519":
            return cosign.ed25519_line(name, Signer(name, seed), text, at)
        return cosign.mldsa44_line(name, MLDSA44PrivateKey.from_seed_bytes(seed), text, at)

    def sealing(self, log: str) -> bytes:
        """Return the public key to which the log's member has restricted records sealed; made when first asked for."""
        return hpke.public(self._sealing_seed(log))

    def unwrap(self, log: str, enc_and_ct: bytes, info: bytes) -> bytes | None:
        """Open what was sealed to the log's member; None if it was sealed to another."""
        return hpke.unwrap(self._sealing_seed(log), enc_and_ct, info)

    def _path(self, log: str, *, staged: bool = False) -> Path:
        return self.folder / f"{_next(log) if staged else log}.seed"

    def _signer(self, log: str, origin: str, *, staged: bool = False) -> Signer:
        name = _next(log) if staged else log
        if name not in self._signers:
            try:
                seed = self._read(self._path(log, staged=staged), log)
            except FileNotFoundError as error:
                raise Refused(
                    f"The key of {log} is not in this home, so nothing can be written in its log here.",
                    code="no-key",
                ) from error
            self._signers[name] = Signer(origin, seed)
        return self._signers[name]

    def _witness_name(self) -> str:
        return f"{self.realm}/witness-{self._witness_public('ed25519').hex()[:8]}"

    def _witness_public(self, algorithm: Algorithm) -> bytes:
        seed = self._witness_seed(algorithm)
        if algorithm == "ed25519":
            return Signer("witness", seed).verifier.pub
        return MLDSA44PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()

    def _witness_seed(self, algorithm: Algorithm) -> bytes:
        path = self.folder / _WITNESS[algorithm]
        return self._read_or_make(path, "this node's witness", lambda: secrets.token_bytes(SEED))

    def _sealing_seed(self, log: str) -> bytes:
        path = self.folder / f"{log}.sealing"
        return self._read_or_make(path, f"{log}'s sealing", lambda: hpke.keypair()[0])

    def _read_or_make(self, path: Path, whose: str, make: Callable[[], bytes]) -> bytes:
        try:
            return self._read(path, whose)
        except FileNotFoundError:
            with contextlib.suppress(FileExistsError):  # another process was first
                self._create(path, make())
            return self._read(path, whose)

    def _read(self, path: Path, whose: str) -> bytes:
        seed = path.read_bytes()
        if len(seed) != SEED:
            raise Refused(
                f"The key file of {whose} is damaged: {len(seed)} bytes instead of {SEED}. Restore it from your backup; nothing was saved.",
                code="no-key",
            )
        return seed

    def _create(self, path: Path, secret: bytes) -> None:
        """Write a new file durably, whole or not at all."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole = path.with_name(f".{secrets.token_hex(8)}")
        handle = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(secret)
                file.flush()
                os.fsync(file.fileno())
            os.link(whole, path)
        finally:
            whole.unlink()
        sync_folder(self.folder)
