"""A pact of three, and a program that acts for the first of them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests.builders import Town, found


class Program:
    """A client with a token, which sends and reads JSON."""

    def __init__(self, secret: str) -> None:
        self.client = Client(
            headers={"Authorization": f"Bearer {secret}"}, raise_request_exception=False
        )

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(path, query)

    def say(self, kind: str, /, *, key: str = "", audience: str = "", **says: Any) -> Any:
        body = {"kind": kind, "says": says, **({"for": audience} if audience else {})}
        return self.post(json.dumps(body), key=key)

    def post(self, body: str | bytes, *, key: str = "", kind: str = "application/json") -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post("/api/records", body, content_type=kind, headers=headers)


@pytest.fixture
def towns(home, set_clock) -> list[Town]:
    return found(3)


@pytest.fixture(autouse=True)
def fresh_rates() -> Iterator[None]:
    from hansa.kernel import rates

    rates.forget_all()
    yield
    rates.forget_all()


def program(town: Town, *, by: str = "") -> Program:
    """A program of this town, for its chief or another of its officers."""
    from hansa.api.tokens import make

    return Program(make(by or town.by, "a test")[0])
