"""A witness at work: a log written elsewhere, which this node follows, and witnesses on other hosts."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hansa.kernel.cosign import Cosigner, ed25519_line, vkey
from hansa.kernel.errors import Untrusted
from hansa.kernel.merkle import (
    EMPTY_ROOT,
    leaf_hash,
    prove_consistency,
    root_of,
    verify_consistency,
)
from hansa.kernel.note import (
    Checkpoint,
    Signer,
    decode_base64,
    encode_base64,
    sign_checkpoint,
    split_note,
)
from hansa.kernel.witness import guard
from tests.foreign import ForeignLog


@pytest.fixture(autouse=True)
def _begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process in which nobody has asked the others yet, whatever ran in it before."""
    monkeypatch.setattr(guard, "_start", guard._Start())


@dataclass
class Other:
    """A witness on another host, which cosigns whatever it is given."""

    name: str
    seed: bytes = b""
    signer: Signer = field(init=False)

    def __post_init__(self) -> None:
        self.signer = Signer(self.name, self.seed or self.name.encode().ljust(32, b".")[:32])

    @property
    def vkey(self) -> str:
        return vkey(self.name, "ed25519", self.signer.verifier.pub)

    @property
    def key(self) -> Cosigner:
        return Cosigner.parse(self.vkey)

    def cosign(self, note: bytes, at: int) -> bytes:
        """The note with this witness's line below it."""
        text, _lines = split_note(note)
        return note + ed25519_line(self.name, self.signer, text, at).encode()


class Forker(ForeignLog):
    """A log whose signed heads at any size can be had, and a second tree beside the first."""

    def head(self, size: int, leaves: list[bytes] | None = None) -> bytes:
        """The signed head over the first `size` leaves."""
        hashes = leaves if leaves is not None else self.leaves
        return sign_checkpoint(size, root_of(hashes[:size]), self.signer)

    @property
    def leaves(self) -> list[bytes]:
        return [leaf_hash(entry) for entry in self.entries]

    def forged(self, start: int, count: int) -> list[bytes]:
        """The leaves of a second tree that leaves the first at `start`."""
        return [*self.leaves[:start], *(bytes([65 + i]) * 32 for i in range(count - start))]

    def grow(self, count: int) -> None:
        """Write `count` notes more."""
        for _one in range(count):
            self.write("pact.note/1", {"on": self.keeper, "text": "More."}, cites=(self.keeper,))

    def request(self, old: int, new: int, leaves: list[bytes] | None = None) -> bytes:
        """The body of an add-checkpoint request."""
        hashes = leaves if leaves is not None else self.leaves
        proof = prove_consistency(hashes, old, new)
        return asking(old, proof, self.head(new, hashes))


def asking(old: int | str, proof: list[bytes], note: bytes) -> bytes:
    """A request as C2SP tlog-witness spells it."""
    lines = [f"old {old}", *map(encode_base64, proof)]
    return "".join(f"{line}\n" for line in [*lines, ""]).encode() + note


def write_policy(home: Path, others: list[Other], least: int, since: int = 1) -> None:
    """Let each of these witnesses be a host of its own, of which `least` make the quorum."""
    lines = [f"# hansa-since: {since}"] if since else []
    lines += [f"witness w{i} {one.vkey}" for i, one in enumerate(others)]
    names = " ".join(f"w{i}" for i in range(len(others)))
    lines += [f"group hosts {least} {names}", "quorum hosts", ""]
    (home / "policy").write_text("\n".join(lines))


@pytest.fixture
def log(home, set_clock) -> Forker:
    """A foreign log of ten entries that this node follows and holds."""
    made = Forker()
    made.grow(9)
    made.send()
    return made


@dataclass
class Far(Other):
    """A witness of another author: keeps one head a log, and answers as C2SP tlog-witness says."""

    known: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    down: bool = False
    clock: int = 1_749_290_400

    @property
    def url(self) -> str:
        return f"https://{self.name.rpartition('/')[2]}.example"

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        """POST add-checkpoint."""
        self.asked.append((path, body.decode().split("\n", 1)[0]))
        top, _gap, note = body.partition(b"\n\n")
        first, *proof = top.decode().split("\n")
        head = Checkpoint.parse(split_note(note)[0])
        size, root = self.known.get(head.origin, (0, EMPTY_ROOT))
        if int(first.removeprefix("old ")) != size:
            return 409, b"%d\n" % size
        try:
            hashes = [decode_base64(one, "hash") for one in proof]
            verify_consistency(size, head.size, hashes, root, head.root)
        except Untrusted as error:
            return (409, b"%d\n" % size) if size == head.size else (422, str(error).encode())
        self.known[head.origin] = (head.size, head.root)
        line = ed25519_line(self.name, self.signer, split_note(note)[0], self.clock)
        return 200, line.encode()


class Web:
    """The other nodes, by their addresses."""

    def __init__(self, *far: Far) -> None:
        self.far = {one.url: one for one in far}

    def __call__(self, url: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        one = self.far.get(url)
        if one is None or one.down or body is None:
            raise Untrusted("Nobody answers there.")
        return one.answer(path, body)


def far_policy(home: Path, far: list[Far], least: int, since: int = 1) -> None:
    """The policy in which each of these is a host with an address. This process asked them when it began."""
    guard.clear()
    lines = [f"# hansa-since: {since}"] if since else []
    lines += [f"witness w{i} {one.vkey} {one.url}/witness" for i, one in enumerate(far)]
    names = " ".join(f"w{i}" for i in range(len(far)))
    lines += [f"group hosts {least} {names}", "quorum hosts", ""]
    (home / "policy").write_text("\n".join(lines))
