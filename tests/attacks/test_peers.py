"""What another node may try with what it sends, and what a folder may try that somebody carried here."""

import ipaddress
import os
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hansa.kernel import state
from hansa.kernel.errors import Untrusted
from hansa.kernel.fsck import fsck
from hansa.kernel.models import Body, Entry, Log, Tombstone
from hansa.kernel.sync import http, session, wanted, wire
from hansa.kernel.sync.addresses import Place, allowed, networks, read_url
from hansa.kernel.sync.carried import carry_in, carry_out
from hansa.kernel.sync.models import Wanted
from hansa.kernel.sync.transport import Unreachable
from hansa.kernel.witness import evidence
from tests.sync.virtual import Pact, Town, plain


@pytest.fixture
def pact(db: None, tmp_path: Path) -> Pact:
    return Pact(tmp_path)


@pytest.fixture
def towns(pact: Pact) -> tuple[Town, Town, Town]:
    made = (pact.town("ada"), pact.town("bel"), pact.town("cyd"))
    pact.acquaint()
    return made


def heads(town: Town) -> dict[str, str]:
    with town:
        return dict(Log.objects.values_list("name", "note"))


def test_a_replayed_checkpoint_rolls_nothing_back(
    pact: Pact, towns: tuple[Town, Town, Town]
) -> None:
    """C2SP tlog-checkpoint: whoever follows a log must not go back to an older head."""
    ada, bel, _cyd = towns
    first: list[bytes] = []

    def remember(_url: str, path: str, status: int, data: bytes) -> tuple[int, bytes]:
        if path == "/sync/pull":
            first.append(data)
        return status, data

    def replay(_url: str, path: str, status: int, data: bytes) -> tuple[int, bytes]:
        return status, first[0] if path == "/sync/pull" else data

    pact.twist = remember
    bel.pull(ada)
    pact.twist = plain
    ada.note("New.")
    bel.pull(ada)
    now = heads(bel)
    pact.twist = replay
    report = bel.pull(ada, sweep=True)
    assert report.new == 0
    assert heads(bel) == now
    with bel:
        assert not evidence.forked("ada")


def test_a_rolled_back_peer_is_seen_to_be_behind_and_nothing_else(
    pact: Pact, towns: tuple[Town, Town, Town]
) -> None:
    ada, bel, cyd = towns
    cyd.pull(ada)
    backup = cyd.node.back_up()
    ada.note("New.")
    cyd.pull(ada)
    bel.pull(cyd)
    now = heads(bel)
    cyd.node.restore(backup)
    cyd.restart()
    report = bel.pull(cyd, sweep=True)
    assert (report.new, report.there["ada"], report.refused) == (0, 2, [])
    assert heads(bel) == now


def test_a_log_that_tells_two_of_us_two_stories_is_found_out(
    pact: Pact, towns: tuple[Town, Town, Town]
) -> None:
    ada, bel, cyd = towns
    backup = ada.node.back_up()
    ada.note("For Bel.")
    bel.pull(ada)
    ada.node.restore(backup)
    ada.restart()
    ada.note("For Cyd.")
    cyd.pull(ada)
    report = cyd.pull(bel, sweep=True)
    assert "fork" in {one.what for one in report.refused}
    with cyd:
        assert evidence.forked("ada")
        assert Log.objects.get(name="ada").folded <= 2  # what both stories have in common


def test_an_oversized_answer_is_cut_off_and_its_sender_is_left(
    pact: Pact, towns: tuple[Town, Town, Town]
) -> None:
    ada, bel, _cyd = towns
    pact.twist = lambda _url, _path, _status, _data: (200, b"\0" * (wire.LARGEST_ANSWER + 1))
    assert "longer" in bel.pull(ada).problem
    assert bel.size("ada") == 0


@pytest.mark.parametrize(
    "bomb",
    [
        b"\xdd\xff\xff\xff\xff",  # a list of four thousand million members
        b"\x81\xa4have\xdf\xff\xff\xff\xff",
        b"\x91" * 100_000,  # a hundred thousand lists, one in the other
        b"\xc6\xff\xff\xff\xff",  # four thousand million bytes
        (0xFFFFFFFF).to_bytes(4, "big") + b"x",
    ],
    ids=["list", "map", "depth", "bytes", "frame"],
)
def test_a_zip_bomb_in_a_bundle_is_words_and_no_memory(bomb: bytes) -> None:
    """Nothing that is packed is unpacked; what only says that it is large is held against the bytes that came."""
    with pytest.raises(Untrusted):
        wire.decode(bomb, wire.Pull)
    with pytest.raises(Untrusted):
        wire.whole(bomb)
    with pytest.raises(Untrusted):
        wire.whole(len(bomb).to_bytes(4, "big") + bomb)


def _a_link_for_a_log(stick: Path) -> None:
    (stick / "ada").rename(stick.parent / "elsewhere")
    (stick / "ada").symlink_to(stick.parent / "elsewhere")


def _a_link_for_a_body(stick: Path) -> None:
    body = min((stick / "ada" / "bodies").iterdir())
    body.unlink()
    body.symlink_to("/etc/passwd")


def _a_link_for_the_head(stick: Path) -> None:
    (stick / "ada" / "checkpoint").rename(stick / "secret")
    (stick / "ada" / "checkpoint").symlink_to(stick / "secret")


def _a_pipe(stick: Path) -> None:
    (stick / "ada" / "checkpoint").unlink()
    os.mkfifo(stick / "ada" / "checkpoint")


def _a_folder_for_a_file(stick: Path) -> None:
    (stick / "ada" / "checkpoint").unlink()
    (stick / "ada" / "checkpoint").mkdir()


def _a_device(stick: Path) -> None:
    (stick / "ada" / "checkpoint").unlink()
    (stick / "ada" / "checkpoint").symlink_to("/dev/zero")


def _a_huge_file(stick: Path) -> None:
    with (stick / "ada" / "checkpoint").open("wb") as file:
        file.truncate(2**33)


def _a_huge_bundle(stick: Path) -> None:
    bundle = next(
        path for path in (stick / "ada" / "tile" / "entries").rglob("*") if path.is_file()
    )
    with bundle.open("r+b") as file:
        file.truncate(2**33)


TRICKS = [
    _a_link_for_a_log, _a_link_for_a_body, _a_link_for_the_head, _a_pipe, _a_folder_for_a_file,
    _a_device, _a_huge_file, _a_huge_bundle,
]  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS, ids=lambda one: one.__name__[1:])
def test_path_tricks_in_a_carried_folder_are_refused_by_name(
    pact: Pact, towns: tuple[Town, Town, Town], tmp_path: Path, trick: Callable[[Path], None]
) -> None:
    ada, bel, cyd = towns
    ada.pull(bel)
    with ada:
        carry_out(tmp_path / "stick")
    trick(tmp_path / "stick")
    with cyd:
        report = carry_in(tmp_path / "stick")
        assert dict(report.received) == {"bel": 2}
        (refused,) = [one for one in report.refused if one.log == "ada"]
        assert "ada/" in refused.why
        assert fsck().ok


def test_a_peer_that_claims_an_erased_body_is_new_is_not_believed(
    pact: Pact, towns: tuple[Town, Town, Town]
) -> None:
    ada, bel, cyd = towns
    told = ada.note("To be forgotten.")
    bel.pull(ada)
    cyd.pull(ada)
    with cyd:
        kept = {("ada", 2): bytes(Body.objects.get(entry_id=_entry("ada", 2).id).data)}
    ada.say("kernel.erasure/1", target=told, ground="Asked.")
    bel.pull(ada)
    with bel:
        before = state.state_hash()
        assert Tombstone.objects.filter(log="ada", index=2).exists()
        Wanted.objects.create(
            log="ada", index=2, commitment=_entry("ada", 2).commitment, since=pact.hand.at
        )
        assert wanted.settle(kept) == 0
        assert not Body.objects.filter(entry_id=_entry("ada", 2).id).exists()
        wanted.look_again()
        assert not Wanted.objects.exists()
        assert state.state_hash() == before
        assert fsck().ok


def _entry(log: str, index: int) -> Entry:
    return Entry.objects.get(log=log, index=index)


def test_a_body_that_nobody_committed_to_is_not_kept(
    pact: Pact, towns: tuple[Town, Town, Town]
) -> None:
    ada, bel, _cyd = towns
    ada.note("True.")

    def twist(url: str, path: str, status: int, data: bytes) -> tuple[int, bytes]:
        if path == "/sync/bodies":
            asked = wire.decode(data, wire.Bodies).bodies
            return status, wire.encode(wire.Bodies([b"false" * 20 for _ in asked]))
        if path == "/sync/pull":
            segments, end = wire.whole(data)
            bare = [
                wire.Segment(s.log, s.note, s.start, s.entries, [None] * len(s.entries), s.proof)
                for s in segments
            ]
            return status, wire.frames([*bare, end])
        return status, data

    pact.twist = twist
    for _ in range(3):
        bel.pull(ada, sweep=True)
        pact.hand.move(timedelta(seconds=30))
    with bel:
        assert Entry.objects.filter(log="ada").count() == 3
        assert not Body.objects.filter(entry_id__in=Entry.objects.filter(log="ada").values("id"))
        assert Wanted.objects.filter(log="ada").count() == 3
    pact.twist = plain
    assert bel.pull(ada, sweep=True).late == 3


def test_bodies_are_not_handed_to_whoever_has_not_shown_whose_node_it_is(
    pact: Pact, towns: tuple[Town, Town, Town]
) -> None:
    ada, bel, _cyd = towns
    ask = wire.encode(wire.Pull({"ada": 0}))
    status, data = bel.ask(ada.url, "/sync/pull", ask, most=10**7, seconds=1, token=None)
    (segment,), _end = wire.whole(data)
    assert (status, set(segment.bodies)) == (200, {None})
    places = wire.encode(wire.Places([("ada", 0)]))
    assert bel.ask(ada.url, "/sync/bodies", places, most=10**7, seconds=1, token=None)[0] == 401
    assert (
        bel.ask(ada.url, "/sync/bodies", places, most=10**7, seconds=1, token="made up")[0] == 401
    )


def test_a_node_in_the_middle_cannot_pass_on_a_proof_that_was_made_for_it(
    pact: Pact, towns: tuple[Town, Town, Town]
) -> None:
    ada, bel, cyd = towns
    _status, data = bel.ask(ada.url, "/sync/hello", b"\x80", most=999, seconds=1, token=None)
    nonce = wire.decode(data, wire.Nonce).nonce  # Bel asks Ada, and shows Cyd the nonce as its own
    with cyd:
        proof = session.prove(Log.objects.get(name="cyd"), nonce, bel.url)
    proven = wire.encode(wire.Proven({"cyd": proof}))
    status, words = bel.ask(ada.url, "/sync/session", proven, most=999, seconds=1, token=None)
    assert (status, b"does not know itself as" in words) == (403, True)


def test_a_proof_opens_one_session_and_an_old_one_none(
    pact: Pact, towns: tuple[Town, Town, Town]
) -> None:
    ada, bel, _cyd = towns
    _status, data = bel.ask(ada.url, "/sync/hello", b"\x80", most=999, seconds=1, token=None)
    nonce = wire.decode(data, wire.Nonce).nonce
    with bel:
        proof = session.prove(Log.objects.get(name="bel"), nonce, ada.url)
    proven = wire.encode(wire.Proven({"bel": proof}))
    ask = {"most": 999, "seconds": 1, "token": None}
    assert bel.ask(ada.url, "/sync/session", proven, **ask)[0] == 200  # type: ignore[arg-type]
    assert b"used before" in bel.ask(ada.url, "/sync/session", proven, **ask)[1]  # type: ignore[arg-type]
    pact.hand.move(timedelta(seconds=session.NONCE_SECONDS + 1))
    assert b"too old" in bel.ask(ada.url, "/sync/session", proven, **ask)[1]  # type: ignore[arg-type]


EVERY = str(ipaddress.IPv4Address(0))
PRIVATE = [
    "127.0.0.1", "::1", EVERY, "::", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "fe80::1", "fd00:ec2::254", "fc00::1", "224.0.0.1", "ff02::1", "100.64.0.1", "100.100.100.200",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b::7f00:1", "2002:7f00:1::",
    "2002:a00:1::", "192.0.2.1", "198.18.0.1", "240.0.0.1", "255.255.255.255", "not a number",
]  # fmt: skip


@pytest.mark.parametrize("number", PRIVATE)
def test_ssrf_a_peer_s_address_leads_to_no_network_of_ours(number: str) -> None:
    assert not allowed(number, local=False, nets=())


def test_ssrf_what_the_staff_names_is_called_and_a_cloud_s_secrets_never() -> None:
    nets = networks(["10.1.0.0/16", "169.254.0.0/16", "fd00::/8"])
    assert allowed("10.1.2.3", local=False, nets=nets)
    assert not allowed("10.2.2.3", local=False, nets=nets)
    assert allowed("fd00::5", local=False, nets=nets)
    assert not allowed("169.254.169.254", local=True, nets=nets)
    assert not allowed("fd00:ec2::254", local=True, nets=nets)
    assert allowed("127.0.0.1", local=True, nets=())
    assert allowed("9.9.9.9", local=False, nets=())


@pytest.mark.parametrize(
    "url",
    [
        "http://user@example.org", "https://example.org/path", "https://example.org?x=1",
        "file:///etc/passwd", "gopher://example.org", "https://", "https://exa mple.org",
        "https://example.org:0", "https://example.org:99999", "https://example.org#x",
        "https://example.org\r\nX: y", "https://[::1", "https://EXAMPLE.org@evil.org", "//example.org",
        "https://-example.org", "https://" + "a" * 300,
    ],
)  # fmt: skip
def test_ssrf_an_address_is_scheme_host_and_port_and_nothing_else(url: str) -> None:
    with pytest.raises(Untrusted):
        read_url(url)


def test_ssrf_a_name_is_looked_up_once_and_every_number_of_it_is_judged(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int, **_rest: Any) -> list[Any]:
        asked.append(host)
        numbers = ["10.0.0.5", "9.9.9.9"] if len(asked) == 1 else ["127.0.0.1"]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in numbers]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert http.numbers(Place(tls=True, host="node.example", port=443)) == ["9.9.9.9"]
    with pytest.raises(Unreachable, match="peer_networks"):
        http.numbers(Place(tls=True, host="node.example", port=443))


def test_ssrf_nothing_is_asked_in_the_clear_but_this_machine_and_only_where_its_staff_says_so(
    home: Path,
) -> None:
    local = Place(tls=False, host="127.0.0.1", port=8000)
    with pytest.raises(Unreachable, match="without TLS"):
        http.numbers(local)
    (home / "hansa.toml").write_text('peers_local = true\npeer_networks = ["10.0.0.0/8"]\n')
    assert http.numbers(local) == ["127.0.0.1"]
    with pytest.raises(Unreachable, match="without TLS"):
        http.numbers(Place(tls=False, host="10.0.0.1", port=80))
