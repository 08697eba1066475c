"""What stands before the first signature: asking the others, and knowing one's own home again."""

import os
import shutil
from pathlib import Path

import pytest

from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.home import home as this_home
from hansa.kernel.merkle import Frontier
from hansa.kernel.models import Entry, Log
from hansa.kernel.witness import guard, marker, starting
from hansa.kernel.witness.models import Ahead
from tests.builders import Town, town
from tests.witness.conftest import Far, far_policy

A, B, C = "hansa/witness-a", "hansa/witness-b", "hansa/witness-c"


@pytest.fixture
def city(home, set_clock, django_capture_on_commit_callbacks) -> Town:
    """A log kept here, with three records."""
    with django_capture_on_commit_callbacks(execute=True):
        made = town("us-ca-los-angeles", "Los Angeles")
        speak(made, 2)
    return made


def speak(city: Town, count: int = 1) -> None:
    for i in range(count):
        city.say("pact.note/1", on=city.by, text=f"Word {i}.")


class Peers:
    """Other nodes of ours by address: the head that each holds and the one that its witness cosigned."""

    def __init__(self, **heads: bytes | None) -> None:
        self.heads = {f"https://{name}.example": note for name, note in heads.items()}
        self.far: dict[str, Far] = {}
        self.asked: list[str] = []

    @property
    def urls(self) -> list[str]:
        return list(self.heads)

    def __call__(self, url: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        self.asked.append(f"{url}{path}")
        if body is not None and url in self.far:
            return self.far[url].answer(path, body)
        if url not in self.heads:
            raise Untrusted("Nobody answers there.")
        note = self.heads[url]
        return (404, b"") if note is None or path.endswith("/witnessed") else (200, note)


def head(city: Town, size: int) -> bytes:
    log = Log.objects.get(name=city.log)
    return this_home().keys.sign(log.name, log.origin, size, bytes(32)).encode()


def begin(city: Town) -> None:
    """As a new process does."""
    guard.begin_anew()


def older(city: Town, size: int) -> None:
    """Set the database back to an earlier size, as a restored backup is; the keys and the mark stay."""
    Entry.objects.filter(log=city.log, index__gte=size).delete()
    log = Log.objects.get(name=city.log)
    tree = Frontier()
    tree.extend(bytes(one.leaf) for one in Entry.objects.filter(log=city.log).order_by("index"))
    log.size = log.folded = size
    log.frontier = tree.to_bytes()
    log.note = this_home().keys.sign(log.name, log.origin, size, tree.root())
    log.save()


def copied(home: Path) -> None:
    """Copy the mark over itself, with its times, as every way of copying a home does."""
    spare = home / "spare"
    shutil.copytree(home / "signed", spare)
    shutil.rmtree(home / "signed")
    shutil.copytree(spare, home / "signed")
    shutil.rmtree(spare)


def test_node_alone_signs_as_ever(city):
    begin(city)
    speak(city)


def test_with_a_policy_nothing_is_signed_before_the_others_were_asked(city, home):
    far_policy(home, [Far(A)], 1)
    begin(city)
    with pytest.raises(Refused, match="still asking"):
        speak(city)


def test_unchanged_home_goes_on_though_nobody_answers(city, home):
    far_policy(home, [Far(A), Far(B)], 2)
    begin(city)
    assert starting.check_start(Peers(), ["https://x.example"])
    speak(city)


def test_restored_older_database_never_signs_before_catching_up(city, home):
    """Invariant 4, by what this machine remembers itself: nobody needs to answer for that."""
    far_policy(home, [Far(A)], 1)
    older(city, 2)
    begin(city)
    starting.check_start(Peers(), [])
    with pytest.raises(Refused, match="older copy"):
        speak(city)
    assert (Ahead.objects.get().size, Ahead.objects.get().sure) == (3, True)


def test_peer_that_proves_more_stops_us_until_it_was_fetched_back(city, home):
    """Invariant 4, where the whole machine was set back: the mark is in order, a peer's proof is not to be argued with."""
    begin(city)
    peers = Peers(p=head(city, 5))
    assert starting.check_start(peers, peers.urls)
    with pytest.raises(Refused, match="3 records, but 5 are signed"):
        speak(city)
    Log.objects.filter(name=city.log).update(size=5)
    guard.require_current(Log.objects.get(name=city.log))


def test_copied_home_waits_for_the_others(city, home):
    far_policy(home, [Far(A), Far(B), Far(C)], 2)
    copied(home)
    begin(city)
    assert not starting.check_start(Peers(), [])
    with pytest.raises(Refused, match="copy or was restored"):
        speak(city)


def test_home_without_a_mark_counts_as_restored(city, home):
    shutil.rmtree(home / "signed")
    far_policy(home, [Far(A)], 1)
    begin(city)
    assert not starting.check_start(Peers(), [])


def nodes(*far: Far) -> Peers:
    """Nodes of ours that hold nothing of the log."""
    return Peers(**{one.name.rpartition("/")[2]: None for one in far})


@pytest.mark.parametrize(("heard", "clear"), [(1, False), (2, True), (3, True)])
def test_copied_home_signs_when_no_quorum_can_know_more(city, home, heard, clear):
    """Three hosts of which two make a quorum: one that is silent may have cosigned more with nobody else."""
    far = [Far(A), Far(B), Far(C)]
    far_policy(home, far, 2)
    copied(home)
    begin(city)
    peers = nodes(*far[:heard])
    for one in far[:heard]:
        peers.far[one.url] = one
    assert starting.check_start(peers, []) is clear
    if clear:
        speak(city)
        begin(city)
        assert starting.check_start(Peers(), []), "the mark was renewed"


def test_our_own_witness_is_no_witness_for_our_own_copy(city, home):
    """It was restored with us: with two of three hosts heard, it could have made a quorum with the silent one."""
    far = [Far(A), Far(B)]
    own = this_home().keys.witness()
    lines = [f"witness w{i} {one.vkey} {one.url}/witness" for i, one in enumerate(far)]
    lines += [f"witness here {own}", "group hosts 2 w0 w1 here", "quorum hosts", ""]
    (home / "policy").write_text("\n".join(lines))
    copied(home)
    begin(city)
    peers = nodes(far[0])
    peers.far[far[0].url] = far[0]
    assert not starting.check_start(peers, [])
    peers = nodes(*far)
    peers.far = {one.url: one for one in far}
    assert starting.check_start(peers, [])


def test_without_a_policy_more_than_half_of_the_peers_must_answer(city, home):
    copied(home)
    begin(city)
    peers = Peers(a=None, b=None)
    assert not starting.check_start(peers, [*peers.urls, "https://c.example", "https://d.example"])
    peers = Peers(a=None, b=None, c=None)
    assert starting.check_start(peers, [*peers.urls, "https://d.example"])


def test_peer_that_brings_a_head_of_another_key_has_not_answered(city, home):
    copied(home)
    begin(city)
    forged = head(city, 9).replace(b"\n9\n", b"\n8\n")
    peers = Peers(a=forged)
    assert not starting.check_start(peers, peers.urls)
    assert not Ahead.objects.exists()


def test_number_without_proof_stops_a_copy_and_not_an_unchanged_home(city, home):
    """A foreign witness only names its size; a liar among them could silence a member for nothing."""
    far = Far(A)
    origin = Log.objects.get(name=city.log).origin
    far.known[origin] = (9, bytes(32))
    far_policy(home, [far], 1)
    begin(city)
    peers = nodes(far)
    peers.far[far.url] = far
    assert starting.check_start(peers, [])
    speak(city)
    copied(home)
    begin(city)
    assert not starting.check_start(peers, [])
    with pytest.raises(Refused, match="9 records, more than stand here"):
        speak(city)


def test_a_person_s_word_lets_a_copy_sign(city, home):
    far_policy(home, [Far(A)], 1)
    copied(home)
    begin(city)
    assert not starting.check_start(Peers(), [])
    starting.not_a_copy()
    speak(city)
    begin(city)
    assert starting.check_start(Peers(), [])


def test_a_person_s_word_does_not_make_an_older_database_newer(city, home):
    far_policy(home, [Far(A)], 1)
    older(city, 2)
    begin(city)
    starting.check_start(Peers(), [])
    with pytest.raises(Refused, match="holds 2 records of us-ca-los-angeles, but 3"):
        starting.not_a_copy()


def test_the_check_is_made_once_before_the_first_word(city, home):
    """At a terminal, outside of any transaction."""
    far_policy(home, [Far(A)], 1)
    begin(city)
    calls = []
    guard.ask_by(lambda: calls.append(starting.check_start(Peers(), [])))
    try:
        speak(city, 2)
    finally:
        guard.ask_by(None)
    assert calls == [True]


@pytest.mark.parametrize("harm", ["torn", "empty", "gone"])
def test_mark_that_is_torn_is_not_believed(city, home, harm):
    path = home / "signed" / f"{city.log}.mark"
    data = path.read_bytes()
    if harm == "torn":
        path.write_bytes(data[:100] + bytes(60) + data[160:356] + bytes(60) + data[416:])
    elif harm == "empty":
        path.write_bytes(b"")
    else:
        path.unlink()
    assert marker.read(city.log) is None
    assert not marker.unchanged()


def test_one_torn_slot_leaves_the_other(city, home):
    """A mark may lag by one signature; it must not be lost."""
    path = home / "signed" / f"{city.log}.mark"
    latest = marker.read(city.log)
    assert latest is not None
    data = bytearray(path.read_bytes())
    start = 256 * (latest.turn % 2)
    data[start : start + 40] = bytes(40)
    path.write_bytes(bytes(data))
    older_one = marker.read(city.log)
    assert older_one is not None
    assert older_one.turn == latest.turn - 1
    assert marker.unchanged()


def test_overwriting_the_mark_in_place_is_noticed(city, home):
    """Not even the times can be given back: the change time is the system's alone."""
    here = home / "signed" / "here"
    stood = here.stat()
    here.write_bytes(here.read_bytes())
    os.utime(here, ns=(stood.st_atime_ns, stood.st_mtime_ns))
    assert not marker.unchanged()


def test_moving_the_home_is_no_copy(city, home, settings):
    moved = home.with_name("moved")
    home.rename(moved)
    settings.HANSA_HOME = moved
    assert marker.unchanged()


def test_nobody_to_ask_is_nobody_who_knows_more(city, home):
    (home / "policy").write_text("quorum none\n")
    copied(home)
    begin(city)
    assert starting.check_start(Peers(), [])


def test_many_are_asked_at_once_and_a_slow_one_holds_up_no_other(city, home):
    begin(city)
    peers = Peers(**{f"p{i}": None for i in range(12)})
    assert starting.check_start(peers, peers.urls, together=6)
    assert len(peers.asked) == 24


@pytest.mark.parametrize(("number", "asked"), [("7", False), ("8", True)])
def test_terminal_believes_the_process_that_serves_and_nobody_else(
    city, home, monkeypatch, number, asked
):
    from hansa.kernel.sync import witnesses
    from hansa.node import lock, signing

    monkeypatch.setenv("HANSA_HOME", str(home))
    far_policy(home, [Far(A)], 1)
    begin(city)
    marker.clear_for_others(7)
    monkeypatch.setattr(lock, "served", lambda _folder: True)
    monkeypatch.setattr(lock, "holder", lambda _folder: number)
    calls: list[object] = []
    monkeypatch.setattr(witnesses, "check_start", calls.append)
    signing.offer()
    try:
        guard.prepare()
    finally:
        guard.ask_by(None)
    assert bool(calls) is asked
    assert guard.cleared() is not asked


def test_doctor_tells_a_copy_and_takes_a_person_s_word(city, home, monkeypatch):
    from click.testing import CliRunner

    from hansa.node import main

    monkeypatch.setenv("HANSA_HOME", str(home))
    (home / "hansa.toml").write_text('realm = "hansa"\n')
    far_policy(home, [Far(A)], 1)
    copied(home)
    begin(city)
    told = CliRunner().invoke(main.hansa, ["doctor"], prog_name="hansa").output
    assert "BAD  home" in told
    assert "hansa doctor --not-a-copy" in told
    told = CliRunner().invoke(main.hansa, ["doctor", "--not-a-copy"], prog_name="hansa").output
    assert "ok   home" in told
    begin(city)
    assert starting.check_start(Peers(), [])
