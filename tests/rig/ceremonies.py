"""Root keys of the rig's logs, always the same for the same log and version, and what their holders sign."""

from hansa.kernel.chain import KeyDocument, hash_of
from hansa.kernel.home import home
from hansa.kernel.merkle import EMPTY_ROOT
from hansa.kernel.models import Log
from hansa.kernel.note import Signer, sign_note
from hansa.kernel.roots import cutting, keeping
from tests.kernel.chains import roots as root_keys

THRESHOLD = 2


def first(name: str) -> None:
    """Give a log of this node its first key document."""
    keeping.accept(name, document(Log.objects.get(name=name), 1, 0, EMPTY_ROOT))


def turn(name: str, start: int, *, keep: bool = True) -> int:
    """Let the roots name a new key that signs the log from `start` on; return the document's version."""
    log = Log.objects.get(name=name)
    version = len(keeping.documents(name)) + 1
    tree = cutting.tree_at(name, start)
    keeping.accept(name, document(log, version, start, tree.root()), keep=keep)
    return version


def document(log: Log, version: int, start: int, root_at: bytes) -> bytes:
    """Return a document that the log's key and all who should have signed: new roots, and those before."""
    keys, origin = home().keys, log.origin
    first_one = version == 1
    vkey = keys.verifier(log.name, origin).vkey() if first_one else keys.stage(log.name, origin)
    own, after = root_keys(version, origin=origin), root_keys(version + 1, origin=origin)
    before: list[Signer] = [] if first_one else root_keys(version - 1, origin=origin)
    made = KeyDocument(
        origin,
        version,
        start,
        root_at,
        vkey,
        THRESHOLD,
        tuple(sorted(one.vkey() for one in own)),
        THRESHOLD,
        tuple(sorted(hash_of(one.vkey()) for one in after)),
        b"" if first_one else keeping.chain_of(log.name)[-1].digest,
    )
    by_log = keys.statement(log.name, origin, made.text(), staged=not first_one)
    return by_log + sign_note(made.text(), *own, *before).split(b"\n\n", 1)[1]
