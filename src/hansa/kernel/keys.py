"""The private keys that this node holds. Nothing else touches one.

For each member carried here a log key, which signs its log's heads, and a sealing key, which opens
what is restricted to it; for the whole node one witness key, which cosigns the heads of others. A log
or witness key may live in an ssh-agent instead; then its file only names it.

Trust: whoever reads the folder `keys` can write in the logs of the members carried here, read what
is sealed to them, and cosign as this node; nowhere else. Under a passphrase (`kernel.vault`) the
folder alone gives nothing; a process that runs with the passphrase still holds the keys.
"""

import contextlib
import re
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from hansa.kernel import agent, cosign, hpke
from hansa.kernel.agent import AgentSigner
from hansa.kernel.cosign import Algorithm
from hansa.kernel.errors import Refused
from hansa.kernel.note import (
    Signer,
    Verifier,
    decode_base64,
    encode_base64,
    sign_checkpoint,
    sign_note,
)
from hansa.kernel.vault import Chest

SEED = 32
_WITNESS: dict[Algorithm, str] = {"ed25519": "_witness.seed", "mldsa44": "_witness.mldsa44"}
_HANDED = ("seed", "sealing")
_PURPOSE = re.compile(r"hansa/[a-z-]+/v[0-9]+\n")
_AGENT = b"hansa-agent/v1 "


def _file(log: str, *, staged: bool = False) -> str:
    return f"{log}.next.seed" if staged else f"{log}.seed"  # no log has a dot in its name


class KeyRing:
    """Secret seeds of 32 bytes, each in a file of its own in `folder`."""

    def __init__(self, folder: Path, realm: str = "hansa") -> None:
        """Open the folder, which is made when the first key is; `realm` is the first word of this node's names."""
        self.folder = folder
        self.realm = realm
        self.chest = Chest(folder)
        self._signers: dict[str, Signer] = {}

    @property
    def shut(self) -> bool:
        """Whether the keys are locked and nothing at hand opens them: then this node only reads."""
        return self.chest.shut

    def make(self, log: str, origin: str) -> str:
        """Make the key of a new log and return its public half as a vkey; Refused if one exists."""
        try:
            self.chest.create(_file(log), secrets.token_bytes(SEED))
        except FileExistsError as error:
            raise Refused(
                f"There is already a key for the log {log} in this home. Choose another name for the log.",
                code="key-exists",
            ) from error
        return self._signer(log, origin).vkey()

    def unmake(self, log: str) -> None:
        """Delete the key of a log that never came to be, so that its name is free again."""
        self._delete(_file(log))

    def hand_over(self, log: str) -> dict[str, bytes]:
        """Return the log's secrets, for the one home that takes the log over: its key and its sealing key."""
        self.sealing(log)
        return {kind: self.chest.read(f"{log}.{kind}") for kind in _HANDED}

    def take_over(self, log: str, secrets_of: dict[str, bytes]) -> None:
        """Keep the secrets of a log that another home handed over; Refused if there are others here, or one is missing."""
        if secrets_of.keys() != set(_HANDED) or any(self.chest.has(f"{log}.{k}") for k in _HANDED):
            raise Refused(f"The keys of {log} cannot be taken over here.", code="key-exists")
        for kind, secret in secrets_of.items():
            self.chest.create(f"{log}.{kind}", secret)

    def forget(self, log: str) -> None:
        """Delete the log's secrets here: another home has them now, or has kept them."""
        for kind in _HANDED:
            self._delete(f"{log}.{kind}")

    def sign(self, log: str, origin: str, size: int, root: bytes, *, staged: bool = False) -> str:
        """Return the signed checkpoint of the log at this size; Refused if its key is not here.

        `staged`: by the key that waits to come into force.
        """
        return sign_checkpoint(size, root, self._signer(log, origin, staged=staged)).decode()

    def stage(self, log: str, origin: str, agent_pub: bytes | None = None) -> str:
        """Make the key that will sign the log next, if it is not waiting already, and return its vkey.

        `agent_pub`: it is this key of the ssh-agent, and replaces one that waits.
        """
        name = _file(log, staged=True)
        if agent_pub is not None:
            AgentSigner(origin, agent_pub).sign(b"hansa: may this key sign?\n")
            self._delete(name)
            self.chest.replace(name, _reference(agent_pub))
        else:
            self._make_once(name)
        return self._signer(log, origin, staged=True).vkey()

    def staged(self, log: str, origin: str) -> str | None:
        """Return the vkey of the key that waits to sign the log next, if there is one."""
        if not self.chest.has(_file(log, staged=True)):
            return None
        return self._signer(log, origin, staged=True).vkey()

    def unstage(self, log: str) -> None:
        """Delete the key that waits; whatever names it can then never come into force."""
        self._delete(_file(log, staged=True))

    def turn(self, log: str) -> None:
        """Let the key that waits sign the log from now on. The one before it is deleted: it may sign nothing any more."""
        self.chest.move(_file(log, staged=True), _file(log))
        self._signers.clear()

    def to_agent(self, log: str, origin: str) -> None:
        """Leave the log's key to the ssh-agent, which must have it, and delete it here; Refused if it has it not."""
        pub = self.verifier(log, origin).pub
        if pub not in {one.pub for one in agent.identities()}:
            raise Refused(
                f"The ssh-agent does not have the key of {log}. Add it with ssh-add first.",
                code="agent",
            )
        AgentSigner(origin, pub).sign(b"hansa: may this key sign?\n")
        self._signers.clear()
        self.chest.replace(_file(log), _reference(pub))

    def in_agent(self, log: str) -> bool:
        """Tell whether the log's key lives in an ssh-agent."""
        return self.holds(log) and self.chest.read(_file(log)).startswith(_AGENT)

    def openssh(self, log: str) -> bytes:
        """Return the log's key as an OpenSSH private key file without a passphrase, which `ssh-keygen -p` gives it."""
        key = Ed25519PrivateKey.from_private_bytes(_whole(log, self.chest.read(_file(log))))
        return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())

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
        return self.chest.has(_file(log))

    def witness(self, algorithm: Algorithm = "ed25519") -> str:
        """Return the vkey of this node's witness key, which is made when first asked for."""
        return cosign.vkey(self._witness_name(), algorithm, self._witness_public(algorithm))

    def cosign(self, text: str, at: int, *, algorithm: Algorithm = "ed25519") -> str:
        """Return the signature line, with its newline, of this node's cosignature on a checkpoint's text.

        `at` is in seconds since 1970 (C2SP tlog-cosignature). The caller has seen to it that the head
        is consistent with every one that this node cosigned before, and has made that durable.
        """
        name = self._witness_name()
        if algorithm == "ed25519":
            return cosign.ed25519_line(name, self._witness_signer(name), text, at)
        return cosign.mldsa44_line(name, self._witness_mldsa44(), text, at)

    def sealing(self, log: str) -> bytes:
        """Return the public key to which the log's member has restricted records sealed; made when first asked for."""
        return hpke.public(self._sealing_seed(log))

    def unwrap(self, log: str, enc_and_ct: bytes, info: bytes) -> bytes | None:
        """Open what was sealed to the log's member; None if it was sealed to another."""
        return hpke.unwrap(self._sealing_seed(log), enc_and_ct, info)

    def _signer(self, log: str, origin: str, *, staged: bool = False) -> Signer:
        name = _file(log, staged=staged)
        if name not in self._signers:
            try:
                self._signers[name] = self._load(name, origin)
            except FileNotFoundError as error:
                raise Refused(
                    f"The key of {log} is not in this home, so nothing can be written in its log here.",
                    code="no-key",
                ) from error
        return self._signers[name]

    def _load(self, name: str, called: str) -> Signer:
        held = self.chest.read(name)
        if held.startswith(_AGENT):
            return AgentSigner(called, decode_base64(held[len(_AGENT) : -1].decode(), name))
        return Signer(called, _whole(name, held))

    def _witness_name(self) -> str:
        return f"{self.realm}/witness-{self._witness_public('ed25519').hex()[:8]}"

    def _witness_public(self, algorithm: Algorithm) -> bytes:
        if algorithm == "ed25519":
            return self._witness_signer("witness").verifier.pub
        return self._witness_mldsa44().public_key().public_bytes_raw()

    def _witness_signer(self, called: str) -> Signer:
        self._make_once(_WITNESS["ed25519"])
        return self._load(_WITNESS["ed25519"], called)

    def _witness_mldsa44(self) -> MLDSA44PrivateKey:
        return MLDSA44PrivateKey.from_seed_bytes(self._seed(_WITNESS["mldsa44"]))

    def _sealing_seed(self, log: str) -> bytes:
        return self._seed(f"{log}.sealing")

    def _seed(self, name: str) -> bytes:
        self._make_once(name)
        return _whole(name, self.chest.read(name))

    def _make_once(self, name: str) -> None:
        if not self.chest.has(name):
            with contextlib.suppress(FileExistsError):  # another process was first
                self.chest.create(name, secrets.token_bytes(SEED))

    def _delete(self, name: str) -> None:
        self.chest.delete(name)
        self._signers.pop(name, None)


def _reference(pub: bytes) -> bytes:
    return _AGENT + encode_base64(pub).encode() + b"\n"


def _whole(name: str, seed: bytes) -> bytes:
    if len(seed) != SEED:
        raise Refused(
            f"The key file {name} is damaged: {len(seed)} bytes instead of {SEED}. Restore it from your backup; nothing was saved.",
            code="no-key",
        )
    return seed
