"""Each sort of wrong line is told with file, line, field and what was expected."""

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.node.scenario.nodes import Problem, Wrong
from hansa.node.scenario.reading import read_scenario
from hansa.node.scenario.reference import renewed
from tests.scenario.conftest import LOS_ANGELES, ROOT, TWO_CITIES, Spoil

PAGE = ROOT / "docs" / "reference" / "scenarios.md"

# What is spoilt, with what, in which field it is found, what is found, what was expected.
WRONG = [
    ("id: two-cities\n", "idd: two-cities\n", "scenario.idd", "no such field", "one of id, title"),
    ("  id: two-cities\n", "", "scenario.id", "missing", "a short name"),
    ('starts: "2030-03-01T08:00-06:00"', "starts: 2030-03-01 08:00", "scenario.starts", "no moment with an offset", "2025-06-07T20:30-07:00"),
    ('ends: "2030-03-05T18:00-06:00"', 'ends: "2030-02-05T18:00-06:00"', "scenario.ends", "before it starts", "after “starts”"),
    ("zone: America/Chicago\n", "zone: America/Gotham\n", "scenario.zone", "no time zone", "America/Chicago"),
    ("\nacts:\n", "\ndeeds:\n", "deeds", "no such field", "acts"),
    ("{log: xx-southport, name", "{log: XX Southport, name", "members[1].log", "cannot name a log", "lower-case"),
    ("Southport, kind: city", "Southport, kind: village", "members[1].kind", "no sort of government", "city, county, state"),
    ("lat: 38.60", "lat: north", "members[1].lat", "no number", "degrees"),
    ("Officer, can: [duty, logistics, note]}\n\nfacts", "Officer, can: [duty, flying]}\n\nfacts", "officers[4].can", "“flying” is no capability", "keeper, sign, duty"),
    ("{log: xx-southport, handle: chief, office: Chief of Staff, can: [sign, keeper, note]}", "{log: xx-southport, handle: chief, office: Chief of Staff, can: [sign]}", "officers", "no office that may 'keeper'", "can: [keeper]"),
    ("handle: voice-officer", "handle: duty-officer", "officers[2].handle", "listed before", "once"),
    ("    sources:\n      - {title: An invented report, publisher: Nobody, url: example.org, date: 2030-03-02}\n", "", "facts[0].sources", "without a source is no fact", "at least one"),
    ("date: 2030-03-02}", "date: yesterday}", "facts[0].sources", "", "Who says so"),
    ("by: xx-northport/voice-officer", "by: xx-northport/chief", "facts[0].by", "may not say pact.fact/1", "xx-northport/voice-officer"),
    ("say: pact.call/1", "say: pact.call/9", "acts[2].say", "no kind of record", "pact.call/1"),
    ("say: pact.call/1", "say: pact.member/1", "acts[2].say", "The player itself opens the logs", "pact.call/1"),
    ("by: xx-southport/duty-officer, say: aid.stock/1", "by: xx-southport/nobody, say: aid.stock/1", "acts[0].by", "no officer here", "xx-southport/duty-officer"),
    ("quantity: 300, urgency", "quantity: many, urgency", "acts[3].with.quantity", "whole number", "from 1 to 10,000,000"),
    ("quantity: 300, urgency", "quantity: 0, urgency", "acts[3].with.quantity", "whole number", "from 1 to 10,000,000"),
    ("quantity: 300, urgency", "urgency", "acts[3].with.quantity", "missing", "How many"),
    ("quantity: 300, urgency", "number: 3, quantity: 300, urgency", "acts[3].with.number", "no such field", "one of call, item"),
    ("quantity: 300, urgency", "quantity: 300, quantity: 30, urgency", "acts[3].with.quantity", "twice", "one value"),
    ("urgency: today", "urgency: tomorrow", "acts[3].with.urgency", "not a choice", "now, today, soon"),
    ('due: "2030-03-03T20:00-06:00"', "due: soon", "acts[3].with.due", "date and time", "2025-06-07T20:30-07:00"),
    ("forms: [material, information]", "forms: material", "acts[2].with.forms", "no list", "a list of legal, voice, material, information"),
    ("{call: call, item: blanket", "{call: cal, item: blanket", "acts[3].with.call", "called “cal”", "an earlier call: call"),
    ("{call: call, item: blanket", "{call: troops-in-northport, item: blanket", "acts[3].with.call", "is a fact", "the name of a call"),
    ("with: {pledge: blankets}", "with: {pledge: need-blankets}", "acts[8].with.pledge", "is a need", "the name of a pledge"),
    ("as: truck", "as: blankets", "acts[9].as", "a name already", "a name of its own"),
    ("expect: refused", "expect: failure", "acts[4].expect", "nothing to expect", "“refused”"),
    ('at: "2030-03-05T10:00-06:00"', 'at: "2030-03-06T10:00-06:00"', "acts[13].at", "after the story ends", "up to “ends”"),
    ("facts: [troops-in-northport]", "facts: [[troops]]", "acts[2].with.facts", "no name", "the name of an earlier line"),
]  # fmt: skip


def problems(path: Path) -> list[Problem]:
    with pytest.raises(Wrong) as wrong:
        read_scenario(path)
    return wrong.value.problems


@pytest.mark.parametrize(
    ("text", "other", "field", "found", "expected"),
    WRONG,
    ids=[f"{one[2]}-{n}" for n, one in enumerate(WRONG)],
)
def test_a_wrong_line_is_told(
    spoilt: Spoil, text: str, other: str, field: str, found: str, expected: str
) -> None:
    path = spoilt(text, other)
    problem = next((one for one in problems(path) if one.field == field), None)
    assert problem is not None, (
        f"nothing is said of {field}: {[str(one) for one in problems(path)]}"
    )
    assert found in problem.found
    assert expected in problem.expected
    assert str(problem).startswith(f"{path}:{problem.line}: {field}: ")


@pytest.mark.parametrize(
    "text", ["quantity: 300, urgency", "urgency: today", "say: pact.call/1", "lat: 38.60"]
)
def test_the_line_is_the_line(spoilt: Spoil, text: str) -> None:
    path = spoilt(
        text,
        f"{text.split(':', maxsplit=1)[0]}: [wrong]{', urgency' if 'urgency' in text and 'quantity' in text else ''}",
    )
    number = next(
        n
        for n, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if "[wrong]" in line
    )
    assert number in {problem.line for problem in problems(path)}


def test_all_that_is_wrong_is_told_at_once(spoilt: Spoil) -> None:
    path = spoilt("urgency: today", "urgency: tomorrow")
    path.write_text(path.read_text("utf-8").replace("lat: 38.60", "lat: north"), "utf-8")
    assert {problem.field for problem in problems(path)} == {
        "acts[3].with.urgency",
        "members[1].lat",
    }


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"scenario: [1, 2", "YAML"),
        (b"- 1\n- 2\n", "holds no fields"),
        (b"", "holds no fields"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"[" * 5_000, "YAML"),
        (b"a: " + b"x" * 3_000_000, "2 MB"),
        (b"scenario: &a {id: *a}\n", ""),
        (b"members: 3\nofficers: {a: 1}\nfacts: [1]\nacts: yes\nscenario: none\n", ""),
    ],
    ids=["unclosed", "list", "empty", "no text", "deep", "large", "endless", "other sorts"],
)  # fmt: skip
def test_what_is_no_scenario_is_told_too(tmp_path: Path, content: bytes, found: str) -> None:
    path = tmp_path / "no.yaml"
    path.write_bytes(content)
    assert any(found in str(problem) for problem in problems(path))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert "cannot be read" in str(problems(tmp_path / "none.yaml")[0])


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None
)
@given(data=st.data())
def test_a_spoilt_file_is_read_or_told_and_never_breaks(
    tmp_path: Path, data: st.DataObject
) -> None:
    lines = TWO_CITIES.read_text("utf-8").splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    cut = data.draw(st.integers(0, len(lines[number])))
    put = data.draw(
        st.sampled_from(
            [
                "",
                "[",
                "{",
                "}",
                "]",
                ": ",
                "- ",
                '"',
                "null",
                "12",
                "true",
                "&a",
                "*a",
                "!!python/object:os.system",
                "{}",
                "[[]]",
            ]
        )
    )
    lines[number] = (
        lines[number][:cut] + put + lines[number][data.draw(st.integers(cut, len(lines[number]))) :]
    )
    path = tmp_path / "spoilt.yaml"
    path.write_text("\n".join(lines), "utf-8")
    with contextlib.suppress(Wrong):
        read_scenario(path)


def test_text_stays_the_text_that_was_written(spoilt: Spoil) -> None:
    scenario = read_scenario(
        spoilt('title: "Two cities (all invented)"', "title: 19:51 no 2030-01-01")
    )
    assert scenario.title == "19:51 no 2030-01-01"


def test_the_shipped_scenarios_hold() -> None:
    assert len(read_scenario(LOS_ANGELES).lines) > 400
    assert "invented" in TWO_CITIES.read_text("utf-8").splitlines()[0]


def test_the_reference_page_says_what_the_code_does() -> None:
    page = PAGE.read_text("utf-8")
    assert renewed(page, TWO_CITIES.read_text("utf-8")) == page, "Run: hansa reference"


def test_the_pages_example_of_an_error_is_one(spoilt: Spoil) -> None:
    path = spoilt("with: {pledge: blankets}", "with: {pledge: need-blankets}")
    said = str(problems(path)[0]).replace(str(path), "my-story.yaml")
    assert said in re.sub(r"\s+", " ", PAGE.read_text("utf-8"))


def test_the_page_names_every_field_of_the_file() -> None:
    page = PAGE.read_text("utf-8")
    source = "".join(
        (ROOT / "src/hansa/node/scenario" / name).read_text("utf-8")
        for name in ("reading.py", "lines.py")
    )
    named = set(
        re.findall(r'(?:text|moment|plain|texts|number|block|blocks)\(\s*"([a-z_]+)"', source)
    )
    assert len(named) > 25
    assert [name for name in sorted(named) if name not in page] == []


def test_what_the_planner_works_out_is_not_for_a_line_to_say(spoilt: Spoil) -> None:
    plan = '  - {at: "2030-03-02T11:05-06:00", by: xx-southport/duty-officer, say: aid.plan/1, as: plan, with: %s}\n'
    before = '  - {at: "2030-03-02T11:00-06:00"'
    read_scenario(spoilt(before, plan % "{fair: true}" + before))
    (problem,) = problems(spoilt(before, plan % "{cost: 12}" + before))
    assert problem.field.endswith(".with.cost")
    assert "worked out" in problem.found
    assert problem.expected == "nothing but fair, guard"
