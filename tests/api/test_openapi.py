"""The document that programs are written from."""

import json

import pytest
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

from hansa.api.openapi import as_bytes, document, schema_name
from hansa.kernel.record import KINDS
from tests.api.conftest import program

pytestmark = pytest.mark.django_db


def test_the_document_is_valid():
    OpenAPIV31SpecValidator(json.loads(as_bytes())).validate()


def test_anyone_may_read_it(home):
    answer = Client().get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.1")


def test_it_has_every_kind():
    schemas = document()["components"]["schemas"]
    for kind in KINDS.values():
        assert schemas[schema_name(kind)]["properties"].keys() == {
            field.name for field in kind.fields
        }


def test_every_list_in_it_answers_as_it_says(towns):
    import jsonschema

    here, made = program(towns[0]), json.loads(as_bytes())
    lists = [path for path in made["paths"] if "{" not in path and path != "/api/openapi.json"]
    for path in lists:
        schema = made["paths"][path]["get"]["responses"]["200"]["content"]["application/json"][
            "schema"
        ]
        jsonschema.validate(here.get(path).json(), {**schema, "components": made["components"]})
    assert len(lists) > 15
