"""The pages hang together, stay short where they promise to, and tell nothing of the machine they were written on."""

import re

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT, name_of

EACH_PAGE = pytest.mark.parametrize("page", PAGES, ids=map(name_of, PAGES))
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
LONGEST = 40
"""Lines of a decision: what is longer was not decided yet."""

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_STATUS = re.compile(
    r"^Date: \d{4}-\d{2}-\d{2} · Status: (accepted|superseded by \[\d{4}\]\(\d{4}-[a-z0-9-]+\.md\))$"
)


def anchor(heading: str) -> str:
    """The anchor of a heading as code hosts make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@EACH_PAGE
def test_every_link_leads_somewhere(page):
    for link in _LINK.findall(page.read_text("utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        place, _, part = link.partition("#")
        there = (page.parent / place).resolve() if place else page
        assert there.exists(), f"{link} leads nowhere"
        assert there.is_relative_to(ROOT)
        if part:
            assert part in {
                anchor(found) for found in _HEADING.findall(there.read_text("utf-8"))
            }, link


@EACH_PAGE
def test_no_page_names_a_place_on_the_machine_it_was_written_on(page):
    text = page.read_text("utf-8")
    places = [*(f"/{name}/" for name in ("work", "root", "tmp", "home")), str(ROOT)]
    assert [place for place in places if place in text] == []


@EACH_PAGE
def test_a_page_has_one_title_and_no_line_that_trails_off(page):
    text = page.read_text("utf-8")
    assert re.sub(r"\A<!--.*?-->\s*", "", text, flags=re.DOTALL).startswith("# ")
    assert text.endswith("\n")
    assert not re.search(r"\b(TODO|TBD|FIXME)\b", text)


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_is_short_dated_and_has_a_status(page):
    lines = page.read_text("utf-8").splitlines()
    assert len(lines) <= LONGEST
    number = int(page.name[:4])
    assert lines[0].startswith(f"# {number}. ")
    assert _STATUS.match(lines[2]), lines[2]
    assert "## What it costs" in lines


def test_decisions_are_numbered_without_a_gap():
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_the_front_page_leads_to_every_page_that_somebody_reads_first():
    links = _LINK.findall((ROOT / "README.md").read_text("utf-8"))
    assert {
        "docs/tour.md",
        "docs/operate.md",
        "docs/reference/scenarios.md",
        "docs/threat-model.md",
        "LICENSE",
    } <= set(links)
