"""`add-checkpoint` as C2SP tlog-witness says it, each MUST by its own test."""

import threading

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.kernel.cosign import Cosigner, cosignatures
from hansa.kernel.home import home as this_home
from hansa.kernel.merkle import EMPTY_ROOT
from hansa.kernel.models import Log
from hansa.kernel.note import Checkpoint, Signer, sign_checkpoint, sign_note
from hansa.kernel.witness import collecting, cosigning
from hansa.kernel.witness.cosigning import add_checkpoint
from hansa.kernel.witness.models import Evidence, Witnessed
from tests.witness.conftest import Forker, asking

SIZE = "text/x.tlog.size"


def ours() -> Cosigner:
    return Cosigner.parse(this_home().keys.witness())


def test_first_head_is_cosigned_at_the_witness_s_time(log, set_clock):
    """The response MUST be signature lines, which are cosignatures by the witness on the checkpoint."""
    note = log.head(10)
    status, _type, body = add_checkpoint(asking(0, [], note))
    assert status == 200
    assert body.startswith("— ".encode())
    assert body.endswith(b"\n")
    post = Cosigner.parse(this_home().keys.witness("mldsa44"))
    found = cosignatures(note + body, [ours(), post])
    assert [one.by.algorithm for one in found] == ["ed25519", "mldsa44"]
    assert {one.at for one in found} == {int(set_clock.at.timestamp())}
    assert Witnessed.objects.get().size == 10


def test_grown_head_needs_the_old_size_and_its_proof(log):
    assert add_checkpoint(log.request(0, 4))[0] == 200
    assert add_checkpoint(log.request(4, 7))[0] == 200
    assert add_checkpoint(log.request(7, 7))[0] == 200
    assert Witnessed.objects.get().size == 7


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 1",
        b"old 1\n",
        b"old 01\n\n",
        b"old -1\n\n",
        b"old  1\n\n",
        b"Old 1\n\n",
        b"old 9223372036854775808\n\n",
        b"1\n\n",
        b"old 1\nnot base64\n\n",
        b"old 1\nAAAA\n\n",
        b"old 1\n\xff\n\n",
    ],
)
def test_malformed_request_is_400(log, body):
    assert add_checkpoint(body + log.head(10))[0] == 400
    assert add_checkpoint(body)[0] == 400


def test_proof_of_sixty_four_hashes_is_400(log):
    """The client MUST NOT send more than 63 consistency proof lines."""
    assert add_checkpoint(asking(0, [bytes(32)] * 64, log.head(10)))[0] == 400


def test_checkpoint_with_extension_lines_is_400(log):
    text = Checkpoint.parse(log.head(10).decode().split("\n\n")[0] + "\n").text() + "more\n"
    assert add_checkpoint(asking(0, [], sign_note(text, log.signer)))[0] == 400


def test_enormous_request_is_400(log):
    assert add_checkpoint(b"old 0\n\n" + log.head(10) + bytes(cosigning.LARGEST))[0] == 400


def test_unknown_origin_is_404(log):
    """If the checkpoint origin is unknown, the witness MUST respond with 404."""
    stranger = Signer("hansa/nobody", bytes(32))
    assert add_checkpoint(asking(0, [], sign_checkpoint(1, bytes(32), stranger)))[0] == 404
    elsewhere = Signer("exercise/elsewhere", bytes(32))
    assert add_checkpoint(asking(0, [], sign_checkpoint(1, bytes(32), elsewhere)))[0] == 404


def test_no_signature_by_a_trusted_key_is_403(log):
    """If none of the signatures verify against a trusted public key, the witness MUST respond with 403."""
    thief = Signer(log.signer.name, bytes(32))
    assert add_checkpoint(asking(0, [], sign_checkpoint(1, bytes(32), thief)))[0] == 403
    whole = log.head(10)
    broken = whole[:-10] + (b"A" if whole[-10:-9] != b"A" else b"B") + whole[-9:]
    assert add_checkpoint(asking(0, [], broken))[0] == 403
    assert not Witnessed.objects.filter(size__gt=0).exists()


def test_signatures_of_unknown_keys_are_ignored(log):
    """It MUST ignore signatures from unknown keys; the checkpoint MAY include several."""
    head = Checkpoint.parse(log.head(10).decode().split("\n\n")[0] + "\n")
    both = sign_note(head.text(), Signer("other.example/key", bytes(32)), log.signer)
    assert add_checkpoint(asking(0, [], both))[0] == 200


def test_old_size_above_the_new_is_400(log):
    """The old size MUST be equal to or lower than the checkpoint size, or else 400."""
    assert add_checkpoint(asking(11, [], log.head(10)))[0] == 400


def test_another_old_size_is_409_with_ours(log):
    """409, the size in decimal and a newline, Content-Type text/x.tlog.size."""
    assert add_checkpoint(log.request(0, 6))[0] == 200
    assert add_checkpoint(log.request(5, 9)) == (409, SIZE, b"6\n")
    assert add_checkpoint(log.request(0, 9)) == (409, SIZE, b"6\n")
    assert Witnessed.objects.get().size == 6


def test_never_cosigned_counts_as_size_zero(log):
    """Or zero if it never cosigned a checkpoint for that origin."""
    assert add_checkpoint(log.request(5, 9)) == (409, SIZE, b"0\n")


def test_proof_that_does_not_verify_is_422(log):
    assert add_checkpoint(log.request(0, 6))[0] == 200
    assert add_checkpoint(asking(6, [], log.head(9)))[0] == 422
    assert add_checkpoint(asking(6, [bytes(32)] * 3, log.head(9)))[0] == 422
    assert Witnessed.objects.get().size == 6


def test_proof_from_nothing_must_be_empty(log):
    """The proof MUST be empty if the old size is zero."""
    assert add_checkpoint(asking(0, [bytes(32)], log.head(9)))[0] == 422


def test_same_size_with_another_root_is_409_and_evidence(log):
    """If the old size matches the checkpoint size, the roots MUST be identical, or else 409."""
    assert add_checkpoint(log.request(0, 10))[0] == 200
    forged = log.forged(4, 10)
    assert add_checkpoint(asking(10, [], log.head(10, forged))) == (409, SIZE, b"10\n")
    assert Evidence.objects.get().log == log.name


def test_head_against_the_entries_that_stand_here_is_422_and_evidence(log):
    forged = log.forged(4, 10)
    assert add_checkpoint(asking(0, [], log.head(7, forged)))[0] == 422
    kept = Evidence.objects.get()
    assert (kept.log, kept.source) == (log.name, "add-checkpoint")
    assert not Witnessed.objects.filter(size__gt=0).exists()


def test_forked_log_is_cosigned_no_more(log):
    add_checkpoint(asking(0, [], log.head(7, log.forged(4, 10))))
    assert add_checkpoint(log.request(0, 10))[0] == 422


def test_empty_tree_may_be_cosigned(log):
    assert add_checkpoint(asking(0, [], sign_checkpoint(0, EMPTY_ROOT, log.signer)))[0] == 200


def test_head_beyond_what_stands_here_is_cosigned_by_its_proof(log):
    """A witness is only required to keep the latest checkpoint: it need not hold the entries."""
    log.grow(5)
    assert add_checkpoint(log.request(0, 10))[0] == 200
    assert add_checkpoint(log.request(10, 15))[0] == 200
    assert Log.objects.get(name=log.name).size == 10


def test_unwritten_is_unsaid(log, monkeypatch):
    """The witness MUST persist the new checkpoint before responding."""

    def full(self: Witnessed, **_rest: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Witnessed, "save", full)
    with pytest.raises(OSError, match="disk full"):
        add_checkpoint(log.request(0, 6))
    assert collecting.cosigned(log.name, 0) == []


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    calls=st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 12), st.booleans()), min_size=1, max_size=12
    )
)
def test_no_cosignature_for_a_smaller_or_inconsistent_tree(log, calls):
    """Invariant 8: whatever is asked in whatever order, what was cosigned only grows, on one branch."""
    Witnessed.objects.all().delete()
    Evidence.objects.all().delete()
    honest = [*log.leaves, bytes(32), bytes([1]) * 32]
    forged = [*honest[:5], *(bytes([65 + i]) * 32 for i in range(7))]
    size = 0
    for old, new, lie in calls:
        leaves = forged if lie else honest
        if old > new:
            assert add_checkpoint(asking(old, [], log.head(new, leaves)))[0] == 400
            continue
        status, _type, _body = add_checkpoint(log.request(old, new, leaves))
        if status == 200:
            assert old == size <= new
            assert leaves[:new] == honest[:new] or new > len(log.leaves) > old
            size = new
            if lie and new > 5:
                break
        assert Witnessed.objects.filter(log=log.name).values_list("size", flat=True)[0] == size


@pytest.mark.django_db(transaction=True)
def test_two_at_once_never_roll_back(settings, tmp_path, set_clock):
    """Invariant 7: with the smaller head held up between check and answer, the larger one stands."""
    settings.HANSA_HOME = tmp_path
    log = Forker()
    log.grow(19)
    log.send()
    answers: dict[int, int] = {}
    together = threading.Barrier(8)

    def ask(new: int) -> None:
        together.wait()
        answers[new] = add_checkpoint(log.request(0, new))[0]
        connections.close_all()

    asking_at_once = [threading.Thread(target=ask, args=(10 + i,)) for i in range(8)]
    for one in asking_at_once:
        one.start()
    for one in asking_at_once:
        one.join()
    granted = [new for new, status in answers.items() if status == 200]
    assert len(granted) == 1
    assert sorted(answers.values()) == [200, *[409] * 7]
    assert Witnessed.objects.get().size == granted[0]
