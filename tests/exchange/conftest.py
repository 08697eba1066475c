"""The pact of tests/aid, and messages as other systems write them."""

from typing import Any

import pytest

from hansa.aid.exchange import de, rm
from tests.aid.conftest import line, sit

__all__ = ["enveloped", "line", "request_from_elsewhere", "sit"]


@pytest.fixture
def request_from_elsewhere():
    """Return a RequestResource of another system, with some of its fields replaced."""

    def make(message: str = "urn:elsewhere:1", **fields: Any) -> rm.Message:
        given: dict[str, Any] = {
            "name": "N95 respirators",
            "type": rm.Coded("n95-respirator", "urn:x-hansa:item"),
            "amount": "250",
            "unit": rm.Coded("piece"),
            "function": "For medics.",
            "schedules": (rm.Schedule("RequestedArrival", "2025-06-09T12:00:00+00:00", "Gate 4"),),
            **fields,
        }
        return rm.Message(
            "RequestResource",
            message,
            "2025-06-07T12:00:00+00:00",
            contacts=(rm.Contact("Logistics section", "Requester"),),
            resources=(rm.Resource("001", **given),),
        )

    return make


@pytest.fixture
def enveloped():
    """Return messages in one envelope, as bytes."""

    def make(*messages: rm.Message, status: str = "Actual", number: str = "E-1") -> bytes:
        contents = tuple(de.Content(one) for one in messages)
        return de.write(
            de.Envelope(
                number,
                "eoc@elsewhere.example",
                "2025-06-07T12:00:00Z",
                status,
                "Request",
                contents,
                "None",
            )
        )

    return make
