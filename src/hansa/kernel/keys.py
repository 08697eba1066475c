"""The log keys that this node holds. Nothing else touches a private key.

Trust: whoever reads the folder `keys` can write in the logs of the members carried here, and
nowhere else. Files are readable by their owner only.
"""

import os
from pathlib import Path

import nacl.signing

from hansa.kernel.disk import sync_folder
from hansa.kernel.errors import Refused
from hansa.kernel.note import Signer, Verifier, sign_checkpoint

SEED = 32


class KeyRing:
    """One Ed25519 seed a log, each in a file of its own in `folder`."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, which is made when the first key is."""
        self.folder = folder
        self._signers: dict[str, Signer] = {}

    def make(self, log: str, origin: str) -> str:
        """Make the key of a new log and return its public half as a vkey; Refused if one exists."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(log)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise Refused(
                f"There is already a key for the log {log} in this home. Choose another name for the log.",
                code="key-exists",
            ) from error
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(bytes(nacl.signing.SigningKey.generate()))
                file.flush()
                os.fsync(file.fileno())
            sync_folder(self.folder)
        except BaseException:
            path.unlink()
            raise
        return self._signer(log, origin).vkey()

    def unmake(self, log: str) -> None:
        """Delete the key of a log that never came to be, so that its name is free again."""
        self._path(log).unlink(missing_ok=True)
        self._signers.pop(log, None)

    def sign(self, log: str, origin: str, size: int, root: bytes) -> str:
        """Return the signed checkpoint of the log at this size; Refused if its key is not here."""
        return sign_checkpoint(size, root, self._signer(log, origin)).decode()

    def verifier(self, log: str, origin: str) -> Verifier:
        """Return the public half of the log's key, from the key and not from the database."""
        return self._signer(log, origin).verifier

    def holds(self, log: str) -> bool:
        """Tell whether this node can write in the log."""
        return self._path(log).exists()

    def _path(self, log: str) -> Path:
        return self.folder / f"{log}.seed"

    def _signer(self, log: str, origin: str) -> Signer:
        if log not in self._signers:
            try:
                seed = self._path(log).read_bytes()
            except FileNotFoundError as error:
                raise Refused(
                    f"The key of {log} is not in this home, so nothing can be written in its log here.",
                    code="no-key",
                ) from error
            if len(seed) != SEED:
                raise Refused(
                    f"The key file of {log} is damaged: {len(seed)} bytes instead of {SEED}. Restore it from your backup; nothing was saved.",
                    code="no-key",
                )
            self._signers[log] = Signer(origin, seed)
        return self._signers[log]
