"""Every kind, by every door through which it can be said: on its page, through the API, at a terminal, in the kernel."""

import json

import msgspec
import pytest
from click.testing import CliRunner

from hansa.kernel.errors import Refused
from hansa.kernel.models import Entry
from hansa.kernel.record import FOUNDING, KINDS, NODE, OFFICE, Record
from hansa.kernel.say import say
from hansa.node import main
from hansa.pact.models import Membership
from hansa.pages.access import capability_label
from tests.doors.acts import ACTS, NO_ENTRY, PAGELESS, Act, say_on_page, typed_on_page
from tests.doors.world import ENDED, SINGLE, Browser, World, kept

pytestmark = pytest.mark.django_db
SAID = [tag for tag in sorted(KINDS) if KINDS[tag].by != NODE]
"""Kinds that people say. The others a node says by itself, and no office may."""

EACH = pytest.mark.parametrize("tag", SAID)


@pytest.fixture(scope="module")
def ready(world: World) -> World:
    """The world, with Los Angeles' membership by name."""
    world.at["membership"] = Membership.objects.get(home=world.log("la")).key
    return world


@pytest.fixture
def act(ready: World, tag: str) -> Act:
    return ACTS[tag]


@EACH
def test_a_kind_has_its_entry_and_a_page_or_a_reason(tag):
    assert tag in ACTS, NO_ENTRY.format(kind=tag)
    assert bool(ACTS[tag].page) != (tag in PAGELESS)


def test_no_entry_is_left_over():
    assert set(ACTS) == set(SAID)
    assert set(PAGELESS) <= set(KINDS)


def others(tag: str) -> list[str]:
    """The offices of its own member that may not say it."""
    return [one for one in (*SINGLE, *ENDED) if one != speaker(tag)]


def speaker(tag: str) -> str:
    """The office that may say it. An office's keys are its own affair, and its keeper's."""
    return {FOUNDING: "chief", OFFICE: "keeper"}.get(KINDS[tag].by, KINDS[tag].by)


def code_for(tag: str, office: str) -> str:
    """The code under which this office is refused."""
    if KINDS[tag].by == FOUNDING:
        return "founding"
    return "ended" if office in ENDED else "not-granted"


def done(tag: str, before: int, log: str, by: str) -> None:
    """Exactly one record was added, of this kind, in this log, under this office, and it holds."""
    assert Entry.objects.count() == before + 1
    last = Entry.objects.latest("id")
    assert (last.kind, last.log, last.by, last.fate) == (tag, log, by, "done")


# --- in the kernel: the one door behind all doors


@EACH
def test_the_kernel_lets_the_right_office_of_the_right_log_speak(ready, act, tag):
    record, log = KINDS[tag].read(act.fields(ready)), ready.log(act.place)
    before = kept()
    for office in others(tag):
        with pytest.raises(Refused) as refusal:
            say(record, log=log, by=ready.offices[act.place, office])
        assert refusal.value.code == code_for(tag, office), office
    elsewhere = ready.towns["new_york" if act.place != "new_york" else "la"]
    for by in (elsewhere.by, "", f"{log}@99"):
        with pytest.raises(Refused) as refusal:
            say(record, log=log, by=by)
        assert refusal.value.code in {"no-officer", "no-record", "founding"}
    assert kept() == before
    holder = ready.offices[act.place, speaker(tag)]
    if act.refused:
        with pytest.raises(Refused) as refusal:
            say(record, log=log, by=holder)
        assert refusal.value.code == act.refused
        assert kept() == before
    else:
        say(record, log=log, by=holder)
        done(tag, before[0], log, holder)


def _readable(tag: str, ready: World) -> Record:
    """The kind's example, with a record that is here for each that it cites."""
    kind = KINDS[tag]
    cited = {one.name: ready.at["note"] for one in kind.citing}
    return kind.read({**msgspec.to_builtins(kind.example()), **cited})


@pytest.mark.parametrize("tag", sorted(set(KINDS) - set(SAID)))
def test_no_office_says_what_a_node_says_by_itself(ready, tag):
    before = kept()
    for by in [by for (place, _office), by in ready.offices.items() if place == "la"]:
        with pytest.raises(Refused) as refusal:
            say(_readable(tag, ready), log=ready.log("la"), by=by)
        assert refusal.value.code == "node"
    assert kept() == before


@pytest.mark.parametrize("tag", [tag for tag in SAID if KINDS[tag].subject])
def test_what_stands_in_another_member_s_log_is_not_changed(ready, act, tag):
    record = KINDS[tag].read(act.fields(ready))
    foreign = ready.towns["new_york"]
    before = kept()
    with pytest.raises(Refused) as refusal:
        say(record, log=foreign.log, by=foreign.by)
    assert refusal.value.code in {"not-home", "wrong-kind"}
    assert kept() == before


# --- on its page


@pytest.mark.parametrize("tag", [tag for tag in SAID if tag not in PAGELESS])
def test_its_page_lets_those_say_it_who_may(ready, act, tag):
    by = speaker(tag)
    holder = ready.sit(act.place, by)
    posted = typed_on_page(holder, act, ready)
    before = kept()
    for office in others(tag):
        client = ready.sit(act.place, office)
        answer = say_on_page(client, act, ready, posted)
        assert answer.status_code == 403, office
        words = "ended on" if office in ENDED else f"capability “{capability_label(by)}”"
        assert words in answer.content.decode(), office
    for client in (ready.sit(), ready.sit("", "account")):
        assert say_on_page(client, act, ready, posted).status_code == 302
    assert kept() == before
    answer = say_on_page(holder, act, ready, posted)
    if act.refused:
        assert (answer.status_code, kept()) == (422, before)
        return
    assert answer.status_code == 302, answer.context["form"].errors if answer.context else answer
    done(tag, before[0], ready.log(act.place), ready.offices[act.place, by])


def test_the_wizard_records_no_fact_for_who_may_only_sign(ready):
    """The second screen asks for a new fact only where the office may record one; posting it all the same changes nothing."""
    signer, act = ready.sit("la", "sign"), ACTS["pact.call/1"]
    posted = typed_on_page(signer, act, ready)
    fact = {"new_text": "They marched.", "new_when": "2025-06-07T01:00", "new_precision": "hour"}
    source = {
        f"new_sources-0-{key}": text
        for key, text in ACTS["pact.fact/1"].fields(ready)["sources"][0].items()
    }
    before = Entry.objects.count()
    assert say_on_page(signer, act, ready, {**posted, **fact, **source}).status_code == 302
    done("pact.call/1", before, ready.log("la"), ready.offices["la", "sign"])


# --- through the API


def ask(secret: str, tag: str, act: Act, world: World):
    body = json.dumps({"kind": tag, "says": act.fields(world)})
    headers = {"Authorization": f"Bearer {secret}"}
    return Browser(headers=headers).post("/api/records", body, content_type="application/json")


@EACH
def test_the_api_lets_those_say_it_who_may(ready, act, tag):
    before = kept()
    for office in others(tag):
        answer = ask(ready.tokens[act.place, office], tag, act, ready)
        assert answer.status_code == 403, office
        assert answer.headers["Content-Type"] == "application/problem+json"
        code = "ended" if office in ENDED else code_for(tag, office)
        assert answer.json()["code"] == code, office
    assert kept() == before
    by = speaker(tag)
    answer = ask(ready.tokens[act.place, by], tag, act, ready)
    if act.refused:
        assert answer.json()["code"] == act.refused
        assert kept() == before
    else:
        assert answer.status_code == 201, answer.content
        done(tag, before[0], ready.log(act.place), ready.offices[act.place, by])


# --- at a terminal


@pytest.fixture
def run(monkeypatch):
    """Say at a terminal, on the home that is loaded already; return the code of the refusal, or nothing."""
    monkeypatch.setattr(main, "open_home", lambda: None)

    def say_there(tag: str, act: Act, world: World, *options: str) -> str:
        words = [f"{name}={_as_typed(one)}" for name, one in act.fields(world).items()]
        result = CliRunner().invoke(
            main.hansa, ["say", tag, *words, *options], standalone_mode=False
        )
        if result.exception is None:
            return ""
        cause = result.exception.__cause__
        assert isinstance(cause, Refused), result.exception
        return cause.code

    return say_there


def _as_typed(value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict) or (isinstance(value, list) and isinstance(value[0], dict)):
        return json.dumps(value)
    return ",".join(value) if isinstance(value, list) else str(value)


@EACH
def test_the_terminal_lets_those_say_it_who_may(ready, act, tag, run):
    before, log = kept(), ready.log(act.place)
    for office in others(tag):
        by = ready.offices[act.place, office]
        assert run(tag, act, ready, "--as", by) == code_for(tag, office), office
    foreign = ready.towns["new_york" if act.place != "new_york" else "la"].by
    assert run(tag, act, ready, "--as", foreign, "--log", log) == "no-officer"
    assert run(tag, act, ready, "--as", "nobody") == "no-officer"
    assert kept() == before
    by = ready.offices[act.place, speaker(tag)]
    assert run(tag, act, ready, "--as", by) == act.refused
    if not act.refused:
        done(tag, before[0], log, by)
    else:
        assert kept() == before
