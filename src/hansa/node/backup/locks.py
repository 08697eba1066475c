"""To whom a backup is encrypted, and who opens it: age's recipients and identities, or a passphrase.

A recipient's secret key is not on this machine, so that whoever takes the machine cannot open its old backups.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyrage

from hansa.kernel.errors import Refused, Untrusted

MOST_BY_PASSPHRASE = 512 * 1024 * 1024
"""Bytes that are encrypted by a passphrase, which happens in memory."""

CHUNK = 1024 * 1024
SHORTEST = 12
DAMAGED = "This is no whole backup: the file is damaged, cut short, or something else."
_SCRYPT = re.compile(rb"\Aage-encryption\.org/v1\n-> scrypt ")


@dataclass(frozen=True)
class Lock:
    """How a backup is closed, and opened again to be verified."""

    recipients: tuple[str, ...] = ()
    passphrase: str = ""

    def __post_init__(self) -> None:
        """Refused if nobody, or nobody who can be, is named."""
        if self.passphrase and self.recipients:
            raise Refused("Give either recipients or a passphrase; age takes no mixture.")
        if self.passphrase and len(self.passphrase) < SHORTEST:
            raise Refused(
                f"This passphrase is too short: whoever gets the file can try all short ones. Take {SHORTEST} characters or more; five unrelated words do well."
            )
        if not self.passphrase and not self.recipients:
            raise Refused(
                "Say who may open the backup: --to with an age recipient (age1…), backup_to in hansa.toml, or --passphrase."
            )
        for one in self.recipients:
            _recipient(one)

    def close(self, archive: Any, file: BinaryIO) -> "Key":
        """Encrypt what is read from `archive` into the file; return what opens it again, which dies with this process."""
        if self.passphrase:
            plain = bytearray()
            while part := archive.read(CHUNK):
                plain += part
                if len(plain) > MOST_BY_PASSPHRASE:
                    raise Refused(
                        "This home is too large to be encrypted by a passphrase. Make a key with “hansa backup-key” and give its recipient with --to."
                    )
            file.write(pyrage.passphrase.encrypt(bytes(plain), self.passphrase))
            return Key(passphrase=self.passphrase)
        # We cannot open what is for others only; so this run's own key is one more recipient, and is forgotten.
        own = pyrage.x25519.Identity.generate()
        named = [*map(_recipient, self.recipients), own.to_public()]
        pyrage.encrypt_io(archive, file, named)
        return Key(identities=(own,))


@dataclass(frozen=True)
class Key:
    """What opens a backup."""

    identities: tuple[Any, ...] = ()
    passphrase: str = ""

    def open(self, file: BinaryIO, into: Any) -> None:
        """Decrypt the file into a writer. Refused if this key is not the one; Untrusted if the file is damaged or cut short."""
        by_passphrase = is_by_passphrase(file)
        if by_passphrase != bool(self.passphrase):
            raise Refused(
                "This backup is encrypted by a passphrase. Give it with --passphrase."
                if by_passphrase
                else "This backup is encrypted to a key. Name the file that holds the key with --identity.",
                code="wrong-key",
            )
        try:
            if self.passphrase:
                into.write(pyrage.passphrase.decrypt(file.read(), self.passphrase))
            else:
                pyrage.decrypt_io(file, into, list(self.identities))
        except pyrage.DecryptError as error:
            raise _in_words(error, by_passphrase=by_passphrase) from error
        except OSError as error:
            if into.failed is not None:
                raise into.failed from error
            if error.errno is None:  # age's own word for a part that does not hold
                raise Untrusted(DAMAGED) from error
            raise


def is_by_passphrase(file: BinaryIO) -> bool:
    """Tell whether the file says that a passphrase opens it; leave it at its beginning."""
    start = file.read(64)
    file.seek(0)
    return bool(_SCRYPT.match(start))


def _in_words(error: Exception, *, by_passphrase: bool) -> Exception:
    said = str(error)
    if "No matching keys" in said:
        return Refused(
            "None of these keys opens this backup. Name another key file with --identity.",
            code="wrong-key",
        )
    if by_passphrase:
        return Refused(
            "The passphrase does not open this backup: it is another one, or the file is damaged.",
            code="wrong-key",
        )
    return Untrusted(DAMAGED)


def recipients_in(text: str) -> tuple[str, ...]:
    """Return the recipients that a text lists, one a line, as age's own files do; lines with # are left out."""
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def identities_in(paths: Iterable[Path]) -> tuple[Any, ...]:
    """Return the secret keys in these files: age's own, or OpenSSH's without a passphrase. Refused if one holds none."""
    found: list[Any] = []
    for path in paths:
        try:
            text = path.read_bytes()
        except OSError as error:
            raise Refused(f"The key file {path} cannot be read ({error.strerror}).") from error
        try:
            if b"-----BEGIN" in text:
                found.append(pyrage.ssh.Identity.from_buffer(text))
            else:
                listed = recipients_in(text.decode("utf-8"))
                found += [pyrage.x25519.Identity.from_str(one) for one in listed]
        except (pyrage.IdentityError, UnicodeDecodeError, ValueError) as error:
            raise Refused(
                f"{path} holds no key that age can use. It must hold AGE-SECRET-KEY-1…, or be an OpenSSH key without a passphrase."
            ) from error
    if not found:
        raise Refused("Name the file that holds the key with --identity.", code="wrong-key")
    return tuple(found)


def new_key() -> tuple[str, str]:
    """Return a new secret key and its recipient, as age writes them."""
    made = pyrage.x25519.Identity.generate()
    return str(made), str(made.to_public())


def _recipient(text: str) -> Any:
    try:
        if text.startswith("ssh-"):
            return pyrage.ssh.Recipient.from_str(text)
        return pyrage.x25519.Recipient.from_str(text)
    except (pyrage.RecipientError, ValueError) as error:
        raise Refused(
            f"“{text[:80]}” is no recipient. Give one that begins with age1… or ssh-ed25519 …"
        ) from error
