"""The shipped scenario and charter: they parse, they add up, and they keep the pact's promises."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SCENARIO_FILE = ROOT / "scenarios" / "los-angeles-2025.yaml"
CHARTER_FILE = ROOT / "src" / "hansa" / "pact" / "charters" / "default.yaml"

CAPABILITIES = {"sign", "duty", "logistics", "legal", "voice", "keeper", "note"}
# Whole words, so that "democracy" stays sayable. No party may be named anywhere in the content.
PARTY = re.compile(
    r"\b(democrats?|democratic|dems?|republicans?|gop|maga|libertarians?|green party|"
    r"bipartisan|dem[oó]cratas?|republican[oa]s?|left[- ]wing|right[- ]wing)\b",
    re.IGNORECASE,
)
WEAPON = re.compile(
    r"\b(weapons?|guns?|firearms?|rifles?|pistols?|ammunition|munitions?|grenades?|tear gas|"
    r"pepper spray|tasers?|batons?|explosives?|armas?|municion(es)?|granadas?)\b",
    re.IGNORECASE,
)
# Under these keys a file says what is asked, stocked, pledged or sent.
THING_KEYS = {"item", "items", "resource", "resource_type", "stock", "reserve_of"}


def strings(node: Any) -> Iterator[str]:
    """Every string in a parsed YAML document, keys included."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value)
    elif isinstance(node, str):
        yield node


def things(node: Any) -> Iterator[str]:
    """Every string that stands for a thing given or asked for."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from strings(value) if key in THING_KEYS else things(value)
    elif isinstance(node, list):
        for value in node:
            yield from things(value)


def moment(text: str) -> dt.datetime:
    """A moment with its offset; a moment without one is an error."""
    assert isinstance(text, str), f"write {text} in quotes"
    when = dt.datetime.fromisoformat(text)
    assert when.tzinfo is not None, f"{text} has no zone"
    return when


@pytest.fixture(scope="module")
def scenario() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(SCENARIO_FILE.read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module")
def charter() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(CHARTER_FILE.read_text(encoding="utf-8"))
    return document


# --- the scenario ----------------------------------------------------------------------------


def test_head_says_what_is_record_and_what_is_play(scenario: dict[str, Any]) -> None:
    head = scenario["scenario"]
    assert moment(head["starts"]) < moment(head["ends"])
    ZoneInfo(head["zone"])
    assert "public record" in head["about"]
    assert "invented play" in head["about"]


def test_fifteen_members_with_a_place_and_a_zone(scenario: dict[str, Any]) -> None:
    members = scenario["members"]
    assert len(members) == len({m["log"] for m in members}) == len({m["name"] for m in members})
    assert Counter(m["kind"] for m in members) == {"city": 8, "state": 7}
    states = {m["state"] for m in members if m["kind"] == "state"}
    for m in members:
        ZoneInfo(m["zone"])
        assert m["state"] in states
        assert m["log"].startswith(f"us-{m['state'].lower()}")
        assert 24 < m["lat"] < 50, m["log"]
        assert -125 < m["lon"] < -66, m["log"]
        assert {"en", "es"} <= set(m["languages"])
        assert isinstance(m["population"], int)


def test_a_city_is_smaller_than_its_state(scenario: dict[str, Any]) -> None:
    by_kind: dict[str, Counter[str]] = {"city": Counter(), "state": Counter()}
    for m in scenario["members"]:
        by_kind[m["kind"]][m["state"]] += m["population"]
    for state, people in by_kind["city"].items():
        assert people < by_kind["state"][state]


def test_officers_are_offices_of_members(scenario: dict[str, Any]) -> None:
    logs = {m["log"] for m in scenario["members"]}
    officers = scenario["officers"]
    assert len({(o["log"], o["handle"]) for o in officers}) == len(officers)
    held: dict[str, set[str]] = {log: set() for log in logs}
    for o in officers:
        assert o["log"] in logs, o
        assert set(o["can"]) <= CAPABILITIES, o
        assert set(o) == {"log", "handle", "office", "can"}, "an officer is an office, not a person"
        held[o["log"]] |= set(o["can"])
    assert {log for log, can in held.items() if can != CAPABILITIES} == set()
    per_member = Counter(o["log"] for o in officers if o["handle"] != "treasurer")
    treasurers = {o["log"]: o for o in officers if o["handle"] == "treasurer"}
    for act in scenario["acts"]:
        if act["say"] == "pact.officer/1" and act["with"]["handle"] == "treasurer":
            treasurers[act["by"].partition("/")[0]] = act["with"]
    assert set(treasurers) == {"us-ca-los-angeles", "us-wa"}, "who owes, and who is owed"
    assert all(o["can"] == ["sign", "note"] for o in treasurers.values())
    assert set(per_member.values()) <= {3, 4, 5}


def test_facts_have_a_moment_a_voice_and_a_source(scenario: dict[str, Any]) -> None:
    voices = {f"{o['log']}/{o['handle']}" for o in scenario["officers"] if "voice" in o["can"]}
    facts = scenario["facts"]
    assert len(facts) >= 40
    assert len({f["id"] for f in facts}) == len(facts)
    for f in facts:
        moment(f["at"])
        assert f["precision"] in {"minute", "hour", "day"}, f["id"]
        assert f["by"] in voices, f["id"]
        assert f["text"].strip().endswith("."), f["id"]
        assert f["sources"], f["id"]
        for source in f["sources"]:
            assert source["title"], f["id"]
            assert source["publisher"], f["id"]
            assert source["url"], f["id"]
            assert isinstance(source["date"], dt.date), f["id"]


def test_facts_stand_in_order_and_in_pacific_time(scenario: dict[str, Any]) -> None:
    zone = ZoneInfo(scenario["scenario"]["zone"])
    moments = [moment(f["at"]) for f in scenario["facts"]]
    assert moments == sorted(moments)
    assert len(set(moments)) == len(moments), "two facts at one moment have no order"
    assert moments[0] >= moment(scenario["scenario"]["starts"])
    for f, when in zip(scenario["facts"], moments, strict=True):
        assert when.utcoffset() == when.astimezone(zone).utcoffset(), f["id"]


def test_no_source_is_older_than_its_fact(scenario: dict[str, Any]) -> None:
    for f in scenario["facts"]:
        for source in f["sources"]:
            assert source["date"] >= moment(f["at"]).date(), (f["id"], source["title"])


def test_differing_facts_differ_about_one_figure(scenario: dict[str, Any]) -> None:
    facts = {f["id"]: f for f in scenario["facts"]}
    pairs = [(f, facts[f["differs_from"]]) for f in facts.values() if "differs_from" in f]
    assert len(pairs) >= 8
    for new, old in pairs:
        assert new["id"] != old["id"]
        assert new["figure"]["what"] == old["figure"]["what"], new["id"]
        assert new["figure"]["unit"] == old["figure"]["unit"], new["id"]
        assert new["figure"]["value"] != old["figure"]["value"], new["id"]


def test_one_figure_with_two_values_is_marked(scenario: dict[str, Any]) -> None:
    first: dict[str, str] = {}
    for f in scenario["facts"]:
        if "figure" not in f:
            continue
        what = f["figure"]["what"]
        if what in first:
            assert f.get("differs_from") == first[what], f["id"]
        first.setdefault(what, f["id"])


def test_no_order_is_stayed_before_it_is_made(scenario: dict[str, Any]) -> None:
    place = {f["id"]: n for n, f in enumerate(scenario["facts"])}
    for earlier, later in [
        ("guard-federalised", "guard-arrives"),
        ("suit-filed", "tro-asked"),
        ("tro-asked", "tro-hearing-set"),
        ("tro-hearing-set", "tro-hearing"),
        ("tro-hearing", "tro-granted"),
        ("tro-granted", "tro-stayed"),
        ("tro-stayed", "appeal-argued"),
        ("appeal-argued", "tro-stayed-pending-appeal"),
        ("curfew-announced", "curfew-shortened"),
        ("curfew-shortened", "curfew-lifted"),
        ("stops-order", "stops-stay-denied"),
        ("stops-stay-denied", "stops-order-stayed"),
        ("injunction-granted", "stay-motion-withdrawn"),
    ]:
        assert place[earlier] < place[later]


def test_what_members_would_lend_is_said_anew_while_supplies_are_asked_for(
    scenario: dict[str, Any],
) -> None:
    """Older than a week it is planned with no more: a visitor could not plan then."""
    asked_until = next(
        moment(act["at"])
        for act in scenario["acts"]
        if act["say"] == "pact.call-change/1" and "material" not in act["with"]["forms"]
    )
    medics = [
        moment(act["at"])
        for act in scenario["acts"]
        if act["say"] == "aid.availability/1" and act["with"]["item"] == "medic"
    ]
    ends = [*sorted(medics)[1:], asked_until]
    assert len(medics) >= 6
    for said, until in zip(sorted(medics), ends, strict=True):
        assert until - said <= dt.timedelta(days=7), said


def test_weekdays_named_in_texts_are_right(scenario: dict[str, Any]) -> None:
    days = r"(Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday) (\d{1,2}) (June|December)"
    found = 0
    for f in scenario["facts"]:
        for day, number, month in re.findall(days, f["text"]):
            when = dt.datetime.strptime(f"{number} {month} 2025", "%d %B %Y").date()  # noqa: DTZ007
            assert when.strftime("%A") == day, f["id"]
            found += 1
    assert found >= 3


# --- the charter -----------------------------------------------------------------------------


def test_articles_are_numbered_and_in_two_languages(charter: dict[str, Any]) -> None:
    articles = charter["articles"]
    assert [a["number"] for a in articles] == list(range(1, len(articles) + 1))
    assert 14 <= len(articles) <= 18
    for part in [charter["title"], *(a["title"] for a in articles), *(a["text"] for a in articles)]:
        assert set(part) == {"en", "es"}
        assert part["en"].strip()
        assert part["es"].strip()
        assert part["es"] != part["en"]


def test_articles_are_short_sentences(charter: dict[str, Any]) -> None:
    for a in charter["articles"]:
        for text in a["text"].values():
            lengths = [len(s.split()) for s in re.split(r"(?<=[.:;])\s+", text)]
            assert max(lengths) <= 45, (a["number"], text)
            assert sum(lengths) / len(lengths) <= 22, (a["number"], text)


def test_rules_are_data_of_the_known_shape(charter: dict[str, Any]) -> None:
    rules = charter["rules"]
    assert {t["id"] for t in rules["triggers"]} == {"deployment", "operation"}
    assert [f["id"] for f in rules["forms"]] == ["legal", "voice", "material", "information"]
    assert rules["consent"] == {"rule": "caller"}
    assert rules["cost"]["rule"] in {"receiver-repays", "each-bears-own", "shared"}
    assert rules["reserve"] is True
    for share in (rules["admission"]["share"], rules["amendment"]["share"]):
        assert re.fullmatch(r"[1-9]/[1-9]", share)
    for form in rules["forms"]:
        assert form["who"] == "all"
        assert set(form["title"]) == set(form["duty"]) == {"en", "es"}
        assert form["hours"] > 0


@pytest.mark.parametrize("language", ["en", "es"])
def test_articles_say_the_same_numbers_as_the_rules(charter: dict[str, Any], language: str) -> None:
    text = {a["number"]: a["text"][language] for a in charter["articles"]}
    rules = charter["rules"]
    hours = [int(n) for n in re.findall(r"(\d+)\s+(?:hours|horas)", text[6])]
    assert hours == [form["hours"] for form in rules["forms"]]
    assert re.findall(r"(\d+)\s+(?:hours|horas)", text[12]) == [str(rules["confirm_hours"])]
    assert re.findall(r"\d+", text[14]) == [str(rules["leave_notice_days"])]
    words = {"1/2": ("half", "mitad"), "2/3": ("two thirds", "dos tercios")}
    assert any(w in text[2] for w in words[rules["admission"]["share"]])
    assert any(w in text[15] for w in words[rules["amendment"]["share"]])


def test_charter_refuses_weapons_in_both_languages(charter: dict[str, Any]) -> None:
    assert any("Weapons are no aid" in a["text"]["en"] for a in charter["articles"])
    assert any("Las armas no son ayuda" in a["text"]["es"] for a in charter["articles"])
    assert [s for s in strings(charter["rules"]) if WEAPON.search(s)] == []


# --- both ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [SCENARIO_FILE, CHARTER_FILE], ids=lambda p: p.name)
def test_no_party_is_named(path: Path) -> None:
    assert PARTY.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", [SCENARIO_FILE, CHARTER_FILE], ids=lambda p: p.name)
def test_no_weapon_is_a_thing_to_give(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert [s for s in things(document) if WEAPON.search(s)] == []


def test_the_two_word_lists_catch_what_they_are_for() -> None:
    assert PARTY.search("the Republican governor")
    assert not PARTY.search("a test of democracy")
    planted = {"acts": [{"says": {"item": "rifle rounds", "note": "no weapons"}}]}
    assert [s for s in things(planted) if WEAPON.search(s)] == ["rifle rounds"]
