"""The laws that hold for every kind there is, and for every kind there will be."""

import json
import string
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from django.core.exceptions import FieldDoesNotExist
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.kernel import store
from hansa.kernel.entry import commit, read_header, write_body, write_header
from hansa.kernel.errors import Refused
from hansa.kernel.fold import Folding, target
from hansa.kernel.merkle import leaf_hash
from hansa.kernel.models import Row
from hansa.kernel.record import KINDS, OWN, PACT, Record, ask
from hansa.kernel.ref import home_of
from hansa.kernel.said import EmptyShelf, Said
from hansa.pact.models import Note
from hansa.pact.words import Capability
from tests.laws.strategies import any_record

VECTORS = Path(__file__).parent.parent / "vectors" / "kinds.json"
CODED = {
    "kernel.keys/1": ["note"],
    "pact.officer-key/1": ["credential"],
    "pact.rebind/1": ["note"],
    "pact.rebind-objection/1": ["note"],
}
"""Long fields that are no prose: their kind's `judge` lets nothing stand there but a code."""

EACH_KIND = pytest.mark.parametrize(
    "kind", [KINDS[tag] for tag in sorted(KINDS)], ids=sorted(KINDS)
)


def said_of(record: Record, log: str = "here", index: int = 31) -> Said:
    """The record on its way through a fold, at a position of its own."""
    at = datetime(2025, 6, 7, 12, tzinfo=UTC)
    body = write_body(record.kind, "", {}, record.encode())
    entry = write_header(log, index, at, record.audiences[0], body)
    said = Said(entry, read_header(entry), leaf_hash(entry), commit(body), body, at)
    said.open()
    return said


@EACH_KIND
def test_its_own_example_survives_the_wire(kind):
    record = kind.example()
    assert kind.decode(record.encode()) == record


@EACH_KIND
def test_its_oldest_bytes_are_read_for_ever(kind):
    fixed = json.loads(VECTORS.read_text())
    assert kind.kind in fixed, (
        f"add {kind.kind} to {VECTORS.name}: {kind.example().encode().decode()}"
    )
    read = kind.decode(json.dumps(fixed[kind.kind]).encode())
    assert msgspec.to_builtins(read).items() >= fixed[kind.kind].items()


def test_no_tag_that_was_ever_used_is_gone():
    assert set(json.loads(VECTORS.read_text())) <= set(KINDS)


@EACH_KIND
def test_its_sentence_names_only_what_it_has(kind):
    named = {
        name for _text, name, _spec, _conversion in string.Formatter().parse(kind.sentence) if name
    }
    assert named <= {field.name for field in kind.fields} | {"author"}


@EACH_KIND
def test_its_schema_asks_what_the_class_asks(kind):
    schema = kind.schema()
    assert list(schema["properties"]) == [field.name for field in kind.fields]
    assert schema["required"] == [field.name for field in kind.fields if field.required]


@EACH_KIND
def test_every_field_says_what_it_asks_and_the_required_ones_give_an_example(kind):
    for field in kind.fields:
        assert str(field.label)
        assert field.example is not None or not field.required, field.name


@EACH_KIND
def test_what_cannot_be_erased_asks_for_no_prose(kind):
    if not kind.erasable:
        prose = [field.name for field in kind.fields if field.type == "prose"]
        assert prose == CODED.get(kind.kind, [])


@EACH_KIND
def test_it_is_said_by_a_capability_that_exists_and_read_by_an_audience_that_exists(kind):
    assert kind.by in {*Capability.values, "founding", "office", "node"}
    assert kind.audiences
    assert set(kind.audiences) <= {PACT, OWN}


@EACH_KIND
def test_its_row_lives_where_it_was_said(kind):
    record = kind.example()
    if kind.subject is None:
        assert home_of(target(record, "here@3")) == "here"
    else:
        assert target(record, "here@3") == getattr(record, kind.subject)


@EACH_KIND
def test_no_field_bears_the_name_of_a_belief(kind):
    forbidden = {
        "religion",
        "belief",
        "party",
        "politics",
        "opinion",
        "ethnicity",
        "race",
        "faith",
        "creed",
        "nationality",
        "immigration",
    }
    assert not {word for field in kind.fields for word in field.name.split("_")} & forbidden


@settings(max_examples=400)
@given(any_record)
def test_any_record_survives_the_wire(record):
    assert type(record).decode(record.encode()) == record


@pytest.mark.django_db
@settings(max_examples=400)
@given(any_record, st.booleans())
def test_apply_is_total_and_what_it_leaves_can_be_saved(record, repeated):
    folding = Folding(EmptyShelf())
    said = said_of(record)
    saying = folding.saying(said)
    key = target(record, said.position)
    row = saying.new(record.row, f"here@{key.split('@')[-1]}" if "@" in key else key)
    if record.subject is not None:
        opening(record.row).apply(row, saying)
    for _ in range(1 + repeated):
        code = record.judge(row, saying)
        assert code is None or isinstance(code, str)
        record.apply(row, saying)
    changed = list(folding.kept.values())
    assert all(home_of(one.key) == "here" for one in changed)
    store.upsert([row, *changed])


def opening(model: type[Row]) -> Record:
    """The example of the kind that opens such rows."""
    return next(
        kind.example() for kind in KINDS.values() if kind.row is model and kind.subject is None
    )


@settings(max_examples=300)
@given(
    st.binary(max_size=400)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ).map(msgspec.json.encode),
    st.sampled_from(sorted(KINDS)),
)
def test_no_bytes_whatever_raise_in_the_fold(says, kind):
    try:
        body = write_body(kind, "there@0", {}, says)
    except msgspec.EncodeError:
        body = bytes(32) + says
    entry = write_header("here", 3, datetime(2025, 6, 7, tzinfo=UTC), "pact", body)
    said = Said(
        entry,
        read_header(entry),
        leaf_hash(entry),
        commit(body),
        body,
        datetime(2025, 6, 7, tzinfo=UTC),
    )
    said.open()
    folding = Folding(EmptyShelf())
    if folding.ready(said):
        folding.fold(said)
    assert not folding.kept


def test_a_tag_is_taken_for_ever():
    with pytest.raises(TypeError, match="for ever"):

        class Again(Record, kind="pact.note/1", row=Note, by="note"):
            """{author} says it again."""


def test_a_kind_without_a_sentence_is_none():
    with pytest.raises(TypeError, match="sentence"):

        class Wordless(Record, kind="test.wordless/1", row=Note, by="note"):
            pass


def test_a_field_that_does_not_exist_is_refused_by_name():
    with pytest.raises(Refused, match="colour") as refusal:
        KINDS["pact.note/1"].read({"colour": "red"})
    assert refusal.value.field == "colour"


def test_a_field_named_like_a_record_s_own_word_is_refused_at_declaration():
    with pytest.raises(TypeError, match="name of every record"):

        class Clash(Record, kind="test.clash/1", row=Note, by="note"):
            """{author} clashes."""

            kind: str = ask("Which kind?")  # type: ignore[misc]


def test_every_row_field_that_a_reader_filters_by_exists():
    for kind in KINDS.values():
        for name in ("key", "home", "at", "audience"):
            try:
                kind.row._meta.get_field(name)
            except FieldDoesNotExist:
                pytest.fail(f"{kind.row.__name__} lacks {name}")


FREE = {"pact.rebind-objection/1"}
"""What is signed and needs no approval: an objection that one key could hold back would protect nobody."""


@EACH_KIND
def test_whatever_an_office_signs_for_its_member_is_weighty(kind):
    assert kind.weighty or kind.by != "sign" or kind.kind in FREE


@EACH_KIND
def test_what_weighs_stays(kind):
    assert not (kind.weighty and kind.erasable)
