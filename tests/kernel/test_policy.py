"""C2SP tlog-policy: what a policy file may say, and what it then counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.kernel.cosign import Cosigner
from hansa.kernel.errors import Untrusted
from hansa.kernel.note import Signer
from hansa.kernel.policy import NONE, Host, Policy, parse, propose

LOG = Signer("hansa/los-angeles", bytes(32)).vkey()
KEYS = [
    Cosigner(f"w{i}", "ed25519", Signer("w", bytes([i + 1]) * 32).verifier.pub) for i in range(8)
]


def witness(i: int, name: str = "", url: str = "") -> str:
    return f"witness {name or f'W{i}'} {KEYS[i].vkey()} {url}".rstrip()


def read(*lines: str) -> Policy:
    return parse("\n".join([*lines, ""]).encode())


NESTED = (
    f"log {LOG} https://log.example",
    *(witness(i) for i in range(6)),
    "group X 2 W0 W1 W2",
    "group Y any W3 W4 W5",
    "group both all X Y",
    "quorum both",
)


def test_the_example_of_the_specification() -> None:
    policy = read(*NESTED)
    assert policy.logs[0][1] == "https://log.example"
    assert not policy.met(KEYS[:3])
    assert not policy.met([KEYS[0], KEYS[3]])
    assert policy.met([KEYS[0], KEYS[2], KEYS[5]])


def test_blanks_and_comments_are_passed_over() -> None:
    lines = [f" \t{line} " for line in NESTED]
    assert read("", "  # why", *lines[:2], "\t", *lines[2:]).rules() == read(*NESTED).rules()


def test_quorum_none_asks_for_nobody() -> None:
    assert read("quorum none").met([])


def test_quorum_of_one_witness() -> None:
    policy = read(witness(0), "quorum W0")
    assert policy.met(KEYS[:1])
    assert not policy.met(KEYS[1:])


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (witness(0),),
        (witness(0), "quorum W0", "quorum W0"),
        (witness(0), "quorum W1"),
        ("quorum W0", witness(0)),
        (witness(0), witness(0, "again"), "quorum W0"),
        (witness(0), witness(1, "W0"), "quorum W0"),
        (witness(0, "none"), "quorum none"),
        (f"log {LOG}", f"log {LOG}", "quorum none"),
        (f"log {KEYS[0].vkey()}", "quorum none"),
        (f"witness W0 {LOG}", "quorum none"),
        (f"witness W0 {KEYS[0].vkey()} url more", "quorum none"),
        (witness(0), "group G any", "quorum G"),
        (witness(0), "group G 2 W0", "quorum G"),
        (witness(0), "group G 0 W0", "quorum G"),
        (witness(0), "group G 01 W0", "quorum G"),
        (witness(0), "group G -1 W0", "quorum G"),
        (witness(0), "group G some W0", "quorum G"),
        (witness(0), "group G any none", "quorum G"),
        (witness(0), "group G any G", "quorum G"),
        (witness(0), "group G any W0 W0", "quorum G"),
        (witness(0), "group G any W0", "group H any W0", "quorum H"),
        (witness(0), "group W0 any W0", "quorum W0"),
        (witness(0), "group G any H", "group H any W0", "quorum G"),
        ("quorum",),
        ("quorum none none",),
        ("Quorum none",),
        ("quorum none\r",),
        ("quorum\x0bnone",),
        ("quorum none\x7f",),
        ("quorum none\x00",),
    ],
)
def test_what_is_no_policy(lines) -> None:
    with pytest.raises(Untrusted):
        read(*lines)


def test_names_are_opaque_octets() -> None:
    """0x4B and the Kelvin sign are two names; octets above 0x7F are allowed."""
    kelvin = "\u212a"
    text = f"{witness(0, 'K')}\n{witness(1, kelvin)}\ngroup G all K \u212a\nquorum G\n"
    assert parse(text.encode()).met(KEYS[:2])
    with_latin = text.encode().replace("\u212a".encode(), b"\xff\xfe\x85\xa0")
    assert not parse(with_latin).met(KEYS[:1])


def test_thirty_two_of_each_are_supported() -> None:
    keys = [
        Cosigner(f"w{i}", "ed25519", Signer("w", bytes([i]) * 32).verifier.pub) for i in range(32)
    ]
    logs = [f"log {Signer(f'l{i}', bytes([i, 9] * 16)).vkey()}" for i in range(32)]
    lines = [f"witness W{i} {key.vkey()}" for i, key in enumerate(keys)]
    groups = ["group G0 all W0", *(f"group G{i} all G{i - 1} W{i}" for i in range(1, 32))]
    policy = read(*logs, *lines, *groups, "quorum G31")
    assert policy.met(keys)
    assert not policy.met(keys[1:])


def test_unlike_key_names_do_not_make_two_of_one_key() -> None:
    """Vkeys that wrap one public key are duplicates, whatever they are called."""
    twin = Cosigner("another", "ed25519", KEYS[0].public)
    with pytest.raises(Untrusted):
        read(witness(0), f"witness W1 {twin.vkey()}", "quorum W0")


def test_a_policy_comes_back_as_it_was_written() -> None:
    policy = read("# hansa-since: 1750000000", *NESTED)
    assert policy.since == 1_750_000_000
    assert parse(policy.text().encode()) == policy
    assert policy.digest != read(*NESTED).digest


@given(st.sets(st.integers(0, 5)), st.integers(1, 3), st.integers(1, 2))
def test_quorum_is_a_count_of_groups(cosigned, least, hosts) -> None:
    policy = read(
        *(witness(i) for i in range(6)),
        f"group A {least} W0 W1 W2",
        "group B any W3 W4",
        f"group Q {hosts} A B W5",
        "quorum Q",
    )
    a, b = len(cosigned & {0, 1, 2}) >= least, bool(cosigned & {3, 4})
    expected = a + b + (5 in cosigned) >= hosts
    assert policy.met([KEYS[i] for i in cosigned]) is expected


@given(st.dictionaries(st.integers(0, 5), st.integers(1, 50)))
def test_earliest_moment_is_the_first_at_which_the_quorum_holds(times) -> None:
    policy = read(*NESTED)
    found = policy.earliest({KEYS[i]: at for i, at in times.items()})
    moments = [
        now for now in range(52) if policy.met(KEYS[i] for i, at in times.items() if at <= now)
    ]
    assert found == (moments[0] if moments else None)


def host(name: str, *numbers: int) -> Host:
    return Host(name, tuple((KEYS[i], f"https://{name}.example/witness") for i in numbers))


def test_proposed_quorum_is_more_than_half_of_the_hosts() -> None:
    """Invariant 9: three members on one machine are one host, and count once."""
    policy = propose([host("a", 0, 1, 2), host("b", 3), host("c", 4)], 5)
    assert not policy.met(KEYS[:3])
    assert policy.met([KEYS[0], KEYS[3]])
    assert parse(policy.text().encode()) == policy
    assert policy.since == 5


def test_members_on_one_host_or_with_one_key_count_once() -> None:
    """Invariant 9: however often a host or a key is named."""
    named = [host("a", 0), host("a", 1), host("b", 2), host("elsewhere", 2), host("c", 3)]
    policy = propose(named, 0)
    groups = [one for one in policy.groups if one.name != policy.quorum]
    assert len(groups) == 3
    assert not policy.met([KEYS[0], KEYS[1]])
    assert policy.met([KEYS[1], KEYS[2]])


def test_hosts_that_share_a_key_through_a_third_are_one() -> None:
    assert propose([host("a", 0), host("b", 1), host("c", 0, 1)], 0).quorum == NONE


def test_one_host_alone_has_no_quorum() -> None:
    assert propose([host("a", 0, 1)], 0).quorum == NONE
    assert propose([], 0).quorum == NONE


@pytest.mark.parametrize("count", range(2, 8))
def test_two_quorums_always_share_a_host(count) -> None:
    policy = propose([host(f"h{i}", i) for i in range(count)], 0)
    needed = next(n for n in range(count + 1) if policy.met(KEYS[:n]))
    assert 2 * needed > count
    assert not policy.met(KEYS[: needed - 1])
