"""Asking the witnesses of the policy to cosign the heads of the logs kept here.

On change, at most once a second for each log. A witness that does not answer is asked again later and
later; one that knows more of a log than stands here stops this node from signing in it.
"""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

from hansa.kernel import clock, cosign
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.home import home
from hansa.kernel.models import Log
from hansa.kernel.note import encode_base64, parse_decimal
from hansa.kernel.policy import Witness
from hansa.kernel.witness import collecting, dating, guard, trees
from hansa.kernel.witness.cosigning import add_checkpoint, witnessed
from hansa.kernel.witness.heads import read_head
from hansa.kernel.witness.models import Asked

PATH = "/add-checkpoint"
SPACING = timedelta(seconds=1)
"""Between two heads of one log that a witness is asked about."""

LONGEST_PAUSE = timedelta(minutes=5)
"""Before a witness that failed is asked again."""

OK, CONFLICT = 200, 409


Ask = Callable[[str, str, bytes | None], tuple[int, bytes]]
"""Brings a request (address, path, and bytes where it is a POST) to another node; status and answer. Untrusted if none came."""


def ask_round(ask: Ask) -> int:
    """Ask every witness of the policy for whatever it has not cosigned yet; return how many heads were cosigned."""
    counts = dating.policy()
    return sum(ask_witness(ask, witness) for witness in counts.witnesses) if counts else 0


def ask_witness(ask: Ask, witness: Witness) -> int:
    """Ask one witness to cosign the heads that are new to it; return how many it did. One that is us is asked at once."""
    ours = witness.key.vkey() == home().keys.witness()
    if not witness.url and not ours:
        return 0
    identity = witness.key.identity
    states = {one.log: one for one in Asked.objects.filter(witness=identity)}
    cosigned = 0
    for log in Log.objects.filter(mine=True).exclude(note=""):
        state = states.get(log.name) or Asked(log=log.name, witness=identity)
        if _whole(log) and state.size < log.size and _due(state):
            cosigned += _ask(_ourselves if ours else ask, witness, log, state)
    return cosigned


def _ourselves(_url: str, path: str, body: bytes | None) -> tuple[int, bytes]:
    if body is None:
        return OK, witnessed(path.split("/")[2])
    status, _type, answer = add_checkpoint(body)
    return status, answer


def _whole(log: Log) -> bool:
    """Tell whether the log's head speaks of all that stands here. While a log is fetched back it does not."""
    return 0 < log.size == read_head(log.note.encode()).size


def _due(state: Asked) -> bool:
    """Tell whether the witness may be asked now. A clock that was set back does not silence anyone."""
    if state.tried_at is None:
        return True
    pause = min(SPACING * 2 ** min(state.failures, 16), LONGEST_PAUSE)
    return not timedelta() <= clock.now() - state.tried_at < pause


def _ask(ask: Ask, witness: Witness, log: Log, state: Asked) -> bool:
    """Ask one witness about one log, write down what came of it, and return whether it cosigned."""
    state.tried_at = clock.now()
    try:
        _submit(ask, witness, log, state)
    except (Untrusted, Refused) as error:
        state.failures, state.problem = state.failures + 1, str(error)[:280]
    else:
        state.failures, state.problem, state.cosigned_at = 0, "", state.tried_at
    state.save()
    return not state.failures


def _submit(ask: Ask, witness: Witness, log: Log, state: Asked) -> None:
    """Submit the log's head; once more if the witness says that it holds another size. Untrusted if it does not cosign."""
    for _try in range(2):
        proof = trees.grown(log, state.size, log.size)
        lines = [f"old {state.size}", *map(encode_base64, proof), ""]
        request = "".join(f"{line}\n" for line in lines).encode() + log.note.encode()
        status, answer = _send(ask, witness, request)
        if status == OK:
            _keep(witness, log, answer)
            state.size = log.size
            return
        if status != CONFLICT:
            break
        held = parse_decimal(answer.decode("ascii", "replace").removesuffix("\n"), "The size")
        if held > log.size:
            guard.doubt(log, held, witness.name)
            _look_closer(ask, witness, log)
            raise Untrusted(
                f"{witness.name} has cosigned {held:,} entries of {log.name}; only {log.size:,} stand here."
            )
        if held == state.size:
            break
        state.size = held
    _look_closer(ask, witness, log)
    raise Untrusted(
        f"{witness.name} did not cosign the head of {log.name}: {status} {_words(answer)}"
    )


def _look_closer(ask: Ask, witness: Witness, log: Log) -> None:
    """Fetch the head that a witness cosigned instead. Our own key under it proves that we hold less, or that there are two trees."""
    place = urlsplit(witness.url)
    try:
        status, note = ask(f"{place.scheme}://{place.netloc}", f"/sync/{log.name}/witnessed", None)
        if status == OK:
            collecting.collect(log.name, note, witness.name)
    except Untrusted:
        return  # a witness of another author has no such path: what it refused stands as its problem


def _send(ask: Ask, witness: Witness, request: bytes) -> tuple[int, bytes]:
    place = urlsplit(witness.url)
    return ask(f"{place.scheme}://{place.netloc}", place.path.rstrip("/") + PATH, request)


def _keep(witness: Witness, log: Log, answer: bytes) -> None:
    """Keep the cosignatures in an answer; Untrusted unless this witness's own is among them."""
    note = log.note.encode() + answer
    if not any(one.by == witness.key for one in cosign.cosignatures(note, [witness.key])):
        raise Untrusted(f"{witness.name} answered without its cosignature.")
    collecting.collect(log.name, note, witness.name)


def _words(answer: bytes) -> str:
    return " ".join(answer.decode("utf-8", "replace").split())[:120]
