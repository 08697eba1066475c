"""A small pact for tests, made through the one door like any other."""

from dataclasses import dataclass
from typing import Any

from hansa.kernel import clock
from hansa.kernel.log import open_log
from hansa.kernel.record import KINDS
from hansa.kernel.say import say

CITIES = [
    ("us-ca-los-angeles", "Los Angeles", "CA", "34.05, -118.24", "America/Los_Angeles"),
    ("us-il-chicago", "Chicago", "IL", "41.88, -87.63", "America/Chicago"),
    ("us-ny-new-york", "New York", "NY", "40.71, -74.01", "America/New_York"),
    ("us-wa-seattle", "Seattle", "WA", "47.60, -122.33", "America/Los_Angeles"),
]


@dataclass(frozen=True)
class Town:
    """A member's log, with the officer who may do everything in it."""

    log: str
    by: str

    def say(self, kind: str, /, *, as_: str = "", **fields: Any) -> str:
        """Say a record of this kind, under the town's own chief unless another officer is named."""
        return say(KINDS[kind].read(fields), log=self.log, by=as_ or self.by)


def town(log: str, name: str, state: str = "CA", seat: str = "", zone: str = "UTC") -> Town:
    """Open a log with its founding record."""
    open_log(log)
    record = KINDS["pact.member/1"].read(
        {
            "name": name,
            "type": "city",
            "state": state,
            "seat": seat,
            "zone": zone,
            "office": "Chief of staff",
            "handle": "chief",
        }
    )
    return Town(log, say(record, log=log))


def charter(**rules: Any) -> dict[str, Any]:
    """The shortest charter: one article, four forms of 24 hours each, and the rules given."""
    forms = [{"id": form, "hours": 24} for form in ("legal", "voice", "material", "information")]
    trigger = {
        "id": "deployment",
        "title": "Deployment without consent",
        "text": "Forces come unasked.",
    }
    return {
        "title": "Charter",
        "articles": [{"title": "Purpose", "text": "Members help each other."}],
        "rules": {"triggers": [trigger], "forms": forms, **rules},
    }


def found(count: int = 3, **rules: Any) -> list[Town]:
    """Found a pact of `count` towns, all of them members now."""
    towns = [town(*city) for city in CITIES[:count]]
    towns += [town(f"town-{i}", f"Town {i}") for i in range(len(towns), count)]
    pact = towns[0].say(
        "pact.pact/1",
        name="The pact",
        founders=[f"{one.log}@0" for one in towns[1:]],
        **charter(**rules),
    )
    for one in towns:
        one.say("pact.accession/1", pact=pact, charter=pact, effective=clock.now())
    return towns


def pact_of(towns: list[Town]) -> str:
    """The position of the pact that `found` made."""
    return f"{towns[0].log}@1"


def call(towns: list[Town], by: Town | None = None, **fields: Any) -> str:
    """Let the first town, or another one of them, call for aid in every form."""
    pact = pact_of(towns)
    asked = {
        "trigger": "deployment",
        "began": clock.now(),
        "place": "Downtown",
        "summary": "Troops came unasked.",
        "forms": ["legal", "voice", "material", "information"],
    }
    return (by or towns[0]).say("pact.call/1", pact=pact, charter=pact, **{**asked, **fields})
