"""Who would let a log have two pasts, or a record another date: the log itself, its witnesses, and whoever stands between."""

from datetime import UTC, datetime

import msgspec
import pytest

from hansa.kernel.errors import Refused
from hansa.kernel.models import Log
from hansa.kernel.note import sign_checkpoint
from hansa.kernel.witness import collecting, dating, evidence, nodes, starting
from hansa.kernel.witness.cosigning import add_checkpoint
from hansa.kernel.witness.models import Asked, Cosignature, Dated, Evidence, Witnessed
from hansa.kernel.witness.nodes import Keeper
from tests.builders import town
from tests.witness.conftest import Forker, Other, asking, write_policy

AT = 1_749_290_400
A, B, C = (Other(f"hansa/witness-{name}") for name in "abc")


@pytest.fixture
def grown(home, set_clock) -> Forker:
    """A foreign log of ten entries that this node follows and holds."""
    made = Forker()
    made.grow(9)
    made.send()
    return made


def test_replayed_checkpoint_at_the_witness(grown):
    """A head that was cosigned long ago comes again, with the proof that came with it then."""
    first, second = grown.request(0, 4), grown.request(4, 9)
    assert add_checkpoint(first)[0] == 200
    assert add_checkpoint(second)[0] == 200
    for replayed in (first, second, asking(4, [], grown.head(4)), asking(0, [], grown.head(9))):
        assert add_checkpoint(replayed) == (409, "text/x.tlog.size", b"9\n")
    assert Witnessed.objects.get().size == 9


def test_rolled_back_checkpoint_at_the_witness(grown):
    """The log's own key asks for a cosignature on a smaller tree, whatever old size it names."""
    add_checkpoint(grown.request(0, 9))
    for old in (0, 3, 9, 10):
        status, _type, body = add_checkpoint(asking(old, [], grown.head(3)))
        assert status in {400, 409}
        assert b"\xe2\x80\x94" not in body
    assert Witnessed.objects.get().size == 9
    assert set(Cosignature.objects.values_list("size", flat=True)) <= {9}


def test_split_view_to_two_witnesses(grown):
    """One tree is shown to us, another to a witness elsewhere: its cosigned head, once it comes by, is the proof."""
    assert add_checkpoint(grown.request(0, 10))[0] == 200
    other = A.cosign(grown.head(8, grown.forged(5, 8)), AT)
    collecting.collect(grown.name, other, "a peer")
    kept = Evidence.objects.get()
    assert kept.source == "a peer"
    assert evidence.forked(grown.name)
    grown.grow(1)
    assert add_checkpoint(grown.request(10, 11))[0] == 422


def test_split_view_shown_to_one_witness_twice(grown):
    """Both trees are shown to the same witness: it cosigns one of them, and keeps the other as evidence."""
    assert add_checkpoint(grown.request(0, 10))[0] == 200
    assert add_checkpoint(asking(10, [], grown.head(10, grown.forged(5, 10))))[0] == 409
    assert evidence.forked(grown.name)


def test_accusation_made_up_by_a_peer(grown):
    """Without two signatures of the log itself nothing sticks."""
    liar = Other(grown.signer.name, b"l" * 32)
    note = sign_checkpoint(9, bytes(32), liar.signer)
    piece = {"v": 1, "log": grown.name, "one": grown.head(9), "other": note, "proof": []}
    words = {
        key: value.decode() if isinstance(value, bytes) else value for key, value in piece.items()
    }
    sent = msgspec.json.encode({"next": 7, "evidence": [words]})
    assert evidence.receive(sent, "a liar") == 7
    assert not Evidence.objects.exists()


def test_one_witness_under_two_names(grown, home):
    """One key that is named twice, or a host that runs many witnesses, is one voice."""
    twin = Other("hansa/witness-twin", A.seed or A.name.encode().ljust(32, b".")[:32])
    (home / "policy").write_text(
        f"witness a {A.vkey}\nwitness b {twin.vkey}\ngroup q 2 a b\nquorum q\n"
    )
    with pytest.raises(Refused, match="stands here twice"):
        dating.dated([f"{grown.name}@0"])


def test_backdating_with_the_help_of_one_witness(grown, home):
    """One of three witnesses says an early time; the date is when the second had seen it."""
    write_policy(home, [A, B, C], 2)
    note = A.cosign(grown.head(9), AT - 10**6)
    collecting.collect(grown.name, B.cosign(C.cosign(note, AT + 5), AT + 9))
    assert dating.dated([f"{grown.name}@8"]) == {
        f"{grown.name}@8": datetime.fromtimestamp(AT + 5, UTC)
    }


def test_dating_into_the_future_by_one_witness(grown, home):
    """It can withhold its word, and no more: the honest ones date without it."""
    write_policy(home, [A, B, C], 2)
    note = A.cosign(grown.head(9), AT + 10**8)
    collecting.collect(grown.name, B.cosign(C.cosign(note, AT + 5), AT + 9))
    assert set(Dated.objects.values_list("at", flat=True)) == {AT + 9}


def test_cosignature_moved_to_another_log(grown, home):
    """A witness's line under one log's head is nothing under another's of the same size and root."""
    write_policy(home, [A], 1)
    other = Forker("other")
    line = A.cosign(grown.head(9), AT)[len(grown.head(9)) :]
    other.grow(9)
    other.send()
    collecting.collect(other.name, other.head(9) + line)
    assert not Cosignature.objects.exists()


def test_key_of_a_witness_pushed_out_by_one_of_the_same_name_and_id(grown, home, monkeypatch):
    """A member names a node whose witness key collides in name and four bytes of id with an honest one."""
    write_policy(home, [A], 1)
    monkeypatch.setattr("hansa.kernel.cosign.key_id", _colliding)
    rival = Keeper("elsewhere", Other(A.name, b"r" * 32).vkey, "https://rival.example", "Rival")
    monkeypatch.setattr(nodes._Nodes, "read", staticmethod(lambda: [rival]))
    (home / "policy").write_text(f"witness a {A.vkey}\nquorum a\n")
    collecting.collect(grown.name, A.cosign(grown.head(9), AT))
    assert Dated.objects.count() == 1


def _colliding(_name: str, _algorithm: str, _public: bytes) -> bytes:
    return b"same"


def test_flood_of_heads_that_contradict_each_other(grown):
    """Whoever forks once can fork a million times; one proof is enough, and the store stays small."""
    for i in range(30):
        leaves = [*grown.leaves[:4], *(bytes([i]) * 32 for _one in range(6))]
        add_checkpoint(asking(0, [], grown.head(10, leaves)))
    assert Evidence.objects.count() <= evidence.MOST


def test_peer_that_says_our_own_log_is_longer(home, set_clock, django_capture_on_commit_callbacks):
    """A head of our log that our key did not sign stops nobody from speaking."""
    with django_capture_on_commit_callbacks(execute=True):
        city = town("us-ca-los-angeles", "Los Angeles")
    log = Log.objects.get(name=city.log)
    thief = Other(log.origin, b"t" * 32)
    note = sign_checkpoint(99, bytes(32), thief.signer)

    def ask(url: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        return 200, note

    assert starting.check_start(ask, ["https://liar.example"])
    city.say("pact.note/1", on=city.by, text="Still here.")
    assert not Asked.objects.exists()
