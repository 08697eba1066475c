"""Papers say what they were filled with, and nothing that was typed is markup."""

import io
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from pypdf.generic import BooleanObject, DictionaryObject, TextStringObject

from hansa.aid import papers
from hansa.aid.papers.shapes import PAPERS

LABEL = {"code": "7K3M-Q9TD", "address": "https://node.example/scan/us-il-chicago@31"}

LEFT_OUT = {"label": ("madefrom",), "claim": ("arrivalsx", "withdrawnx")}
"""A label is too small to say what it was made from; a claim's annexes leave out what another paper says in full."""


def words(made):
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
    return " ".join(text.replace("\u200b", "").split())


@pytest.mark.parametrize("name", sorted(PAPERS))
def test_every_paper_can_be_printed_empty_to_fill_in_by_hand(name):
    data: dict[str, Any] = {"labels": [{}]} if name == "label" else {}
    made = papers.pdf(name, data)
    found = PdfReader(io.BytesIO(made))
    root = found.trailer["/Root"].get_object()
    assert isinstance(root, DictionaryObject)
    marks = root["/MarkInfo"].get_object()
    assert isinstance(marks, DictionaryObject)
    assert found.metadata is not None
    assert found.metadata.title
    assert marks["/Marked"] == BooleanObject(True)
    assert root["/Lang"] == TextStringObject("en")
    assert b"pdfuaid" in made


@pytest.mark.parametrize("name", sorted(PAPERS))
def test_the_same_data_make_the_same_bytes(name):
    data = {"made_from": "us-il-chicago@31", **({"labels": [LABEL]} if name == "label" else {})}
    assert papers.pdf(name, data) == papers.pdf(name, data)


def filled(kind, path=""):
    """A struct with a word of its own in every field, and these words."""
    said, all_said = {}, []
    for field in msgspec.structs.fields(kind):
        here = f"{path}{field.encode_name}".replace("_", "")
        if field.type is bool:
            continue
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            said[field.encode_name], more = filled(field.type, f"{here}x")
        elif getattr(field.type, "__origin__", None) is list:
            one, more = filled(field.type.__args__[0], f"{here}x")
            said[field.encode_name] = [one]
        elif field.encode_name in ("address", "blank_lines"):
            continue
        else:
            said[field.encode_name], more = f"{here}", [here]
        all_said += more
    return said, all_said


@pytest.mark.parametrize("name", sorted(PAPERS))
def test_every_field_of_a_shape_is_printed(name):
    data, said = filled(PAPERS[name])
    left_out = LEFT_OUT.get(name, ())
    said = [one for one in said if not one.startswith(left_out)] if left_out else said
    printed = words(papers.pdf(name, data)).replace(" ", "").replace("\xad", "")
    assert [one for one in said if one not in printed] == []


def test_a_driver_reads_stops_contents_hazards_and_who_signs():
    made = papers.pdf(
        "driver",
        {
            "shipment": "Masks, N95",
            "stops": [
                {"place": "Central warehouse", "contact": {"office": "Logistics officer, Chicago"}}
            ],
            "contents": [{"item": "Masks, N95", "lot": "A-77", "expires": "2027-01-31"}],
            "hazards": "Lithium batteries",
            "signer": "Logistics officer, Los Angeles",
        },
    )
    said = words(made)
    for word in ("Central warehouse", "Logistics officer, Chicago", "A-77", "Lithium batteries"):
        assert word in said
    assert "Logistics officer, Los Angeles" in said


def test_each_parcel_has_a_page():
    made = papers.pdf("label", {"labels": [LABEL, {**LABEL, "parcel": "Parcel 2 of 2"}]})
    assert len(PdfReader(io.BytesIO(made)).pages) == 2


def test_the_code_on_the_label_is_the_address():
    """Every dark square of the code is there: the rectangles drawn cover what segno says."""
    rows = papers.squares(LABEL["address"])
    assert len(rows) == len(rows[0])
    assert {*"".join(rows)} == {"0", "1"}
    assert papers.pdf("label", {"labels": [LABEL]}) != papers.pdf(
        "label", {"labels": [{**LABEL, "address": "https://node.example/scan/us-il-chicago@32"}]}
    )


def test_exercise_stands_on_every_page_of_a_drill():
    made = papers.pdf("ics-214", {"drill": True, "blank_lines": 90})
    pages = PdfReader(io.BytesIO(made)).pages
    assert len(pages) > 1
    assert all("EXERCISE" in page.extract_text() for page in pages)


def test_a_key_that_no_field_has_is_the_callers_mistake():
    with pytest.raises(msgspec.ValidationError):
        papers.pdf("driver", {"shipmnet": "x"})
    with pytest.raises(KeyError):
        papers.pdf("../../etc/passwd", {})
    with pytest.raises(TypeError):
        papers.pdf("driver", PAPERS["label"]())


def test_a_letter_no_built_in_font_has_still_makes_a_paper():
    made = papers.pdf("driver", {"shipment": "口罩", "carrier": "truck 12"})
    assert "truck 12" in words(made)


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60))
def test_whatever_was_typed_makes_a_paper(text):
    assert papers.pdf("driver", {"shipment": text, "hazards": text}).startswith(b"%PDF")
