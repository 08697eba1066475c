"""The derived form asks what the kind asks: whatever the API may say, a person may say through a page."""

from typing import Any

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import ChoiceField
from django.http import QueryDict
from django.utils import timezone, translation
from django.utils.datastructures import MultiValueDict
from hypothesis import given
from hypothesis import strategies as st

from hansa.kernel.errors import Refused
from hansa.kernel.fields import File
from hansa.kernel.record import KINDS
from hansa.pact.records.facts import FactRecorded, Noted
from hansa.pact.records.offices import OfficerAppointed
from hansa.pages.access import Chair
from hansa.pages.forms import HUNDREDTHS, form_for, readers
from hansa.pages.widgets import (
    WholeNumber,
    of_files,
    read_signed,
    shown_hundredths,
    sign_file,
    struct_columns,
)

pytestmark = pytest.mark.django_db  # a form offers the audiences that the member has defined

CHAIR = Chair(
    by="us-ca@0",
    log="us-ca",
    office="Chief of staff",
    member="California",
    zone="UTC",
    can=frozenset(),
)


def typed(kind):
    """What a person would type to say the kind's own example, and what the page would fix."""
    data, fixed = QueryDict(mutable=True), {}
    for field in kind.fields:
        value = getattr(kind.example(), field.name)
        if not field.shown or of_files(field) or (field.type == "items" and field.most is None):
            fixed[field.name] = msgspec.to_builtins(value)
        elif field.type == "items":
            rows = enumerate(msgspec.to_builtins(value))
            data.update(
                {
                    f"{field.name}-{i}-{key}": str(text)
                    for i, row in rows
                    for key, text in row.items()
                }
            )
        elif value is not None and field.name.endswith(HUNDREDTHS):
            data[field.name] = shown_hundredths(value)
        elif value is not None:
            data.setlist(
                field.name,
                TYPED.get(field.type, lambda one: [str(getattr(one, "value", one))])(value),
            )
    if len(kind.audiences) > 1:
        data["audience"] = kind.audiences[0]
    return data, fixed


TYPED = {
    "moment": lambda value: [timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")],
    "integer": lambda value: [f"{value:,}"],
    "refs": lambda value: [", ".join(value)],
    "choices": lambda value: [one.value for one in value],
    "flag": lambda value: ["on"] if value else [],
}


@pytest.mark.parametrize("tag", sorted(KINDS))
def test_every_kind_can_be_said_through_its_form(tag):
    kind = KINDS[tag]
    data, fixed = typed(kind)
    form = form_for(kind, chair=CHAIR, fixed=fixed)(data, MultiValueDict())
    assert form.is_valid(), form.errors
    assert kind.read(form.says()) == kind.example()


@pytest.mark.parametrize("tag", sorted(KINDS))
def test_every_form_can_be_shown_with_a_label_for_each_input(tag, db):
    kind = KINDS[tag]
    _data, fixed = typed(kind)
    shown = form_for(kind, chair=CHAIR, fixed=fixed)()
    html = shown.render()
    for field in shown.visible_fields():
        assert str(field.label).split("'", 1)[0] in html
        assert f'name="{field.html_name}' in html or "nothing to choose" in html


@given(
    number=st.integers(min_value=0, max_value=2**53 - 1),
    mark=st.sampled_from([",", ".", " ", "\u00a0", "\u202f", "’", ""]),
)
def test_a_number_is_read_however_its_thousands_are_set_apart(number, mark):
    asked = WholeNumber(least=0, most=2**53 - 1)
    assert asked.clean(f"{number:,}".replace(",", mark)) == number


@pytest.mark.parametrize("words", ["twelve", "1e3", "12 kg", "٣", "--1", "1/2"])
def test_what_is_no_whole_number_is_asked_for_again(words):
    form = form_for(KINDS["aid.stock/1"], chair=CHAIR)(
        {"item": "ice-pack", "unit": "piece", "quantity": words}
    )
    assert (
        "Give a whole number, such as 80000." in form.errors["quantity"][0]
        or "80,000" in form.errors["quantity"][0]
    )


def test_bounds_are_said_in_the_readers_own_figures():
    data = {"item": "ice-pack", "unit": "piece", "quantity": "10000001"}
    with translation.override("es"):
        form = form_for(KINDS["aid.stock/1"], chair=CHAIR)(data)
        assert "10\u00a0000\u00a0000" in form.errors["quantity"][0]


def test_a_moment_is_typed_in_the_officers_own_zone():
    with timezone.override("America/Los_Angeles"):
        form = form_for(OfficerAppointed, chair=CHAIR)(
            {
                "office": "Duty officer",
                "handle": "duty",
                "can": ["duty"],
                "until": "2025-06-07T18:00",
            }
        )
        assert form.is_valid()
        assert str(OfficerAppointed.read(form.says()).until) == "2025-06-07 18:00:00-07:00"


def test_an_empty_answer_leaves_the_kinds_own_default():
    form = form_for(OfficerAppointed, chair=CHAIR)(
        {"office": "Duty officer", "handle": "duty", "can": ["duty"], "until": ""}
    )
    assert form.is_valid()
    assert OfficerAppointed.read(form.says()).until is None


def test_the_kinds_own_default_is_shown_as_chosen():
    field = form_for(FactRecorded, chair=CHAIR)()["precision"]
    assert field.value() == "hour"
    assert (
        "optional"
        not in form_for(FactRecorded, chair=CHAIR)()
        .render()
        .split("How exactly")[1]
        .split("</fieldset>")[0]
    )


def test_what_the_page_fixed_cannot_be_typed_over():
    form = form_for(OfficerAppointed, chair=CHAIR, fixed={"can": ["note"]})(
        {"office": "Duty officer", "handle": "duty", "can": ["sign"]}
    )
    assert form.is_valid()
    assert form.says()["can"] == ["note"]


def test_a_refusal_stands_at_its_field_and_on_top_where_there_is_none():
    form = form_for(OfficerAppointed, chair=CHAIR)(
        {"office": "Duty officer", "handle": "duty", "can": ["duty"]}
    )
    assert form.is_valid()
    form.take(Refused("That office exists.", field="office"))
    form.take(Refused("Something else.", field="not-shown"))
    assert form.errors["office"] == ["That office exists."]
    assert form.non_field_errors() == ["Something else."]


def fact(**more):
    data = QueryDict(mutable=True)
    data.update(
        {
            "when": "2025-06-07T12:00",
            "precision": "hour",
            "text": "It happened.",
            "sources-0-title": "A report",
            "sources-0-publisher": "An office",
            "sources-0-date": "2025-06-07",
        }
    )
    for name, value in more.items():
        data[name] = value
    return data


def test_a_source_that_lacks_a_part_is_named_by_row_and_label():
    form = form_for(FactRecorded, chair=CHAIR)(
        fact(
            **{
                "sources-2-title": "Another",
                "sources-2-publisher": "",
                "sources-2-date": "2025-06-07",
            }
        ),
        MultiValueDict(),
    )
    assert form.errors["sources"] == ["Row 2: please fill in “Who published it”."]


def test_a_fact_needs_a_source_already_in_the_form():
    data = fact()
    for name in ("title", "publisher", "date"):
        del data[f"sources-0-{name}"]
    assert "sources" in form_for(FactRecorded, chair=CHAIR)(data, MultiValueDict()).errors


def test_another_row_may_be_asked_for_without_being_judged_and_nothing_typed_is_lost():
    form = form_for(FactRecorded, chair=CHAIR)(fact(text="", more="sources"), MultiValueDict())
    form.look_again()
    html = form.render()
    assert not form.errors
    assert 'name="sources-1-title"' in html
    assert "A report" in html


def upload(name, content) -> Any:
    return MultiValueDict({"files": [SimpleUploadedFile(name, content, "application/pdf")]})


def test_an_attachment_of_nothing_is_refused_in_words(home):
    files = upload("empty.pdf", b"")
    form = form_for(FactRecorded, chair=CHAIR)(fact(), files)
    assert "“empty.pdf” is empty" in form.errors["files"][0]


def test_an_attachment_too_large_is_refused_in_words(home, settings):
    settings.HANSA_LARGEST_FILE = 1024 * 1024
    files = upload("film.mp4", b"x" * (1024 * 1024 + 1))
    form = form_for(FactRecorded, chair=CHAIR)(fact(), files)
    assert "larger than 1 MB" in form.errors["files"][0]


def test_an_attachment_survives_a_mistake_elsewhere_in_the_form(home):
    files = upload("order.pdf", b"an order")
    form = form_for(FactRecorded, chair=CHAIR)(fact(text=""), files)
    assert not form.is_valid()
    html = form.render()
    signed = html.split('name="files-kept" value="')[1].split('"')[0]
    found = read_signed(signed)
    assert found is not None
    assert (found.name, found.size, found.type) == ("order.pdf", 8, "application/pdf")
    again = fact(**{"files-kept": signed})
    form = form_for(FactRecorded, chair=CHAIR)(again, MultiValueDict())
    assert form.is_valid()
    assert FactRecorded.read(form.says()).files == [found]


def test_nobody_attaches_a_file_by_naming_its_hash(home):
    forged = msgspec.json.encode(File(sha256="0" * 64, name="secret.pdf", size=9)).decode()
    assert read_signed(forged) is None
    assert read_signed(sign_file(File(sha256="0" * 64, name="own.pdf", size=9))) is not None
    form = form_for(FactRecorded, chair=CHAIR)(fact(**{"files-kept": forged}), MultiValueDict())
    assert form.is_valid()
    assert form.says()["files"] == []


def test_a_kind_for_several_audiences_asks_which_and_says_who_that_is():
    form = form_for(Noted, chair=CHAIR, fixed={"on": "us-ca@0"})
    audience = form.base_fields["audience"]
    assert isinstance(audience, ChoiceField)
    offered: Any = audience.choices
    assert list(offered) == [
        ("pact", "Every officer of every member of the pact"),
        ("own", "Only the officers of California"),
    ]
    assert "audience" not in form_for(Noted, chair=CHAIR, audience="own").base_fields
    assert "Only the officers of California" in readers(Noted, CHAIR, "own")


def test_rows_ask_by_the_structs_own_bounds():
    columns = {column["key"]: column for column in struct_columns(FactRecorded.field("sources").of)}
    assert (columns["date"]["type"], columns["title"]["most"], columns["url"]["required"]) == (
        "date",
        300,
        False,
    )
