"""Keys at rest under a passphrase.

One passphrase for a home. It opens the vault, a small file that holds a random key; under that key every
key file is locked. So a change of passphrase rewrites one file, and stretching it is paid once.

Argon2id (RFC 9106) at libsodium's moderate cost stretches; XChaCha20-Poly1305 locks, bound to each
file's name, so that no locked key can be put in another's place.
"""

import os
import secrets
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id
from nacl.secret import Aead

from hansa.kernel.disk import sync_folder
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.note import decode_base64, encode_base64

VAULT = "hansa-vault/v1"
VAULT_NAME = "_vault"
LOCKED = b"hansa-locked/v1\n"
SHORTEST = 12
"""Characters that a passphrase must have."""

_MOST_MEMORY = 2**30


def make(
    passphrase: str,
    *,
    key: bytes | None = None,
    ops: int = argon2id.OPSLIMIT_MODERATE,
    memory: int = argon2id.MEMLIMIT_MODERATE,
) -> tuple[bytes, bytes]:
    """Return a vault and the key in it, a new one unless `key` is given; Refused if the passphrase is too short.

    `ops` and `memory` (bytes) are Argon2id's costs.
    """
    if len(passphrase) < SHORTEST:
        raise Refused(
            f"Choose a passphrase of at least {SHORTEST} characters, such as five words that have nothing to do with each other.",
            field="passphrase",
            code="short-passphrase",
        )
    inner = secrets.token_bytes(Aead.KEY_SIZE) if key is None else key
    salt = secrets.token_bytes(argon2id.SALTBYTES)
    head = f"{VAULT}\nargon2id {ops} {memory} {encode_base64(salt)}\n"
    sealed = Aead(_stretch(passphrase, salt, ops, memory)).encrypt(inner, head.encode())
    return f"{head}{encode_base64(bytes(sealed))}\n".encode(), inner


def open_vault(vault: bytes, passphrase: str) -> bytes:
    """Return the key in a vault; Refused if the passphrase is wrong, Untrusted if the file is no vault."""
    try:
        first, costs, sealed, rest = vault.decode("ascii").split("\n")
        name, ops, memory, salt = costs.split(" ")
        if (first, name, rest) != (VAULT, "argon2id", "") or int(memory) > _MOST_MEMORY:
            raise Untrusted("The vault of this home is of a sort that this version cannot open.")
        aad, inner = f"{first}\n{costs}\n".encode(), decode_base64(sealed, "The vault")
        key = _stretch(passphrase, decode_base64(salt, "The salt"), int(ops), int(memory))
        return bytes(Aead(key).decrypt(inner, aad))
    except CryptoError as error:
        raise Refused(
            "This passphrase does not open the keys of this home. Type it again.",
            field="passphrase",
            code="wrong-passphrase",
        ) from error
    except ValueError as error:
        raise Untrusted("The vault of this home is damaged. Restore it from a backup.") from error


def lock(key: bytes, name: str, secret: bytes) -> bytes:
    """Return what stands in a key file of this name while it is locked."""
    return LOCKED + bytes(Aead(key).encrypt(secret, name.encode()))


def unlock(key: bytes, name: str, locked: bytes) -> bytes:
    """Return the secret in a locked key file; Untrusted if it is damaged, or belongs under another name."""
    try:
        return bytes(Aead(key).decrypt(locked.removeprefix(LOCKED), name.encode()))
    except (CryptoError, ValueError) as error:
        raise Untrusted(
            f"The key file {name} is damaged, or is not of this home. Restore it from your backup."
        ) from error


def passphrase_left(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the passphrase that the machine was given for this process, if any.

    From systemd's credential `passphrase` (`LoadCredential=`), else from the file that
    HANSA_PASSPHRASE_FILE names; its last line break is not part of it. Refused if the file cannot be read.
    """
    folder, named = environ.get("CREDENTIALS_DIRECTORY"), environ.get("HANSA_PASSPHRASE_FILE")
    if folder and (Path(folder) / "passphrase").exists():
        named = str(Path(folder) / "passphrase")
    if not named:
        return None
    try:
        return Path(named).read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(
            f"The passphrase for the keys cannot be read from {named}: {error}.", code="locked"
        ) from error


def _stretch(passphrase: str, salt: bytes, ops: int, memory: int) -> bytes:
    # One spelling: keyboards differ in how they compose an accented letter.
    typed = unicodedata.normalize("NFC", passphrase).encode()
    return argon2id.kdf(Aead.KEY_SIZE, typed, salt, opslimit=ops, memlimit=memory)


class _Person:
    """Whom to ask for a passphrase, where somebody sits at this process."""

    ask: Callable[[str], str | None] | None = None


def ask_person(ask: Callable[[str], str | None] | None) -> None:
    """Let `ask(why)` be called, once a key is needed, for a passphrase that nothing else gives; None for no answer."""
    _Person.ask = ask


_opened: dict[tuple[Path, bytes], bytes] = {}
"""Keys of the vaults that this process has opened, by folder and content: two homes share nothing."""


class Chest:
    """A folder of secrets, each in a file of its own, readable by its owner only; locked where the folder has a vault."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, which is made when the first secret is."""
        self.folder = folder

    @property
    def has_vault(self) -> bool:
        """Whether the secrets are kept locked."""
        return (self.folder / VAULT_NAME).exists()

    @property
    def shut(self) -> bool:
        """Whether the secrets are locked, and nothing at hand opens them."""
        try:
            return self._key() is None and self.has_vault
        except (Refused, Untrusted):
            return True

    def need(self) -> None:
        """Open the vault with what is at hand, asking a person if there is one; Refused if it stays shut."""
        if self.has_vault:
            self._require_key()

    def open(self, passphrase: str) -> None:
        """Open the vault for this process; Refused if the passphrase is wrong."""
        vault = self._vault()
        _opened[self.folder, sha256(vault).digest()] = open_vault(vault, passphrase)

    def has(self, name: str) -> bool:
        """Tell whether there is a secret of this name."""
        return (self.folder / name).exists()

    def read(self, name: str) -> bytes:
        """Return a secret; FileNotFoundError if there is none, Refused if it is locked and nothing at hand opens it."""
        data = (self.folder / name).read_bytes()
        if not data.startswith(LOCKED):
            return data
        return unlock(self._require_key(), name, data)

    def create(self, name: str, secret: bytes) -> None:
        """Write a new secret durably, whole or not at all; FileExistsError if the name is taken."""
        data = lock(self._require_key(), name, secret) if self.has_vault else secret
        with self._written(data) as whole:
            os.link(whole, self.folder / name)
        sync_folder(self.folder)

    def replace(self, name: str, secret: bytes) -> None:
        """Write a secret in the place of another, whole or not at all."""
        self._put(name, lock(self._require_key(), name, secret) if self.has_vault else secret)

    def move(self, name: str, to: str) -> None:
        """Give a secret another name, in whose place it then stands."""
        if self.has_vault:  # it is locked under its name
            self.replace(to, self.read(name))
            self.delete(name)
        else:
            (self.folder / name).replace(self.folder / to)
        sync_folder(self.folder)

    def delete(self, name: str) -> None:
        """Delete a secret, if it is there."""
        (self.folder / name).unlink(missing_ok=True)

    def lock(self, passphrase: str) -> int:
        """Lock every secret under a passphrase; return how many. Cut short, it goes on where it stopped."""
        if self.has_vault:
            self.open(passphrase)
        else:
            vault, _key = make(passphrase)
            self._put(VAULT_NAME, vault)
            self.open(passphrase)
        plain = [name for name in self._names() if not self._is_locked(name)]
        for name in plain:
            self.replace(name, (self.folder / name).read_bytes())
        return len(plain)

    def unlock(self) -> int:
        """Write every secret unlocked and put the vault away; return how many. Cut short, it goes on where it stopped."""
        locked = [name for name in self._names() if self._is_locked(name)]
        for name in locked:
            self._put(name, self.read(name))
        self.delete(VAULT_NAME)
        sync_folder(self.folder)
        return len(locked)

    def change(self, passphrase: str) -> None:
        """Give the vault another passphrase. The secrets stay as they are."""
        vault, _key = make(passphrase, key=self._require_key())
        self._put(VAULT_NAME, vault)
        self.open(passphrase)

    def _names(self) -> list[str]:
        if not self.folder.exists():
            return []
        return sorted(
            path.name
            for path in self.folder.iterdir()
            if path.is_file() and path.name != VAULT_NAME and not path.name.startswith(".")
        )

    def _is_locked(self, name: str) -> bool:
        with (self.folder / name).open("rb") as file:
            return file.read(len(LOCKED)) == LOCKED

    def _vault(self) -> bytes:
        return (self.folder / VAULT_NAME).read_bytes()

    def _key(self) -> bytes | None:
        if not self.has_vault:
            return None
        vault = self._vault()
        known = (self.folder, sha256(vault).digest())
        if known not in _opened and (given := passphrase_left()) is not None:
            _opened[known] = open_vault(vault, given)
        return _opened.get(known)

    def _require_key(self) -> bytes:
        key = self._key()
        why = "Passphrase of this home's keys"
        while key is None and _Person.ask is not None and (typed := _Person.ask(why)):
            try:
                self.open(typed)
            except Refused as refusal:
                why = refusal.sentence
            key = self._key()
        if key is None:
            raise Refused(
                "The keys of this home are locked, so nothing can be written or signed here; everything can be read. Start it again with the passphrase: “hansa serve” asks for it at a terminal, or reads it from the file that HANSA_PASSPHRASE_FILE names.",
                code="locked",
            )
        return key

    def _put(self, name: str, data: bytes) -> None:
        with self._written(data) as whole:
            whole.replace(self.folder / name)
        sync_folder(self.folder)

    @contextmanager
    def _written(self, data: bytes) -> Iterator[Path]:
        """Write and sync a nameless file, which the caller gives its name; what is left of it is removed."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole = self.folder / f".{secrets.token_hex(8)}"
        handle = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            yield whole
        finally:
            whole.unlink(missing_ok=True)
