"""Who can open what, over any story of joining, leaving, extending and changing keys: invariant 27 as a model."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.kernel.entry import SALT
from hansa.kernel.errors import Untrusted
from hansa.kernel.models import Body, Entry, Fate
from hansa.kernel.seal import box, epochs
from hansa.kernel.seal import keeping as seal
from hansa.kernel.seal.models import Audience, EpochKey, Extension
from hansa.pact.models import Note
from tests.seal.sealing import Sealing

READERS = ("bel", "cyd")


def extend(towns: Sealing, audience: str, names: list[str], *readers: str) -> str:
    """Open earlier epochs to these readers."""
    log = audience.partition("@")[0]
    with towns.node(log):
        record = epochs.extension(Audience.objects.get(key=audience), names, readers)
        from hansa.kernel.say import say

        return say(record, log=log, by=f"{log}@0", audience=audience)


def names(towns: Sealing, audience: str) -> list[str]:
    """The epochs of an audience, the oldest first."""
    with towns.node(audience.partition("@")[0]):
        found = EpochKey.objects.filter(audience=audience).order_by("index")
        return list(found.values_list("name", flat=True))


def test_earlier_records_are_opened_only_by_an_extension_and_only_to_those_it_names(pact):
    towns = pact(("ada",), ("bel",), ("cyd",), ("dov",))
    coast = towns.audience("ada", "bel")
    towns.note(coast, "First.")
    towns.change(coast, "bel", "cyd", "dov")
    towns.note(coast, "Second.")
    towns.sync()
    assert towns.notes("cyd") == towns.notes("dov") == ["Second."]
    extend(towns, coast, names(towns, coast)[:1], "cyd")
    towns.sync()
    assert towns.notes("cyd") == ["First.", "Second."]
    assert towns.notes("dov") == ["Second."]
    for log in ("ada", "bel", "cyd", "dov"):
        with towns.node(log):
            # Those of the audience are told to whom it was opened; those who learnt no key hold none.
            assert Extension.objects.get().readers == ["cyd@0"]
            held = EpochKey.objects.exclude(key=b"").count()
            assert held == (1 if log == "dov" else 2)


def test_an_extension_names_only_members_of_the_audience(pact):
    from hansa.kernel.errors import Refused

    towns = pact(("ada",), ("bel",), ("cyd",))
    coast = towns.audience("ada", "bel")
    towns.note(coast)
    with pytest.raises(Refused, match="belong to the audience now"):
        extend(towns, coast, names(towns, coast), "cyd")
    with pytest.raises(Refused, match="epochs of this audience"):
        extend(towns, coast, ["e-" + "0" * 32], "bel")


STEP = st.one_of(
    st.tuples(st.just("say")),
    st.tuples(st.just("set"), st.sets(st.sampled_from(READERS), min_size=1)),
    st.tuples(st.just("rotate"), st.sampled_from(READERS)),
    st.tuples(st.just("extend"), st.sampled_from(READERS), st.integers(0, 3)),
)


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, min_size=3, max_size=7))
def test_a_reader_opens_what_was_said_while_it_belonged_and_nothing_else(
    pact: Callable[..., Sealing], steps: list[tuple[object, ...]]
):
    """Invariant 27: no key of a later epoch comes to one who was removed; a newcomer's past is opened only by name."""
    towns = pact(("ada",), ("bel",), ("cyd",))
    coast, inside = towns.audience("ada", "bel"), {"bel"}
    may: dict[str, set[str]] = {}
    where: dict[str, list[str]] = {}
    for number, (step, *rest) in enumerate(steps):
        if step == "say":
            text = f"Number {number}."
            towns.note(coast, text)
            may[text] = set(inside)
            where.setdefault(names(towns, coast)[-1], []).append(text)
        elif step == "set":
            inside = set(rest[0])  # type: ignore[call-overload]
            towns.change(coast, *sorted(inside))
        elif step == "rotate":
            log = str(rest[0])
            (towns.node(log).home / "keys" / f"{log}.sealing").unlink(missing_ok=True)
            towns.say_key(log)
            towns.sync()
        elif step == "extend" and (known := names(towns, coast)):
            log, name = str(rest[0]), known[int(str(rest[1])) % len(known)]
            with towns.node("ada"):
                present = epochs.current(coast)
                assert present is not None
                allowed = seal.is_reader(log, "ada", present.name)
            if allowed and log in inside:
                extend(towns, coast, [name], log)
                for text in where.get(name, []):
                    may[text].add(log)
        towns.sync()
    for log in READERS:
        assert towns.notes(log) == sorted(text for text, readers in may.items() if log in readers)
    assert towns.notes("ada") == sorted(may)


def test_a_shared_host_shows_each_tenant_what_is_for_it(pact):
    """The host can read it all; its pages show each member's officers what is sealed to that member, from then on."""
    from hansa.kernel.reading import may_read, readable

    towns = pact(("ada",), ("bel", "cyd"))
    coast = towns.audience("ada", "bel")
    towns.note(coast, "First.")
    towns.change(coast, "bel", "cyd")
    towns.note(coast, "Second.")
    towns.sync()
    with towns.node("bel"):
        for log, texts in (
            ("bel", ["First.", "Second."]),
            ("cyd", ["Second."]),
            ("dov", []),
            (None, []),
        ):
            rows = list(readable(Note, log).order_by("text"))
            assert [row.text for row in rows] == texts
            assert [
                row.text for row in Note.objects.order_by("text") if may_read(row, log)
            ] == texts
            entries = readable(Entry, log).filter(kind="pact.note/1")
            assert entries.count() == len(texts)
            every = Entry.objects.filter(kind="pact.note/1")
            assert sum(may_read(one, log) for one in every) == len(texts)


def test_the_keys_come_back_with_the_key_ring(pact):
    """A home whose sealing key was not at hand reads everything once it is, and its rows are made anew."""
    from hansa.kernel import state

    towns = pact(("ada",), ("bel",))
    path = towns.node("bel").home / "keys" / "bel.sealing"
    kept = path.read_bytes()
    towns.note(towns.audience("ada", "bel"), "Kept.")
    path.unlink()
    towns.sync()
    assert towns.notes("bel") == []
    path.write_bytes(kept)
    with towns.node("bel"):
        state.rebuild()
        entry = Entry.objects.get(kind="pact.note/1")
        assert entry.fate == Fate.DONE
        assert Body.objects.filter(entry_id=entry.id).exists()
    assert towns.notes("bel") == ["Kept."]


@given(
    st.binary(max_size=3000), st.binary(min_size=SALT, max_size=SALT), st.integers(0, 10**12 - 1)
)
def test_any_envelope_survives_its_seal_and_no_place_but_its_own(envelope, salt, index):
    key, name = b"k" * 32, "e-" + "a" * 32
    sealed = box.seal_body(key, "ada", index, name, salt + envelope)
    assert box.open_body(key, "ada", index, name, sealed) == salt + envelope
    assert len(sealed) >= 1024
    assert len(sealed).bit_count() == 1
    for other in (
        (key, "bel", index, name),
        (key, "ada", index + 1, name),
        (key, "ada", index, "e-" + "b" * 32),
        (b"q" * 32, "ada", index, name),
    ):
        with pytest.raises(Untrusted):
            box.open_body(*other, sealed)
    changed = bytearray(sealed)
    changed[index % len(changed)] ^= 1
    with pytest.raises(Untrusted):
        box.open_body(key, "ada", index, name, bytes(changed))


@pytest.mark.parametrize(
    ("readers", "wraps"), [(1, 1), (2, 2), (3, 4), (5, 8), (64, 64), (65, 128)]
)
def test_wraps_are_a_power_of_two_in_records_of_at_most_64(readers, wraps, home):
    """What is seen of an epoch is in which doubling its readers' number lies. Beyond 64, further records carry the rest."""
    from hansa.kernel import hpke

    public = hpke.keypair()[1]
    who = epochs.Readership("ada@1", "Coast", {f"town-{i}": public for i in range(readers)})
    begun = epochs.begin("ada", who)
    assert sum(len(record.wraps) for record in begun.records) == wraps
    assert all(len(record.wraps) <= 64 for record in begun.records)
    assert [record.part is not None for record in begun.records] == [True] + [False] * (
        len(begun.records) - 1
    )
    assert len({record.name for record in begun.records}) == 1
    from hansa.kernel.entry import LARGEST_BODY

    assert all(len(record.encode()) < LARGEST_BODY - 1000 for record in begun.records)
