"""What the catalogue says of itself: codes, units, ids, and what may stand in for what."""

import re
from datetime import date

import pytest

from hansa.aid import catalogue
from hansa.aid.inventory.models import Rostered
from hansa.aid.inventory.rules import Requirement, missing
from hansa.aid.words import Sort, Unit
from hansa.kernel import live
from hansa.kernel.errors import Refused
from hansa.pact.words import Form

BUILT_IN = catalogue.built_in()
RTLT = re.compile(r"(?:0|[1-9][0-9]?)-50[89]-[0-9]{4}")


def test_every_type_is_whole():
    for code, item in BUILT_IN.items():
        assert code == item.code
        assert catalogue.CODE.match(code)
        assert len(code) <= 60
        assert item.name
        assert item.name_es
        assert item.form in Form.values
        assert item.unit in Unit.values
        assert item.kind in Sort.values
        assert set(item.asks) <= {"credential", "licence", "language"}
        assert not item.rtlt or RTLT.fullmatch(item.rtlt), code
        assert min(item.pack, item.weight_kg, item.volume_m3, item.shelf_days) >= 0


def test_no_built_in_type_is_a_weapon():
    for item in BUILT_IN.values():
        assert not catalogue.is_weapon(item.code, item.name, item.name_es), item.code
        assert not item.rtlt.startswith("6-"), "nobody is sent to police another city"


def test_what_stands_in_is_counted_the_same_and_never_the_other_way_round():
    for code, item in BUILT_IN.items():
        for other in item.serves:
            there = BUILT_IN[other]
            assert (there.form, there.unit) == (item.form, item.unit)
            assert code not in there.serves, (code, other)
            assert set(there.serves) <= set(item.serves), (code, other)


def test_every_named_substitute_exists_and_fits():
    for name in catalogue.FILES:
        for one in catalogue._file(name)["items"]:
            assert set(one.get("serves", ())) <= set(BUILT_IN[one["code"]].serves), one["code"]


def test_a_better_type_serves_for_a_lesser_one():
    assert catalogue.serves("incident-management-team-1", "incident-management-team-2")
    assert catalogue.serves("incident-management-team-1", "incident-management-team-4")
    assert catalogue.serves("incident-management-team-3", "incident-management-team")
    assert not catalogue.serves("incident-management-team-2", "incident-management-team-1")
    assert not catalogue.serves("incident-management-team", "incident-management-team-4")
    assert catalogue.serves("p100-respirator", "n95-respirator")
    assert not catalogue.serves("n95-respirator", "p100-respirator")
    assert catalogue.serves("n95-respirator-small", "n95-respirator")
    assert not catalogue.serves("n95-respirator-small", "n95-respirator-regular")
    assert catalogue.serves("swiftwater-sar-team-1", "stillwater-sar-team-3")


def test_a_team_of_nims_has_its_id_and_its_types():
    team = BUILT_IN["shelter-team-2"]
    assert (team.rtlt, team.kind, team.type) == ("9-508-1155", "team", 2)
    assert BUILT_IN["registered-nurse-3"].rtlt == "12-509-1079"
    assert BUILT_IN["shelter-team"].type == 0


def test_what_a_member_adds_stands_in_only_where_nobody_is_hurt_by_it(la):
    wool = {"name": "Wool blankets", "form": "material", "unit": "piece"}
    la.say("aid.type/1", code="wool-blanket", serves="blanket", weight_g=2_000, **wool)
    assert catalogue.serves("wool-blanket", "blanket")
    assert catalogue.items()["wool-blanket"].weight_kg == 2.0
    masks = {"name": "Cloth masks", "form": "material", "unit": "piece"}
    with pytest.raises(Refused, match="not replaced on a member's word"):
        la.say("aid.type/1", code="cloth-mask", serves="n95-respirator", **masks)
    with pytest.raises(Refused, match="counted otherwise"):
        la.say("aid.type/1", code="jug", serves="drinking-water", **{**masks, "name": "Jugs"})
    la.say("aid.type/1", code="cloth-mask", **masks)
    assert not catalogue.serves("cloth-mask", "n95-respirator")


def test_a_substitute_for_protection_from_elsewhere_is_not_believed(la):
    from tests.foreign import ForeignLog

    foreign = ForeignLog()
    said = {"code": "paper-mask", "name": "Paper masks", "form": "material", "unit": "piece"}
    added = foreign.write(
        "aid.type/1", {**said, "serves": "n95-respirator, surgical-mask, blanket"}
    )
    foreign.send()
    live.wake()
    assert foreign.fate(added)[0] == "done"
    assert catalogue.serves("paper-mask", "blanket")
    assert not catalogue.serves("paper-mask", "n95-respirator")
    assert not catalogue.serves("paper-mask", "surgical-mask")


def person(**fields):
    said = {
        "position": "registered-nurse-2",
        "licence": "RN, Illinois",
        "languages": "English, Spanish",
    }
    return Rostered(**{**said, "licence_until": "2025-12-31", "credential": "NQS 2025", **fields})


TODAY = date(2025, 6, 9)


@pytest.mark.parametrize(
    ("asked", "fields", "lacks"),
    [
        (Requirement("nurse"), {}, []),
        (Requirement("registered-nurse-3", "nqs", "illinois", "spanish"), {}, []),
        (Requirement("registered-nurse-1"), {}, ["position"]),
        (Requirement("nurse"), {"licence_until": "2025-06-08"}, ["licence"]),
        (Requirement("nurse"), {"licence_until": "2025-06-09"}, []),
        (Requirement("nurse"), {"licence": ""}, ["licence"]),
        (Requirement("nurse", licence="Ohio"), {}, ["licence"]),
        (Requirement("nurse", language="Span"), {}, ["language"]),
        (Requirement("nurse", credential="TNCC"), {"standing": "away"}, ["standing", "credential"]),
    ],
)
def test_what_somebody_on_the_roster_lacks(asked, fields, lacks):
    assert missing(person(**fields), asked, TODAY) == lacks
